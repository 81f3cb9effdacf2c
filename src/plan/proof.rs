//! Owns the proof: a file with its edits made, located again, says what was planned, and nothing else changed.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use crate::locate::{Failure, Located, RefusedBy, Value};
use crate::occurrence::Occurrence;
use crate::text::{Edit, Edits, FileId, Span};

use super::{Applicability, Choice, Plan, Refusal, shown};

/// Files as they were before their edits.
#[derive(Clone, Copy, Debug)]
pub struct Before<'a> {
    /// The files that hold together; nearly always one.
    pub files: &'a [FileBefore<'a>],
    /// What was located in them.
    pub located: &'a Located,
}

/// One file as it was before its edits.
#[derive(Clone, Copy, Debug)]
pub struct FileBefore<'a> {
    /// The file.
    pub file: FileId,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Its values, in order; empty for formats without structure. Those of a file without edits are not asked for.
    pub values: &'a [Value],
}

/// Locates the files anew when they have these bytes, made by these edits (both in the order of [`Before::files`]): what is in all of them, and
/// the values of each whose bytes are others than before.
pub type Again<'a> = dyn Fn(&[&[u8]], &[Edits]) -> (Located, Vec<Vec<Value>>) + 'a;

/// Why edits may not be written: made in memory, they did something else than planned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unproved {
    /// What differs, lower case, no full stop.
    pub message: String,
    /// Where, in the file as it was.
    pub place: Span,
    /// What a chart would refuse, where that is it.
    pub failure: Option<Arc<Failure>>,
}

impl Unproved {
    const fn new(message: String, place: Span) -> Self {
        Self { message, place, failure: None }
    }
}

/// Proves that `after` are the files with `edits` made and nothing else (both in the order of [`Before::files`]): bytes outside of them are
/// identical, `again` finds the same occurrences in the same order, each reading as `wanted` ([`Plan::wanted`]), no more faults, and every
/// value that no edit touches unchanged. What was edited may be found by another site than before, or by one more.
///
/// # Errors
/// [`Unproved`] with the first difference.
pub fn prove(before: &Before<'_>, wanted: &[String], edits: &[Edits], after: &[&[u8]], again: &Again<'_>) -> Result<(), Unproved> {
    for ((file, edits), after) in before.files.iter().zip(edits).zip(after) {
        outside(file, edits, after)?;
    }
    let (located, values) = again(after, edits);
    let at = |file: &FileBefore<'_>| Span::new(file.file, 0..0);
    if located.faults.len() > before.located.faults.len() {
        let fault = located.faults.last().map_or("", |fault| fault.message.as_str());
        let place = before.files.first().map_or(Span::new(FileId(0), 0..0), at);
        return Err(Unproved::new(format!("the file could no longer be read: {fault}"), place));
    }
    readings(before, wanted, edits, &located.occurrences)?;
    let edited = || {
        let first = before.files.iter().zip(edits).find(|(_, edits)| !edits.as_slice().is_empty());
        first.map_or(Span::new(FileId(0), 0..0), |(file, _)| at(file))
    };
    let is_same = |known: &Failure, failure: &Failure| match failure.by {
        RefusedBy::Template => known.by == failure.by && known.demands == failure.demands,
        RefusedBy::Schema => known == failure,
    };
    let is_new = |failure: &&Failure| !before.located.failures.iter().any(|known| is_same(known, failure));
    if let Some(failure) = located.failures.iter().find(is_new) {
        let message = format!("the chart would end with an error: {}", failure.words);
        return Err(Unproved { failure: Some(Arc::new(failure.clone())), ..Unproved::new(message, edited()) });
    }
    if located.printed != before.located.printed {
        let message = "the chart's templates would print something else beside the images: a condition in them asks for what changes";
        return Err(Unproved::new(message.to_owned(), edited()));
    }
    for (((file, edits), after), values) in before.files.iter().zip(edits).zip(after).zip(&values) {
        if file.bytes != *after {
            unchanged(file, edits, values)?;
        }
    }
    Ok(())
}

/// Bytes that are located anew at most to find which fixes of a set fail; what it takes grows with the fixes that fail.
const SEARCHED: usize = 1 << 20;

