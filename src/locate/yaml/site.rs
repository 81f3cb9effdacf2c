//! Owns the reading of one value at one site: its shape, its siblings and its guards make an occurrence of it, or not.

use std::ops::Range;
use std::sync::Arc;

use super::scalar::Decoded;
use super::tree::{NodeId, Scalar, TagKind};
use super::visit::Source;
use crate::format::{Guard, Interpolation, Shape, Site};
use crate::locate::engine::Context;
use crate::locate::evidence::evidence;
use crate::locate::interpolate::{Kind, Segment, action_name, segments};
use crate::locate::template::ActionKind;
use crate::locate::{Fault, inside};
use crate::occurrence::{Caution, Keep, Occurrence, Origin, Piece, Role, Spelling};
use crate::platform::Platform;
use crate::reference::HOLE;
use crate::text::Span;

/// A value at a site.
pub(super) struct Place<'p, 's> {
    pub(super) source: &'p Source<'s>,
    pub(super) site: &'p Site,
    pub(super) scalar: NodeId,
    /// The mapping that holds the value.
    pub(super) parent: Option<NodeId>,
}

impl<'s> Place<'_, 's> {
    /// Reads the value; whether the site has it, so that no other is asked.
    pub(super) fn look(&self, found: &mut Vec<Occurrence>, faults: &mut Vec<Fault>) -> bool {
        let Some(scalar) = self.source.tree.scalar(self.scalar) else { return false };
        if scalar.tag == TagKind::Custom || scalar.is_null() || scalar.text.trim().is_empty() || !self.stands_beside() {
            return false;
        }
        if self.source.format.table.placeholders.iter().any(|word| *word == scalar.text) {
            return true;
        }
        let decoded = Decoded::new(scalar, self.source.text);
        if self.site.table.shape == Shape::Embedded {
            return self.embedded(&decoded, found, faults);
        }
        let Some(range) = self.part(&scalar.text) else { return false };
        let alternatives = self.alternatives(&decoded, scalar, range.clone());
        let forked = alternatives.len() > 1 && !self.source.actions.is_empty();
        // Of a text that is chosen by an action nothing else says that it is an image.
        let guard = if forked { Guard::HostQualified } else { self.site.table.guard };
        let before = found.len();
        for segments in alternatives {
            let own = || Some(segments.first()?.range.start..segments.last()?.range.end);
            let place = if forked { own() } else { Some(range.clone()) };
            found.extend(place.and_then(|place| self.occurrence(&decoded, &segments, place, guard)));
        }
        found.len() > before
    }

    fn stands_beside(&self) -> bool {
        let table = &self.site.table;
        let there = |key: &String| self.sibling_node(key).is_some();
        table.beside.iter().all(there)
            && (table.beside_any.is_empty() || table.beside_any.iter().any(there))
            && !table.not_beside.iter().any(|key| self.is_set(key))
    }

    /// Whether a key stands beside the value, with a value of its own.
    fn is_set(&self, key: &str) -> bool {
        let scalar = |id| self.source.tree.scalar(id);
        self.sibling_node(key).is_some_and(|id| scalar(id).is_none_or(|value| !value.is_null() && !value.text.is_empty()))
    }

    fn sibling_node(&self, key: &str) -> Option<NodeId> {
        self.source.tree.get(self.parent?, key)
    }

    /// The range of the value that is the reference.
    fn part(&self, text: &str) -> Option<Range<usize>> {
        let table = &self.site.table;
        let mut start = 0;
        if let Some(after) = &table.after {
            let at = text.find(after.as_str())?;
            if self.site.before.as_ref().is_some_and(|before| !before.is_match(&text[..at])) {
                return None;
            }
            start = at + after.len();
        }
        if table.shape == Shape::Uri {
            start += table.schemes.iter().find(|scheme| text[start..].starts_with(scheme.as_str())).map(String::len)?;
        }
        let end = start + text[start..].trim_end().len();
        start += text[start..end].len() - text[start..end].trim_start().len();
        (start < end).then_some(start..end)
    }

    /// The value's stretches. Where template actions choose between texts, each text is an alternative of its own.
    fn alternatives(&self, decoded: &Decoded<'_>, scalar: &Scalar<'_>, range: Range<usize>) -> Vec<Vec<Segment>> {
        let inside = |action: &&crate::locate::template::Action| action.range.start < scalar.raw.end && action.range.end > scalar.raw.start;
        let mut actions = self.source.actions.iter().filter(inside).peekable();
        if actions.peek().is_none() {
            let all = segments(decoded.text, self.interpolation());
            let cut = |segment: Segment| {
                let (start, end) = (segment.range.start.max(range.start), segment.range.end.min(range.end));
                (start < end || (segment.range.is_empty() && start == end)).then_some(Segment { range: start..end, kind: segment.kind })
            };
            return self.as_set(all.into_iter().filter_map(cut).collect());
        }
        let (mut alternatives, mut current, mut at) = (Vec::new(), Vec::new(), range.start);
        for action in actions {
            let (Some(start), Some(end)) = (decoded.text_at(action.range.start), decoded.text_at(action.range.end - 1)) else {
                return Vec::new();
            };
            if start > at {
                current.push(Segment { range: at..start.min(range.end), kind: Kind::Literal });
            }
            if action.kind == ActionKind::Control {
                alternatives.push(std::mem::take(&mut current));
            } else if start >= range.start {
                let name = action_name(self.source.original.get(action.range.clone()).unwrap_or_default());
                current.push(Segment { range: start..end + 1, kind: Kind::Hole(name) });
            }
            at = at.max(end + 1);
        }
        if at < range.end {
            current.push(Segment { range: at..range.end, kind: Kind::Literal });
        }
        alternatives.push(current);
        alternatives
    }

    /// The stretches as they are without the project's variables, and before them those that count with them: where a variable is set,
    /// the word that stands in for it does not (`${V:-word}`), but it names an image all the same.
    fn as_set(&self, plain: Vec<Segment>) -> Vec<Vec<Segment>> {
        let variables = &self.source.context.linked.variables;
        let is_set = |name: &str| variables.get(name).is_some_and(|variable| variable.text.as_ref().is_some_and(|text| !text.is_empty()));
        let mut effective: Vec<Segment> = Vec::with_capacity(plain.len());
        for segment in &plain {
            match &segment.kind {
                Kind::Default(name) if is_set(name) => {
                    if !effective.last().is_some_and(|last| last.kind == Kind::Hole(Arc::clone(name))) {
                        effective.push(Segment { range: segment.range.clone(), kind: Kind::Hole(Arc::clone(name)) });
                    }
                }
                _ => effective.push(segment.clone()),
            }
        }
        if effective == plain { vec![plain] } else { vec![effective, plain] }
    }

    fn interpolation(&self) -> Interpolation {
        self.source.format.table.interpolation
    }

    fn occurrence(&self, decoded: &Decoded<'_>, segments: &[Segment], place: Range<usize>, guard: Guard) -> Option<Occurrence> {
        let mut pieces = self.value_pieces(decoded, segments);
        let place = decoded.span(place, self.source.context.file);
        self.add_siblings(&mut pieces, place);
        let mut occurrence = Occurrence {
            format: Arc::clone(&self.source.format.id),
            site: Arc::clone(&self.site.id),
            role: self.role(),
            class: self.source.format.table.class,
            confidence: self.site.table.confidence,
            place,
            pieces,
            platform: self.platform(),
            cautions: self.keep().map(Caution::Keep).into_iter().chain(self.overridden()).collect(),
        };
        match evidence(&occurrence, guard, self.interpolation(), &self.name(decoded.text)) {
            Some(sure) => occurrence.confidence = occurrence.confidence.max(sure),
            None if guard == Guard::Name && occurrence.misspelled().is_some() => {}
            None => return None,
        }
        Some(occurrence)
    }

    /// What the value is called: what precedes `after` (`--image=`), the `name` beside a `value`, or its key.
    fn name(&self, text: &str) -> Arc<str> {
        if let Some((name, _)) = self.site.table.after.as_deref().and_then(|after| text.split_once(after)) {
            return Arc::from(name);
        }
        let key = self.key();
        let name = (&*key == "value").then(|| self.source.tree.scalar(self.sibling_node("name")?)).flatten();
        name.map_or(key, |name| Arc::from(name.text.as_ref()))
    }

    /// The platform that the key beside the value names.
    fn platform(&self) -> Option<Platform> {
        let pieces = self.first_beside(&self.site.table.platform)?;
        pieces.iter().map(|piece| piece.text.as_str()).collect::<String>().parse().ok()
    }

    fn role(&self) -> Role {
        let table = &self.site.table;
        table.role_beside.iter().find(|beside| self.is_set(&beside.key)).map_or(table.role, |beside| beside.role)
    }

    fn keep(&self) -> Option<Keep> {
        self.site.table.keep.or(self.source.format.table.keep).or(self.source.context.keep)
    }

    fn value_pieces(&self, decoded: &Decoded<'_>, segments: &[Segment]) -> Vec<Piece> {
        let file = self.source.context.file;
        let siblings = !self.site.table.siblings.is_empty();
        let key = || Origin::Sibling { key: self.key() };
        let mut pieces = Vec::with_capacity(segments.len());
        for segment in segments {
            let range = segment.range.clone();
            match &segment.kind {
                Kind::Literal => pieces.extend(decoded.pieces(range, &if siblings { key() } else { Origin::Literal }, file)),
                Kind::Default(variable) => pieces.extend(decoded.pieces(range, &Origin::Default { variable: Arc::clone(variable) }, file)),
                Kind::Dollar => {
                    let span = decoded.span(range, file);
                    pieces.push(Piece { text: "$".to_owned(), span, origin: Origin::Literal, spelling: Spelling::Encoded });
                }
                Kind::Hole(variable) => {
                    pieces.push(self.variable(variable).unwrap_or_else(|| Piece::hole(Arc::clone(variable), decoded.span(range, file))));
                }
            }
        }
        pieces
    }

    /// The piece in another file that gives a variable its value.
    fn variable(&self, name: &Arc<str>) -> Option<Piece> {
        let variable = self.source.context.linked.variables.get(&**name)?;
        let origin = Origin::Default { variable: Arc::clone(name) };
        Some(Piece { text: variable.text.clone()?, span: variable.span, origin, spelling: variable.spelling })
    }

    fn key(&self) -> Arc<str> {
        let tree = self.source.tree;
        let key = self.parent.and_then(|parent| tree.pairs(parent).iter().find(|(_, value)| *value == self.scalar));
        Arc::from(key.and_then(|(key, _)| tree.scalar(*key)).map_or("", |key| key.text.as_ref()))
    }

    /// Puts the registry and the namespace before the value, the tag and the digest after it.
    fn add_siblings(&self, pieces: &mut Vec<Piece>, place: Span) {
        let siblings = &self.site.table.siblings;
        if self.site.table.shape != Shape::Repository {
            return;
        }
        let at_start = Span { end: place.start, ..place };
        let at_end = Span { start: place.end, ..place };
        let named = |keys: &[String], top: &[String]| self.first_beside(keys).or_else(|| self.first_at(top));
        // Which of the two it is says only who uses them: see `overridden`.
        let overriding = || self.first_at(&siblings.registry_override);
        let registry = self.first_beside(&siblings.registry).or_else(overriding).or_else(|| self.first_at(&siblings.registry_default));
        let namespace = named(&siblings.namespace, &siblings.namespace_default);
        let mut front = Vec::new();
        for mut part in [registry, namespace].into_iter().flatten() {
            let slash = part.last().is_some_and(|piece| piece.text.ends_with('/'));
            front.append(&mut part);
            if !slash {
                front.push(Piece::implied("/", at_start));
            }
        }
        pieces.splice(0..0, front);
        let value: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        let last = value.rsplit('/').next().unwrap_or_default();
        if !last.contains([':', '@']) {
            if let Some(tag) = self.first_beside(&siblings.tag) {
                pieces.push(Piece::implied(":", at_end));
                pieces.extend(tag);
            } else if !last.ends_with(HOLE) {
                // The tag comes from elsewhere (the chart's appVersion, the base of an overlay): unknown, and nothing to show.
                pieces.push(Piece::implied(format!(":{HOLE}"), at_end));
            }
        }
        if !last.contains('@')
            && let Some(digest) = self.first_beside(&siblings.digest)
        {
            let bare = !digest.iter().any(|piece| piece.text.contains(':') || piece.text.contains(HOLE));
            pieces.push(Piece::implied(if bare { "@sha256:" } else { "@" }, at_end));
            pieces.extend(digest);
        }
    }

    fn first_beside(&self, keys: &[String]) -> Option<Vec<Piece>> {
        keys.iter().find_map(|key| self.sibling(self.sibling_node(key)?, key))
    }

    /// What is said of a value that a registry for all may stand before, instead of its own.
    fn overridden(&self) -> Option<Caution> {
        let piece = self.first_at(&self.site.table.siblings.registry_override)?.into_iter().next()?;
        let Origin::Sibling { key } = piece.origin else { return None };
        Some(Caution::Preceded { variable: key, at: piece.span })
    }

    /// The first of the paths from the outermost key that leads to a value.
    fn first_at(&self, paths: &[String]) -> Option<Vec<Piece>> {
        let tree = self.source.tree;
        paths.iter().find_map(|path| {
            let node = path.split('.').try_fold(self.source.root?, |node, key| tree.get(node, key))?;
            self.sibling(node, path)
        })
    }

    /// The pieces of a value that is set.
    fn sibling(&self, node: NodeId, key: &str) -> Option<Vec<Piece>> {
        let scalar =
            self.source.tree.scalar(node).filter(|value| !value.is_null() && !value.text.is_empty() && value.tag == TagKind::Core)?;
        let decoded = Decoded::new(scalar, self.source.text);
        let alternatives = self.alternatives(&decoded, scalar, 0..scalar.text.len());
        let [segments] = alternatives.as_slice() else {
            return Some(vec![Piece::hole(key, decoded.span(0..scalar.text.len(), self.source.context.file))]);
        };
        let mut pieces = self.value_pieces(&decoded, segments);
        for piece in &mut pieces {
            if matches!(piece.origin, Origin::Literal | Origin::Sibling { .. }) {
                piece.origin = Origin::Sibling { key: Arc::from(key) };
            }
        }
        Some(pieces)
    }

    /// Looks into the document that the value holds, and carries what is found there back to this one; whether there is anything. A document of
    /// which the format knows nothing may be of another one.
    fn embedded(&self, decoded: &Decoded<'s>, found: &mut Vec<Occurrence>, faults: &mut Vec<Fault>) -> bool {
        let context = self.source.context;
        let format = self.site.table.format.as_deref().and_then(|id| context.formats.get(id));
        let (Some(format), Some(depth)) = (format, context.depth.checked_add(1).filter(|depth| *depth <= 3)) else { return true };
        let file = self.source.context.file;
        let inner = inside(decoded.text, format, Context { depth, ..context });
        let keep = self.keep();
        let is_any = !inner.occurrences.is_empty() || !inner.faults.is_empty();
        let to = |span: Span| if span.file == file { decoded.span(span.range(), file) } else { span };
        found.extend(inner.occurrences.into_iter().map(|mut occurrence| {
            let pieces = occurrence.pieces.iter().flat_map(|piece| decoded.carry(piece, file)).collect();
            occurrence.map_spans(to);
            occurrence.pieces = pieces;
            occurrence.cautions.extend(keep.map(Caution::Keep));
            occurrence
        }));
        faults.extend(inner.faults.into_iter().map(|fault| Fault { span: to(fault.span), ..fault }));
        is_any
    }
}
