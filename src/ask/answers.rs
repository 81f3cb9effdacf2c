//! Owns the questions to registries: each distinct reference once, the next candidate only where the one before it is not there.

use std::collections::{BTreeMap, BTreeSet};

use crate::judge::{Chooser, Need, Place, Sought, Tag, Targets};
use crate::mapping::{Held, Target};
use crate::platform::Platform;
use crate::reference::{HOLE, Part, Reference};
use crate::registry::verify::{Checked, Compare, Options, Progress, Wanted, all};
use crate::registry::{Registry, Verdict};

/// What registries said of one wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The wish.
    pub sought: Sought,
    /// Where it is written, in order.
    pub places: BTreeSet<Place>,
    /// What was said of the candidates that were asked for, in their order. Empty when a hole hides what the target is.
    pub tried: Vec<Checked>,
    /// The index of the candidate that is taken: the first that exists; else the one that left it undecided; else the first.
    pub taken: usize,
}

impl Answer {
    /// The candidate that is taken, and what was said of it.
    pub fn taken(&self) -> Option<(&Reference, &Checked)> {
        Some((self.sought.candidates.get(self.taken)?, self.tried.get(self.taken)?))
    }

    /// The taken candidate for people; what it comes from, where a hole hides what it is.
    pub fn target(&self) -> Option<&str> {
        self.sought.to.get(self.taken).map(String::as_str)
    }

    /// What it means for a gate.
    pub fn verdict(&self) -> Verdict {
        self.tried.get(self.taken).map_or(Verdict::Undecided, Checked::verdict)
    }
}

type Key = (String, Option<String>, Vec<Platform>);

fn key(candidate: &Reference, sought: &Sought, usual: &[Platform], options: &Options) -> Key {
    let source = sought.original().filter(|_| options.compare == Compare::Source);
    (candidate.canonical(), source.map(Reference::canonical), sought.platforms(usual).to_vec())
}

/// Asks for every wish of `targets`. A `to` list is asked in its order, as far as is needed: a candidate that is undecided ends the search, since
/// it may well be the one. `usual` are the platforms that matter to places which name none. The answers are in the order of the wishes, and the
/// same at any number of jobs.
pub fn ask(registry: &dyn Registry, targets: &Targets, usual: &[Platform], options: &Options, progress: Progress<'_>) -> Vec<Answer> {
    let mut known: BTreeMap<Key, Checked> = BTreeMap::new();
    let mut answers: Vec<Answer> = targets
        .iter()
        .map(|(sought, places)| Answer { sought: sought.clone(), places: places.clone(), tried: Vec::new(), taken: 0 })
        .collect();
    loop {
        let mut questions: BTreeMap<Key, Wanted> = BTreeMap::new();
        for answer in answers.iter().filter(|answer| is_open(answer)) {
            let Some(candidate) = answer.sought.candidates.get(answer.tried.len()) else { continue };
            let key = key(candidate, &answer.sought, usual, options);
            if !known.contains_key(&key) {
                let wanted = Wanted { target: candidate.clone(), source: answer.sought.original().cloned(), platforms: key.2.clone() };
                questions.entry(key).or_insert(wanted);
            }
        }
        let (keys, wanted): (Vec<Key>, Vec<Wanted>) = questions.into_iter().unzip();
        if !wanted.is_empty() {
            let checks = all(registry, &wanted, options, progress);
            known.extend(keys.into_iter().enumerate().filter_map(|(index, key)| Some((key, checks.of(index)?.clone()))));
        }
        let mut went_on = false;
        for answer in answers.iter_mut().filter(|answer| is_open(answer)) {
            let candidate = answer.sought.candidates.get(answer.tried.len());
            let checked = candidate.and_then(|candidate| known.get(&key(candidate, &answer.sought, usual, options)));
            if let Some(checked) = checked {
                answer.tried.push(checked.clone());
                went_on = true;
            }
        }
        if !went_on {
            break;
        }
    }
    for answer in &mut answers {
        // Only what was not there is followed by another, so that the last one is the one that counts, unless it is not there either.
        let last = answer.tried.len().saturating_sub(1);
        answer.taken = if answer.tried.last().is_some_and(|last| !is_not_there(last)) { last } else { 0 };
    }
    answers
}