/// So many proofs are always made to find them: a few of thousands are found.
const FEWEST_PROOFS: usize = 48;

/// Proves what a plan may do (all its fixes, and the safe ones where these are not all) and refuses the fixes that fail: first those that fail
/// by themselves, then, if the others fail together, all of them. Those that fail are found by halves: k of n cost some k log n proofs. Where that
/// would be more proofs than a set is worth, those that could not be told apart are refused together.
pub fn uphold(plan: &mut Plan, before: &Before<'_>, again: &Again<'_>) {
    let all = 0..plan.fixes.len();
    let Err(unproved) = hold(plan, &all, before, again) else { return };
    let bytes: usize = before.files.iter().map(|file| file.bytes.len()).sum();
    let mut left = (SEARCHED / bytes.max(1)).max(FEWEST_PROOFS);
    refuse_failing(plan, &all, &unproved, (before, again), &mut left);
    if let Err(together) = hold(plan, &all, before, again) {
        refuse(plan, &all, &together);
    }
}

/// Refuses those of the fixes `numbers`, which do not hold together, that do not hold by themselves, as far as the proofs that are `left` tell.
fn refuse_failing(
    plan: &mut Plan,
    numbers: &Range<usize>,
    unproved: &Unproved,
    (before, again): (&Before<'_>, &Again<'_>),
    left: &mut usize,
) {
    if numbers.len() == 1 || *left < 2 {
        return refuse(plan, numbers, unproved);
    }
    let middle = numbers.start.midpoint(numbers.end);
    for half in [numbers.start..middle, middle..numbers.end] {
        *left = left.saturating_sub(1);
        if let Err(unproved) = hold(plan, &half, before, again) {
            refuse_failing(plan, &half, &unproved, (before, again), left);
        }
    }
}

fn refuse(plan: &mut Plan, numbers: &Range<usize>, unproved: &Unproved) {
    let refusal = || match &unproved.failure {
        Some(failure) => Refusal::Fails(Arc::clone(failure)),
        None => Refusal::Unproved(unproved.message.clone()),
    };
    plan.refuse(&|number| numbers.contains(&number).then(refusal));
}

