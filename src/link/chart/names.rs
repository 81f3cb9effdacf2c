//! Owns the bytes that names of references are made of, and which references are made of some bytes.

use crate::occurrence::{Occurrence, Origin, Piece};
use crate::reference::{Part, Reference};
use crate::text::Span;

/// Whether the bytes of a piece are in it, as they stand or changed.
pub(super) const fn feeds(piece: &Piece) -> bool {
    piece.is_editable() || matches!(piece.origin, Origin::Modified { .. })
}

/// Occurrences by the bytes that an edit of them would change.
pub(super) struct Near {
    pieces: Vec<(Span, usize)>,
    longest: usize,
}

impl Near {
    pub(super) fn new(all: &[Occurrence]) -> Self {
        let own = |(index, one): (usize, &Occurrence)| {
            one.pieces.iter().filter(|piece| feeds(piece)).map(|piece| (piece.span, index)).collect::<Vec<_>>()
        };
        let mut pieces: Vec<(Span, usize)> = all.iter().enumerate().flat_map(own).collect();
        pieces.sort_unstable();
        let longest = pieces.iter().map(|(span, _)| span.len()).max().unwrap_or_default();
        Self { pieces, longest }
    }

    /// Those of which bytes may lie in a span, in order.
    pub(super) fn at(&self, place: Span) -> Vec<usize> {
        let from = (place.file, place.start.saturating_sub(self.longest));
        let first = self.pieces.partition_point(|(span, _)| (span.file, span.start) < from);
        let there = self.pieces.iter().skip(first).take_while(|(span, _)| span.file == place.file && span.start < place.end);
        let mut found: Vec<usize> = there.filter(|(span, _)| span.overlaps(place)).map(|(_, index)| *index).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The bytes of a domain and a path.
pub(super) type Name = Vec<(Span, String)>;

/// The bytes of an occurrence's domain and path, run by run, without the separators that templates and formats put between them.
pub(super) fn name_bytes(occurrence: &Occurrence) -> Option<Name> {
    let reference: Reference = occurrence.reference().ok()?;
    let end = reference.range(Part::Path)?.end;
    let joined = occurrence.joined();
    let mut runs = Vec::new();
    for (piece, range) in occurrence.pieces.iter().zip(&joined.ranges) {
        let text = piece.text.get(..end.saturating_sub(range.start).min(piece.text.len())).unwrap_or_default();
        if text.trim_matches('/').is_empty() {
            continue;
        }
        let span = if piece.text.len() == piece.span.len() { piece.span.slice(0, text.len()) } else { piece.span };
        runs.push((span, text.to_owned()));
    }
    runs.shrink_to_fit();
    Some(runs)
}
