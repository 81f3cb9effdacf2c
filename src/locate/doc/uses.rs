//! Owns where a document uses the variables whose values also make up images, and where nothing tells what they mean there.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use super::scalar::Decoded;
use super::scope::Scope;
use super::tree::{NodeId, TagKind};
use crate::format::{Format, Interpolation};
use crate::locate::dockerfile::used_name;
use crate::locate::interpolate::{Kind, Segment, segments};
use crate::occurrence::{Caution, Occurrence, Origin, USES};
use crate::text::Span;

/// How many uses of a document are looked at.
const MOST: usize = 1 << 16;

/// Uses of the variables that images are made of.
#[derive(Default)]
pub(super) struct Uses {
    /// The variables, each with what was found of it.
    of: BTreeMap<Arc<str>, Vec<Use>>,
    /// The same variables by the keys that give them their values: a shell has them by these.
    by_key: BTreeMap<String, Vec<Arc<str>>>,
    /// How many uses were found.
    count: usize,
}

/// A use of a variable.
struct Use {
    /// Where.
    at: Span,
    /// The whole text that it stands in.
    text: Span,
    /// The bytes of the values that it has there.
    values: Rc<[Span]>,
    /// The texts that it reads as there.
    readings: Rc<[String]>,
}

impl Uses {
    /// Nothing yet, for the variables whose values in the document are pieces of occurrences.
    pub(super) fn of(found: &[Occurrence], format: &Format) -> Self {
        let of: BTreeMap<_, _> = found.iter().flat_map(defined).map(|(variable, _)| (Arc::clone(variable), Vec::new())).collect();
        let mut by_key: BTreeMap<String, Vec<Arc<str>>> = BTreeMap::new();
        for name in of.keys() {
            for key in format.variables().iter().filter_map(|variables| variables.key_of(name)) {
                by_key.entry(key.to_owned()).or_default().push(Arc::clone(name));
            }
        }
        Self { of, by_key, count: 0 }
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
        for (name, ranges) in self.in_text(&scalar.text, source.format.table.interpolation) {
            let here = scope.definitions(&name).into_iter().filter_map(|node| source.tree.scalar(node));
            let mut values: Rc<[Span]> = here.map(|value| Span::new(file, value.raw.clone())).collect();
            let text = |pieces: &Vec<crate::occurrence::Piece>| pieces.iter().map(|piece| piece.text.as_str()).collect();
            let mut readings: Rc<[String]> = scope.values(&name).iter().map(text).collect();
            let Some(uses) = self.of.get_mut(&name) else { continue };
            // Most uses have what the one before them has, which is held once.
            if let Some(last) = uses.last() {
                values = if last.values == values { Rc::clone(&last.values) } else { values };
                readings = if last.readings == readings { Rc::clone(&last.readings) } else { readings };
            }
            for range in ranges {
                self.count += 1;
                if self.count <= MOST {
                    let (values, readings) = (Rc::clone(&values), Rc::clone(&readings));
                    uses.push(Use { at: decoded.span(range, file), text: Span::new(file, scalar.raw.clone()), values, readings });
                }
            }
        }
    }

    /// Where a text uses variables: as the format spells it, or as a shell does, which has them in its environment.
    fn in_text(&self, text: &str, interpolation: Interpolation) -> BTreeMap<Arc<str>, Vec<Range<usize>>> {
        let mut found: BTreeMap<Arc<str>, Vec<Range<usize>>> = BTreeMap::new();
        let mut escaped: Vec<Range<usize>> = Vec::new();
        for Segment { range, kind } in segments(text, interpolation) {
            match kind {
                Kind::Hole(of) | Kind::Default(of) => {
                    if let Some((name, _)) = self.of.get_key_value(&*of) {
                        found.entry(Arc::clone(name)).or_default().push(range);
                    }
                }
                Kind::Dollar => escaped.push(range),
                Kind::Literal => {}
            }
        }
        // Both are in order.
        let is_in = |ranges: &[Range<usize>], at: usize| {
            let next = ranges.partition_point(|range| range.end <= at);
            ranges.get(next).is_some_and(|range| range.start <= at)
        };
        let mut more: Vec<(Arc<str>, Range<usize>)> = Vec::new();
        for at in memchr::memchr_iter(b'$', text.as_bytes()) {
            let Some((names, length)) =
                used_name(&text.as_bytes()[at + 1..]).and_then(|(key, length)| Some((self.by_key.get(key)?, length)))
            else {
                continue;
            };
            let is_new = |name: &&Arc<str>| !is_in(&escaped, at) && !found.get(*name).is_some_and(|have| is_in(have, at));
            more.extend(names.iter().filter(is_new).map(|name| (Arc::clone(name), at..at + 1 + length)));
        }
        for (name, range) in more {
            found.entry(name).or_default().push(range);
        }
        for ranges in found.values_mut() {
            ranges.sort_by_key(|range| range.start);
        }
        found
    }

