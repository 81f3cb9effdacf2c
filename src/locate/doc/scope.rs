//! Owns what a scalar stands for at its place: its stretches, and the values of the variables that it uses, as pieces.

use std::ops::Range;
use std::sync::Arc;

use super::Source;
use super::defined::{Defined, MOST, Values};
use super::scalar::Decoded;
use super::tree::{NodeId, Scalar, TagKind};
use crate::format::Step;
use crate::locate::interpolate::{Kind, LONGEST, Segment, action_name, segments};
use crate::locate::template::{Action, ActionKind};
use crate::occurrence::{Origin, Piece, Spelling};
use crate::reference::HOLE;

/// How deep values may be made of other variables' values.
const DEPTH: usize = 8;
/// How many pieces a value may have: what has more is not known.
const PIECES: usize = 256;

/// The place of a scalar.
#[derive(Clone)]
pub(super) struct Scope<'p, 's> {
    /// What was looked up in the document.
    pub(super) defined: &'p Defined<'s>,
    pub(super) source: &'p Source<'s>,
    /// The steps from the outermost key to it.
    pub(super) path: &'p [Step<'s, NodeId>],
    /// The definitions that it is read for: a variable in its own value is that of the block around.
    pub(super) open: Vec<NodeId>,
}

/// What no name ends with.
const BEGIN: [char; 6] = [':', '/', '@', '-', '.', '_'];

