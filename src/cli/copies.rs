//! Owns which copies are wanted: the rows of what is missing or differs, and why anything else is no row.

use std::collections::{BTreeMap, BTreeSet};

use crate::mirror::{Digest, Place as Line, Row};
use crate::pipeline::{Answer, Place, Sought, Targets};
use crate::platform::Platform;
use crate::reference::Reference;
use crate::registry::verify::{Checked, Compare, Options, Suggest, Wanted};
use crate::registry::{Comparison, Depth, Outcome, Verdict};
use crate::report::verified::Spot;
use crate::report::verified_table::places;

use super::asking::Asking;

/// What the targets of a run come to.
#[derive(Default)]
pub(super) struct Copies {
    pub(super) rows: Vec<Row>,
    /// What is needed and cannot be copied.
    pub(super) left: Vec<Left>,
    /// What nobody could tell.
    pub(super) undecided: Vec<Left>,
    /// What is planned with less than everything known.
    pub(super) notes: Vec<String>,
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

/// A row for every wish that has a source.
pub(super) fn of_all(targets: &Targets, platforms: &[Platform]) -> Copies {
    let mut copies = Copies::default();
    for (sought, at) in targets.iter() {
        let Some(source) = &sought.source else { continue };
        match sought.candidates.first() {
            Some(target) => copies.add(source, target, None, platforms, sought, at),
            None => copies.left.push(left(name(sought), "a part that decides what it becomes is not known", at)),
        }
    }
    copies
}

/// A row for every wish whose target is missing or differs from its source. Sources are asked for by HEAD; manifests are read only where digests
/// differ, since that counts as a pull.
pub(super) fn of_missing(targets: &Targets, platforms: &[Platform], asking: &Asking, options: &Options) -> Copies {
    let by_digest = Options { depth: Depth::Digest, suggest: Suggest::Nothing, ..options.clone() };
    let answers = asking.ask(targets, platforms, &by_digest);
    let matters = |answer: &&Answer| answer.taken().is_some() && answer.verdict() != Verdict::Undecided;
    let sources = asking.sources(answers.iter().filter(matters), options);
    let differing = differing(&answers, &sources, asking, options);
    let mut copies = Copies::default();
    for answer in &answers {
        copies.judge(answer, &sources, &differing, platforms);
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
    let wanted: Vec<Wanted> = pairs
        .values()
        .map(|(source, target)| Wanted { target: target.clone(), source: Some(source.clone()), platforms: Vec::new() })
        .collect();
    let options = Options { compare: Compare::Source, suggest: Suggest::Nothing, depth: Depth::Digest, ..options.clone() };
    let checks = asking.check(&wanted, &options);
    pairs.into_keys().enumerate().filter_map(|(index, key)| Some((key, checks.of(index)?.comparison.clone()?))).collect()
}

/// The platforms that a copy must have; none means all of its source, which a place takes that names none.
fn wanted(at: &BTreeSet<Place>, usual: &[Platform]) -> Vec<Platform> {
    let takes_any = at.iter().any(|place| place.platforms(usual).is_empty());
    at.iter().filter(|_| !takes_any).flat_map(|place| place.platforms(usual)).cloned().collect()
}

fn name(sought: &Sought) -> &str {
    sought.to.first().or(sought.from.as_ref()).map_or("", String::as_str)
}

impl Copies {
    fn judge(
        &mut self,
        answer: &Answer,
        sources: &BTreeMap<String, Checked>,
        differing: &BTreeMap<(String, String), Comparison>,
        platforms: &[Platform],
    ) {
        let (sought, at) = (&answer.sought, &answer.places);
        let Some((target, checked)) = answer.taken() else {
            self.undecided.push(left(name(sought), "a part that decides what it becomes is not known", at));
            return;
        };
        let shown = answer.target().unwrap_or_default();
        let said = format!("{} ({})", checked.presence.outcome(), checked.presence.reason().message);
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
        let old = sources.get(&source.canonical());
        match checked.presence.outcome() {
            Outcome::Exists => {
                self.compared(source, target, differing.get(&(source.canonical(), target.canonical())), old, platforms, answer);
            }
            Outcome::ExistsBlocked => self.left.push(left(shown, said, at)),
            _ => self.missing(source, target, old, platforms, answer),
        }
    }

    /// The target is there: it is copied again when it has something else, or less.
    fn compared(
        &mut self,
        source: &Reference,
        target: &Reference,
        comparison: Option<&Comparison>,
        old: Option<&Checked>,
        platforms: &[Platform],
        answer: &Answer,
    ) {
        let shown = answer.target().unwrap_or_default();
        match (comparison, old) {
            (Some(comparison), _) if comparison.matters(&wanted(&answer.places, platforms)).is_some() => {
                self.missing(source, target, old, platforms, answer);
            }
            (Some(Comparison::Undecided { because }), _) => {
                self.undecided.push(left(
                    shown,
                    format!("it exists, and could not be compared: {}", because.reason().message),
                    &answer.places,
                ));
            }
            (None, Some(old)) if old.verdict() == Verdict::Undecided => {
                let why = format!("it exists, and its source could not be asked: {}", old.presence.reason().message);
                self.undecided.push(left(shown, why, &answer.places));
            }
            // Equal, or more than its source; or the source is gone, and there is nothing to copy.
            _ => {}
        }
    }

    fn missing(&mut self, source: &Reference, target: &Reference, old: Option<&Checked>, platforms: &[Platform], answer: &Answer) {
        let shown = answer.target().unwrap_or_default();
        match old {
            Some(old) if old.presence.outcome() == Outcome::Missing => {
                let why = format!("its source `{}` is missing too ({})", old.target, old.presence.reason().message);
                self.left.push(left(shown, why, &answer.places));
            }
            Some(old) => {
                let digest = old.presence.image().and_then(|image| image.digest.as_deref());
                if digest.is_none() {
                    let why = old.presence.reason();
                    self.notes.push(format!("`{}` is copied by its tag: its digest is not known ({})", old.target, why.message));
                }
                self.add(source, target, digest, platforms, &answer.sought, &answer.places);
            }
            None => self.add(source, target, None, platforms, &answer.sought, &answer.places),
        }
    }

    fn add(
        &mut self,
        source: &Reference,
        target: &Reference,
        digest: Option<&str>,
        platforms: &[Platform],
        sought: &Sought,
        at: &BTreeSet<Place>,
    ) {
        let row = Row::new(source.clone(), target.clone()).and_then(|row| match digest.and_then(|digest| Digest::parse(digest).ok()) {
            Some(digest) => row.with_digest(digest),
            None => Ok(row),
        });
        match row {
            Ok(row) => {
                let lines = at.iter().map(|place| Line { path: place.path.to_string(), line: place.line });
                self.rows.push(row.with_platforms(wanted(at, platforms)).with_places(lines));
            }
            Err(refused) => self.left.push(left(name(sought), refused.to_string(), at)),
        }
    }
}
