//! Owns the cut of a value into the texts that may be references, each with what it is called.

use std::ops::Range;

use crate::format::{Guard, Parts, Shape, Site};

/// A text in a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part<'t> {
    /// Its bytes in the value.
    pub(super) range: Range<usize>,
    /// What precedes it by way of a name: `--image` in `--image=x`.
    pub(super) name: Option<&'t str>,
}

/// A value to be cut.
pub(super) struct Whole<'t> {
    /// The value.
    pub(super) text: &'t str,
    /// Stretches that are one whatever they hold: uses of variables.
    pub(super) uses: Vec<Range<usize>>,
    /// For an item of a list: the item before it.
    pub(super) item_after: Option<&'t str>,
}

/// How many bytes before a word of a command line are asked whether it is an image.
const NEAR: usize = 2_048;

impl<'t> Whole<'t> {
    /// The texts in it that a site means, in order.
    pub(super) fn parts(&self, site: &Site) -> Vec<Part<'t>> {
        let text = self.text;
        let between = |separator: char| {
            let mut next = 0;
            text.split(separator).map(move |part| {
                let start = next;
                next += part.len() + separator.len_utf8();
                start..start + part.len()
            })
        };
        match site.table.parts {
            Parts::Whole => self.part(site, 0..text.len()).into_iter().collect(),
            Parts::Csv => between(',').filter_map(|range| self.part(site, range)).collect(),
            Parts::Lines => {
                let is_comment = |range: &Range<usize>| text[range.clone()].trim_start().starts_with('#');
                between('\n').filter(|range| !is_comment(range)).filter_map(|range| self.part(site, range)).collect()
            }
            Parts::List => self.listed(site),
            Parts::Argv => self.argv(site),
            Parts::Shell => {
                // What says that a word is an image stands near it; all that precedes each of many words would be read as often as there are.
                let near = |word: &Word| {
                    let far = word.range.start.saturating_sub(NEAR).max(word.command);
                    text.get((far..=word.range.start).find(|at| text.is_char_boundary(*at)).unwrap_or(far)..word.range.start)
                        .unwrap_or_default()
                };
                let precedes = |word: &Word| site.before.as_ref().is_none_or(|before| before.is_match(near(word)));
                let words = self.words().into_iter().filter(precedes);
                words.filter_map(|word| Some(Part { range: self.shaped(site, word.range)?, name: None })).collect()
            }
        }
    }

    /// The part of `range` behind `after`.
    fn part(&self, site: &Site, range: Range<usize>) -> Option<Part<'t>> {
        let Some(after) = &site.table.after else { return Some(Part { range: self.shaped(site, range)?, name: None }) };
        let (name, _) = self.text[range.clone()].split_once(after.as_str())?;
        if site.before.as_ref().is_some_and(|before| !before.is_match(name)) {
            return None;
        }
        let start = range.start + name.len() + after.len();
        Some(Part { range: self.shaped(site, start..range.end)?, name: Some(name) })
    }

    /// The texts of a list, each behind its names (`--images=web=acme/web`) and without what is a condition on its version (`acme/web:~1.2`).
    fn listed(&self, site: &Site) -> Vec<Part<'t>> {
        let is_between = |c: char| c == ',' || c == ';' || c.is_whitespace();
        let texts = self.text.split(is_between).filter(|text| !text.is_empty()).map(|text| {
            let start = text.as_ptr().addr() - self.text.as_ptr().addr();
            let name = text.split(['/', '@']).next().and_then(|first| first.rfind('=')).map_or(0, |at| at + 1);
            let is_tag = |tag: &str| tag.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '$' | '{' | '}' | '@' | ':'));
            let last = text.rfind('/').map_or(name, |at| at + 1);
            let condition = text.get(last..).and_then(|last| last.split_once(':')).filter(|(_, tag)| !is_tag(tag));
            start + name..start + condition.map_or(text.len(), |(word, _)| last + word.len())
        });
        // Where the place says that there is a list, it may have one item.
        let is_list = site.table.guard == Guard::Name || self.text.contains('=') || self.text.trim().contains(is_between);
        texts.filter(|_| is_list).filter_map(|range| Some(Part { range: self.shaped(site, range)?, name: None })).collect()
    }

    /// The values of flags.
    fn argv(&self, site: &Site) -> Vec<Part<'t>> {
        let words: Vec<Range<usize>> = match self.item_after {
            Some(_) => std::iter::once(0..self.text.len()).collect(),
            None => self.words().into_iter().map(|word| word.range).collect(),
        };
        let mut flag = self.item_after;
        let mut found = Vec::new();
        for range in words {
            let word = &self.text[range.clone()];
            let is_its = |flag: &&str| !word.starts_with('-') && site.before.as_ref().is_some_and(|before| before.is_match(flag));
            let next =
                || Some(Part { range: self.shaped(site, range.clone())?, name: flag.filter(is_its) }).filter(|part| part.name.is_some());
            found.extend(self.part(site, range.clone()).or_else(next));
            flag = Some(word);
        }
        found
    }

    /// A range without white space, quotes and scheme around it; `None` where nothing is left, or the scheme is not one of the site's.
    fn shaped(&self, site: &Site, range: Range<usize>) -> Option<Range<usize>> {
        let mut range = self.trimmed(range);
        if site.table.parts != Parts::Whole {
            let text = &self.text[range.clone()];
            let is_in = |quote: char| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
            if is_in('"') || is_in('\'') {
                range = range.start + 1..range.end - 1;
            }
        }
        let text = &self.text[range.clone()];
        let scheme = || site.table.schemes.iter().find(|scheme| text.starts_with(scheme.as_str())).map(String::len);
        match site.table.shape {
            Shape::Uri => range = self.trimmed(range.start + scheme()?..range.end),
            Shape::Registry | Shape::Chart => range = range.start + scheme().unwrap_or(0)..range.start + text.trim_end_matches('/').len(),
            _ => {}
        }
        (range.start < range.end).then_some(range)
    }

    fn trimmed(&self, range: Range<usize>) -> Range<usize> {
        let text = self.text[range.clone()].trim_end();
        range.start + text.len() - text.trim_start().len()..range.start + text.len()
    }

    /// The words of a text by a shell's rules. Quotes stay on them.
    fn words(&self) -> Vec<Word> {
        let bytes = self.text.as_bytes();
        let (mut words, mut start, mut command, mut quote, mut at) = (Vec::new(), None, 0, None, 0);
        let mut uses = self.uses.iter().peekable();
        while let Some(&byte) = bytes.get(at) {
            while uses.next_if(|used| used.start < at || used.is_empty()).is_some() {}
            if let Some(used) = uses.next_if(|used| used.start == at) {
                start.get_or_insert(at);
                at = used.end;
                continue;
            }
            let ends_command = matches!(byte, b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'`');
            match (byte, quote) {
                (b'\\', _) if quote != Some(b'\'') => {
                    // A line that is continued goes on with a blank.
                    let is_blank = quote.is_none() && matches!(bytes.get(at + 1..), Some([b'\n', ..] | [b'\r', b'\n', ..]));
                    if is_blank {
                        words.extend(start.take().map(|start| Word { range: start..at, command }));
                        at += usize::from(bytes.get(at + 1) == Some(&b'\r'));
                    } else {
                        start.get_or_insert(at);
                    }
                    at += 1;
                }
                (byte, Some(open)) if byte == open => quote = None,
                (_, Some(_)) => {}
                (b' ' | b'\t' | b'\r', None) => words.extend(start.take().map(|start| Word { range: start..at, command })),
                (b'#', None) if start.is_none() => at = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end) - 1,
                _ if ends_command => {
                    words.extend(start.take().map(|start| Word { range: start..at, command }));
                    command = at + 1;
                }
                (byte, None) => {
                    start.get_or_insert(at);
                    quote = matches!(byte, b'"' | b'\'').then_some(byte);
                }
            }
            at += 1;
        }
        words.extend(start.map(|start| Word { range: start..bytes.len(), command }));
        words
    }
}

/// The words of a text's first command, with their quotes; `uses` are stretches of it that are one whatever they hold.
pub(crate) fn shell_words(text: &str, uses: &[Range<usize>]) -> Vec<Range<usize>> {
    let words = Whole { text, uses: uses.to_vec(), item_after: None }.words();
    let first = words.first().map(|word| word.command);
    words.into_iter().take_while(|word| Some(word.command) == first).map(|word| word.range).collect()
}

/// A word of a command line.
struct Word {
    range: Range<usize>,
    /// Where its command begins.
    command: usize,
}
