//! Owns the giving of a reference's changes to the pieces that spell it.

use std::ops::Range;
use std::sync::Arc;

use crate::occurrence::{Joined, Occurrence, Origin, Piece, Spelling};
use crate::reference::{Part, Reference};
use crate::text::Edit;

use super::change::{Change, changes, segments};
use super::cut::{Cut, is_writable, reading};
use super::local::{coalesce, rewritten};
use super::slice::{Slice, modified, receiver};
use super::verdict::Refusal;

/// Where text goes first that could stand in more than one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Approach {
    /// A path that begins with more segments than before gets them where the registry stands, when that is a value of its own: what gives
    /// another path to the same registry stays right without an edit. Else as [`Approach::Variable`].
    Registry,
    /// The variable's default: whoever sets the variable states the registry.
    Variable,
    /// The literal text: other uses of the variable stay as they are.
    Literal,
    /// The value before a slash, where the one behind it would begin with more segments: what else stands behind that value stays right.
    Before,
}

impl Approach {
    /// The one to begin with.
    pub(super) const USUAL: Self = Self::Registry;

    /// The one to try when this one did not work out.
    pub(super) const fn next(self) -> Option<Self> {
        match self {
            Self::Registry => Some(Self::Variable),
            Self::Variable => Some(Self::Literal),
            Self::Literal => Some(Self::Before),
            Self::Before => None,
        }
    }
}

/// The cuts that make an occurrence its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Given {
    /// Sorted by span.
    pub(super) cuts: Vec<Cut>,
    /// Variables beside which text was put that their default could have held.
    pub(super) beside: Vec<Arc<str>>,
}

/// Gives the changes from `old` to `new` to the pieces of `occurrence`, which spell `old`.
pub(super) fn give(
    occurrence: &Occurrence,
    joined: &Joined,
    old: &Reference,
    new: &Reference,
    approach: Approach,
) -> Result<Given, Refusal> {
    let mut hand = Hand::new(occurrence, joined, approach);
    let mut wanted = changes(old, new);
    if approach == Approach::Registry {
        to_registry(occurrence, joined, old, &mut wanted);
    }
    let given = hand.all(&wanted);
    let given = match given {
        Err(Refusal::Split) => {
            hand = Hand::new(occurrence, joined, approach);
            by_fields(occurrence, joined, old, new).ok_or(Refusal::Split).and_then(|changes| hand.all(&changes))
        }
        // A beginning of names is replaced as a whole, whatever of it is domain and path.
        Err(refusal) => {
            hand = Hand::new(occurrence, joined, approach);
            beginning(occurrence, joined, new).ok_or(refusal).and_then(|change| hand.all(&[change]))
        }
        given => given,
    };
    given?;
    let given = hand.finish()?;
    if reading(occurrence, &given.cuts).as_deref() == Some(new.as_str()) { Ok(given) } else { Err(Refusal::Split) }
}

/// The change of a beginning that stands alone: what lies below it stays.
fn beginning(occurrence: &Occurrence, joined: &Joined, new: &Reference) -> Option<Change> {
    let [own, below] = occurrence.pieces.as_slice() else { return None };
    if !(is_writable(own) && below.is_elsewhere() && below.text.starts_with('/')) {
        return None;
    }
    let text = new.as_str().strip_suffix(below.text.as_str())?.to_owned();
    Some(Change { range: joined.ranges.first()?.clone(), text, part: Part::Path })
}

/// Turns what is put before the whole path into an end of the registry, where that is (the end of) a value of its own.
/// `library/` is part of an official image's path, and stays with it.
fn to_registry(occurrence: &Occurrence, joined: &Joined, old: &Reference, changes: &mut Vec<Change>) {
    let (Some(domain), Some(path)) = (old.range(Part::Domain), old.range(Part::Path)) else { return };
    let is_own = |(piece, own): (&Piece, &Range<usize>)| own.end == domain.end && !own.is_empty() && is_writable(piece);
    if !occurrence.pieces.iter().zip(&joined.ranges).any(is_own) {
        return;
    }
    let is_before = |change: &&mut Change| change.part == Part::Path && change.range == (path.start..path.start);
    let Some(change) = changes.iter_mut().find(is_before) else { return };
    let rest = if change.text.ends_with("/library/") { "library/" } else { "" };
    let prefix = change.text.strip_suffix(rest).and_then(|text| text.strip_suffix('/')).unwrap_or_default();
    if prefix.is_empty() {
        return;
    }
    let (text, rest) = (format!("/{prefix}"), rest.to_owned());
    *change = Change { range: domain.end..domain.end, text, part: Part::Domain };
    if !rest.is_empty() {
        let at = changes.iter().position(|change| change.range.start >= path.start).unwrap_or(changes.len());
        changes.insert(at, Change { range: path.start..path.start, text: rest, part: Part::Path });
    }
}

