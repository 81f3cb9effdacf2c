//! Owns the checking of many references: each distinct one is asked once, by several workers, with one result whatever their number.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde::Serialize;

pub use super::question::{Compare, Wanted};
use super::question::{Question, Questions, domain, whole};
use super::schedule::each;
use super::strikes::{Heard, Strikes};
use super::{Ask, Code, Comparison, Depth, End, Image, Outcome, Presence, Reason, Registry, Verdict, compare, nearest};
use crate::platform::Platform;
use crate::reference::{DOCKER_HUB, Reference};

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
    /// After how many failures in a row, in the order of the names, a host is given up.
    pub strikes: usize,
    /// When the whole run must be over; what is not asked by then is not checked. None means no end.
    pub end: Option<Instant>,
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
            end: None,
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
    pub fn distinct(&self) -> &[Checked] {
        &self.distinct
    }

    /// The result for the reference at `index` of those that were wanted.
    pub fn of(&self, index: usize) -> Option<&Checked> {
        self.distinct.get(*self.of.get(index)?)
    }

    /// The worst of all verdicts; [`Verdict::exit_code`] makes an exit code of it.
    pub fn verdict(&self) -> Verdict {
        self.distinct.iter().map(Checked::verdict).max().unwrap_or(Verdict::Good)
    }
}

/// Told after each distinct reference: how many are done, of how many.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Checks references. Equal ones are asked once; the result is the same at any number of jobs.
pub fn all(registry: &dyn Registry, wanted: &[Wanted], options: &Options, progress: Progress<'_>) -> Checks {
    let questions = Questions::new(wanted, options.compare);
    let run = Run { registry, options, domains: questions.all.iter().map(|question| domain(question.target)).collect() };
    let told = run.ask(&questions.all, progress);
    let seen = questions.wishes().filter_map(|(index, question, wish)| Some(checked(question, wish, told.get(index)?.as_ref()?)));
    let mut distinct: Vec<Checked> = seen.collect();
    let targets: Vec<&Reference> = questions.wishes().map(|(_, question, _)| question.target).collect();
    run.confirm(&targets, &mut distinct);
    run.suggest(&targets, &mut distinct);
    Checks { distinct, of: questions.of }
}

struct Run<'a> {
    registry: &'a dyn Registry,
    options: &'a Options,
    domains: Vec<String>,
}

/// What was heard of one question, before it is known what counts.
struct Told {
    presence: Presence,
    /// What it is to the wishes that miss nothing, where others miss a platform.
    served: Option<Presence>,
    comparison: Option<Comparison>,
}

impl Told {
    /// What it tells of the target's host and of the source's. A comparison that fails at one end says nothing against the other, which has
    /// answered by then.
    fn heard(&self) -> (Heard, Heard) {
        let of_target = Heard::of(&self.presence);
        match &self.comparison {
            None => (of_target, Heard::Nothing),
            Some(Comparison::Undecided { end: End::Source, because }) => (of_target, Heard::of(because)),
            Some(Comparison::Undecided { end: End::Target, because }) => match Heard::of(because) {
                failure @ Heard::Failure(_) => (failure, Heard::Answer),
                Heard::Answer | Heard::Nothing => (of_target, Heard::Answer),
            },
            Some(_) => (of_target, Heard::Answer),
        }
    }
}

