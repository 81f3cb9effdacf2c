//! Owns where a document uses the variables whose values also make up images, and where nothing tells what they mean there.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::scalar::Decoded;
use super::scope::Scope;
use super::tree::{NodeId, TagKind};
use crate::locate::dockerfile::used_name;
use crate::locate::interpolate::{Kind, Segment, segments};
use crate::occurrence::{Caution, Occurrence, Origin, USES};
use crate::text::Span;

/// Uses of the variables that images are made of.
#[derive(Default)]
pub(super) struct Uses {
    /// The variables, each with what was found of it.
    of: BTreeMap<Arc<str>, Vec<Use>>,
}

/// A use of a variable.
struct Use {
    /// Where.
    at: Span,
    /// The whole text that it stands in.
    text: Span,
    /// The bytes of the values that it has there.
    values: Vec<Span>,
    /// The texts that it reads as there.
    readings: Vec<String>,
}

impl Uses {
    /// Nothing yet, for the variables whose values in the document are pieces of occurrences.
    pub(super) fn of(found: &[Occurrence]) -> Self {
        Self { of: found.iter().flat_map(defined).map(|(variable, _)| (Arc::clone(variable), Vec::new())).collect() }
    }

    /// Whether there is nothing to look for.
    pub(super) fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// Adds what the scalar at the scope's place uses.
    pub(super) fn look(&mut self, scope: &Scope<'_, '_>, id: NodeId) {
        let source = scope.source;
        let Some(scalar) = source.tree.scalar(id).filter(|scalar| scalar.tag == TagKind::Core && scalar.text.contains('$')) else { return };
        let decoded = Decoded::new(scalar, source.text);
        let file = source.context.file;
        for (name, uses) in &mut self.of {
            let keys: Vec<&str> = source.format.variables.iter().filter_map(|variables| variables.key_of(name)).collect();
            for range in in_text(&scalar.text, name, &keys, source.format.table.interpolation) {
                let here = scope.definitions(name).into_iter().filter_map(|node| source.tree.scalar(node));
                let values = here.map(|value| Span::new(file, value.raw.clone())).collect();
                let text = |pieces: Vec<crate::occurrence::Piece>| pieces.iter().map(|piece| piece.text.as_str()).collect();
                let readings = scope.values(name).into_iter().map(text).collect();
                uses.push(Use { at: decoded.span(range, file), text: Span::new(file, scalar.raw.clone()), values, readings });
            }
        }
    }

    /// Says of each occurrence where its variables are used beside it. Where a use reads as the whole image, it goes on to name that image;
    /// where it is a part of other images, they say themselves what becomes of them.
    pub(super) fn tell(mut self, found: &mut [Occurrence]) {
        let contains = |outer: Span, inner: Span| outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end;
        let told: Vec<(Span, Vec<Span>)> =
            found.iter().map(|one| (one.place, one.pieces.iter().map(|piece| piece.span).collect())).collect();
        // It stands in an image, or in the value of a variable that makes up one elsewhere.
        let is_told = |used: &Use| {
            let feeds = |place, pieces: &[Span]| !contains(used.text, place) && pieces.iter().any(|piece| contains(used.text, *piece));
            told.iter().any(|(place, pieces)| contains(*place, used.at) || feeds(*place, pieces))
        };
        for uses in self.of.values_mut() {
            uses.retain(|one| !is_told(one));
            uses.truncate(USES);
        }
        for occurrence in found.iter_mut() {
            let whole = occurrence.joined().text;
            let mut cautions = Vec::new();
            for (variable, uses) in &self.of {
                let is_its = |one: &&Use| {
                    let holds = |span: Span| one.values.iter().any(|value| value.start <= span.start && span.end <= value.end);
                    defined(occurrence).any(|(name, span)| name == variable && holds(span)) && !one.readings.contains(&whole)
                };
                let mut places: Vec<Span> = uses.iter().filter(is_its).map(|one| one.at).collect();
                places.sort_unstable();
                places.dedup();
                if !places.is_empty() {
                    cautions.push(Caution::AlsoUsed { variable: Arc::clone(variable), places });
                }
            }
            occurrence.cautions.append(&mut cautions);
        }
    }
}

/// The variables of an occurrence whose values stand elsewhere in its document, and where.
fn defined(occurrence: &Occurrence) -> impl Iterator<Item = (&Arc<str>, Span)> {
    let place = occurrence.place;
    occurrence
        .pieces
        .iter()
        .filter_map(move |piece| match &piece.origin {
            Origin::Default { variable } if piece.span.file == place.file => Some((variable, piece.span)),
            _ => None,
        })
        .filter(move |(_, span)| span.start < place.start || place.end < span.end)
}

/// Where a text uses a variable: as the format spells it, or as a shell does, which has it in its environment.
fn in_text(text: &str, name: &str, keys: &[&str], interpolation: crate::format::Interpolation) -> Vec<Range<usize>> {
    let is_it = |kind: &Kind| matches!(kind, Kind::Hole(of) | Kind::Default(of) if **of == *name);
    let (mut found, mut escaped) = (Vec::new(), Vec::new());
    for Segment { range, kind } in segments(text, interpolation) {
        if is_it(&kind) {
            found.push(range);
        } else if kind == Kind::Dollar {
            escaped.push(range);
        }
    }
    for at in memchr::memchr_iter(b'$', text.as_bytes()) {
        let used = used_name(&text.as_bytes()[at + 1..]).filter(|(used, _)| keys.contains(used));
        if let Some((_, length)) = used.filter(|_| !found.iter().chain(&escaped).any(|have: &Range<usize>| have.contains(&at))) {
            found.push(at..at + 1 + length);
        }
    }
    found.sort_by_key(|range| range.start);
    found
}
