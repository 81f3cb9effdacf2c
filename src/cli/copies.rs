//! Owns which rows a plan has: what is missing or differs, or what is to be used, and why anything else is no row.

use std::collections::{BTreeMap, BTreeSet};

use crate::mirror::{Digest, Place as Line, Purpose, Refused, Row};
use crate::pipeline::{Answer, Place, Sought, Targets, Why};
use crate::platform::Platform;
use crate::reference::{Part, Reference};
use crate::registry::verify::{Checked, Compare, Options, Suggest, Wanted};
use crate::registry::{Comparison, Depth, Outcome, Verdict};
use crate::report::verified::Spot;
use crate::report::verified_table::places;

use super::asking::Asking;

/// What the targets of a run come to.
#[derive(Default)]
pub(super) struct Copies {
    /// Those that are satisfied are among them, so that none undoes another.
    pub(super) rows: Vec<Row>,
    /// What is needed and cannot be planned.
    pub(super) left: Vec<Left>,
    /// What nobody could tell.
    pub(super) undecided: Vec<Left>,
    /// What is planned with less than everything known, or left as it is by an option.
    pub(super) notes: Vec<String>,
    /// Targets of rows that are not there yet, of a plan for their use.
    pub(super) absent: usize,
}

/// Something that is no row.
pub(super) struct Left {
    pub(super) what: String,
    pub(super) why: String,
    pub(super) places: String,
}

fn left(what: &str, why: impl Into<String>, at: &BTreeSet<Place>) -> Left {
    Left { what: what.to_owned(), why: why.into(), places: places(&at.iter().map(Spot::from).collect::<Vec<_>>()) }
}

/// Which rows are wanted.
#[derive(Clone, Copy)]
pub(super) struct Wish<'a> {
    pub(super) purpose: Purpose,
    /// The platforms that places want that name none.
    pub(super) platforms: &'a [Platform],
    pub(super) differing: Differing,
}

/// What becomes of targets that are there and are not what their sources are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Differing {
    /// They are replaced.
    Replaced,
    /// They stay as they are.
    Kept,
}

/// A row for every wish that has a source.
pub(super) fn of_all(targets: &Targets, wish: Wish<'_>) -> Copies {
    let mut copies = Copies::new(targets);
    for (sought, at) in targets.iter() {
        let Some(source) = &sought.source else { continue };
        match sought.candidates.first() {
            Some(target) => copies.add(row(source, target, None, at, wish), sought, at),
            None => copies.left.push(left(name(sought), "a part that decides what it becomes is not known", at)),
        }
    }
    copies
}

/// Rows by what registries say of the targets. Sources are asked for by HEAD; manifests are read only where digests differ, since that counts as
/// a pull.
pub(super) fn of_asked(targets: &Targets, wish: Wish<'_>, asking: &Asking, options: &Options) -> Copies {
    let by_digest = Options { depth: Depth::Digest, suggest: Suggest::Nothing, ..options.clone() };
    let answers = asking.ask(targets, wish.platforms, &by_digest);
    let matters = |answer: &&Answer| answer.taken().is_some() && answer.verdict() != Verdict::Undecided;
    let sources = asking.sources(answers.iter().filter(matters), options);
    let differing = differing(&answers, &sources, asking, options);
    let mut copies = Copies::new(targets);
    for answer in &answers {
        let pair = answer.sought.source.as_ref().zip(answer.taken());
        let old = pair.and_then(|(source, _)| sources.get(&source.canonical()));
        let comparison = pair.and_then(|(source, (target, _))| differing.get(&(source.canonical(), target.canonical())));
        copies.judge(answer, old, comparison, wish);
    }
    copies
}