/// Makes the fixes `numbers` in memory and proves them, and the safe ones among them.
fn hold(plan: &Plan, numbers: &Range<usize>, before: &Before<'_>, again: &Again<'_>) -> Result<(), Unproved> {
    let has = |level: &Applicability| plan.fixes.iter().take(numbers.end).skip(numbers.start).any(|fix| fix.applicability == *level);
    [Applicability::Unsafe, Applicability::Safe].into_iter().filter(has).try_for_each(|at_least| {
        let choice = Choice { at_least, numbers: numbers.clone() };
        let edits: Vec<Edits> = before.files.iter().map(|file| plan.edits_for(file.file, choice.clone())).collect();
        let wanted = plan.wanted(&before.located.occurrences, choice);
        // What no edit touches is not held twice.
        let made = |(file, edits): (&FileBefore<'_>, &Edits)| (!edits.is_empty()).then(|| edits.apply(file.bytes));
        let made: Vec<Option<Vec<u8>>> = before.files.iter().zip(&edits).map(made).collect();
        let after: Vec<&[u8]> = before.files.iter().zip(&made).map(|(file, made)| made.as_deref().unwrap_or(file.bytes)).collect();
        prove(before, &wanted, &edits, &after, again)
    })
}

/// Walks the edits: each run of bytes between two of them must stand unchanged behind the text of the first.
fn outside(before: &FileBefore<'_>, edits: &Edits, after: &[u8]) -> Result<(), Unproved> {
    let fault = |range: Range<usize>, what: &str| Unproved::new(what.to_owned(), Span::new(before.file, range));
    let (mut rest, mut done) = (after, 0);
    for edit in edits.as_slice() {
        let run = before.bytes.get(done..edit.range.start).filter(|_| edit.range.end <= before.bytes.len());
        let run = run.ok_or_else(|| fault(edit.range.clone(), "an edit lies beyond the end of the file"))?;
        // Such a byte is read as another character, and that would be written in its place.
        let replaced = before.bytes.get(edit.range.clone()).unwrap_or_default();
        if std::str::from_utf8(replaced).is_err() {
            return Err(fault(edit.range.clone(), "a byte that is no UTF-8 would be written anew"));
        }
        let text = rest.strip_prefix(run).ok_or_else(|| fault(done..edit.range.start, "bytes outside the edits changed"))?;
        rest = text.strip_prefix(edit.text.as_bytes()).ok_or_else(|| fault(edit.range.clone(), "an edit was not made as planned"))?;
        done = edit.range.end;
    }
    let last = before.bytes.get(done..).unwrap_or_default();
    if rest == last { Ok(()) } else { Err(fault(done..before.bytes.len(), "bytes outside the edits changed")) }
}

fn readings(before: &Before<'_>, wanted: &[String], edits: &[Edits], now: &[Occurrence]) -> Result<(), Unproved> {
    let written: BTreeMap<FileId, Vec<Range<usize>>> =
        before.files.iter().zip(edits).map(|(file, edits)| (file.file, written(edits))).collect();
    let is_written = |span: Span| {
        let ranges = written.get(&span.file).map(Vec::as_slice).unwrap_or_default();
        ranges.get(ranges.partition_point(|range| range.end < span.start)).is_some_and(|range| range.start <= span.end)
    };
    let is_edited = |one: &Occurrence| one.pieces.iter().any(|piece| piece.is_editable() && is_written(piece.span));
    // What was edited may stand in another place than before, and may look like a reference to a site that saw none there.
    let (edited, rest): (Vec<&Occurrence>, Vec<&Occurrence>) = now.iter().partition(|one| is_edited(one));
    let mut edited = Made::of(edited);
    let mut rest = rest.into_iter().peekable();
    for (was, wanted) in before.located.occurrences.iter().zip(wanted) {
        let fault = |message| Err(Unproved::new(message, was.place));
        let reads_right = |is: &Occurrence| is.joined().text == *wanted;
        if rest.next_if(|is| place_of(is) == place_of(was) && reads_right(is)).is_some() || edited.take(wanted, place_of(was)) {
            continue;
        }
        if rest.peek().is_some_and(|is| reads_right(is)) {
            return fault(format!("`{}` would stand in another position", was.expanded()));
        }
        let reads = edited.left().chain(rest.peek().copied()).find(|is| is.place == was.place || is.site == was.site);
        let reads = reads.map_or_else(|| "nothing".to_owned(), |is| format!("`{}`", is.expanded()));
        return fault(format!("`{}` would read as {reads}, not as `{}`", was.expanded(), shown(wanted, was)));
    }
    match rest.next() {
        None => Ok(()),
        Some(is) => Err(Unproved::new(format!("`{}` would be found, which is not there now", is.expanded()), is.place)),
    }
}

/// By which site of which format an occurrence is found.
fn place_of(one: &Occurrence) -> (&str, &str) {
    (&one.format, &one.site)
}

/// What was edited, by what it reads as and where it is found: each is taken once.
struct Made<'a> {
    all: Vec<Option<&'a Occurrence>>,
    by_text: BTreeMap<String, BTreeMap<(&'a str, &'a str), VecDeque<usize>>>,
}

impl<'a> Made<'a> {
    fn of(edited: Vec<&'a Occurrence>) -> Self {
        let mut by_text: BTreeMap<String, BTreeMap<_, VecDeque<usize>>> = BTreeMap::new();
        for (number, one) in edited.iter().enumerate() {
            by_text.entry(one.joined().text).or_default().entry(place_of(one)).or_default().push_back(number);
        }
        Self { all: edited.into_iter().map(Some).collect(), by_text }
    }

    /// Takes the first that reads so in this place, or else in any; says whether there is one.
    fn take(&mut self, text: &str, place: (&str, &str)) -> bool {
        let Some(places) = self.by_text.get_mut(text) else { return false };
        let first = |places: &BTreeMap<(&'a str, &'a str), VecDeque<usize>>| {
            places.iter().filter_map(|(place, left)| Some((*left.front()?, *place))).min().map(|(_, place)| place)
        };
        let place = places.keys().copied().find(|own| *own == place && places.get(own).is_some_and(|left| !left.is_empty()));
        let place = place.or_else(|| first(places));
        let taken = place.and_then(|place| places.get_mut(&place)?.pop_front());
        if let Some(slot) = taken.and_then(|number| self.all.get_mut(number)) {
            *slot = None;
        }
        taken.is_some()
    }

