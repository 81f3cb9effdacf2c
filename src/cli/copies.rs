//! Owns which rows a plan has: what is missing or differs, or what is to be used, and why anything else is no row.

use std::collections::{BTreeMap, BTreeSet};

use crate::ask::Answer;
use crate::judge::{Place, Sought, Targets, Why};
use crate::mapping::Kinship;
use crate::mirror::{Differing, Digest, Place as Line, Purpose, Refused, Row};
use crate::platform::Platform;
use crate::reference::{Part, Reference};
use crate::registry::verify::{Checked, Compare, Options, Suggest, Wanted};
use crate::registry::{Comparison, Depth, Outcome, Verdict};
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
    Left { what: what.to_owned(), why: why.into(), places: places(at) }
}

/// Which rows are wanted.
#[derive(Clone, Copy)]
pub(super) struct Wish<'a> {
    pub(super) purpose: Purpose,
    /// The platforms that places want that name none.
    pub(super) platforms: &'a [Platform],
    pub(super) differing: Differing,
}

/// A row for every wish that has a source.
pub(super) fn of_all(targets: &Targets, wish: Wish<'_>) -> Copies {
    let mut copies = Copies::new(targets);
    for (sought, at) in targets.iter() {
        let Some(source) = &sought.source else { continue };
        match sought.candidates.first() {
            Some(target) if !can_stand_for(sought, wish.purpose) => copies.left.push(left(&target.canonical(), anew(sought), at)),
            Some(target) => copies.add(row(source, target, None, at, sought.platforms(wish.platforms)), sought, at),
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
    let tags = if wish.purpose == Purpose::Copy { tags_of_pins(&answers, asking, &by_digest) } else { BTreeMap::new() };
    let mut copies = Copies::new(targets);
    for answer in &answers {
        let pair = answer.sought.original().zip(answer.taken());
        let known = Known {
            old: pair.and_then(|(source, _)| sources.get(&source.canonical())),
            comparison: pair.and_then(|(source, (target, _))| differing.get(&(source.canonical(), target.canonical()))),
            tag: pair.and_then(|(_, (target, _))| tags.get(&target.canonical())),
        };
        copies.judge(answer, known, wish);
    }
    copies
}

/// What else is known of a target, beside whether it is there.
#[derive(Clone, Copy)]
struct Known<'a> {
    /// What its source is now.
    old: Option<&'a Checked>,
    /// How it differs from its source.
    comparison: Option<&'a Comparison>,
    /// What its tag holds, when it is pinned and not there.
    tag: Option<&'a Checked>,
}

/// Whether a target can stand for its source. What is built anew is no copy, and has no digest of the source's.
fn can_stand_for(sought: &Sought, purpose: Purpose) -> bool {
    let is_pinned = sought.source.as_ref().is_some_and(|source| source.digest().is_some());
    sought.kinship == Kinship::Copy || (purpose != Purpose::Copy && !is_pinned)
}

/// Why it cannot.
fn anew(sought: &Sought) -> String {
    let (mapping, from) = (sought.mapping.as_deref().unwrap_or_default(), sought.from.as_deref().unwrap_or_default());
    format!(
        "mapping `{mapping}` says that it is built anew (`digest: drop`), so that it is no copy of `{from}`; if it is, say `digest: keep`"
    )
}

/// What the tags of pinned targets hold that are not there, by the target's name: a copy must not take a tag from others.
fn tags_of_pins(answers: &[Answer], asking: &Asking, options: &Options) -> BTreeMap<String, Checked> {
    let bare = |answer: &Answer| {
        let (target, _) = answer.taken().filter(|(_, checked)| checked.presence.outcome() == Outcome::Missing)?;
        let tag = target.tag().filter(|_| target.digest().is_some())?;
        Some((target.canonical(), Wanted::of(Reference::parse(&format!("{}:{tag}", target.name())).ok()?)))
    };
    asking.check(answers.iter().filter_map(bare).collect(), options)
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
        let source = answer.sought.original()?;
        let old = &sources.get(&source.canonical())?.presence;
        let (old, new) = (old.image()?.digest.as_deref(), checked.presence.digest());
        let is_there = matches!(checked.presence.outcome(), Outcome::Exists | Outcome::ExistsPlatformMissing);
        (is_there && (old.is_none() || old != new)).then(|| {
            let wanted = Wanted { source: Some(source.clone()), ..Wanted::of(target.clone()) };
            ((source.canonical(), target.canonical()), wanted)
        })
    };
    let options = Options { compare: Compare::Source, suggest: Suggest::Nothing, depth: Depth::Digest, ..options.clone() };
    let checks = asking.check(answers.iter().filter_map(differs).collect(), &options);
    checks.into_iter().filter_map(|(names, checked)| Some((names, checked.comparison?))).collect()
}

fn name(sought: &Sought) -> &str {
    sought.to.first().or(sought.from.as_ref()).map_or("", String::as_str)
}

/// A row with everything that is known of it.
fn row(source: &Reference, target: &Reference, digest: Option<&str>, at: &BTreeSet<Place>, platforms: &[Platform]) -> Result<Row, Refused> {
    let row = Row::new(source.clone(), target.clone())?;
    let row = match digest.and_then(|digest| Digest::parse(digest).ok()) {
        Some(digest) => row.with_digest(digest)?,
        None => row,
    };
    let lines = at.iter().map(|place| Line { path: place.shown.to_string(), line: place.line });
    Ok(row.with_platforms(platforms.iter().cloned()).with_places(lines))
}