impl Run<'_> {
    fn ask(&self, questions: &[Question<'_>], progress: Progress<'_>) -> Vec<Option<Told>> {
        let done = std::sync::atomic::AtomicUsize::new(0);
        let hosts = Mutex::new(Hosts {
            targets: Strikes::new(self.options.strikes, self.domains.iter().cloned().map(Some).collect()),
            sources: Strikes::new(self.options.strikes, questions.iter().map(|question| question.source.map(domain)).collect()),
            of_sources: BTreeMap::new(),
        });
        let ready = |index| !hosts.lock().unwrap_or_else(PoisonError::into_inner).is_doubtful(index);
        let told = each(&self.domains, self.options.jobs, self.options.per_host, ready, |index| {
            let told = self.check(index, questions.get(index)?, &hosts);
            hosts.lock().unwrap_or_else(PoisonError::into_inner).hear(index, &told);
            progress(done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1, questions.len());
            Some(told)
        });
        let hosts = hosts.into_inner().unwrap_or_else(PoisonError::into_inner);
        told.into_iter().enumerate().map(|(index, told)| Some(hosts.settled(index, told?))).collect()
    }

    fn is_late(&self) -> bool {
        self.options.end.is_some_and(|end| Instant::now() >= end)
    }

    /// Asks, unless there is no time or no hope.
    fn check(&self, index: usize, question: &Question<'_>, hosts: &Mutex<Hosts>) -> Told {
        let unasked = |of: fn(&Hosts) -> &Strikes| {
            let hopeless = of(&hosts.lock().unwrap_or_else(PoisonError::into_inner)).is_hopeless(index);
            hopeless.or_else(|| self.is_late().then(Presence::late))
        };
        let ask = |platforms| self.registry.presence(question.target, &Ask { platforms, depth: self.options.depth });
        let presence = unasked(|hosts| &hosts.targets).unwrap_or_else(|| ask(question.platforms()));
        // What one wish misses is held against no other, and the tag beside a digest matters to those who can pull it.
        let served = match presence.image() {
            Some(image) if presence.outcome() == Outcome::ExistsPlatformMissing => {
                question.platforms_without(&image.missing_platforms).map(ask)
            }
            _ => None,
        };
        let target = served.as_ref().unwrap_or(&presence);
        let source = question.source.filter(|_| target.outcome() == Outcome::Exists);
        let comparison = source.map(|source| match unasked(|hosts| &hosts.sources) {
            Some(because) => Comparison::Undecided { end: End::Source, because },
            None => self.compare(source, question.target, target),
        });
        Told { presence, served, comparison }
    }

    /// Compares digests first, since a HEAD is no pull. Manifests are read where they differ, or where nothing is believed.
    fn compare(&self, source: &Reference, target: &Reference, found: &Presence) -> Comparison {
        if self.options.depth < Depth::Hash {
            let told = self.registry.presence(source, &Ask { platforms: Vec::new(), depth: Depth::Digest });
            if told.image().is_none() {
                return Comparison::Undecided { end: End::Source, because: told };
            }
            if told.digest().is_some() && told.digest() == found.digest() {
                return Comparison::Identical;
            }
        }
        compare(self.registry, source, target)
    }

    /// Takes "missing" back where the registry could not know. Docker Hub has nobody behind it.
    fn confirm(&self, targets: &[&Reference], distinct: &mut [Checked]) {
        let mut doubted: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, (checked, target)) in distinct.iter().zip(targets).enumerate() {
            if checked.presence.outcome() == Outcome::Missing {
                doubted.entry(domain(target)).or_default().push(index);
            }
        }
        doubted.remove(DOCKER_HUB);
        let domains: Vec<String> = doubted.keys().cloned().collect();
        let doubted: Vec<Vec<usize>> = doubted.into_values().collect();
        let ask = |index: usize| self.registry.can_tell(targets.get(*doubted.get(index)?.first()?)?).err();
        let answers = each(&domains, self.options.jobs, self.options.per_host, |_| true, ask);
        for (lost, answer) in doubted.iter().zip(answers) {
            let Some(presence) = answer else { continue };
            for index in lost {
                if let Some(checked) = distinct.get_mut(*index) {
                    checked.presence = presence.clone();
                }
            }
        }
    }

    fn suggest(&self, targets: &[&Reference], distinct: &mut [Checked]) {
        if self.options.suggest == Suggest::Nothing {
            return;
        }
        // One list serves all that is missing in a repository.
        let mut repositories: BTreeMap<String, (&Reference, Vec<usize>)> = BTreeMap::new();
        for (index, (target, checked)) in targets.iter().zip(distinct.iter()).enumerate() {
            let lost = checked.presence.outcome() == Outcome::Missing && checked.presence.reason().code != Code::NameUnknown;
            if lost && target.tag().is_some() {
                let repository = format!("{}/{}", domain(target), target.name().path);
                repositories.entry(repository).or_insert((target, Vec::new())).1.push(index);
            }
        }
        let domains: Vec<String> = repositories.values().map(|(reference, _)| domain(reference)).collect();
        let repositories: Vec<_> = repositories.into_values().collect();
        // A host that lists no repository's tags will hardly list the next one's. One that lists what it has may not have this one.
        let strikes = Mutex::new(Strikes::new(UNLISTED, domains.iter().cloned().map(Some).collect()));
        let ready = |index| !strikes.lock().unwrap_or_else(PoisonError::into_inner).is_doubtful(index);
        let lists = each(&domains, self.options.jobs, self.options.per_host, ready, |index| {
            let (reference, _) = repositories.get(index)?;
            let hopeless = strikes.lock().unwrap_or_else(PoisonError::into_inner).is_hopeless(index).is_some();
            let tags = if hopeless || self.is_late() { Ok(Vec::new()) } else { self.registry.tags(reference) };
            let is_answer = |fault: &Presence| matches!(fault.outcome(), Outcome::Missing | Outcome::MissingUnconfirmed);
            let heard = tags.as_ref().err().filter(|fault| !is_answer(fault)).map_or(Heard::Answer, Heard::failure);
            strikes.lock().unwrap_or_else(PoisonError::into_inner).hear(index, heard);
            // A list that cannot be had is no fault: the reference is missing either way.
            tags.ok()
        });
        let strikes = strikes.into_inner().unwrap_or_else(PoisonError::into_inner);
        let lists = lists.into_iter().enumerate().map(|(index, tags)| tags.filter(|_| strikes.given_up(index).is_none()));
        for ((_, lost), tags) in repositories.iter().zip(lists) {
            for index in lost {
                let tag = targets.get(*index).and_then(|target| target.tag());
                if let (Some(checked), Some(tag), Some(tags)) = (distinct.get_mut(*index), tag, &tags) {
                    checked.nearest = nearest(tag, tags);
                }
            }
        }
    }
}

