//! Owns what calls of a program in scripts take in: the chart that is deployed, and the values that the call lays over the chart's own. What a
//! script computes stands for every name that fits.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::chart::Inline;
use super::fit::{self, Fit, Name, USES_AT_MOST, uses};
use super::place::To;
use super::taken::{Layered, Looked, Taken};
use crate::format::{CallTable, Format, How, Link};
use crate::locate::{Variable, same_length_text, shell_words};
use crate::occurrence::{Origin, Piece, Spelling};
use crate::reference::HOLE;
use crate::source::TreePath;
use crate::text::{FileId, Span};

/// Calls of one file that are read, and bytes of one call. More of them are not written by hand.
const CALLS: usize = 1_000;
const LONGEST: usize = 16 << 10;
/// Variables of one file whose values are looked for, and folders that it enters.
const VARIABLES: usize = 64;
/// Bytes of the name of such a folder.
const LONGEST_NAME: usize = 255;

/// What the calls in a script, seen from `folder`, take in by the format's links.
pub(super) fn called<'f>(folder: &TreePath, bytes: &[u8], format: &'f Format) -> (Vec<Taken<'f>>, Looked) {
    let looked = Cell::new(Looked::AtAll);
    if !format.may_link(bytes) {
        return (Vec::new(), looked.get());
    }
    let text = same_length_text(bytes);
    let found = format.links().iter().flat_map(|link| by_link(folder, &text, link, &looked)).collect();
    (found, looked.get())
}

fn by_link<'f>(folder: &TreePath, text: &str, link: &'f Link, looked: &Cell<Looked>) -> Vec<Taken<'f>> {
    let (Some(call), Some(program)) = (&link.table.call, &link.program) else { return Vec::new() };
    // What was not read of what turns out to be no call is nothing.
    let own = Cell::new(Looked::AtAll);
    let tops = tops(folder, text, call, &own);
    let around = own.get();
    let script = Script { text, call, tops, known: RefCell::default(), looked: &own };
    let (mut line, mut past, mut starts) = (0, 0, Vec::new());
    for found in program.find_iter(text) {
        // What was passed is not looked through again: all calls may stand in one line.
        line = text[past..found.end()].rfind('\n').map_or(line, |end| past + end + 1);
        past = found.end();
        let is_comment = is_mark_of_comment(&text[line..past]);
        if starts.len() == CALLS {
            looked.set(Looked::AtSome);
            break;
        }
        starts.extend((!is_comment).then_some(past));
    }
    let taken = |start: usize| {
        own.set(around);
        let taken = script.taken(start, link)?;
        if own.get() == Looked::AtSome {
            looked.set(Looked::AtSome);
        }
        Some(taken)
    };
    starts.into_iter().filter_map(taken).collect()
}

/// Whether a line that begins so is a comment.
fn is_mark_of_comment(line: &str) -> bool {
    line.trim_start_matches(['\u{feff}', ' ', '\t']).starts_with(['#', ';'])
}

/// From where names in the script may be seen: its folder, those above, and in each of them the folders that it goes into.
fn tops(folder: &TreePath, text: &str, call: &CallTable, looked: &Cell<Looked>) -> Arc<[TreePath]> {
    let mut into: Vec<&str> = Vec::new();
    for word in &call.folders {
        for (at, _) in text.match_indices(word.as_str()) {
            let is_word = text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
            let rest = &text[at + word.len()..];
            let opened = rest.trim_start_matches([' ', '\t', '"', '\'']);
            let to = opened.split([' ', '\t', '\r', '\n', ';', '&', ')', '"', '\'']).next().unwrap_or_default();
            let is_name = is_word && rest.starts_with([' ', '\t']) && !to.is_empty() && !to.contains(['$', '{', '`', '-']);
            if !is_name || into.contains(&to) {
                continue;
            }
            if into.len() == VARIABLES || to.len() > LONGEST_NAME {
                looked.set(Looked::AtSome);
                break;
            }
            into.push(to);
        }
    }
    let above = fit::tops(folder);
    let below = above.iter().flat_map(|top| into.iter().filter_map(|to| top.join(to).ok()));
    above.iter().cloned().chain(below).collect()
}

struct Script<'t> {
    text: &'t str,
    call: &'t CallTable,
    tops: Arc<[TreePath]>,
    /// What variables stand for that were asked for.
    known: RefCell<BTreeMap<String, Option<Range<usize>>>>,
    /// Whether something was more than is read.
    looked: &'t Cell<Looked>,
}

