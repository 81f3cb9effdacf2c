//! Owns the way from a file's lines to one instruction's characters: continuations, and the comments and blank lines within them.
//!
//! The rules are those of `BuildKit`'s `parser.go` (`processLine`, `trimContinuationCharacter`, `isEmptyContinuationLine`).

use std::ops::Range;

/// The most characters of an instruction that are held.
const HELD: usize = 512 << 10;

/// One line of the file.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Its text: without the line end and the mark that continues it; empty for a comment. The first line of an instruction has no leading blanks.
    pub(super) content: Range<usize>,
    /// Where the next line starts; the file's length when this is the last.
    pub(super) next: usize,
    /// What it is.
    pub(super) kind: LineKind,
}

/// What a line is to the instruction that it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineKind {
    /// Nothing but white space.
    Blank,
    /// `#` after nothing but white space. Within an instruction it is skipped and does not end it.
    Comment,
    /// Text that ends the instruction.
    Last,
    /// Text that goes on in the next line.
    Continued,
}

/// Whether a line opens an instruction or goes on with one. Leading blanks count only in the second case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// It may open an instruction.
    First,
    /// It goes on with one.
    Later,
}

/// Reads the line that starts at `start`.
pub(super) fn line_at(bytes: &[u8], start: usize, escape: u8, part: Part) -> Line {
    let rest = bytes.get(start..).unwrap_or_default();
    let (mut end, next) = match memchr::memchr(b'\n', rest) {
        Some(at) => (start + at, start + at + 1),
        None => (bytes.len(), bytes.len()),
    };
    while end > start && bytes.get(end - 1) == Some(&b'\r') {
        end -= 1;
    }
    let text = bytes.get(start..end).unwrap_or_default();
    let first = start + leading_space(text);
    if first >= end {
        return Line { content: end..end, next, kind: LineKind::Blank };
    }
    if bytes.get(first) == Some(&b'#') {
        return Line { content: end..end, next, kind: LineKind::Comment };
    }
    let from = if part == Part::First { first } else { start };
    match continuation_mark(bytes.get(from..end).unwrap_or_default(), escape) {
        Some(at) => Line { content: from..from + at, next, kind: LineKind::Continued },
        None => Line { content: from..end, next, kind: LineKind::Last },
    }
}

/// Where the mark stands that continues a line. An escape before it takes its meaning away (`\\` at the end of a line is text).
fn continuation_mark(text: &[u8], escape: u8) -> Option<usize> {
    let end = text.iter().rposition(|b| !matches!(b, b' ' | b'\t'))?;
    if text.get(end) != Some(&escape) {
        return None;
    }
    let escaped = end.checked_sub(1).and_then(|before| text.get(before)) == Some(&escape);
    (!escaped).then_some(end)
}

/// How many bytes of white space (Unicode's, as Go's `unicode.IsSpace`) `text` begins with.
pub(super) fn leading_space(text: &[u8]) -> usize {
    let ascii = text.iter().position(|b| !is_space(*b)).unwrap_or(text.len());
    if text.get(ascii).is_none_or(u8::is_ascii) {
        return ascii;
    }
    let rest = text.get(ascii..).unwrap_or_default();
    let Some(chunk) = rest.utf8_chunks().next() else { return ascii };
    ascii + (chunk.valid().len() - chunk.valid().trim_start().len())
}

/// Whether a byte is white space between two words.
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

/// One byte of an instruction's text, and the bytes of the file that spell it: itself, or an escape and itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Glyph {
    /// The byte as the instruction means it.
    pub(super) byte: u8,
    /// First byte in the file.
    pub(super) start: usize,
    /// One past the last byte in the file.
    pub(super) end: usize,
}

impl Glyph {
    /// Whether the file has the byte as it is meant.
    pub(super) const fn is_plain(self) -> bool {
        self.end == self.start + 1
    }

    /// The byte as escaped by `mark`, which stands before it. The first byte of a longer character stays as it is, for the others' sake:
    /// the mark is passed over like a quote.
    pub(super) const fn escaped_by(self, mark: Self) -> Self {
        if self.byte.is_ascii() { Self { start: mark.start, ..self } } else { self }
    }
}

/// The characters of one instruction, its lines joined.
#[derive(Clone, Debug)]
pub(super) struct Glyphs<'a> {
    bytes: &'a [u8],
    escape: u8,
    at: usize,
    line_end: usize,
    next: usize,
    limit: usize,
    kind: LineKind,
}

impl<'a> Glyphs<'a> {
    /// The characters of the instruction whose lines are `lines`.
    pub(super) fn new(bytes: &'a [u8], lines: Range<usize>, escape: u8) -> Self {
        let line = line_at(bytes, lines.start, escape, Part::First);
        Self { bytes, escape, at: line.content.start, line_end: line.content.end, next: line.next, limit: lines.end, kind: line.kind }
    }

    /// The byte that escapes.
    pub(super) const fn escape(&self) -> u8 {
        self.escape
    }

    /// The next character, which stays.
    pub(super) fn peek(&self) -> Option<u8> {
        // Nearly always it stands in the same line.
        if self.at < self.line_end { self.bytes.get(self.at).copied() } else { self.clone().next().map(|glyph| glyph.byte) }
    }

    /// Goes past white space.
    pub(super) fn skip_space(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.next();
        }
    }

    /// What is left, without white space at its end; of a text without end its beginning.
    pub(super) fn trimmed(self) -> Vec<Glyph> {
        // The rest of a line, in most cases.
        let mut rest = Vec::with_capacity((self.line_end - self.at).min(256));
        rest.extend(self.take(HELD));
        let end = rest.iter().rposition(|glyph| !is_space(glyph.byte)).map_or(0, |at| at + 1);
        rest.truncate(end);
        rest
    }
}

impl Iterator for Glyphs<'_> {
    type Item = Glyph;

    fn next(&mut self) -> Option<Glyph> {
        while self.at >= self.line_end {
            if self.kind == LineKind::Last || self.next >= self.limit {
                return None;
            }
            let line = line_at(self.bytes, self.next, self.escape, Part::Later);
            self.next = line.next;
            if matches!(line.kind, LineKind::Last | LineKind::Continued) {
                self.kind = line.kind;
                self.at = line.content.start;
                self.line_end = line.content.end;
            }
        }
        let byte = *self.bytes.get(self.at)?;
        let start = self.at;
        self.at += 1;
        Some(Glyph { byte, start, end: start + 1 })
    }
}