impl Copies {
    /// Nothing yet, but what the mappings refuse.
    fn new(targets: &Targets) -> Self {
        let refused = targets.unasked().filter(|(one, _)| matches!(one.why, Why::Refused { .. }));
        let refused = refused.map(|(one, at)| left(&one.reference, one.why.to_string(), at));
        Self { left: refused.collect(), ..Self::default() }
    }

    fn judge(&mut self, answer: &Answer, known: Known<'_>, wish: Wish<'_>) {
        let (sought, at) = (&answer.sought, &answer.places);
        let platforms = sought.platforms(wish.platforms);
        let Some((target, checked)) = answer.taken() else {
            self.undecided.push(left(name(sought), "a part that decides what it becomes is not known", at));
            return;
        };
        let shown = answer.target().unwrap_or_default();
        let said = format!("{} ({})", checked.presence.outcome(), checked.presence.reason().message);
        // A repository can be redirected whatever its tags are; nobody can be asked for one that is not known.
        if let Some(source) = sought.source.as_ref().filter(|_| wish.purpose == Purpose::Use && target.has_hole(Part::Tag)) {
            self.add(row(source, target, None, at, platforms), sought, at);
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
        if !can_stand_for(sought, wish.purpose) {
            if answer.verdict() == Verdict::Finding {
                self.left.push(left(shown, format!("it is {said}; {}", anew(sought)), at));
            }
            return;
        }
        let old = known.old;
        let with_digest = |digest| row(source, target, digest, at, platforms);
        // What another row would put there would undo this one.
        let satisfied = |digest| with_digest(digest).map(Row::satisfied);
        match (wish.purpose, checked.presence.outcome()) {
            (_, Outcome::ExistsBlocked) => self.left.push(left(shown, said, at)),
            // The digest is what is pulled, and it is there. The tag beside it serves others.
            (Purpose::Copy, Outcome::ExistsDigestDiffers) => self.rows.extend(satisfied(checked.presence.digest())),
            (Purpose::Copy, outcome @ (Outcome::Exists | Outcome::ExistsPlatformMissing)) => {
                match difference(known.comparison, old, platforms) {
                    Difference::Some => self.copy(source, known, answer, wish),
                    Difference::Unknown(why) => self.undecided.push(left(shown, format!("it exists, and {why}"), at)),
                    Difference::None if outcome == Outcome::Exists => {
                        self.rows.extend(satisfied(old.and_then(|old| old.presence.digest()).or(checked.presence.digest())));
                    }
                    Difference::None => self.left.push(left(shown, in_vain(checked, source, old), at)),
                }
            }
            (Purpose::Copy, _) => self.copy(source, known, answer, wish),
            (Purpose::Leave, Outcome::Missing) => {
                self.left.push(left(shown, "it is not there yet, so that its source is still needed", at));
            }
            (Purpose::Use | Purpose::Leave, outcome) => {
                self.absent += usize::from(outcome == Outcome::Missing);
                self.add(with_digest(old.and_then(|old| old.presence.digest())), sought, at);
            }
        }
    }

    /// The target is not there, or has something else, or less.
    fn copy(&mut self, source: &Reference, known: Known<'_>, answer: &Answer, wish: Wish<'_>) {
        let Some((target, checked)) = answer.taken() else { return };
        let (shown, at, old) = (answer.target().unwrap_or_default(), &answer.places, known.old);
        let digest = old.and_then(|old| old.presence.digest());
        let held = checked.presence.digest();
        match old {
            Some(old) if old.presence.outcome() == Outcome::Missing => self.left.push(left(shown, missing_too(old), at)),
            _ if held.is_some() && wish.differing == Differing::Kept => {
                self.notes.push(format!("`{shown}` is not what `{}` is, and stays as it is", source.canonical()));
            }
            _ => {
                if let Some(old) = old.filter(|_| digest.is_none()) {
                    let why = &old.presence.reason().message;
                    self.notes.push(format!("`{}` is copied by its tag: its digest is not known ({why})", old.target));
                }
                let held = held.and_then(|held| Digest::parse(held).ok());
                let row = row(source, target, digest, at, answer.sought.platforms(wish.platforms))
                    .map(|row| held.into_iter().fold(row, Row::with_replaced));
                let taken = known.tag.and_then(|tag| why_taken(tag, target));
                if let Some(why) = &taken {
                    self.notes.push(format!("`{shown}` is copied by its digest: its tag {why}"));
                }
                self.add(row.map(|row| if taken.is_some() { row.without_tag() } else { row }), &answer.sought, at);
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

/// Why a target's tag is not to be taken for a copy; none when nobody uses it.
fn why_taken(tag: &Checked, target: &Reference) -> Option<String> {
    match tag.presence.outcome() {
        Outcome::Missing => None,
        outcome if outcome.verdict() == Verdict::Undecided => Some(format!("could not be asked for ({})", tag.presence.reason().message)),
        _ if tag.presence.digest() == target.digest() => None,
        _ => Some("holds another image".to_owned()),
    }
}

fn missing_too(old: &Checked) -> String {
    format!("its source `{}` is missing too ({})", old.target, old.presence.reason().message)
}

/// Why a target that lacks a platform gets none by a copy.
fn in_vain(checked: &Checked, source: &Reference, old: Option<&Checked>) -> String {
    if let Some(old) = old.filter(|old| old.presence.outcome() == Outcome::Missing) {
        return format!("{}, and {}", checked.presence.reason().message, missing_too(old));
    }
    let lacks = checked.presence.image().map(|image| image.missing_platforms.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>());
    format!("its source `{}` lacks {} as well", source.canonical(), lacks.unwrap_or_default().join(", "))
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
