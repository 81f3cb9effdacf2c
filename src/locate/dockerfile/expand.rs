//! Owns the expansion of a word: quotes, escapes and variables become pieces (`shell/lex.go`, `processStopOn`).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::lines::Glyph;
use super::pattern::{self, Reach, Times};
use super::text::{Pieces, spelled};
use super::variables::{Broken, Known, Value, Variables};
use crate::occurrence::{Origin, Piece, Spelling};
use crate::reference::HOLE;
use crate::text::{FileId, Span};

/// How deep substitutions may nest, so that no text overflows the stack.
const DEPTH: usize = 32;

/// Expands words of one file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expander<'a> {
    /// The file's bytes.
    pub(super) bytes: &'a [u8],
    /// The file.
    pub(super) file: FileId,
    /// The byte that escapes.
    pub(super) escape: u8,
    /// What is known of the variables at this place.
    pub(super) variables: &'a Variables,
}

/// What becomes of escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escapes {
    Removed,
    /// In patterns, where they are the pattern's own.
    Kept,
}

impl Expander<'_> {
    /// Expands `word`; what stands in it by itself is of `origin`.
    ///
    /// # Errors
    /// A text for people, when `BuildKit` would refuse the word.
    pub(super) fn expand(&self, word: &[Glyph], origin: &Origin) -> Result<Value, Broken> {
        let mut state = State { expander: self, rest: word, taken: 0, made_of: BTreeSet::new(), depth: 0 };
        let pieces = state.until(None, Escapes::Removed, origin)?;
        Ok(Value { pieces, made_of: state.made_of })
    }
}

/// One expansion on its way.
struct State<'a, 'w> {
    expander: &'a Expander<'a>,
    rest: &'w [Glyph],
    /// Where the character ends that was taken last.
    taken: usize,
    made_of: BTreeSet<Arc<str>>,
    depth: usize,
}

impl State<'_, '_> {
    fn peek(&self) -> Option<u8> {
        self.rest.first().map(|glyph| glyph.byte)
    }

