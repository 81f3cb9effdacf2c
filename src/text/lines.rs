//! Owns the way from a byte to a line and column, as people and editors count them.

use std::sync::OnceLock;

/// A place as shown to people: both numbers start at 1; the column counts characters (a byte that is not UTF-8 counts as one).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1; lines end at a line feed.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// Where the lines of one text start.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    text: &'a [u8],
    starts: Vec<usize>,
    /// The first byte behind each lap, and how many characters stand before it. Asked for by long lines only: a file may be one.
    laps: OnceLock<Vec<(usize, usize)>>,
}

/// Bytes that are counted anew for each position; characters before them are counted once.
const LAP: usize = 1 << 10;

impl<'a> Lines<'a> {
    /// Finds the lines of `text`, in one pass.
    pub fn new(text: &'a [u8]) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text).map(|at| at + 1));
        Self { text, starts, laps: OnceLock::new() }
    }

    /// The position of byte `offset`; past the end, the position of the end. A byte order mark takes no column.
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let index = self.starts.partition_point(|&start| start <= offset) - 1;
        let mut start = self.starts[index];
        if start == 0 && self.text.starts_with(b"\xef\xbb\xbf") {
            start = 3.min(offset);
        }
        let before = if offset - start > LAP { self.characters(offset) - self.characters(start) } else { count(&self.text[start..offset]) };
        Position { line: index + 1, column: before + 1 }
    }

    /// The characters before byte `offset`.
    fn characters(&self, offset: usize) -> usize {
        let laps = self.laps.get_or_init(|| laps(self.text));
        let last = laps.partition_point(|(at, _)| *at <= offset).checked_sub(1);
        let (at, before) = last.map_or((0, 0), |last| laps[last]);
        before + count(&self.text[at..offset])
    }

    /// The bytes of line `line` (from 1) without its end; empty when there is no such line.
    pub fn line(&self, line: usize) -> &'a [u8] {
        let Some(&start) = line.checked_sub(1).and_then(|index| self.starts.get(index)) else { return &[] };
        let end = self.starts.get(line).map_or(self.text.len(), |next| next - 1);
        let bytes = &self.text[start..end];
        bytes.strip_suffix(b"\r").unwrap_or(bytes)
    }

    /// The range of bytes of line `line` (from 1) with its end; empty at the text's end when there is no such line.
    pub fn range(&self, line: usize) -> std::ops::Range<usize> {
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index)).copied().unwrap_or(self.text.len());
        start..self.starts.get(line).copied().unwrap_or(self.text.len())
    }
}

/// Each lap ends where a character does: behind three bytes that go on with one, the next goes on with none.
fn laps(text: &[u8]) -> Vec<(usize, usize)> {
    let (mut laps, mut done, mut characters) = (Vec::with_capacity(text.len() / LAP), 0, 0);
    while let Some(rest) = text.get(done + LAP..).filter(|rest| !rest.is_empty()) {
        let end = done + LAP + rest.iter().take(3).take_while(|byte| **byte & 0xc0 == 0x80).count();
        characters += count(&text[done..end]);
        laps.push((end, characters));
        done = end;
    }
    laps
}

fn count(text: &[u8]) -> usize {
    text.utf8_chunks().map(|chunk| chunk.valid().chars().count() + usize::from(!chunk.invalid().is_empty())).sum()
}

/// The line, from 1, at which git left both sides of a merge; `None` in a text that has no such mark.
#[must_use]
pub fn conflict(text: &str) -> Option<usize> {
    text.lines().position(|line| line.starts_with("<<<<<<< ")).map(|line| line + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters_not_bytes() {
        let lines = Lines::new("é: x\r\nb".as_bytes());
        assert_eq!(lines.position(4), Position { line: 1, column: 4 });
        assert_eq!(lines.position(7), Position { line: 2, column: 1 });
        assert_eq!(lines.line(1), "é: x".as_bytes());
    }

    #[test]
    fn columns_of_a_long_line_are_those_of_its_characters() {
        let mut text = b"x\n\xef\xbb\xbf".to_vec();
        for number in 0..3_000 {
            text.extend_from_slice(
                [&b"a"[..], "é".as_bytes(), "\u{1f6a2}".as_bytes(), b"\x80\x80\x80\x80\x80", b"\xf0\x9f"][number * 7 % 5],
            );
        }
        let lines = Lines::new(&text);
        for offset in (2..text.len()).step_by(13) {
            let column = String::from_utf8_lossy(&text[2..offset]).chars().count() + 1;
            assert_eq!(lines.position(offset), Position { line: 2, column }, "{offset}");
        }
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        assert_eq!(Lines::new(b"\xef\xbb\xbfFROM a").position(8), Position { line: 1, column: 6 });
    }
}
