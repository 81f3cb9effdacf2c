//! Owns all mappings of a run in the order in which they are asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::apply::Stop;
use super::fault::Voice;
use super::pattern::{Fit, Pattern, Why};
use super::starts::{Rest, Starts};
use super::{Context, Decision, Mapping, Subject, Target, Test, TestResult};
use crate::reference::{DOCKER_HUB, HUB_DOMAINS, Part, Reference, Scheme};
use crate::text::Needles;

/// All mappings of a run, compiled: the most specific first.
#[derive(Clone, Debug, Default)]
pub struct MappingSet {
    mappings: Vec<Mapping>,
    starts: Starts,
    /// What all `tests:` of the rule files came to. They were run when the mappings were loaded, so a set that loaded has passed them all.
    pub tests: Vec<TestResult>,
}

/// A mapping that was considered for a reference, and what came of it.
#[derive(Clone, Debug)]
pub struct Considered<'a> {
    /// The mapping.
    pub mapping: &'a Mapping,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of considering a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is the most specific that covers the reference: it decides.
    Decides,
    /// It covers the reference too, but another decides.
    Outranked,
    /// It does not cover the reference.
    No(Why),
    /// A hole in this part hides whether it covers the reference. If it comes first, nothing is decided.
    Undecided(Part),
}

impl MappingSet {
    /// Sorts mappings by how closely they name what they cover, then from the outer layer to the inner. Where an outer layer says the same
    /// `from`, the inner mapping is left out.
    pub(crate) fn new(mut mappings: Vec<Mapping>) -> Self {
        mappings.sort_by(|a, b| {
            let order = |mapping: &Mapping| (mapping.rank(), mapping.layer, !mapping.is_conditional());
            let written = |mapping: &Mapping| (mapping.place.source.order, mapping.place.span.start);
            order(a).cmp(&order(b)).then_with(|| written(a).cmp(&written(b)))
        });
        let mut kept: Vec<Mapping> = Vec::with_capacity(mappings.len());
        let mut by_key: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for mapping in mappings {
            let alike = by_key.entry(mapping.key()).or_default();
            let overridden = alike.iter().filter_map(|index| kept.get(*index)).any(|outer| {
                let same_conditions = outer.when.same(&mapping.when);
                let overrides = outer.layer < mapping.layer && (!outer.is_conditional() || same_conditions);
                // Two packs may well say the same.
                let repeats = outer.file != mapping.file && same_conditions && outer.to == mapping.to && outer.except == mapping.except;
                overrides || repeats
            });
            if !overridden {
                alike.push(kept.len());
                kept.push(mapping);
            }
        }
        number_ids(&mut kept);
        let starts = Starts::new(kept.iter().map(|mapping| mapping.cover.start()));
        Self { mappings: kept, starts, tests: Vec::new() }
    }

    /// The mappings, most specific first.
    pub fn iter(&self) -> impl Iterator<Item = &Mapping> {
        self.mappings.iter()
    }

    /// Whether there is no mapping.
    pub const fn is_empty(&self) -> bool {
        self.mappings.is_empty()
    }

    /// The mapping of that id; every mapping has an id of its own.
    pub fn get(&self, id: &str) -> Option<&Mapping> {
        self.mappings.iter().find(|mapping| *mapping.id == *id)
    }

    /// What becomes of `reference`: the most specific mapping decides; one pass, no chaining.
    pub fn decide(&self, reference: &Reference, context: &Context<'_>) -> Decision {
        self.decide_in(reference, Some(context)).map_or(Decision::Unchanged, |(_, decision)| decision)
    }

    /// The mapping that decides (or hides) what becomes of `reference`, and the decision.
    pub(crate) fn decide_in(&self, reference: &Reference, context: Option<&Context<'_>>) -> Option<(&Mapping, Decision)> {
        let subject = Subject::new(reference);
        self.near(&subject).find_map(|(_, mapping)| decide_by(mapping, &subject, context).map(|decision| (mapping, decision)))
    }

    /// The mappings that may cover a subject, most specific first, each with its index: no other does.
    pub(crate) fn near(&self, subject: &Subject<'_>) -> impl Iterator<Item = (usize, &Mapping)> {
        self.at(self.starts.of(subject))
    }