/// The comparisons of the targets that exist under another digest than their sources, by both names.
fn differing(
    answers: &[Answer],
    sources: &BTreeMap<String, Checked>,
    asking: &Asking,
    options: &Options,
) -> BTreeMap<(String, String), Comparison> {
    let differs = |answer: &Answer| {
        let (target, checked) = answer.taken()?;
        let source = answer.sought.source.as_ref()?;
        let old = sources.get(&source.canonical())?.presence.image()?.digest.clone();
        let new = &checked.presence.image()?.digest;
        (checked.presence.outcome() == Outcome::Exists && (old.is_none() || old != *new)).then(|| (source.clone(), target.clone()))
    };
    let pairs: BTreeMap<(String, String), (Reference, Reference)> =
        answers.iter().filter_map(differs).map(|(source, target)| ((source.canonical(), target.canonical()), (source, target))).collect();
    let wanted: Vec<Wanted> =
        pairs.values().map(|(source, target)| Wanted { source: Some(source.clone()), ..Wanted::of(target.clone()) }).collect();
    let options = Options { compare: Compare::Source, suggest: Suggest::Nothing, depth: Depth::Digest, ..options.clone() };
    let checks = asking.check(&wanted, &options);
    pairs.into_keys().enumerate().filter_map(|(index, key)| Some((key, checks.of(index)?.comparison.clone()?))).collect()
}

fn name(sought: &Sought) -> &str {
    sought.to.first().or(sought.from.as_ref()).map_or("", String::as_str)
}

/// The platforms that the places of a target want; none where each takes what there is.
fn wanted(at: &BTreeSet<Place>, usual: &[Platform]) -> Vec<Platform> {
    at.iter().flat_map(|place| place.platforms(usual)).cloned().collect()
}

/// The platforms in which a difference from the source counts: all of them, when a place takes whatever there is.
fn held_against(at: &BTreeSet<Place>, usual: &[Platform]) -> Vec<Platform> {
    let takes_any = at.iter().any(|place| place.platforms(usual).is_empty());
    if takes_any { Vec::new() } else { wanted(at, usual) }
}

/// A row with everything that is known of it.
fn row(source: &Reference, target: &Reference, digest: Option<&str>, at: &BTreeSet<Place>, wish: Wish<'_>) -> Result<Row, Refused> {
    let row = Row::new(source.clone(), target.clone())?;
    let row = match digest.and_then(|digest| Digest::parse(digest).ok()) {
        Some(digest) => row.with_digest(digest)?,
        None => row,
    };
    let lines = at.iter().map(|place| Line { path: place.path.to_string(), line: place.line });
    let row = row.with_platforms(wanted(at, wish.platforms)).with_places(lines);
    // A place that names no platform takes whatever the source has.
    let takes_any = at.iter().any(|place| place.platforms(wish.platforms).is_empty());
    Ok(if takes_any { row.with_any_platform() } else { row })
}

fn digest_of(checked: &Checked) -> Option<&str> {
    checked.presence.image()?.digest.as_deref()
}

impl Copies {
    /// Nothing yet, but what the mappings refuse.
    fn new(targets: &Targets) -> Self {
        let refused = targets.unasked().filter(|(one, _)| matches!(one.why, Why::Refused { .. }));
        let refused = refused.map(|(one, at)| left(&one.reference, one.why.to_string(), at));
        Self { left: refused.collect(), ..Self::default() }
    }

