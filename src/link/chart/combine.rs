//! Owns the agreement between what a chart's values look like and what its templates make of them.

use std::sync::Arc;

use super::Preceded;
use crate::occurrence::{Caution, Occurrence, Origin, Piece};
use crate::reference::{Part, Reference};
use crate::text::Span;

/// The occurrences of a chart: those found in its files one by one, and those that it renders. What is rendered decides:
/// - values that the templates use as the conventions say stand as they were found;
/// - values that the templates use in another way (something before them, a registry from elsewhere) are replaced by what is rendered;
/// - a template's own text with holes is replaced by the same text with the holes filled.
///
/// Values that nothing rendered uses stand as they were found, but for those that a template joins to something else (`preceded`): what they
/// are is not known, so they are not edited.
#[must_use]
pub fn combine(found: Vec<Occurrence>, rendered: Vec<Occurrence>, preceded: &[Preceded]) -> Vec<Occurrence> {
    let mut wanted: Vec<bool> = rendered.iter().map(|occurrence| !found.iter().any(|have| same_name(have, occurrence))).collect();
    let mut kept = Vec::with_capacity(found.len() + rendered.len());
    for mut occurrence in found {
        let users: Vec<usize> =
            (0..rendered.len()).filter(|&index| rendered.get(index).is_some_and(|user| uses(user, &occurrence))).collect();
        let agrees = users.is_empty() || users.iter().any(|&index| rendered.get(index).is_some_and(|user| same_name(&occurrence, user)));
        if agrees {
            if users.is_empty() {
                occurrence.cautions.extend(behind(&occurrence, preceded));
            }
            kept.push(occurrence);
            continue;
        }
        // Every use of the value tells another story, so the story of the value alone is not true.
        for index in users {
            if let Some(wanted) = wanted.get_mut(index) {
                *wanted = true;
            }
        }
    }
    kept.extend(rendered.into_iter().zip(wanted).filter_map(|(occurrence, wanted)| wanted.then_some(occurrence)));
    kept
}

/// What is said of an occurrence whose first text stands behind something else in a template.
fn behind(occurrence: &Occurrence, preceded: &[Preceded]) -> Option<Caution> {
    let first = occurrence.pieces.iter().find(|piece| !piece.text.is_empty())?;
    let found = preceded.iter().find(|preceded| preceded.value == first.span)?;
    Some(Caution::Preceded { variable: Arc::clone(&found.variable), at: found.at })
}

/// Whether a rendered image has bytes of the occurrence's own value in it, or stands where the occurrence stands in a template.
fn uses(rendered: &Occurrence, occurrence: &Occurrence) -> bool {
    let own = |piece: &&Piece| piece.is_editable() && !piece.span.is_empty() && touches(piece.span, occurrence.place);
    let has_holes = occurrence.holes().next().is_some();
    rendered
        .pieces
        .iter()
        .filter(own)
        .any(|piece| has_holes || !matches!(piece.origin, Origin::Literal) || occurrence.pieces.iter().any(|have| have.span == piece.span))
}

fn touches(a: Span, b: Span) -> bool {
    a.file == b.file && a.start < b.end && b.start < a.end
}

/// Whether both take their domain and path from the same bytes.
fn same_name(a: &Occurrence, b: &Occurrence) -> bool {
    match (name_bytes(a), name_bytes(b)) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}

/// The bytes of an occurrence's domain and path, run by run, without the separators that templates and formats put between them.
fn name_bytes(occurrence: &Occurrence) -> Option<Vec<(Span, String)>> {
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
    Some(runs)
}