/// The changes when a separator that the format puts between two keys lies in what changes: each key keeps its number of segments, counted
/// from the right, and the first takes what is left. `None` when nothing would be left for the first, or there is one field only.
fn by_fields(occurrence: &Occurrence, joined: &Joined, old: &Reference, new: &Reference) -> Option<Vec<Change>> {
    let end = old.range(Part::Path)?.end;
    let slashes = occurrence.pieces.iter().zip(&joined.ranges).filter(|(piece, range)| is_slash(piece) && range.end <= end);
    let mut starts: Vec<usize> = slashes.map(|(_, range)| range.end).collect();
    let mut left = new.as_str().get(..new.range(Part::Path)?.end)?;
    let mut right_end = end;
    let mut found: Vec<Change> = Vec::new();
    while let Some(start) = starts.pop() {
        let field = joined.text.get(start..right_end)?;
        let cut = left.rmatch_indices('/').nth(field.matches('/').count())?.0;
        found.extend(segments(field, start, left.get(cut + 1..)?));
        left = left.get(..cut)?;
        right_end = start.checked_sub(1)?;
    }
    if right_end == end {
        return None;
    }
    found.extend(segments(joined.text.get(..right_end)?, 0, left));
    found.reverse();
    found.extend(changes(old, new).into_iter().filter(|change| matches!(change.part, Part::Tag | Part::Digest)));
    Some(found)
}

fn is_separator(piece: &Piece) -> bool {
    piece.origin == Origin::Literal && piece.text.bytes().all(|b| b == b'/')
}

fn is_slash(piece: &Piece) -> bool {
    piece.origin == Origin::Implied && piece.text == "/"
}

/// A piece with its index and its range in the joined text.
type Standing<'a> = (usize, &'a Piece, &'a Range<usize>);

/// The changes of one occurrence on their way to its pieces.
struct Hand<'a> {
    occurrence: &'a Occurrence,
    joined: &'a Joined,
    approach: Approach,
    /// For each piece, its replacements in order.
    locals: Vec<Vec<Edit>>,
    beside: Vec<Arc<str>>,
}

impl<'a> Hand<'a> {
    fn new(occurrence: &'a Occurrence, joined: &'a Joined, approach: Approach) -> Self {
        Self { occurrence, joined, approach, locals: vec![Vec::new(); occurrence.pieces.len()], beside: Vec::new() }
    }

    fn all(&mut self, changes: &[Change]) -> Result<(), Refusal> {
        changes.iter().try_for_each(|change| if change.range.is_empty() { self.insert(change) } else { self.replace(change) })
    }

    fn pieces(&self) -> impl DoubleEndedIterator<Item = Standing<'a>> + ExactSizeIterator + use<'a> {
        self.occurrence.pieces.iter().zip(&self.joined.ranges).enumerate().map(|(index, (piece, range))| (index, piece, range))
    }

    fn push(&mut self, index: usize, range: Range<usize>, text: String) {
        if let Some(locals) = self.locals.get_mut(index) {
            locals.push(Edit { range, text });
        }
    }

