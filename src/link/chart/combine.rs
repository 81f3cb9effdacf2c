//! Owns the agreement between what a chart's values look like and what its templates make of them.

use std::collections::{HashMap, HashSet};

use super::evidence::{Evidence, Meant};
use super::names::{Name, Near, feeds, name_bytes};
use super::preceded::behind;
use super::value::{Run, slice};
use super::{Distinct, Preceded, has_pieces_of};
use crate::occurrence::{Caution, Occurrence, Origin, Piece};
use crate::reference::{HOLE, Part};
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
/// Values of which no image is made are what `evidence` says of them. Where it says nothing they stand as they were found, but for those that a
/// template joins to something else (`preceded`): what they are is not known, so they are not edited.
#[must_use]
pub fn combine(
    found: Vec<Occurrence>,
    mut rendered: Vec<Occurrence>,
    left_out: Vec<Occurrence>,
    preceded: &[Preceded],
    evidence: &Evidence<'_>,
) -> Vec<Occurrence> {
    let on = rendered.len();
    rendered.extend(left_out);
    let names: Vec<Option<Name>> = rendered.iter().map(name_bytes).collect();
    let known: HashSet<Name> = found.iter().filter_map(name_bytes).collect();
    let mut wanted: Vec<bool> = names.iter().map(|name| !name.as_ref().is_some_and(|name| known.contains(name))).collect();
    let near = Near::new(&rendered);
    let mut kept = Vec::with_capacity(found.len() + rendered.len());
    let mut meant = Distinct::by(has_pieces_of);
    let (mut others, mut told_here): (HashSet<usize>, HashSet<usize>) = (HashSet::new(), HashSet::new());
    for mut occurrence in found {
        let at_it = near.at(occurrence.place).into_iter().filter_map(|index| Some((index, rendered.get(index)?)));
        let users: Vec<(usize, &Occurrence)> = at_it.filter(|(_, user)| uses(user, &occurrence)).collect();
        let own = name_bytes(&occurrence);
        let is_same = |index: usize| own.is_some() && names.get(index) == Some(&own);
        let agreeing: Vec<(usize, &Occurrence)> = users.iter().copied().filter(|(index, _)| is_same(*index)).collect();
        if users.is_empty() {
            match evidence.meant(&occurrence) {
                Meant::Others { all, itself } => {
                    meant.add(all);
                    kept.extend(itself.then_some(occurrence));
                }
                Meant::Part(caution) => kept.push(Occurrence { cautions: [occurrence.cautions, vec![caution]].concat(), ..occurrence }),
                Meant::Itself => {
                    occurrence.cautions.extend(behind(&occurrence, preceded));
                    kept.push(occurrence);
                }
            }
        } else if agreeing.is_empty() {
            // Every use of the value tells another story, so the story of the value alone is not true.
            others.extend(users.iter().map(|(user, _)| *user));
        } else {
            told_here.extend(agreeing.iter().map(|(user, _)| *user));
            // What its templates make of it is known.
            occurrence.cautions.retain(|caution| !matches!(caution, Caution::Preceded { .. }));
            if agreeing.iter().all(|(_, user)| user.cautions.contains(&Caution::NotDeployed)) {
                occurrence.cautions.push(Caution::NotDeployed);
            }
            let is_on = agreeing.iter().any(|(index, _)| *index < on);
            let completed = completed(&occurrence, agreeing.into_iter().filter(|(index, _)| !is_on || *index < on).map(|(_, user)| user));
            kept.extend(if completed.is_empty() { vec![occurrence] } else { completed });
        }
    }
    for user in others.difference(&told_here) {
        wanted.get_mut(*user).into_iter().for_each(|wanted| *wanted = true);
    }
    drop((names, known, near));
    kept.append(&mut meant.into_all());
    let mut places: Vec<Span> = rendered.iter().zip(&wanted).filter(|(_, wanted)| **wanted).map(|(one, _)| one.place).collect();
    places.sort_unstable();
    let is_alone = |place: Span| places.get(places.partition_point(|other| *other < place) + 1) != Some(&place);
    // What two templates print of the same bytes, with the same signs between them, is one reference.
    let mut told: HashMap<(Span, String, Words), Vec<Vec<Caution>>> = HashMap::new();
    let is_new = |one: &Occurrence| {
        if is_alone(one.place) {
            return true;
        }
        let alike = told.entry((one.place, one.joined().text, words(&one.pieces))).or_default();
        let is_new = !alike.contains(&one.cautions);
        alike.extend(is_new.then(|| one.cautions.clone()));
        is_new
    };
    kept.extend(rendered.into_iter().zip(wanted).filter_map(|(occurrence, wanted)| wanted.then_some(occurrence)).filter(is_new));
    kept
}

/// An occurrence whose tag comes from elsewhere, with each tag that the templates give it; nothing when they say none that is known.
fn completed<'r>(occurrence: &Occurrence, users: impl Iterator<Item = &'r Occurrence>) -> Vec<Occurrence> {
    let Some(at) = occurrence.pieces.iter().position(Piece::is_elsewhere) else { return Vec::new() };
    let name = occurrence.pieces.get(..at).unwrap_or_default();
    let mut found: Vec<Occurrence> = Vec::new();
    let mut known: Vec<Words> = Vec::new();
    for tail in users.filter_map(behind_name).filter(|tail| !tail.iter().any(|piece| piece.text.contains(HOLE))) {
        let words = words(&tail);
        if !known.contains(&words) {
            known.push(words);
            found.push(Occurrence { pieces: [name, &tail].concat(), ..occurrence.clone() });
        }
    }
    found
}

/// Words of a reference, each with the bytes that an edit would change.
type Words = Vec<(String, Option<Span>)>;

/// The words of pieces, each with the bytes that an edit would change. Two templates that put the same words behind the same mark say
/// the same.
fn words(pieces: &[Piece]) -> Words {
    let is_word = |piece: &&Piece| piece.text.contains(|c: char| c.is_ascii_alphanumeric());
    pieces.iter().filter(is_word).map(|piece| (piece.text.clone(), piece.is_editable().then_some(piece.span))).collect()
}

/// The pieces of an image's tag and digest, with their marks.
fn behind_name(image: &Occurrence) -> Option<Vec<Piece>> {
    let end = image.reference().ok()?.range(Part::Path)?.end;
    let pieces: Vec<Run> = image.pieces.iter().cloned().map(Run::from).collect();
    Some(slice(&pieces, end, usize::MAX).into_iter().map(Piece::from).collect())
}

/// Whether a rendered image has bytes of the occurrence's own value in it, or stands where the occurrence stands in a template.
fn uses(rendered: &Occurrence, occurrence: &Occurrence) -> bool {
    let own = |piece: &&Piece| feeds(piece) && !piece.span.is_empty() && piece.span.overlaps(occurrence.place);
    let has_holes = occurrence.holes().next().is_some();
    rendered
        .pieces
        .iter()
        .filter(own)
        .any(|piece| has_holes || !matches!(piece.origin, Origin::Literal) || occurrence.pieces.iter().any(|have| have.span == piece.span))
}
