//! Owns what of a change lies in one piece, and which pieces may take it.

use std::ops::Range;
use std::sync::Arc;

use crate::occurrence::{Origin, Piece};
use crate::reference::{HOLE, Part};

use super::cut::is_writable;
use super::verdict::Refusal;

/// The bytes of a change that lie in one piece.
#[derive(Clone, Copy)]
pub(super) struct Slice<'a> {
    /// The piece's index in its occurrence.
    pub(super) index: usize,
    /// The piece.
    pub(super) piece: &'a Piece,
    /// The piece's range in the joined text.
    pub(super) own: &'a Range<usize>,
    /// First byte in the joined text.
    pub(super) start: usize,
    /// One past the last.
    pub(super) end: usize,
}

impl<'a> Slice<'a> {
    /// Its range in the piece's text.
    pub(super) fn local(self) -> Range<usize> {
        self.start - self.own.start..self.end - self.own.start
    }

    /// Its text.
    pub(super) fn text(self) -> &'a str {
        self.piece.text.get(self.local()).unwrap_or_default()
    }

    /// Why the piece's text cannot be changed there.
    pub(super) fn check(self, part: Part) -> Result<(), Refusal> {
        if self.piece.text.contains(HOLE) {
            return Err(hidden(self.piece, part));
        }
        match modified(self.piece) {
            Some(refusal) => Err(refusal),
            None if is_writable(self.piece) => Ok(()),
            None => Err(Refusal::Split),
        }
    }
}

/// Which of several pieces takes the new text while the others lose theirs. A value that stands on its own (a variable's default, a key) is
/// never emptied for a neighbour's sake, nor glued to one in the middle of a word: given from outside, it would mean something else.
pub(super) fn receiver(slices: &[Slice<'_>], text: &str) -> Option<usize> {
    let is_literal = |slice: &&Slice<'_>| slice.piece.origin == Origin::Literal;
    let mut values = slices.iter().filter(|slice| !is_literal(slice));
    let value = values.next();
    let ends = |text: &str| text.ends_with(['/', ':', '.']);
    let begins = |text: &str| text.starts_with(['/', ':', '.']);
    let glued = |pair: &[Slice<'_>]| match pair {
        [a, b] if is_literal(&a) && is_literal(&b) => false,
        [a, b] => !(ends(a.text()) || begins(b.text())),
        _ => false,
    };
    let emptied = value.is_some() && text.is_empty() && slices.len() > 1;
    if emptied || values.next().is_some() || slices.windows(2).any(glued) {
        return None;
    }
    value.or(slices.first()).map(|slice| slice.index)
}

/// The refusal for a piece whose value is not known.
pub(super) fn hidden(piece: &Piece, part: Part) -> Refusal {
    Refusal::Hidden { variable: variable(piece), at: piece.span, part }
}

/// The name of the variable that a piece comes from; empty when it comes from none.
pub(super) fn variable(piece: &Piece) -> Arc<str> {
    match &piece.origin {
        Origin::Unset { variable } | Origin::Modified { variable, .. } | Origin::Default { variable } => Arc::clone(variable),
        _ => Arc::from(""),
    }
}

/// The refusal for a piece whose value is changed on its way.
pub(super) fn modified(piece: &Piece) -> Option<Refusal> {
    let Origin::Modified { variable, by } = &piece.origin else { return None };
    Some(Refusal::Modified { variable: Arc::clone(variable), by: Arc::clone(by), at: piece.span })
}