    /// The mappings that may cover a name that starts with a text, in the same form.
    pub(crate) fn starting_as(&self, start: &str) -> impl Iterator<Item = (usize, &Mapping)> + use<'_> {
        self.at(self.starts.near(std::iter::once((start, Rest::Open))))
    }

    fn at(&self, indices: Vec<usize>) -> impl Iterator<Item = (usize, &Mapping)> {
        indices.into_iter().filter_map(|index| self.mappings.get(index).map(|mapping| (index, mapping)))
    }

    /// Every mapping in the order in which it is asked, and why it decides or not.
    pub fn explain(&self, reference: &Reference, context: &Context<'_>) -> Vec<Considered<'_>> {
        let subject = Subject::new(reference);
        let mut decided = false;
        let consider = |mapping| {
            let outcome = match Mapping::covers(mapping, &subject, Some(context)) {
                Fit::No(why) => Outcome::No(why),
                Fit::Maybe(part) => Outcome::Undecided(part),
                Fit::Yes(_) if decided => Outcome::Outranked,
                Fit::Yes(_) => Outcome::Decides,
            };
            decided |= matches!(outcome, Outcome::Decides | Outcome::Undecided(_));
            Considered { mapping, outcome }
        };
        self.mappings.iter().map(consider).collect()
    }

    /// Asks for what a test gives, with what is said of charts and of retired images.
    pub(crate) fn run<'s>(&'s self, test: &Test, charts: impl Fn(Scheme) -> &'s Self, retired: &Self) -> TestResult {
        let context = Context { format: &test.format, path: &test.file, class: test.class };
        let set = test.scheme.map_or(self, charts);
        let mut got = match set.decide(&test.given, &context) {
            Decision::Unchanged if retired.ending(&test.given, &context).is_some() => vec!["retired".to_owned()],
            Decision::Unchanged => vec!["unchanged".to_owned()],
            Decision::Refused { .. } => vec!["refused".to_owned()],
            Decision::Undecided { .. } => vec!["undecided".to_owned()],
            Decision::Mapped(target) => {
                let begins = target.scheme.map_or("", Scheme::prefix);
                target.candidates.iter().map(|candidate| format!("{begins}{candidate}")).collect()
            }
        };
        if !test.listed {
            got.truncate(1);
        }
        TestResult { place: test.place.clone(), given: test.given.clone(), scheme: test.scheme, want: test.want.clone(), got }
    }

    /// Whether a mapping makes references like this one: it lies where some `to` points.
    pub fn is_target(&self, reference: &Reference) -> bool {
        let subject = Subject::new(reference);
        let made = |mapping: &Mapping| mapping.target_patterns().any(|pattern| matches!(pattern.fit_name(&subject), Fit::Yes(_)));
        self.mappings.iter().any(made)
    }

    /// The domains that the mappings name in a `from`: where the copies come from; each with who names it, of several the user. One that a
    /// wildcard, a regular expression or a hole stands for is not named, so that no scanned file can add one.
    #[must_use]
    pub fn source_domains(&self) -> BTreeMap<String, Voice> {
        voices(self.mappings.iter().filter_map(|mapping| Some((mapping.pattern()?, mapping.voices.0))))
    }

    /// Words one of which stands in every text that spells out the domain of something that a mapping covers. A regular expression that says
    /// nothing of the domain has none.
    pub fn domain_words(&self) -> BTreeSet<String> {
        let word = |mapping: &Mapping| match mapping.pattern() {
            Some(pattern) => pattern.domain_word(),
            None => mapping.cover.start().split_once('/').map(|(domain, _)| domain.to_owned()),
        };
        let words: BTreeSet<String> = self.mappings.iter().filter_map(word).collect();
        let hubs = HUB_DOMAINS.into_iter().filter(|_| words.contains(DOCKER_HUB)).map(str::to_owned).collect();
        let all: BTreeSet<String> = words.union(&hubs).cloned().collect();
        // Where one word holds another, whoever looks for the shorter finds both.
        let needles = Needles::new(all.iter().map(String::as_str));
        let is_shortest = |word: &&String| needles.find(word.as_bytes()).iter().all(|found| found.len() == word.len());
        all.iter().filter(is_shortest).cloned().collect()
    }

    /// Whether a mapping takes nothing but what lies below a name.
    pub(crate) fn names_below(&self, id: &str, name: &str) -> bool {
        let start = self.get(id).map(|mapping| mapping.cover.start());
        start.is_some_and(|start| start.strip_prefix(name).is_some_and(|below| below.starts_with('/')))
    }

    /// The domains that the mappings name in a `to`, as for [`MappingSet::source_domains`].
    #[must_use]
    pub fn target_domains(&self) -> BTreeMap<String, Voice> {
        voices(self.mappings.iter().flat_map(|mapping| mapping.target_patterns().zip(mapping.voices.1.iter().copied())))
    }

    /// How the names begin that the mappings take from, as far as they say it.
    #[must_use]
    pub fn source_starts(&self) -> BTreeSet<String> {
        self.mappings.iter().map(|mapping| mapping.cover.start()).collect()
    }

    /// How the names begin that the mappings make: a domain, and what of a path they say.
    #[must_use]
    pub fn target_starts(&self) -> BTreeSet<String> {
        let starts = self.mappings.iter().flat_map(Mapping::target_patterns).map(Pattern::start);
        starts.map(|start| start.trim_end_matches('/').to_owned()).filter(|start| !start.is_empty()).collect()
    }

    /// Literals one of which stands in every file in which a mapping can cover a reference, sorted; `None` when some mapping has none
    /// (`docker.io/` covers `nginx`). A domain or path that a file builds from parts (`${A}.gcr.io`) is not found by them.
    pub fn literals(&self) -> Option<Vec<String>> {
        let literals: Option<BTreeSet<String>> = self.mappings.iter().map(Mapping::literal).collect();
        literals.map(|literals| literals.into_iter().collect())
    }
}