    /// Those that nothing took, in order.
    fn left(&self) -> impl Iterator<Item = &'a Occurrence> {
        self.all.iter().copied().flatten()
    }
}

fn unchanged(before: &FileBefore<'_>, edits: &Edits, now: &[Value]) -> Result<(), Unproved> {
    let added = additions(edits);
    let is_added = |value: &Value| {
        let last = added.partition_point(|range| range.start <= value.span.start).checked_sub(1).and_then(|last| added.get(last));
        last.is_some_and(|range| value.span.end <= range.end)
    };
    let stayed: Vec<&Value> = now.iter().filter(|value| !is_added(value)).collect();
    // A value that says nothing goes where keys are written in its place.
    let paths: OnceCell<BTreeSet<&str>> = OnceCell::new();
    let added_below = |path: &str| {
        let below = format!("{path}.");
        let paths = paths.get_or_init(|| now.iter().map(|value| value.path.as_str()).collect());
        paths.range(below.as_str()..).next().is_some_and(|first| first.starts_with(&below))
    };
    let goes = |was: &&Value| {
        let range = was.span.range();
        let is_replaced = || edits.near(&range).iter().any(|edit| edit.range == range && adds_key(edit));
        if was.span.is_empty() { added_below(&was.path) } else { is_replaced() }
    };
    let values: Vec<&Value> = before.values.iter().filter(|was| !goes(was)).collect();
    // What stands below a key that is changed is found under its new name: the keys above a value that are, the nearest last.
    let mut renamed: Vec<(String, String)> = Vec::new();
    for (was, is) in values.iter().copied().zip(stayed.iter().copied()) {
        let fault = |message| Err(Unproved::new(message, was.span));
        while renamed.pop_if(|(old, _)| !was.path.starts_with(old.as_str())).is_some() {}
        let is_same =
            |(old, new): &(String, String)| was.path.strip_prefix(old).is_some_and(|rest| is.path.strip_prefix(new) == Some(rest));
        if was.path != is.path && !renamed.last().is_some_and(is_same) {
            return fault(format!("`{}` would stand where `{}` stood", is.path, was.path));
        }
        if was.text != is.text && !is_edited(was.span, before.file, edits) {
            return fault(format!("the value of `{}` would change", was.path));
        }
        if was.text != is.text {
            renamed.push((format!("{}.{}", was.path, was.text), format!("{}.{}", is.path, is.text)));
        }
    }
    let (count, is) = (values.len(), stayed.len());
    if count == is {
        return Ok(());
    }
    let place = values.get(is).map_or(Span::new(before.file, 0..0), |lost| lost.span);
    Err(Unproved::new(format!("the file would have {is} values instead of {count}"), place))
}

/// Whether an edit adds a key: no reference has a blank or a line break.
fn adds_key(edit: &Edit) -> bool {
    edit.text.contains([' ', '\n'])
}

/// Where the edited text holds keys that were not there.
fn additions(edits: &Edits) -> Vec<Range<usize>> {
    edits.as_slice().iter().zip(written(edits)).filter(|(edit, _)| adds_key(edit)).map(|(_, range)| range).collect()
}

/// Where the text of each edit stands once all are made.
fn written(edits: &Edits) -> Vec<Range<usize>> {
    let (mut grown, mut shrunk) = (0, 0);
    let place = |edit: &Edit| {
        let start = edit.range.start + grown - shrunk;
        grown += edit.text.len();
        shrunk += edit.range.len();
        start..start + edit.text.len()
    };
    edits.as_slice().iter().map(place).collect()
}

/// Whether an edit lies in the value, or inserts at one of its ends.
fn is_edited(value: Span, file: FileId, edits: &Edits) -> bool {
    let inserts = |at: usize| value.start <= at && at <= value.end;
    let own =
        |range: &Range<usize>| if range.is_empty() { inserts(range.start) } else { range.start < value.end && value.start < range.end };
    value.file == file && edits.near(&value.range()).iter().any(|edit| own(&edit.range))
}