/// Whether another candidate is to be asked for.
fn is_open(answer: &Answer) -> bool {
    answer.tried.len() < answer.sought.candidates.len() && answer.tried.last().is_none_or(is_not_there)
}

/// Whether a candidate cannot be taken. One that was held against its source exists, whatever came of it.
fn is_not_there(checked: &Checked) -> bool {
    checked.verdict() == Verdict::Finding && checked.comparison.is_none()
}

/// What is known of candidates, to choose by: the first that exists is taken, and nothing else is written.
#[derive(Clone, Debug, Default)]
pub struct Known {
    said: BTreeMap<(String, Option<Platform>), (Reference, Checked)>,
}

impl Known {
    /// What `answers` say.
    pub fn new(answers: &[Answer]) -> Self {
        let said = answers.iter().flat_map(|Answer { sought, tried, .. }| {
            let key = |candidate: &Reference| (candidate.canonical(), sought.platform.clone());
            sought.candidates.iter().zip(tried).map(move |(candidate, checked)| (key(candidate), (candidate.clone(), checked.clone())))
        });
        Self { said: said.collect() }
    }

    /// Why a candidate must not be written; nothing where it exists.
    fn of(&self, candidate: &Reference, need: Need<'_>) -> Result<(), Held> {
        if need.tag == Tag::Elsewhere && candidate.has_hole(Part::Tag) {
            return self.of_name(candidate);
        }
        let name = candidate.canonical().replace(HOLE, "{?}");
        if let Some(part) = Part::ALL.into_iter().find(|part| candidate.has_hole(*part)) {
            return unknown(format!("whether `{name}` exists cannot be asked: its {part} is not known"));
        }
        match self.said.get(&(candidate.canonical(), need.platform.cloned())) {
            Some((_, checked)) => judged(&name, checked),
            // Another file gives it its tag, so that nobody pulls it as it is written here.
            None if candidate.tag().is_none() && candidate.digest().is_none() => self.of_name(candidate),
            // The files have changed since they were read for the questions.
            None => unknown(format!("`{name}` was not asked for")),
        }
    }

    /// A name without a tag goes where the references of that name go.
    fn of_name(&self, candidate: &Reference) -> Result<(), Held> {
        let alike = self.said.values().filter(|(other, _)| other.name() == candidate.name());
        let mut all = alike.map(|(other, checked)| judged(&other.canonical().replace(HOLE, "{?}"), checked)).peekable();
        if all.peek().is_none() {
            return unknown(format!("nothing with a tag of its own becomes `{}`, so that nobody can be asked", candidate.name()));
        }
        all.collect()
    }
}

impl Chooser for Known {
    fn choose(&self, target: Target, need: Need<'_>) -> Target {
        let mut reasons = Vec::new();
        for candidate in &target.candidates {
            let candidates = vec![candidate.clone()];
            match self.of(candidate, need) {
                Ok(()) => return Target { candidates, held: None, ..target },
                Err(Held::NotThere(reason)) => reasons.push(reason),
                // It may be the one, so that the next must not be taken in its place.
                Err(Held::Undecided(reason)) => {
                    reasons.push(reason);
                    return Target { candidates, held: Some(Held::Undecided(reasons.join("; "))), ..target };
                }
            }
        }
        let candidates = target.candidates.first().cloned().into_iter().collect();
        Target { candidates, held: Some(Held::NotThere(reasons.join("; "))), ..target }
    }
}

fn unknown(reason: String) -> Result<(), Held> {
    Err(Held::Undecided(reason))
}

/// A target that is not written is named with its outcome and the registry's reason.
fn judged(name: &str, checked: &Checked) -> Result<(), Held> {
    let meant = checked.nearest.first().map(|first| format!(", did you mean `{first}`?")).unwrap_or_default();
    let text = format!("`{name}` is {} ({}){meant}", checked.presence.outcome(), checked.presence.reason().message);
    match checked.verdict() {
        Verdict::Good => Ok(()),
        Verdict::Finding => Err(Held::NotThere(text)),
        Verdict::Undecided => unknown(text),
    }
}
