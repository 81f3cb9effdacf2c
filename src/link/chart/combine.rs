//! Owns the agreement between what a chart's values look like and what its templates make of them.

use std::sync::Arc;

use super::Preceded;
use super::value::{Run, slice};
use crate::occurrence::{Caution, Occurrence, Origin, Piece};
use crate::reference::{HOLE, Part, Reference};
use crate::text::Span;

/// The occurrences of a chart: those found in its files one by one, and those that it renders. What is rendered decides:
/// - values that the templates use as the conventions say stand as they were found; a tag that they do not say is the templates';
/// - values that the templates use in another way (something before them, a registry from elsewhere) are replaced by what is rendered;
/// - a template's own text with holes is replaced by the same text with the holes filled.
///
/// `left_out` are the images that would be rendered if what the values turn off were on. They confirm and refute like the others, and those
/// that nothing else says stand beside the rendered ones, so that bytes which both use change only if both agree. Tags are taken from what is
/// off only where nothing that is on says one.
///
/// Values that nothing rendered uses stand as they were found, but for those that a template joins to something else (`preceded`): what they
/// are is not known, so they are not edited.
#[must_use]
pub fn combine(found: Vec<Occurrence>, mut rendered: Vec<Occurrence>, left_out: Vec<Occurrence>, preceded: &[Preceded]) -> Vec<Occurrence> {
    let on = rendered.len();
    rendered.extend(left_out);
    let mut wanted: Vec<bool> = rendered.iter().map(|occurrence| !found.iter().any(|have| same_name(have, occurrence))).collect();
    let mut kept = Vec::with_capacity(found.len() + rendered.len());
    for mut occurrence in found {
        let users: Vec<(usize, &Occurrence)> = rendered.iter().enumerate().filter(|(_, user)| uses(user, &occurrence)).collect();
        let agreeing: Vec<(usize, &Occurrence)> = users.iter().copied().filter(|(_, user)| same_name(&occurrence, user)).collect();
        if users.is_empty() {
            occurrence.cautions.extend(behind(&occurrence, preceded));
            kept.push(occurrence);
        } else if agreeing.is_empty() {
            // Every use of the value tells another story, so the story of the value alone is not true.
            let is_user = |index: usize| users.iter().any(|(user, _)| *user == index);
            wanted.iter_mut().enumerate().for_each(|(index, wanted)| *wanted |= is_user(index));
        } else {
            // What its templates make of it is known.
            occurrence.cautions.retain(|caution| !matches!(caution, Caution::Preceded { .. }));
            let is_on = agreeing.iter().any(|(index, _)| *index < on);
            let completed = completed(&occurrence, agreeing.into_iter().filter(|(index, _)| !is_on || *index < on).map(|(_, user)| user));
            kept.extend(if completed.is_empty() { vec![occurrence] } else { completed });
        }
    }
    kept.extend(rendered.into_iter().zip(wanted).filter_map(|(occurrence, wanted)| wanted.then_some(occurrence)));
    kept
}

/// An occurrence whose tag comes from elsewhere, with each tag that the templates give it; nothing when they say none that is known.
fn completed<'r>(occurrence: &Occurrence, users: impl Iterator<Item = &'r Occurrence>) -> Vec<Occurrence> {
    let Some(at) = occurrence.pieces.iter().position(Piece::is_elsewhere) else { return Vec::new() };
    let name = occurrence.pieces.get(..at).unwrap_or_default();
    let mut found: Vec<Occurrence> = Vec::new();
    let mut known: Vec<Vec<(String, Option<Span>)>> = Vec::new();
    for tail in users.filter_map(behind_name).filter(|tail| !tail.iter().any(|piece| piece.text.contains(HOLE))) {
        let words = words(&tail);
        if !known.contains(&words) {
            known.push(words);
            found.push(Occurrence { pieces: [name, &tail].concat(), ..occurrence.clone() });
        }
    }
    found
}

/// The words of a tag and digest, each with the bytes that an edit would change. Two templates that put the same words behind the same mark say
/// the same.
fn words(tail: &[Piece]) -> Vec<(String, Option<Span>)> {
    let is_word = |piece: &&Piece| piece.text.contains(|c: char| c.is_ascii_alphanumeric());
    tail.iter().filter(is_word).map(|piece| (piece.text.clone(), piece.is_editable().then_some(piece.span))).collect()
}

/// The pieces of an image's tag and digest, with their marks.
fn behind_name(image: &Occurrence) -> Option<Vec<Piece>> {
    let end = image.reference().ok()?.range(Part::Path)?.end;
    let pieces: Vec<Run> = image.pieces.iter().cloned().map(Run::from).collect();
    Some(slice(&pieces, end, usize::MAX).into_iter().map(Piece::from).collect())
}

/// What is said of an occurrence whose first text stands behind something else in a template.
fn behind(occurrence: &Occurrence, preceded: &[Preceded]) -> Option<Caution> {
    let first = occurrence.pieces.iter().find(|piece| !piece.text.is_empty())?;
    let found = preceded.iter().find(|preceded| preceded.value == first.span)?;
    Some(Caution::Preceded { variable: Arc::clone(&found.variable), at: found.at })
}

/// Whether a rendered image has bytes of the occurrence's own value in it, or stands where the occurrence stands in a template.
fn uses(rendered: &Occurrence, occurrence: &Occurrence) -> bool {
    let own = |piece: &&Piece| piece.is_editable() && !piece.span.is_empty() && piece.span.overlaps(occurrence.place);
    let has_holes = occurrence.holes().next().is_some();
    rendered
        .pieces
        .iter()
        .filter(own)
        .any(|piece| has_holes || !matches!(piece.origin, Origin::Literal) || occurrence.pieces.iter().any(|have| have.span == piece.span))
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