    fn replace(&mut self, change: &Change) -> Result<(), Refusal> {
        let Change { range, text, part } = &self.leftwards(change).unwrap_or_else(|| change.clone());
        let mut slices: Vec<Slice<'a>> = self
            .pieces()
            .map(|(index, piece, own)| Slice { index, piece, own, start: own.start.max(range.start), end: own.end.min(range.end) })
            .filter(|slice| slice.start < slice.end)
            .collect();
        if slices.len() > 1
            && let Some(aligned) = self.align(change)
        {
            return self.all(&aligned);
        }
        let mut text = text.as_str();
        while let [first, _, ..] = slices.as_slice()
            && let Some(rest) = text.strip_prefix(first.text())
        {
            text = rest;
            slices.remove(0);
        }
        while let [_, .., last] = slices.as_slice()
            && let Some(rest) = text.strip_suffix(last.text())
        {
            text = rest;
            slices.pop();
        }
        slices.iter().try_for_each(|slice| slice.check(*part))?;
        let receiver = receiver(&slices, text).ok_or(Refusal::Split)?;
        for slice in &slices {
            let text = if slice.index == receiver { text.to_owned() } else { String::new() };
            self.push(slice.index, slice.local(), text);
        }
        Ok(())
    }

    /// Segments that go take the slash before them with them where the one behind them only separates two values.
    fn leftwards(&self, change: &Change) -> Option<Change> {
        let Change { range, text, part } = change;
        let shifted = range.start.checked_sub(1)?..range.end.checked_sub(1)?;
        let is_slashed = |at: usize| self.joined.text.as_bytes().get(at) == Some(&b'/');
        let is_between = |(_, piece, own): Standing<'_>| *own == (shifted.end..range.end) && (is_separator(piece) || is_slash(piece));
        let holds = |(_, piece, own): Standing<'_>| own.start < shifted.start && range.start < own.end && is_writable(piece);
        let is_its = text.is_empty() && *part == Part::Path && is_slashed(shifted.start) && is_slashed(shifted.end);
        (is_its && self.pieces().any(is_between) && self.pieces().any(holds)).then(|| Change { range: shifted, ..change.clone() })
    }

    /// The change as one for each segment, when old and new have the same number of them.
    fn align(&self, change: &Change) -> Option<Vec<Change>> {
        let separator = if change.part == Part::Domain { ':' } else { '/' };
        let old = self.joined.text.get(change.range.clone())?;
        let count = old.split(separator).count();
        if count < 2 || count != change.text.split(separator).count() {
            return None;
        }
        let mut start = change.range.start;
        let mut aligned = Vec::with_capacity(count);
        for (gone, come) in old.split(separator).zip(change.text.split(separator)) {
            if gone != come {
                aligned.push(Change { range: start..start + gone.len(), text: come.to_owned(), part: change.part });
            }
            start += gone.len() + 1;
        }
        Some(aligned)
    }

    fn insert(&mut self, change: &Change) -> Result<(), Refusal> {
        let at = change.range.start;
        if let Some((index, piece, own)) = self.pieces().find(|(_, _, own)| own.start < at && at < own.end) {
            Slice { index, piece, own, start: at, end: at }.check(change.part)?;
            self.push(index, at - own.start..at - own.start, change.text.clone());
            return Ok(());
        }
        if self.approach == Approach::Before && self.put_before(change) {
            return Ok(());
        }
        // The chart or operator joins its keys itself: a tag written into `repository` would be followed by the one it adds.
        let siblings = self.occurrence.pieces.iter().any(|piece| matches!(piece.origin, Origin::Sibling { .. }));
        if siblings && matches!(change.part, Part::Tag | Part::Digest) {
            return Err(Refusal::Split);
        }
        let neighbours = self.neighbours(at);
        let mut ranked: Vec<_> = neighbours.iter().filter(|(_, piece, _)| is_writable(piece)).collect();
        ranked.sort_by_key(|(_, piece, _)| piece.spelling == Spelling::Encoded);
        let usual = ranked.first().copied();
        if self.approach == Approach::Literal {
            ranked.sort_by_key(|(_, piece, _)| piece.origin != Origin::Literal);
        }
        let Some(&&(index, piece, own)) = ranked.first() else {
            return Err(neighbours.iter().find_map(|(_, piece, _)| modified(piece)).unwrap_or(Refusal::Split));
        };
        if let Some((usually, Piece { origin: Origin::Default { variable }, .. }, _)) = usual
            && *usually != index
            && !self.beside.contains(variable)
        {
            self.beside.push(Arc::clone(variable));
        }
        let local = if own.end == at { piece.text.len() } else { 0 };
        self.push(index, local..local, change.text.clone());
        Ok(())
    }

