//! Owns the way from a byte to a line and column, as people and editors count them.

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
}

impl<'a> Lines<'a> {
    /// Finds the lines of `text`, in one pass.
    pub fn new(text: &'a [u8]) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text).map(|at| at + 1));
        Self { text, starts }
    }

    /// The position of byte `offset`; past the end, the position of the end. A byte order mark takes no column.
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let index = self.starts.partition_point(|&start| start <= offset) - 1;
        let mut start = self.starts[index];
        if start == 0 && self.text.starts_with(b"\xef\xbb\xbf") {
            start = 3.min(offset);
        }
        Position { line: index + 1, column: String::from_utf8_lossy(&self.text[start..offset]).chars().count() + 1 }
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
    fn a_byte_order_mark_takes_no_column() {
        assert_eq!(Lines::new(b"\xef\xbb\xbfFROM a").position(8), Position { line: 1, column: 6 });
    }
}