/// What the words of one call say.
#[derive(Default)]
struct Said {
    files: Vec<Range<usize>>,
    parameters: Vec<(Range<usize>, Typed)>,
    names: Vec<Range<usize>>,
}

/// How a value that stands in a word is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Typed {
    /// As a number or a truth value where it looks like one.
    AsItLooks,
    /// As a text.
    Text,
    /// It names where the value is.
    Elsewhere,
}

impl Script<'_> {
    /// What the call whose words begin at byte `start` takes in.
    fn taken<'f>(&self, start: usize, link: &'f Link) -> Option<Taken<'f>> {
        let words = self.words(start);
        let said = self.said(&words)?;
        match link.table.r#as {
            How::Chart => {}
            How::Script => return self.read_in(start, &said, link),
            _ => return self.renamed(said, link),
        }
        let names: Vec<Name<'_>> = said.names.iter().map(|range| self.name(range.clone())).collect();
        let places = |name: &Name<'_>| self.tops.iter().filter_map(|top| top.join(&name.literal()?).ok()).collect::<Vec<_>>();
        let paths: Vec<TreePath> = names.iter().flat_map(places).collect();
        let like: Vec<Fit> = names.iter().filter_map(|name| name.fit(&self.tops)).collect();
        let mut layers: Vec<Layered> = Vec::new();
        for range in said.files {
            let name = self.name(range);
            match name.fit(&self.tops) {
                Some(fit) => layers.push(Layered::Like(fit)),
                None => layers.extend(Some(places(&name)).filter(|places| !places.is_empty()).map(Layered::File)),
            }
        }
        let parameters: Vec<(String, Vec<Piece>, bool)> =
            said.parameters.into_iter().flat_map(|(range, typed)| self.pairs(range, typed)).collect();
        layers.extend((!parameters.is_empty()).then(|| Layered::Parameters(Inline::words(parameters))));
        let typed = said.names.last().map(|range| self.text[range.clone()].to_owned())?;
        let to = if paths.is_empty() { To::Vague } else { To::Paths(paths) };
        Some(Taken { to, like, layers, ..Taken::new(link, 0, typed) })
    }

    /// The files that a script reads as if they stood in it, where its command begins so.
    fn read_in<'f>(&self, start: usize, said: &Said, link: &'f Link) -> Option<Taken<'f>> {
        let line = self.text[..start].rfind('\n').map_or(0, |end| end + 1);
        let before = self.text[line..start].trim_end();
        let ahead = before.rfind([' ', '\t', ';', '&', '|', '(', '{']).map_or("", |at| before[..=at].trim_end());
        let begins = ahead.is_empty() || ahead.ends_with([';', '&', '|', '(', '{']);
        let names: Vec<String> = said.names.iter().filter_map(|range| self.name(range.clone()).literal()).collect();
        let paths = names.iter().flat_map(|name| self.tops.iter().filter_map(|top| top.join(name).ok())).collect();
        let typed = names.first().filter(|_| begins)?.clone();
        Some(Taken { to: To::Paths(paths), ..Taken::new(link, 0, typed) })
    }

    /// What the call puts in the place of names (`NAME=NEW`), in one of the folders that it may be called in.
    fn renamed<'f>(&self, said: Said, link: &'f Link) -> Option<Taken<'f>> {
        let pair = |range: Range<usize>| {
            let (name, new) = self.text[range.clone()].split_once('=')?;
            let variable = Variable { text: Some(new.to_owned()), span: Span::new(FileId(0), range.clone()), spelling: Spelling::Encoded };
            Some((name.to_owned(), variable))
        };
        let arguments: BTreeMap<String, Variable> = said.names.into_iter().filter_map(pair).collect();
        let typed = arguments.keys().next()?.clone();
        Some(Taken { to: To::Paths(self.tops.to_vec()), arguments, ..Taken::new(link, 0, typed) })
    }

    /// The words of the call: those of its command, of the lines that go on with options, and of variables that the script itself gives a value.
    fn words(&self, start: usize) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut at = start;
        let limit = self.text.len().min(start + LONGEST);
        while at < limit {
            let end = self.line_end(at, limit);
            if end == limit && limit < self.text.len() {
                self.looked.set(Looked::AtSome);
            }
            for word in self.words_in(at..end) {
                let own = self.assigned(&self.text[word.clone()]).filter(|value| self.text[value.clone()].contains(['-', ' ']));
                match own {
                    Some(value) => found.extend(self.words_in(value)),
                    None => found.push(word),
                }
            }
            let rest = self.text.get(end + 1..limit).unwrap_or_default();
            let next = rest.trim_start_matches([' ', '\t']);
            let goes_on = next.strip_prefix('-').is_some_and(|next| next.starts_with(|c: char| c == '-' || c.is_ascii_alphabetic()));
            if !goes_on {
                break;
            }
            at = end + 1;
        }
        found
    }

    /// Where the line ends that begins at a byte, with those that it is continued on.
    fn line_end(&self, at: usize, limit: usize) -> usize {
        let mut from = at;
        loop {
            let Some(end) = self.text.get(from..limit).and_then(|rest| rest.find('\n')).map(|end| from + end) else { return limit };
            if !self.text[at..end].trim_end_matches('\r').ends_with('\\') {
                return end;
            }
            from = end + 1;
        }
    }

    fn words_in(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let Some(text) = self.text.get(range.clone()) else { return Vec::new() };
        let uses = uses(text);
        if uses.len() == USES_AT_MOST {
            self.looked.set(Looked::AtSome);
        }
        let words = shell_words(text, &uses);
        words
            .into_iter()
            .map(|word| self.unquoted(range.start + word.start..range.start + word.end))
            .filter(|word| !word.is_empty())
            .collect()
    }

    /// A word without the quotes around it.
    fn unquoted(&self, range: Range<usize>) -> Range<usize> {
        let text = &self.text[range.clone()];
        let marks = ['"', '\'', ',', '@'];
        let start = range.start + text.len() - text.trim_start_matches(marks).len();
        start..(range.start + text.trim_end_matches(['"', '\'', ',']).len()).max(start)
    }

    /// Reads the words; none when they do not deploy anything.
    fn said(&self, words: &[Range<usize>]) -> Option<Said> {
        let mut said = Said::default();
        let mut words = words.iter().cloned();
        let (mut is_verb, mut others) = (self.call.verbs.is_empty(), 0);
        while let Some(word) = words.next() {
            let text = &self.text[word.clone()];
            if !text.starts_with('-') {
                match is_verb {
                    true => said.names.push(word),
                    false if self.call.verbs.iter().any(|verb| verb == text) => is_verb = true,
                    // What stands before the verb is a plugin's name.
                    false => others += 1,
                }
                if others > 1 {
                    return None;
                }
                continue;
            }
            let (option, value) = self.option(&word);
            let is_in = |options: &[String]| options.iter().any(|one| one == option);
            let mut value = || value.clone().or_else(|| words.next());
            if is_in(&self.call.files) {
                said.files.extend(value().into_iter().flat_map(|value| self.between_commas(value)));
            } else if is_in(&self.call.parameters) {
                said.parameters.extend(value().map(|value| (value, Typed::AsItLooks)));
            } else if is_in(&self.call.texts) {
                said.parameters.extend(value().map(|value| (value, Typed::Text)));
            } else if is_in(&self.call.elsewhere) {
                said.parameters.extend(value().map(|value| (value, Typed::Elsewhere)));
            } else if is_in(&self.call.others) {
                value();
            }
        }
        is_verb.then_some(said)
    }

    /// The option's name, and the value that stands in the same word.
    fn option(&self, word: &Range<usize>) -> (&str, Option<Range<usize>>) {
        let text = &self.text[word.clone()];
        let long = text.split_once('=').map(|(name, _)| (name, name.len() + 1));
        let short = text.get(..2).filter(|name| text.len() > 2 && !name.ends_with('-') && self.call.files.iter().any(|file| file == name));
        match long.or(short.map(|name| (name, 2))) {
            Some((name, from)) => (name, Some(self.unquoted(word.start + from..word.end))),
            None => (text, None),
        }
    }

    /// The parts of a word between its commas, but for those behind a backslash or in braces.
    fn between_commas(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let text = &self.text[range.clone()];
        let held = uses(text);
        let (mut found, mut from, mut depth) = (Vec::new(), 0, 0_usize);
        for (at, byte) in text.bytes().enumerate() {
            if held.iter().any(|held| held.contains(&at)) {
                continue;
            }
            match byte {
                b'{' => depth += 1,
                b'}' => depth = depth.saturating_sub(1),
                b',' if depth == 0 && !text[..at].ends_with('\\') => {
                    found.push(range.start + from..range.start + at);
                    from = at + 1;
                }
                _ => {}
            }
        }
        found.push(range.start + from..range.end);
        found
    }

    /// The values that a word gives, by their names.
    fn pairs(&self, range: Range<usize>, typed: Typed) -> Vec<(String, Vec<Piece>, bool)> {
        let all = if typed == Typed::Elsewhere { vec![range] } else { self.between_commas(range) };
        let pair = |range: Range<usize>| {
            let (name, _) = self.text[range.clone()].split_once('=')?;
            let value = self.unquoted(range.start + name.len() + 1..range.end);
            let pieces = if typed == Typed::Elsewhere { vec![self.hole(value)] } else { self.pieces(value) };
            Some((name.trim().to_owned(), pieces, typed == Typed::AsItLooks))
        };
        all.into_iter().filter_map(pair).collect()
    }

    fn hole(&self, range: Range<usize>) -> Piece {
        let name: Arc<str> = self.text[range.clone()].into();
        let origin = Origin::Modified { variable: Arc::clone(&name), by: name };
        Piece { text: HOLE.to_string(), span: Span::new(FileId(0), range), origin, spelling: Spelling::Encoded }
    }

    /// The text of a value, in which what is computed is not known. Only plain signs read the same in every notation around the script.
    fn pieces(&self, range: Range<usize>) -> Vec<Piece> {
        let text = &self.text[range.clone()];
        let (mut found, mut from) = (Vec::new(), 0);
        let literal = |part: Range<usize>| {
            let own = &text[part.clone()];
            let is_plain = own.chars().all(|c| c.is_ascii_alphanumeric() || "._/:@+-".contains(c));
            let (start, end) = (range.start + part.start, range.start + part.end);
            let origin = if is_plain { Origin::Default { variable: ".Values".into() } } else { Origin::Implied };
            Piece { text: own.to_owned(), span: Span::new(FileId(0), start..end), origin, spelling: Spelling::Verbatim }
        };
        for held in uses(text) {
            if from < held.start {
                found.push(literal(from..held.start));
            }
            found.push(self.hole(range.start + held.start..range.start + held.end));
            from = held.end;
        }
        if from < text.len() || found.is_empty() {
            found.push(literal(from..text.len()));
        }
        found
    }

    /// The name in a word: texts, and variables between them. Those that the script itself gives one value stand for that.
    fn name(&self, range: Range<usize>) -> Name<'_> {
        let own = |variable: &str| Some(&self.text[self.assigned(variable)?]).filter(|value| uses(value).is_empty());
        Name::read(&self.text[range], &own)
    }

    /// The bytes of the value that the script gives a variable, when `used` is nothing but one and all its values are the same.
    fn assigned(&self, used: &str) -> Option<Range<usize>> {
        let name = used.strip_prefix('$')?.trim_start_matches('$').trim_matches(['{', '}', '(', ')']);
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return None;
        }
        if let Some(known) = self.known.borrow().get(name) {
            return known.clone();
        }
        // Of more variables nothing is known, so that their uses stand for every name.
        if self.known.borrow().len() >= VARIABLES {
            self.looked.set(Looked::AtSome);
            return None;
        }
        let value = self.value(name);
        self.known.borrow_mut().insert(name.to_owned(), value.clone());
        value
    }

    /// The bytes of the one value that the script gives the variable of that name.
    fn value(&self, name: &str) -> Option<Range<usize>> {
        let mut values: BTreeMap<&str, Range<usize>> = BTreeMap::new();
        let mut next = 0;
        for line in self.text.split_inclusive('\n') {
            let begin = next;
            next += line.len();
            let opened = line.trim_start();
            // A value is given where a line begins; what stands further on in it is not looked through.
            let word = opened.split([' ', '\t']).next().unwrap_or_default();
            let is_before = matches!(word, "export" | "local" | "readonly" | "declare" | "set" | "ARG" | "ENV" | "-" | "override");
            let own = if is_before { opened[word.len()..].trim_start() } else { opened };
            let Some(behind) = own.strip_prefix(name).map(|rest| begin + line.len() - rest.len()) else { continue };
            let limit = self.text.len().min(behind + LONGEST);
            let rest = self.text.get(behind..self.line_end(behind, limit)).unwrap_or_default();
            let value = rest.trim_start().trim_start_matches(['?', ':']);
            let Some(value) = value.strip_prefix('=').or_else(|| value.starts_with(' ').then_some(value)) else { continue };
            if !rest.trim_start().starts_with(['=', ':', '?']) {
                continue;
            }
            if rest.len() == LONGEST {
                self.looked.set(Looked::AtSome);
                return None;
            }
            let start = behind + rest.len() - value.trim_start().len();
            let value = self.unquoted(start..behind + rest.trim_end().len());
            values.insert(&self.text[value.clone()], value);
        }
        match values.into_iter().collect::<Vec<_>>().as_slice() {
            [(text, value)] if !text.is_empty() => Some(value.clone()),
            _ => None,
        }
    }
}