/// The domains of patterns, each with who names it.
fn voices<'p>(patterns: impl Iterator<Item = (&'p Pattern, Voice)>) -> BTreeMap<String, Voice> {
    let mut voices = BTreeMap::new();
    for (domain, voice) in patterns.filter_map(|(pattern, voice)| Some((pattern.domain()?, voice))) {
        let known = voices.entry(domain).or_insert(voice);
        *known = voice.min(*known);
    }
    voices
}

/// Gives mappings with the same id a number, so that an id names one: two may have the same `from`, and no id of their own. What one entry makes (of
/// an address of charts: itself, and what lies below it) is one.
fn number_ids(mappings: &mut [Mapping]) {
    let mut taken: BTreeSet<Arc<str>> = mappings.iter().map(|mapping| Arc::clone(&mapping.id)).collect();
    let mut seen: BTreeMap<Arc<str>, usize> = BTreeMap::new();
    let mut entries: BTreeMap<(usize, usize), Arc<str>> = BTreeMap::new();
    for mapping in mappings {
        let entry = (mapping.place.source.order, mapping.place.span.start);
        if let Some(id) = entries.get(&entry) {
            mapping.id = Arc::clone(id);
            continue;
        }
        let number = seen.entry(Arc::clone(&mapping.id)).or_default();
        while *number > 0 {
            *number += 1;
            let id = Arc::from(format!("{}#{number}", mapping.id));
            if taken.insert(Arc::clone(&id)) {
                mapping.id = id;
                break;
            }
        }
        *number = (*number).max(1);
        entries.insert(entry, Arc::clone(&mapping.id));
    }
}

/// What one mapping says; `None` when it does not cover the subject.
pub(crate) fn decide_by(mapping: &Mapping, subject: &Subject<'_>, context: Option<&Context<'_>>) -> Option<Decision> {
    let undecided = |part| Decision::Undecided { mapping: mapping.id.clone(), part };
    match mapping.covers(subject, context) {
        Fit::No(_) => None,
        Fit::Maybe(part) => Some(undecided(part)),
        Fit::Yes(captures) => Some(match mapping.apply(subject, &captures) {
            Ok(target) if mapping.catches_again(&target) => {
                let made = target.candidates.first().map(ToString::to_string).unwrap_or_default();
                let reason = format!("what it would become, `{made}`, is covered by the mapping again");
                Decision::Refused { mapping: mapping.id.clone(), reason }
            }
            Ok(target) => unless_same(target, subject.reference, mapping),
            Err(Stop::Undecided(part)) => undecided(part),
            Err(Stop::Refused(reason)) => Decision::Refused { mapping: mapping.id.clone(), reason },
        }),
    }
}

/// A mapping to itself says: leave this alone, or write its registry out.
fn unless_same(target: Target, reference: &Reference, mapping: &Mapping) -> Decision {
    let is_spelled_out = |new: &Reference| reference.domain().is_none() && new.domain().is_some() && mapping.spells_out();
    let is_served_alike = mapping.charts.is_none_or(|charts| charts.from == charts.to);
    match target.candidates.first().filter(|_| is_served_alike) {
        Some(first) if first.canonical() == reference.canonical() && !is_spelled_out(first) => Decision::Unchanged,
        _ => Decision::Mapped(target),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{RuleFile, Source, Standing};
    use super::*;

    #[test]
    fn thousands_of_mappings_are_not_compared_with_each_other() {
        let kinds = |n: usize| {
            let globs = format!("quay.io/t{n}/*=mirror.example.com/g{n}/x");
            [format!("quay.io/a{n}/=mirror.example.com/y{n}/"), format!("lablup/b{n}:1=mirror.example.com/z{n}/b:1"), globs]
        };
        let mut faults = Vec::new();
        let mut mappings = Vec::new();
        for (order, text) in (0..1_000).flat_map(kinds).enumerate() {
            let source = Arc::new(Source { order, name: "--map".to_owned(), text, ..Source::default() });
            let file = RuleFile::of_option(source, &mut faults);
            mappings.extend(file.compile(&super::super::Vars::new(), Standing { file: order, layer: 0 }, &mut faults));
        }
        let set = MappingSet::new(mappings);
        let count = set.iter().count();
        assert_eq!((count, faults.len()), (3_000, 0));
        let made = |mapping: &Mapping| {
            mapping
                .targets
                .iter()
                .zip(&mapping.templates)
                .flat_map(|((_, target), template)| mapping.target_samples(template, target))
                .collect::<Vec<_>>()
        };
        let compared: usize = set.iter().map(|one| set.starting_as(&one.cover.start()).count()).sum();
        let asked: usize = set.iter().flat_map(made).map(|sample| set.near(&Subject::new(&sample)).count()).sum();
        assert!(compared < 5 * count && asked < count, "{compared} {asked}");
    }
}