    /// Says of each occurrence where its variables are used beside it. Where a use reads as the whole image, it goes on to name that image;
    /// where it is a part of other images, they say themselves what becomes of them.
    pub(super) fn tell(mut self, found: &mut [Occurrence]) {
        let told = Images::new(found);
        for uses in self.of.values_mut() {
            uses.retain(|one| !told.tell(one));
        }
        // What was not looked at may be anywhere.
        let is_cut = self.count > MOST;
        for occurrence in found.iter_mut() {
            let whole = occurrence.joined().text;
            let mut own: BTreeMap<Arc<str>, Vec<Span>> = BTreeMap::new();
            for (name, span) in defined(occurrence) {
                own.entry(Arc::clone(name)).or_default().push(span);
            }
            for (variable, spans) in own {
                let holds =
                    |one: &Use| spans.iter().any(|span| one.values.iter().any(|value| value.start <= span.start && span.end <= value.end));
                let is_its = |one: &&Use| holds(one) && !one.readings.contains(&whole);
                let uses = self.of.get(&variable).into_iter().flatten();
                let mut places: Vec<Span> = uses.filter(is_its).take(USES).map(|one| one.at).collect();
                places.extend(spans.iter().take(usize::from(is_cut)));
                places.sort_unstable();
                places.dedup();
                if !places.is_empty() {
                    occurrence.cautions.push(Caution::AlsoUsed { variable, places });
                }
            }
        }
    }
}

/// Where images stand, and where their pieces do.
struct Images {
    /// Each place, and the farthest end of those up to it, in order.
    places: Vec<(Span, usize)>,
    /// Each piece, with the place of its image, in order.
    pieces: Vec<(Span, Span)>,
    /// Texts, and whether one makes up an image elsewhere.
    feeding: RefCell<HashMap<Span, bool>>,
}

impl Images {
    fn new(found: &[Occurrence]) -> Self {
        let mut places: Vec<(Span, usize)> = found.iter().map(|one| (one.place, one.place.end)).collect();
        places.sort_unstable();
        let mut farthest = (None, 0);
        for (place, end) in &mut places {
            farthest = if farthest.0 == Some(place.file) { (farthest.0, farthest.1.max(*end)) } else { (Some(place.file), *end) };
            *end = farthest.1;
        }
        let mut pieces: Vec<(Span, Span)> = found.iter().flat_map(|one| one.pieces.iter().map(|piece| (piece.span, one.place))).collect();
        pieces.sort_unstable();
        Self { places, pieces, feeding: RefCell::default() }
    }

    /// Whether a use stands in an image, or in the value of a variable that makes up one elsewhere.
    fn tell(&self, used: &Use) -> bool {
        let behind = self.places.partition_point(|(place, _)| (place.file, place.start) <= (used.at.file, used.at.start));
        let before = behind.checked_sub(1).and_then(|last| self.places.get(last));
        if before.is_some_and(|(place, end)| place.file == used.at.file && *end >= used.at.end) {
            return true;
        }
        let feeds = || {
            let from = self.pieces.partition_point(|(piece, _)| (piece.file, piece.start) < (used.text.file, used.text.start));
            let near = self.pieces.iter().skip(from).take_while(|(piece, _)| piece.file == used.text.file && piece.start <= used.text.end);
            near.filter(|(piece, _)| piece.end <= used.text.end).any(|(_, place)| !used.text.contains(*place))
        };
        *self.feeding.borrow_mut().entry(used.text).or_insert_with(feeds)
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