impl Scope<'_, '_> {
    /// The stretches of a range of a scalar. Where template actions choose between texts, each text is an alternative of its own; so is a
    /// default beside the value that a variable has.
    pub(super) fn alternatives(&self, decoded: &Decoded<'_>, scalar: &Scalar<'_>, range: Range<usize>) -> Vec<Vec<Segment>> {
        let inside = |action: &&Action| action.range.start < scalar.raw.end && action.range.end > scalar.raw.start;
        let mut actions = self.source.actions.iter().filter(inside).peekable();
        if actions.peek().is_none() {
            let interpolation = self.source.format.table.interpolation;
            let cut = |segment: &Segment, base: usize| {
                let (start, end) = ((segment.range.start + base).max(range.start), (segment.range.end + base).min(range.end));
                (start < end || (segment.range.is_empty() && start == end))
                    .then(|| Segment { range: start..end, kind: segment.kind.clone() })
            };
            // A word of a long script is read by itself; in one value, a variable may lie around what the site means.
            let cut_out = match decoded.text.get(range.clone()) {
                Some(part) if decoded.text.len() > LONGEST => {
                    segments(part, interpolation).iter().filter_map(|segment| cut(segment, range.start)).collect()
                }
                _ => decoded.segments(interpolation).iter().filter_map(|segment| cut(segment, 0)).collect(),
            };
            return self.as_set(cut_out);
        }
        let (mut alternatives, mut current, mut at) = (Vec::new(), Vec::new(), range.start);
        // `a/b:{{ if x }}1{{ else }}2{{ end }}` is one name, whatever its tag is.
        let mut is_begun = false;
        for action in actions {
            let (Some(start), Some(end)) = (decoded.text_at(action.range.start), decoded.text_at(action.range.end - 1)) else {
                return Vec::new();
            };
            if start > at {
                let written = at..start.min(range.end);
                is_begun |= decoded.text.get(written.clone()).is_some_and(|text| text.ends_with(BEGIN));
                current.push(Segment { range: written, kind: Kind::Literal });
            }
            if action.kind == ActionKind::Control && !is_begun {
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

    /// The stretches as they are without the variables' values, and before them those that count with them: where a variable is set, the
    /// word that stands in for it does not (`${V:-word}`), but it names an image all the same.
    fn as_set(&self, plain: Vec<Segment>) -> Vec<Vec<Segment>> {
        let is_set = |name: &Arc<str>| self.values(name).iter().flatten().any(|piece| !piece.text.is_empty());
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

    /// The pieces of stretches, literal ones of `origin`: one list for each value that a variable in them may have.
    pub(super) fn readings(&self, decoded: &Decoded<'_>, segments: &[Segment], origin: &Origin) -> Vec<Vec<Piece>> {
        let file = self.source.context.file;
        let mut readings: Vec<Vec<Piece>> = vec![Vec::with_capacity(segments.len())];
        for segment in segments {
            let range = segment.range.clone();
            let pieces = match &segment.kind {
                Kind::Literal => decoded.pieces(range, origin, file),
                Kind::Default(variable) => decoded.pieces(range, &Origin::Default { variable: Arc::clone(variable) }, file),
                Kind::Dollar => {
                    vec![Piece {
                        text: "$".to_owned(),
                        span: decoded.span(range, file),
                        origin: Origin::Literal,
                        spelling: Spelling::Encoded,
                    }]
                }
                Kind::Hole(variable) => {
                    let values = self.values(variable);
                    // Of two variables with several values each nobody knows which go together.
                    if !values.is_empty() && (values.len() == 1 || readings.len() == 1) {
                        let with =
                            |value: &Vec<Piece>| readings.iter().map(|reading| [reading.as_slice(), value].concat()).collect::<Vec<_>>();
                        readings = values.iter().flat_map(with).collect();
                        continue;
                    }
                    vec![Piece::hole(Arc::clone(variable), decoded.span(range, file))]
                }
            };
            for reading in &mut readings {
                reading.extend(pieces.iter().cloned());
            }
        }
        readings
    }

    /// The pieces of a scalar that is set, when there is one way to read it; one hole where there are more, or nothing but holes.
    pub(super) fn text(&self, node: NodeId, origin: &Origin) -> Option<Vec<Piece>> {
        let scalar = self.source.tree.scalar(node).filter(|value| !value.is_null() && value.tag == TagKind::Core)?;
        let decoded = Decoded::new(scalar, self.source.text);
        let whole = 0..scalar.text.len();
        let alternatives = self.alternatives(&decoded, scalar, whole.clone());
        let mut readings = alternatives.iter().flat_map(|segments| self.readings(&decoded, segments, origin));
        let is_told =
            |pieces: &[Piece]| pieces.len() <= PIECES && (pieces.len() < 2 || pieces.iter().any(|piece| !piece.text.contains(HOLE)));
        match (readings.next(), readings.next()) {
            (Some(pieces), None) if is_told(&pieces) => Some(pieces),
            _ => {
                let name = match origin {
                    Origin::Sibling { key: name } | Origin::Default { variable: name } => Arc::clone(name),
                    _ => Arc::from(""),
                };
                Some(vec![Piece::hole(name, decoded.span(whole, self.source.context.file))])
            }
        }
    }

    /// The values that a variable may have here: that of the innermost block that gives it one, else what other files give.
    pub(super) fn values(&self, name: &Arc<str>) -> Values {
        let origin = Origin::Default { variable: Arc::clone(name) };
        let given = self.definitions(name);
        if given.is_empty() {
            let linked = self.source.context.linked.variables.get(&**name).and_then(|given| given.piece(name));
            return linked.map(|piece| vec![piece]).into_iter().collect();
        }
        let read = || -> Values {
            if self.open.len() >= DEPTH || given.len() > MOST || !self.defined.pays(given.len()) {
                return Values::default();
            }
            let read = |node: &NodeId| {
                let inner = Scope { open: self.open.iter().copied().chain([*node]).collect(), ..self.clone() };
                inner.text(*node, &origin)
            };
            given.iter().filter_map(read).collect()
        };
        if self.open.is_empty() { self.defined.values(self.source, name, &given, read) } else { read() }
    }

    /// The scalars that give a variable its value here, all of one block; no more than [`MOST`] of one place in it and one more.
    pub(super) fn definitions(&self, name: &str) -> Vec<NodeId> {
        let Source { format, tree, root, .. } = *self.source;
        let all = format.variables().iter().enumerate();
        let of_name: Vec<_> = all.filter_map(|(number, place)| Some(((number, place), place.key_of(name)?))).collect();
        if of_name.is_empty() {
            return Vec::new();
        }
        let field = |node: NodeId, name: &str| tree.get(node, name).and_then(|value| tree.scalar(value)).map(|value| value.text.as_ref());
        let in_block = |end: usize| {
            let path = self.path.get(..end).unwrap_or_default();
            let Some(block) = path.last().map(|step| step.node).or(root) else { return Vec::new() };
            let holds = |within: Option<&crate::format::PathPattern>| within.map_or(end == 0, |within| within.matches(path, root, &field));
            let here = of_name.iter().filter(|((_, place), _)| holds(place.within.as_ref()));
            let given = here.flat_map(|(place, key)| self.defined.scalars(tree, block, *place, key).to_vec());
            given.filter(|node| !self.open.contains(node)).collect::<Vec<_>>()
        };
        (0..=self.path.len()).rev().map(in_block).find(|found| !found.is_empty()).unwrap_or_default()
    }
}
