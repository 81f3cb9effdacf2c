//! Owns a name of a text in pieces.

use std::ops::Range;

use crate::occurrence::Piece;
use crate::text::Span;

/// A name in pieces: its text, and the values in it that are not known.
pub(super) fn pieces(text: &[u8], place: Span, holes: &[Range<usize>]) -> Vec<Piece> {
    let written = |range: Range<usize>| String::from_utf8_lossy(text.get(range).unwrap_or_default()).into_owned();
    let literal = |range: Range<usize>| Piece::literal(written(range.clone()), Span::new(place.file, range));
    let mut found = Vec::new();
    let mut at = place.start;
    for hole in holes {
        found.extend((hole.start > at).then(|| literal(at..hole.start)));
        found.push(Piece::hole(written(hole.clone()), Span::new(place.file, hole.clone())));
        at = hole.end;
    }
    found.extend((place.end > at).then(|| literal(at..place.end)));
    found
}