/// After how many lists of tags in a row that could not be had a host is asked for no more.
const UNLISTED: usize = 3;

/// What a question's answer is to one of its wishes.
fn checked(question: &Question<'_>, wish: &[Platform], told: &Told) -> Checked {
    let Told { presence, served, comparison } = told;
    let seen = served.as_ref().unwrap_or(presence);
    let (presence, comparison) = match (presence.lacking(wish), comparison, question.source) {
        (Some(lacking), ..) => (lacking, None),
        (None, Some(found), Some(source)) => (compared(seen, found, source, wish), Some(found.clone())),
        (None, ..) => (seen.clone(), None),
    };
    Checked { target: whole(question.target), presence, comparison, nearest: Vec::new() }
}

/// A target that differs from its source is a finding.
fn compared(presence: &Presence, comparison: &Comparison, source: &Reference, wanted: &[Platform]) -> Presence {
    let differs = comparison.matters(wanted).filter(|_| presence.outcome() == Outcome::Exists);
    let (Some(image), Some((different, missing))) = (presence.image(), differs) else { return presence.clone() };
    let names = |platforms: &[Platform]| platforms.iter().map(|platform| format!("`{platform}`")).collect::<Vec<_>>().join(", ");
    let message = if matches!(comparison, Comparison::Subset { .. }) || (different.is_empty() && !missing.is_empty()) {
        format!("it lacks {} of `{source}`", names(&missing))
    } else {
        let lacks = if missing.is_empty() { String::new() } else { format!(", and lacks {}", names(&missing)) };
        let at = if different.is_empty() { String::new() } else { format!(" for {}", names(&different)) };
        format!("its content differs from `{source}`{at}{lacks}")
    };
    let reason = Reason { code: Code::DigestDiffers, message, ..presence.reason().clone() };
    Presence::with_image(Image { missing_platforms: missing, ..image.clone() }, reason)
}

/// Which hosts are given up: those of targets, and by the same rule those of sources.
struct Hosts {
    targets: Strikes,
    sources: Strikes,
    /// What was heard of the source of a question whose target is not settled yet.
    of_sources: BTreeMap<usize, Heard>,
}

impl Hosts {
    /// Whether a question had better wait for those before it.
    fn is_doubtful(&self, index: usize) -> bool {
        self.targets.is_doubtful(index) || self.sources.is_doubtful(index)
    }

    fn hear(&mut self, index: usize, told: &Told) {
        let (of_target, of_source) = told.heard();
        self.of_sources.insert(index, of_source);
        for settled in self.targets.hear(index, of_target) {
            let heard = self.of_sources.remove(&settled).filter(|_| self.targets.given_up(settled).is_none());
            self.sources.hear(settled, heard.unwrap_or(Heard::Nothing));
        }
    }

    /// What of an answer counts.
    fn settled(&self, index: usize, told: Told) -> Told {
        if let Some(presence) = self.targets.given_up(index) {
            return Told { presence: presence.clone(), served: None, comparison: None };
        }
        let Told { presence, served, comparison } = told;
        let given_up = self.sources.given_up(index).cloned().map(|because| Comparison::Undecided { end: End::Source, because });
        Told { presence, served, comparison: comparison.map(|comparison| given_up.unwrap_or(comparison)) }
    }
}
