//! Owns the question which occurrences have bytes that a cut changes.

use crate::occurrence::{Occurrence, Piece};
use crate::text::{FileId, Span};

use super::cut::Cut;

/// All pieces of a set of occurrences, in order of their span.
pub(super) struct Touches<'a> {
    pieces: Vec<(Span, usize, &'a Piece)>,
    /// For each piece, where the furthest of those up to it ends in its file.
    reach: Vec<(FileId, usize)>,
}

impl<'a> Touches<'a> {
    pub(super) fn new(found: &'a [Occurrence]) -> Self {
        let each =
            found.iter().enumerate().flat_map(|(index, occurrence)| occurrence.pieces.iter().map(move |piece| (piece.span, index, piece)));
        let mut pieces: Vec<_> = each.collect();
        pieces.sort_by_key(|&(span, index, _)| (span, index));
        let mut furthest = (FileId(0), 0);
        let reach = pieces.iter().map(|(span, ..)| {
            furthest = if span.file == furthest.0 { furthest.max((span.file, span.end)) } else { (span.file, span.end) };
            furthest
        });
        let reach = reach.collect();
        Self { pieces, reach }
    }

    /// Calls `visit` with the index of each occurrence that has a piece which `cut` changes.
    pub(super) fn of(&self, cut: &Cut, visit: &mut dyn FnMut(usize)) {
        let end = self.pieces.partition_point(|(span, ..)| (span.file, span.start) <= (cut.span.file, cut.span.end));
        let near = self.pieces.iter().zip(&self.reach).take(end).rev();
        for ((_, index, piece), _) in near.take_while(|(_, reach)| **reach >= (cut.span.file, cut.span.start)) {
            if cut.touches(piece) {
                visit(*index);
            }
        }
    }
}
