//! Owns a cut: one replacement of bytes that some piece owns, and what an occurrence reads as once cuts are made.

use crate::occurrence::{Occurrence, Origin, Piece, Spelling};
use crate::reference::HOLE;
use crate::text::Span;

use super::fix::SpanEdit;

/// A replacement inside one piece.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cut {
    /// The bytes that go.
    pub(super) span: Span,
    /// The span of the piece that it was made for: it says which side an insertion between two pieces belongs to.
    pub(super) owner: Span,
    /// What the reference gains there.
    pub(super) text: String,
    /// What the file gains there: `text`, in quotes where the place needs them.
    pub(super) written: String,
}

impl Cut {
    /// The replacement as a plan hands it out.
    pub(super) fn edit(&self) -> SpanEdit {
        SpanEdit { span: self.span, text: self.written.clone() }
    }

    /// Whether the cut changes what `piece` is made of.
    pub(super) fn touches(&self, piece: &Piece) -> bool {
        let (cut, own) = (self.span, piece.span);
        if cut.file != own.file || matches!(piece.origin, Origin::Implied) {
            return false;
        }
        if own == self.owner || (own.start < cut.end && cut.start < own.end) {
            return true;
        }
        // An insertion where a piece begins or ends is that piece's own when one of the two was cut out of the other's bytes.
        let nested =
            (own.start <= self.owner.start && self.owner.end <= own.end) || (self.owner.start <= own.start && own.end <= self.owner.end);
        cut.is_empty() && nested && (own.start == cut.start || (own.end == cut.end && self.owner.end == cut.end))
    }
}

/// Whether an edit may be made in the piece's bytes, in whole or in part.
pub(super) fn is_writable(piece: &Piece) -> bool {
    let spelled = piece.spelling == Spelling::Encoded || piece.span.len() == piece.text.len();
    piece.is_editable() && spelled && !piece.text.contains(HOLE)
}

/// What the occurrence reads as once `cuts` (sorted by span) are made; `None` where that cannot be told: a cut reaches over a piece's end, into
/// an encoding, or into a value that is changed on its way.
pub(super) fn reading(occurrence: &Occurrence, cuts: &[Cut]) -> Option<String> {
    let mut text = String::new();
    for piece in &occurrence.pieces {
        let mut mine = cuts.iter().filter(|cut| cut.touches(piece)).peekable();
        if mine.peek().is_none() {
            text.push_str(&piece.text);
            continue;
        }
        if !is_writable(piece) {
            return None;
        }
        let mut done = piece.span.start;
        for cut in mine {
            if cut.span.start < done || cut.span.end > piece.span.end {
                return None;
            }
            if cut.span != piece.span && piece.spelling == Spelling::Encoded {
                return None;
            }
            text.push_str(kept(piece, done, cut.span.start)?);
            text.push_str(&cut.text);
            done = cut.span.end;
        }
        text.push_str(kept(piece, done, piece.span.end)?);
    }
    Some(text)
}

/// The text that bytes `from..to` of the file spell in the piece.
fn kept(piece: &Piece, from: usize, to: usize) -> Option<&str> {
    if from == to {
        return Some("");
    }
    piece.text.get(from.checked_sub(piece.span.start)?..to.checked_sub(piece.span.start)?)
}
