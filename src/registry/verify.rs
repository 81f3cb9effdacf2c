//! Owns the checking of many references: each distinct one is asked once, by several workers, with one result whatever their number.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::compare::{Comparison, compare};
use super::presence::{Presence, Verdict};
use super::reason::{Code, Reason};
use super::schedule::each;
use super::tags::nearest;
use super::{Ask, Depth, Registry};
use crate::platform::Platform;
use crate::reference::{DOCKER_HUB, Reference};

/// One reference to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The reference that must exist.
    pub target: Reference,
    /// What it is a copy of; read for [`Compare::Source`] only.
    pub source: Option<Reference>,
    /// Platforms that it must have; none means any.
    pub platforms: Vec<Platform>,
}

/// How to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Requests in flight at most, over all hosts.
    pub jobs: usize,
    /// Requests in flight at most to one host.
    pub per_host: usize,
    /// How much of a registry's word is checked.
    pub depth: Depth,
    /// Whether targets are compared with their sources.
    pub compare: Compare,
    /// Whether near misses are looked up for what is missing.
    pub suggest: Suggest,
    /// After how many failures in a row a host is given up.
    pub strikes: usize,
    /// The time for the whole run; none means no end.
    pub budget: Option<Duration>,
}

/// Whether targets are compared with their sources (`--compare`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compare {
    /// They are not; sources are not contacted.
    #[default]
    Nothing,
    /// They are, where there is a source.
    Source,
}

/// Whether near misses are looked up: one more request for each repository with something missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Suggest {
    /// They are.
    #[default]
    Nearest,
    /// They are not.
    Nothing,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            jobs: 8,
            per_host: 4,
            depth: Depth::default(),
            compare: Compare::default(),
            suggest: Suggest::default(),
            strikes: 5,
            budget: None,
        }
    }
}

/// What was found out about one distinct reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The reference, canonical.
    pub target: String,
    /// What its registry said.
    #[serde(flatten)]
    pub presence: Presence,
    /// How it compares with its source, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// Tags that may have been meant, best first ("did you mean").
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nearest: Vec<String>,
}

impl Checked {
    /// What it means for a gate; a comparison that could not be made leaves it undecided.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match &self.comparison {
            Some(Comparison::Undecided { .. }) => self.presence.outcome().verdict().max(Verdict::Undecided),
            _ => self.presence.outcome().verdict(),
        }
    }
}

/// The results of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checks {
    distinct: Vec<Checked>,
    of: Vec<usize>,
}

impl Checks {
    /// The distinct references, sorted.
    #[must_use]
    pub fn distinct(&self) -> &[Checked] {
        &self.distinct
    }

    /// The result for the reference at `index` of those that were wanted.
    #[must_use]
    pub fn of(&self, index: usize) -> Option<&Checked> {
        self.distinct.get(*self.of.get(index)?)
    }

    /// The worst of all verdicts; [`Verdict::exit_code`] makes an exit code of it.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.distinct.iter().map(Checked::verdict).max().unwrap_or(Verdict::Good)
    }
}

/// Told after each distinct reference: how many are done, of how many.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Checks references. Equal ones are asked once; the result is the same at any number of jobs.
#[must_use]
pub fn all(registry: &dyn Registry, wanted: &[Wanted], options: &Options, progress: Progress<'_>) -> Checks {
    let mut numbers: BTreeMap<Key, usize> = wanted.iter().map(|wanted| (key(wanted, options), 0)).collect();
    for (number, place) in numbers.values_mut().enumerate() {
        *place = number;
    }
    let of: Vec<usize> = wanted.iter().map(|wanted| numbers.get(&key(wanted, options)).copied().unwrap_or_default()).collect();
    let mut questions: Vec<Option<&Wanted>> = vec![None; numbers.len()];
    for (wanted, number) in wanted.iter().zip(&of) {
        if let Some(place) = questions.get_mut(*number) {
            place.get_or_insert(wanted);
        }
    }
    let questions: Vec<&Wanted> = questions.into_iter().flatten().collect();
    let run = Run { registry, options, deadline: options.budget.map(|budget| Instant::now() + budget), domains: domains(&questions) };
    let mut distinct = run.ask(&questions, progress);
    run.settle(&mut distinct);
    run.confirm(&questions, &mut distinct);
    run.suggest(&questions, &mut distinct);
    Checks { distinct, of }
}

