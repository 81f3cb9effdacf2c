//! Owns a cut: one replacement of bytes that some piece owns, and what an occurrence reads as once cuts are made.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::occurrence::{Addition, Occurrence, Origin, Piece, Spelling, additions};
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
    /// The keys below which it is added, where they are not there; several cuts may add keys at one place.
    pub(super) addition: Option<Arc<Addition>>,
}

impl Cut {
    /// What a chart demands: `true` there.
    pub(super) fn demanded(place: Span, addition: &Arc<Addition>) -> Self {
        Self { span: place, owner: place, text: "true".to_owned(), written: String::new(), addition: Some(Arc::clone(addition)) }
    }

    /// Whether the cut changes what `piece` is made of.
    pub(super) fn touches(&self, piece: &Piece) -> bool {
        let (cut, own) = (self.span, piece.span);
        if let (Origin::Absent { at }, _) | (_, Some(at)) = (&piece.origin, &self.addition) {
            return cut == own && self.addition.as_ref() == Some(at) && matches!(&piece.origin, Origin::Absent { at: own } if own == at);
        }
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

/// The replacements as a plan hands them out: what several cuts add at one place is written together.
pub(super) fn edits(cuts: &[Cut]) -> Vec<SpanEdit> {
    let mut added: BTreeMap<Span, Vec<(&Addition, &str)>> = BTreeMap::new();
    let mut edits: Vec<SpanEdit> = Vec::with_capacity(cuts.len());
    for cut in cuts {
        match &cut.addition {
            Some(addition) => added.entry(cut.span).or_default().push((addition, &cut.text)),
            None => edits.push(SpanEdit { span: cut.span, text: cut.written.clone() }),
        }
    }
    edits.extend(added.into_iter().map(|(span, all)| SpanEdit { span, text: additions(&all) }));
    edits.sort();
    edits.dedup();
    edits
}

/// Whether an edit may be made in the piece's bytes, in whole or in part.
pub(super) fn is_writable(piece: &Piece) -> bool {
    let spelled = piece.spelling == Spelling::Encoded || piece.span.len() == piece.text.len();
    piece.is_editable() && spelled && !piece.text.contains(HOLE)
}

/// Those of `cuts` (sorted, none over another) that may change what a piece is made of: those with a byte of it, or at one of its ends.
fn near<'c>(cuts: &'c [Cut], piece: &Piece) -> &'c [Cut] {
    let own = piece.span;
    let first = cuts.partition_point(|cut| (cut.span.file, cut.span.end) < (own.file, own.start));
    let behind = cuts.partition_point(|cut| (cut.span.file, cut.span.start) <= (own.file, own.end));
    cuts.get(first..behind).unwrap_or_default()
}

/// What the occurrence reads as once `cuts` (sorted by span, none over another) are made; `None` where that cannot be told: a cut reaches over a
/// piece's end, into an encoding, or into a value that is changed on its way.
pub(super) fn reading(occurrence: &Occurrence, cuts: &[Cut]) -> Option<String> {
    let mut text = String::new();
    for piece in &occurrence.pieces {
        let mut mine = near(cuts, piece).iter().filter(|cut| cut.touches(piece)).peekable();
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