    fn next(&mut self) -> Option<Glyph> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        self.taken = first.end;
        Some(*first)
    }

    /// Expands up to `stop`, which is taken, or to the word's end.
    fn until(&mut self, stop: Option<u8>, mode: Escapes, origin: &Origin) -> Result<Vec<Piece>, Broken> {
        let mut pieces = Pieces::new(self.expander.file, origin.clone());
        while let Some(glyph) = self.next() {
            match glyph.byte {
                byte if Some(byte) == stop => return Ok(pieces.finish()),
                b'\'' => self.single_quoted(&mut pieces)?,
                b'"' => self.double_quoted(mode, &mut pieces, origin)?,
                b'$' => self.dollar(glyph, &mut pieces, origin)?,
                byte if byte == self.expander.escape => {
                    if mode == Escapes::Kept {
                        pieces.glyph(glyph);
                    }
                    match self.next() {
                        Some(escaped) if mode == Escapes::Kept => pieces.glyph(escaped),
                        Some(escaped) => pieces.glyph(escaped.escaped_by(glyph)),
                        None => break,
                    }
                }
                _ => pieces.glyph(glyph),
            }
        }
        match stop {
            Some(stop) => Err(format!("a substitution lacks its `{}`", char::from(stop))),
            None => Ok(pieces.finish()),
        }
    }

    fn single_quoted(&mut self, pieces: &mut Pieces) -> Result<(), Broken> {
        loop {
            match self.next() {
                None => return Err("a single quote is not closed".to_owned()),
                Some(glyph) if glyph.byte == b'\'' => return Ok(()),
                Some(glyph) => pieces.glyph(glyph),
            }
        }
    }

    fn double_quoted(&mut self, mode: Escapes, pieces: &mut Pieces, origin: &Origin) -> Result<(), Broken> {
        let escape = self.expander.escape;
        loop {
            let Some(glyph) = self.next() else { return Err("a double quote is not closed".to_owned()) };
            match glyph.byte {
                b'"' => return Ok(()),
                b'$' => self.dollar(glyph, pieces, origin)?,
                byte if byte == escape => {
                    let escaped = self.peek().is_some_and(|next| matches!(next, b'"' | b'$') || next == escape);
                    if mode == Escapes::Kept {
                        pieces.glyph(glyph);
                    }
                    // In a pattern, one that escapes nothing is written twice: so does the lexer whose rules these are.
                    if !escaped {
                        pieces.glyph(glyph);
                    }
                    if let Some(next) = escaped.then(|| self.next()).flatten() {
                        pieces.glyph(if mode == Escapes::Kept { next } else { next.escaped_by(glyph) });
                    }
                }
                _ => pieces.glyph(glyph),
            }
        }
    }

    /// A variable's use, after its dollar sign.
    fn dollar(&mut self, dollar: Glyph, pieces: &mut Pieces, origin: &Origin) -> Result<(), Broken> {
        if self.peek() != Some(b'{') {
            let (name, end) = self.name(dollar.end);
            if name.is_empty() {
                pieces.glyph(dollar);
                return Ok(());
            }
            let used = Use { span: Span::new(self.expander.file, dollar.start..end), name: name.into() };
            pieces.extend(self.value(&used)?);
            return Ok(());
        }
        self.next();
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("substitutions nest too deep".to_owned());
        }
        let made = self.braced(dollar, origin)?;
        self.depth -= 1;
        pieces.extend(made);
        Ok(())
    }

    /// What `${…}` stands for, after its brace.
    fn braced(&mut self, dollar: Glyph, origin: &Origin) -> Result<Vec<Piece>, Broken> {
        let bad = || "bad substitution".to_owned();
        if matches!(self.peek(), None | Some(b'{' | b'}' | b':')) {
            return Err(bad());
        }
        let (name, _) = self.name(dollar.end);
        let name: Arc<str> = name.into();
        let first = self.next().ok_or_else(bad)?;
        let from = |end: usize| Use { span: Span::new(self.expander.file, dollar.start..end), name: name.clone() };
        if first.byte == b'}' {
            return self.value(&from(first.end));
        }
        let (operator, empty) = match first.byte {
            b':' => (self.next().ok_or_else(bad)?.byte, Empty::CountsAsUnset),
            byte => (byte, Empty::IsSet),
        };
        let word_origin = Origin::Default { variable: name.clone() };
        let word = match operator {
            b'-' => self.until(Some(b'}'), Escapes::Removed, &word_origin)?,
            b'+' | b'?' => self.until(Some(b'}'), Escapes::Removed, origin)?,
            b'#' | b'%' if empty == Empty::IsSet => self.until(Some(b'}'), Escapes::Kept, origin)?,
            b'/' if empty == Empty::IsSet => return self.replaced(dollar, name, origin),
            _ => return Err("a substitution has an operator that is not supported".to_owned()),
        };
        let used = Use { span: Span::new(self.expander.file, dollar.start..self.taken), name };
        let set = match self.expander.variables.get(&used.name) {
            Known::Value(value) => empty == Empty::IsSet || !spelled(&value.pieces).is_empty(),
            Known::Platform => true,
            Known::Unset | Known::TooLate => false,
        };
        match operator {
            b'-' if !set => Ok(word),
            b'+' if set => Ok(word),
            // What stands before a name decides which one it is; a build argument may give it.
            b'+' if matches!(self.expander.variables.get(&used.name), Known::Unset) && spelled(&word).ends_with('/') => {
                Ok(vec![self.modified(&used, None)])
            }
            b'+' => Ok(vec![self.modified(&used, Some(String::new()))]),
            b'#' | b'%' => Ok(vec![self.trimmed(&used, operator, &spelled(&word))?]),
            // A build argument must give it.
            b'?' if !set => Ok(vec![Piece::hole(used.name, used.span)]),
            _ => self.value(&used),
        }
    }

    /// `${V/pattern/text}`, after the first slash.
    fn replaced(&mut self, dollar: Glyph, name: Arc<str>, origin: &Origin) -> Result<Vec<Piece>, Broken> {
        let mut times = Times::Once;
        if self.peek() == Some(b'/') {
            self.next();
            times = Times::Always;
        }
        let pattern = spelled(&self.until(Some(b'/'), Escapes::Kept, origin)?);
        let by = spelled(&self.until(Some(b'}'), Escapes::Kept, origin)?);
        let used = Use { span: Span::new(self.expander.file, dollar.start..self.taken), name };
        let text = self.known_text(&used.name)?.filter(|_| !pattern.contains(HOLE));
        let text = text.and_then(|text| pattern::replace(&text, &pattern, &by, times));
        Ok(vec![self.modified(&used, text)])
    }

    /// `${V#pattern}` and its like.
    fn trimmed(&mut self, used: &Use, operator: u8, pattern: &str) -> Result<Piece, Broken> {
        let sign = char::from(operator);
        let (pattern, reach) = pattern.strip_prefix(sign).map_or((pattern, Reach::Shortest), |rest| (rest, Reach::Longest));
        let trim = if operator == b'#' { pattern::trim_start } else { pattern::trim_end };
        let text = self.known_text(&used.name)?.filter(|_| !pattern.contains(HOLE)).and_then(|text| trim(&text, pattern, reach));
        Ok(self.modified(used, text))
    }

    /// A variable's text, when all of it is known.
    fn known_text(&mut self, name: &Arc<str>) -> Result<Option<String>, Broken> {
        let Known::Value(value) = self.expander.variables.get(name) else { return Ok(None) };
        self.expander.variables.spend(value)?;
        self.made_of.extend(value.made_of.iter().cloned());
        self.made_of.insert(name.clone());
        Ok(Some(spelled(&value.pieces)).filter(|text| !text.contains(HOLE)))
    }

    fn modified(&self, used: &Use, text: Option<String>) -> Piece {
        let typed = self.expander.bytes.get(used.span.range()).unwrap_or_default();
        let by: Arc<str> = String::from_utf8_lossy(typed).into();
        Piece {
            text: text.unwrap_or_else(|| HOLE.to_string()),
            span: used.span,
            origin: Origin::Modified { variable: used.name.clone(), by },
            spelling: Spelling::Encoded,
        }
    }

    /// A variable's value as it is.
    fn value(&mut self, used: &Use) -> Result<Vec<Piece>, Broken> {
        match self.expander.variables.get(&used.name) {
            Known::Value(value) => {
                self.expander.variables.spend(value)?;
                self.made_of.extend(value.made_of.iter().cloned());
                self.made_of.insert(used.name.clone());
                Ok(value.pieces.clone())
            }
            Known::TooLate => Ok(Vec::new()),
            Known::Platform | Known::Unset => Ok(vec![Piece::hole(used.name.clone(), used.span)]),
        }
    }

    /// A variable's name, and where it ends; `start` when there is none.
    fn name(&mut self, start: usize) -> (String, usize) {
        let length = name_at(self.rest.iter().map(|glyph| glyph.byte));
        let mut end = start;
        let mut name = Vec::with_capacity(length);
        for _ in 0..length {
            let Some(glyph) = self.next() else { break };
            end = glyph.end;
            name.push(glyph.byte);
        }
        (String::from_utf8_lossy(&name).into_owned(), end)
    }
}

/// Whether an empty value counts as none (`:-`) or not (`-`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Empty {
    CountsAsUnset,
    IsSet,
}

/// A variable's use.
struct Use {
    span: Span,
    name: Arc<str>,
}

/// How many bytes of a variable's name the text begins with: digits, or one special sign, or letters, digits and underscores.
pub(super) fn name_at(mut text: impl Iterator<Item = u8>) -> usize {
    let Some(first) = text.next() else { return 0 };
    if first.is_ascii_digit() {
        return 1 + text.take_while(u8::is_ascii_digit).count();
    }
    if matches!(first, b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!') {
        return 1;
    }
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii();
    if is_letter(&first) { 1 + text.take_while(|byte| is_letter(byte)).count() } else { 0 }
}