type Key = (String, Vec<Platform>, Option<String>);

/// What makes two wanted references the same question.
fn key(wanted: &Wanted, options: &Options) -> Key {
    let source = wanted.source.as_ref().filter(|_| options.compare == Compare::Source).map(Reference::whole);
    let mut platforms = wanted.platforms.clone();
    platforms.sort();
    platforms.dedup();
    (wanted.target.whole(), platforms, source)
}

fn domains(questions: &[&Wanted]) -> Vec<String> {
    questions.iter().map(|wanted| wanted.target.name().domain.to_ascii_lowercase()).collect()
}

struct Run<'a> {
    registry: &'a dyn Registry,
    options: &'a Options,
    deadline: Option<Instant>,
    domains: Vec<String>,
}

impl Run<'_> {
    fn ask(&self, questions: &[&Wanted], progress: Progress<'_>) -> Vec<Checked> {
        let strikes = self.options.strikes.max(1);
        let done = std::sync::atomic::AtomicUsize::new(0);
        let answers = each(&self.domains, self.options.jobs, self.options.per_host, |index, failed_in_a_row| {
            let wanted = questions.get(index)?;
            let checked = if failed_in_a_row >= strikes {
                Checked { target: wanted.target.whole(), presence: given_up(&wanted.target), comparison: None, nearest: Vec::new() }
            } else if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                let presence = Presence::not_checked(Code::BudgetExhausted, "the time for the whole run is used up");
                Checked { target: wanted.target.whole(), presence, comparison: None, nearest: Vec::new() }
            } else {
                self.check(wanted)
            };
            progress(done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1, questions.len());
            let failed = is_failure(&checked.presence);
            Some((checked, failed))
        });
        answers.into_iter().flatten().collect()
    }

    fn check(&self, wanted: &Wanted) -> Checked {
        let ask = Ask { platforms: wanted.platforms.clone(), depth: self.options.depth };
        let mut presence = self.registry.presence(&wanted.target, &ask);
        let mut comparison = None;
        if let (Compare::Source, Some(source), Presence::Exists(..)) = (self.options.compare, &wanted.source, &presence) {
            let found = self.compare(source, wanted, &presence);
            presence = compared(presence, &found, source, &wanted.platforms);
            comparison = Some(found);
        }
        Checked { target: wanted.target.whole(), presence, comparison, nearest: Vec::new() }
    }

    /// Compares digests first, since a HEAD is no pull. Manifests are read where they differ, or where nothing is believed.
    fn compare(&self, source: &Reference, wanted: &Wanted, target: &Presence) -> Comparison {
        if self.options.depth < Depth::Hash {
            let told = self.registry.presence(source, &Ask { platforms: Vec::new(), depth: Depth::Digest });
            match told.image().map(|image| image.digest.as_ref()) {
                None => return Comparison::Undecided { because: told },
                Some(Some(digest)) if target.image().and_then(|image| image.digest.as_ref()) == Some(digest) => {
                    return Comparison::Identical;
                }
                Some(_) => {}
            }
        }
        compare(self.registry, source, &wanted.target)
    }

    /// Makes what became of a host that failed independent of the number of workers: more of them have asked more before it was given up.
    fn settle(&self, distinct: &mut [Checked]) {
        let mut in_a_row: BTreeMap<&str, usize> = BTreeMap::new();
        let mut last: BTreeMap<&str, String> = BTreeMap::new();
        for (checked, domain) in distinct.iter_mut().zip(&self.domains) {
            let count = in_a_row.entry(domain).or_default();
            let failed = is_failure(&checked.presence);
            if *count >= self.options.strikes.max(1) {
                if failed {
                    let cause = last.get(domain.as_str()).map(|cause| format!(": {cause}")).unwrap_or_default();
                    let message = format!("not asked, as `{domain}` failed {count} times in a row{cause}");
                    checked.presence = Presence::not_checked(Code::HostGivenUp, message);
                }
            } else if failed {
                *count += 1;
                last.insert(domain, checked.presence.reason().message.clone());
            } else {
                *count = 0;
            }
        }
    }

    /// Takes "missing" back where the registry could not know. Docker Hub has nobody behind it.
    fn confirm(&self, questions: &[&Wanted], distinct: &mut [Checked]) {
        let mut doubted: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for ((index, checked), domain) in distinct.iter().enumerate().zip(&self.domains) {
            if matches!(checked.presence, Presence::Missing(_)) && domain != DOCKER_HUB {
                doubted.entry(domain).or_default().push(index);
            }
        }
        let domains: Vec<String> = doubted.keys().map(|domain| (*domain).to_owned()).collect();
        let doubted: Vec<Vec<usize>> = doubted.into_values().collect();
        let answers = each(&domains, self.options.jobs, self.options.per_host, |index, _| {
            let wanted = questions.get(*doubted.get(index)?.first()?)?;
            Some((self.registry.can_tell(&wanted.target).err(), false))
        });
        for (lost, answer) in doubted.iter().zip(answers) {
            let Some(Some(presence)) = answer else { continue };
            for index in lost {
                if let Some(checked) = distinct.get_mut(*index) {
                    checked.presence = presence.clone();
                }
            }
        }
    }

    fn suggest(&self, questions: &[&Wanted], distinct: &mut [Checked]) {
        if self.options.suggest == Suggest::Nothing {
            return;
        }
        // One list serves all that is missing in a repository.
        let mut repositories: BTreeMap<String, (&Reference, Vec<usize>)> = BTreeMap::new();
        for (index, (wanted, checked)) in questions.iter().zip(distinct.iter()).enumerate() {
            let lost = matches!(&checked.presence, Presence::Missing(reason) if reason.code != Code::NameUnknown);
            if lost && wanted.target.tag().is_some() {
                repositories.entry(wanted.target.name().to_string()).or_insert((&wanted.target, Vec::new())).1.push(index);
            }
        }
        let domains: Vec<String> = repositories.values().map(|(reference, _)| reference.name().domain.to_ascii_lowercase()).collect();
        let repositories: Vec<_> = repositories.into_values().collect();
        let lists = each(&domains, self.options.jobs, self.options.per_host, |index, failed_in_a_row| {
            let (reference, _) = repositories.get(index)?;
            let late = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
            if late || failed_in_a_row > 0 {
                return None;
            }
            let tags = self.registry.tags(reference);
            let failed = tags.is_err();
            // A list that cannot be had is no fault: the reference is missing either way.
            Some((tags.unwrap_or_default(), failed))
        });
        for ((_, lost), tags) in repositories.iter().zip(lists) {
            for index in lost {
                let tag = questions.get(*index).and_then(|wanted| wanted.target.tag());
                if let (Some(checked), Some(tag), Some(tags)) = (distinct.get_mut(*index), tag, &tags) {
                    checked.nearest = nearest(tag, tags);
                }
            }
        }
    }
}

