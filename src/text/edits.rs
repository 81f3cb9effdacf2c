//! Owns byte replacements in one text: sorted, without overlap, applied in one pass.

use std::ops::Range;

/// One replacement of a range of bytes by a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes that go, half-open; empty to insert.
    pub range: Range<usize>,
    /// What stands there afterwards.
    pub text: String,
}

/// Replacements of one file, sorted by place; two of them never touch the same byte.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits(Vec<Edit>);

/// Two replacements want the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("edits overlap: {first:?} and {second:?}")]
pub struct Overlap {
    /// The edit that starts first.
    pub first: Edit,
    /// The edit that starts inside it, or at the same place.
    pub second: Edit,
}

impl Edits {
    /// Sorts the edits; equal ones count once.
    ///
    /// # Errors
    /// [`Overlap`] when two different edits share a byte, or insert at the same place.
    pub fn new(mut edits: Vec<Edit>) -> Result<Self, Overlap> {
        edits.sort_by(|a, b| (a.range.start, a.range.end, &a.text).cmp(&(b.range.start, b.range.end, &b.text)));
        edits.dedup();
        for pair in edits.windows(2) {
            let [first, second] = pair else { continue };
            if second.range.start < first.range.end || second.range == first.range {
                return Err(Overlap { first: first.clone(), second: second.clone() });
            }
        }
        Ok(Self(edits))
    }

    /// The edits in order.
    pub fn as_slice(&self) -> &[Edit] {
        &self.0
    }

    /// The edits that have a byte of `range`, or lie at one of its ends.
    pub fn near(&self, range: &Range<usize>) -> &[Edit] {
        let first = self.0.partition_point(|edit| edit.range.end < range.start);
        let behind = self.0.partition_point(|edit| edit.range.start <= range.end);
        self.0.get(first..behind).unwrap_or_default()
    }

    /// Whether there is nothing to do.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `before` with every edit carried out; bytes outside the edits are copied as they are.
    /// Edits beyond the end of `before` are a caller's mistake and are cut at its end.
    pub fn apply(&self, before: &[u8]) -> Vec<u8> {
        let grown: usize = self.0.iter().map(|e| e.text.len()).sum();
        let mut after = Vec::with_capacity(before.len() + grown);
        let mut done = 0;
        for edit in &self.0 {
            let start = edit.range.start.min(before.len());
            after.extend_from_slice(&before[done..start]);
            after.extend_from_slice(edit.text.as_bytes());
            done = edit.range.end.min(before.len());
        }
        after.extend_from_slice(&before[done..]);
        after
    }
}

impl IntoIterator for Edits {
    type Item = Edit;
    type IntoIter = std::vec::IntoIter<Edit>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(range: Range<usize>, text: &str) -> Edit {
        Edit { range, text: text.to_owned() }
    }

    #[test]
    fn applies_in_order_and_keeps_the_rest() {
        let edits = Edits::new(vec![edit(5..6, "!"), edit(0..1, "J")]).unwrap();
        assert_eq!(edits.apply(b"hello."), b"Jello!");
    }

    #[test]
    fn equal_edits_count_once() {
        let edits = Edits::new(vec![edit(0..1, "a"), edit(0..1, "a")]).unwrap();
        assert_eq!(edits.as_slice().len(), 1);
    }

    #[test]
    fn edits_are_near_what_they_touch() {
        let edits = Edits::new(vec![edit(0..2, "a"), edit(4..4, "b"), edit(4..6, "c"), edit(9..12, "d")]).unwrap();
        let near = |range| edits.near(&range).iter().map(|edit| edit.text.as_str()).collect::<String>();
        let cases = [(2..4, "abc"), (3..3, ""), (4..4, "bc"), (6..9, "cd"), (7..8, ""), (0..20, "abcd"), (10..11, "d")];
        for (range, want) in cases {
            assert_eq!(near(range.clone()), want, "{range:?}");
        }
    }

    #[test]
    fn two_texts_for_one_place_are_refused() {
        assert!(Edits::new(vec![edit(3..3, "a"), edit(3..3, "b")]).is_err());
        assert!(Edits::new(vec![edit(0..4, "a"), edit(3..5, "b")]).is_err());
    }
}
