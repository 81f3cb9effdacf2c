//! Owns where a run of bytes stands: which file, from which byte to which.

use std::fmt;
use std::ops::Range;

/// A file of one run, numbered in the order of the walk. Spans carry it so that one occurrence may have pieces in several files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

impl FileId {
    /// No file: a text that a program made has it.
    pub const NONE: Self = Self(u32::MAX);
}

/// A half-open range of bytes `[start, end)` in one file, counted from the file's first byte (a byte order mark counts).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file that the bytes are in.
    pub file: FileId,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// No bytes of any file.
    pub const NOWHERE: Self = Self { file: FileId::NONE, start: 0, end: 0 };

    /// The span of `range` in `file`.
    pub const fn new(file: FileId, range: Range<usize>) -> Self {
        Self { file, start: range.start, end: range.end }
    }

    /// The bytes' range without the file.
    pub const fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// Length in bytes.
    pub const fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether the span is a place between two bytes.
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether all of `other` lies in this one.
    pub fn contains(self, other: Self) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }

    /// Whether the two have a byte in common; an empty one overlaps what it lies inside of.
    pub fn overlaps(self, other: Self) -> bool {
        self.file == other.file && self.start < other.end && other.start < self.end
    }

    /// The smallest span that covers both; `None` when they are in different files.
    pub fn cover(self, other: Self) -> Option<Self> {
        (self.file == other.file).then(|| Self { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) })
    }

    /// The span of bytes `from..to` inside this one, counted from its start.
    #[must_use]
    pub fn slice(self, from: usize, to: usize) -> Self {
        debug_assert!(from <= to && self.start + to <= self.end, "slice out of span");
        Self { file: self.file, start: self.start + from, end: self.start + to }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}..{}", self.file.0, self.start, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_meet_in_one_file_only() {
        let span = |file, range| Span::new(FileId(file), range);
        let one = span(1, 2..6);
        assert!(one.contains(span(1, 2..6)) && one.contains(span(1, 6..6)) && !one.contains(span(1, 5..7)) && !one.contains(span(2, 3..4)));
        assert!(
            one.overlaps(span(1, 5..9))
                && !one.overlaps(span(1, 6..9))
                && one.overlaps(span(1, 4..4))
                && !one.overlaps(span(1, 2..2))
                && !one.overlaps(span(2, 3..4))
        );
    }
}