/// A target that differs from its source is a finding.
fn compared(presence: Presence, comparison: &Comparison, source: &Reference, wanted: &[Platform]) -> Presence {
    let Presence::Exists(mut image, reason) = presence else { return presence };
    let Some((different, missing)) = comparison.matters(wanted) else { return Presence::Exists(image, reason) };
    let names = |platforms: &[Platform]| platforms.iter().map(|platform| format!("`{platform}`")).collect::<Vec<_>>().join(", ");
    let message = if matches!(comparison, Comparison::Subset { .. }) || (different.is_empty() && !missing.is_empty()) {
        format!("it lacks {} of `{source}`", names(&missing))
    } else {
        let lacks = if missing.is_empty() { String::new() } else { format!(", and lacks {}", names(&missing)) };
        let at = if different.is_empty() { String::new() } else { format!(" for {}", names(&different)) };
        format!("its content differs from `{source}`{at}{lacks}")
    };
    image.missing_platforms = missing;
    Presence::ExistsDigestDiffers(image, Box::new(Reason { code: Code::DigestDiffers, message, ..*reason }))
}

/// Whether an answer says that its host will not answer the next question either.
const fn is_failure(presence: &Presence) -> bool {
    matches!(presence, Presence::Unreachable(_) | Presence::RateLimited(_))
        || matches!(presence, Presence::NotChecked(reason) if matches!(reason.code, Code::HostGivenUp))
}

fn given_up(reference: &Reference) -> Presence {
    Presence::not_checked(Code::HostGivenUp, format!("`{}` failed too often in a row", reference.name().domain.to_ascii_lowercase()))
}