    fn judge(&mut self, answer: &Answer, old: Option<&Checked>, comparison: Option<&Comparison>, wish: Wish<'_>) {
        let (sought, at) = (&answer.sought, &answer.places);
        let Some((target, checked)) = answer.taken() else {
            self.undecided.push(left(name(sought), "a part that decides what it becomes is not known", at));
            return;
        };
        let shown = answer.target().unwrap_or_default();
        let said = format!("{} ({})", checked.presence.outcome(), checked.presence.reason().message);
        // A repository can be redirected whatever its tags are; nobody can be asked for one that is not known.
        if let Some(source) = sought.source.as_ref().filter(|_| wish.purpose == Purpose::Use && target.has_hole(Part::Tag)) {
            self.add(row(source, target, None, at, wish), sought, at);
            return;
        }
        if answer.verdict() == Verdict::Undecided {
            self.undecided.push(left(shown, said, at));
            return;
        }
        let Some(source) = &sought.source else {
            if answer.verdict() == Verdict::Finding {
                self.left.push(left(shown, format!("it is {said}, and nothing says what it would be a copy of"), at));
            }
            return;
        };
        let with_digest = |digest| row(source, target, digest, at, wish);
        match (wish.purpose, checked.presence.outcome()) {
            (_, Outcome::ExistsBlocked) => self.left.push(left(shown, said, at)),
            (Purpose::Copy, Outcome::Exists) => match difference(comparison, old, &held_against(at, wish.platforms)) {
                Difference::Some => self.copy(source, old, answer, wish),
                // What another row would put there would undo this one.
                Difference::None => self.rows.extend(with_digest(old.and_then(digest_of).or(digest_of(checked))).map(Row::satisfied)),
                Difference::Unknown(why) => self.undecided.push(left(shown, format!("it exists, and {why}"), at)),
            },
            (Purpose::Copy, _) => self.copy(source, old, answer, wish),
            (Purpose::Leave, Outcome::Missing) => {
                self.left.push(left(shown, "it is not there yet, so that its source is still needed", at));
            }
            (Purpose::Use | Purpose::Leave, outcome) => {
                self.absent += usize::from(outcome == Outcome::Missing);
                self.add(with_digest(old.and_then(digest_of)), sought, at);
            }
        }
    }

    /// The target is not there, or has something else, or less.
    fn copy(&mut self, source: &Reference, old: Option<&Checked>, answer: &Answer, wish: Wish<'_>) {
        let Some((target, checked)) = answer.taken() else { return };
        let (shown, at) = (answer.target().unwrap_or_default(), &answer.places);
        let digest = old.and_then(digest_of);
        let held = digest_of(checked);
        match old {
            Some(old) if old.presence.outcome() == Outcome::Missing => {
                let why = format!("its source `{}` is missing too ({})", old.target, old.presence.reason().message);
                self.left.push(left(shown, why, at));
            }
            Some(old) if held.is_some() && held == digest => {
                let lacks =
                    checked.presence.image().map(|image| image.missing_platforms.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>());
                let lacks = lacks.unwrap_or_default().join(", ");
                self.left.push(left(shown, format!("it is what its source `{}` is, which lacks {lacks} as well", old.target), at));
            }
            _ if held.is_some() && wish.differing == Differing::Kept => {
                self.notes.push(format!("`{shown}` is not what `{}` is, and stays as it is", source.canonical()));
            }
            _ => {
                if let Some(old) = old.filter(|_| digest.is_none()) {
                    let why = &old.presence.reason().message;
                    self.notes.push(format!("`{}` is copied by its tag: its digest is not known ({why})", old.target));
                }
                let held = held.and_then(|held| Digest::parse(held).ok());
                let row = row(source, target, digest, at, wish);
                self.add(row.map(|row| held.into_iter().fold(row, Row::with_replaced)), &answer.sought, at);
            }
        }
    }

    fn add(&mut self, row: Result<Row, Refused>, sought: &Sought, at: &BTreeSet<Place>) {
        match row {
            Ok(row) => self.rows.push(row),
            Err(refused) => self.left.push(left(name(sought), refused.to_string(), at)),
        }
    }
}

/// How a target that is there differs from its source.
enum Difference {
    /// It has something else, or less than is wanted.
    Some,
    /// Equal, or more than its source; or the source is gone, and there is nothing to copy.
    None,
    /// Nobody knows; why, for people.
    Unknown(String),
}

fn difference(comparison: Option<&Comparison>, old: Option<&Checked>, wanted: &[Platform]) -> Difference {
    match (comparison, old) {
        (Some(comparison), _) if comparison.matters(wanted).is_some() => Difference::Some,
        (Some(Comparison::Undecided { because, .. }), _) => {
            Difference::Unknown(format!("could not be compared: {}", because.reason().message))
        }
        (None, Some(old)) if old.verdict() == Verdict::Undecided => {
            Difference::Unknown(format!("its source could not be asked: {}", old.presence.reason().message))
        }
        _ => Difference::None,
    }
}