    /// Puts segments that come behind a slash before it, at the end of the value that stands there; says whether there is one.
    fn put_before(&mut self, change: &Change) -> bool {
        let at = change.range.start;
        let Some(segments) = change.text.strip_suffix('/').filter(|_| change.part == Part::Path) else { return false };
        let mut before = self.pieces().rev().skip_while(|(_, _, own)| own.end > at || own.is_empty());
        let slash = before.next().filter(|(_, piece, own)| own.end == at && piece.text == "/" && (is_separator(piece) || is_slash(piece)));
        let value = before.next().filter(|(_, piece, own)| !own.is_empty() && is_writable(piece));
        let (Some(_), Some((index, piece, _))) = (slash, value) else { return false };
        self.push(index, piece.text.len()..piece.text.len(), format!("/{segments}"));
        true
    }

    /// The pieces that end or begin at `at`, those that should take an insertion first: the one on the left, an empty value that stands
    /// there, the one on the right. Nothing is taken from beyond a separator that the format puts there, nor is an empty key filled.
    fn neighbours(&self, at: usize) -> Vec<Standing<'a>> {
        let right = self.pieces().find(|(_, _, own)| own.start >= at && !own.is_empty());
        let before = right.map_or(self.occurrence.pieces.len(), |(index, ..)| index);
        let (mut left, mut empty) = (None, Vec::new());
        for found in self.pieces().take(before).rev().take_while(|(_, piece, own)| own.end == at && piece.origin != Origin::Implied) {
            if !found.2.is_empty() {
                left = Some(found);
                break;
            }
            if !matches!(found.1.origin, Origin::Sibling { .. }) {
                empty.push(found);
            }
        }
        let right = right.filter(|(_, _, own)| own.start == at);
        // Text that only separates two values is nobody's name: the value behind it takes the insertion, as a person would write it.
        let (first, last) = match left {
            Some(left) if is_separator(left.1) && right.is_some_and(|(_, piece, _)| piece.origin != Origin::Literal) => (None, Some(left)),
            left => (left, None),
        };
        first.into_iter().chain(empty).chain(right).chain(last).collect()
    }

    /// The replacements as cuts, those that adjoin in one piece as one.
    fn finish(self) -> Result<Given, Refusal> {
        let mut cuts = Vec::new();
        for (piece, locals) in self.occurrence.pieces.iter().zip(self.locals) {
            let locals = coalesce(&piece.text, locals);
            if locals.is_empty() {
                continue;
            }
            let whole = rewritten(&piece.text, &locals);
            let alone = is_whole_value(self.occurrence, piece);
            if alone && whole.is_empty() {
                // An empty value is null in YAML, and a separator would still follow it.
                return Err(Refusal::Split);
            }
            let written = if alone { piece.spelling.written(&piece.text, &whole) } else { None };
            if written.is_some() || piece.spelling == Spelling::Encoded {
                let (written, addition) = match &piece.origin {
                    Origin::Unwritten { before } => (format!("{before}{whole}"), None),
                    Origin::Absent { at } => (whole.clone(), Some(Arc::clone(at))),
                    _ => (written.unwrap_or_else(|| whole.clone()), None),
                };
                cuts.push(Cut { span: piece.span, owner: piece.span, text: whole, written, addition });
                continue;
            }
            cuts.extend(locals.into_iter().map(|Edit { range, text }| Cut {
                span: piece.span.slice(range.start, range.end),
                owner: piece.span,
                written: text.clone(),
                text,
                addition: None,
            }));
        }
        cuts.sort();
        cuts.dedup();
        Ok(Given { cuts, beside: self.beside })
    }
}

/// Whether the piece is all of a value in the file: the scalar of a key, or what stands at the site.
fn is_whole_value(occurrence: &Occurrence, piece: &Piece) -> bool {
    matches!(piece.origin, Origin::Sibling { .. }) || (piece.origin == Origin::Literal && piece.span == occurrence.place)
}
