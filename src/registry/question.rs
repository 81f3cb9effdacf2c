//! Owns what is put to a registry as one question: a reference, and its source, for all the wishes that name it.

use std::collections::BTreeMap;

use super::origin::canonical;
use crate::platform::Platform;
use crate::reference::Reference;

/// One reference to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The reference that must exist.
    pub target: Reference,
    /// What it is a copy of; read for [`Compare::Source`] only.
    pub source: Option<Reference>,
    /// Platforms that it must have, and in which a difference from its source counts. None means whatever there is, and any difference.
    pub platforms: Vec<Platform>,
}

impl Wanted {
    /// The wish for a reference, whatever its platforms, of which no source is known.
    pub fn of(target: Reference) -> Self {
        Self { target, source: None, platforms: Vec::new() }
    }
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

/// One reference to ask for.
#[derive(Debug)]
pub(super) struct Question<'a> {
    pub(super) target: &'a Reference,
    /// What it is compared with.
    pub(super) source: Option<&'a Reference>,
    /// The distinct wishes that it answers, by their platforms. One that names none takes whatever there is.
    pub(super) wishes: Vec<Vec<Platform>>,
}

impl Question<'_> {
    /// The platforms that any of the wishes names.
    pub(super) fn platforms(&self) -> Vec<Platform> {
        union(&self.wishes)
    }

    /// The platforms of the wishes that miss nothing; none where every wish misses something.
    pub(super) fn platforms_without(&self, missing: &[Platform]) -> Option<Vec<Platform>> {
        let lacks_nothing = |wish: &&Vec<Platform>| !wish.iter().any(|platform| missing.contains(platform));
        let served: Vec<Vec<Platform>> = self.wishes.iter().filter(lacks_nothing).cloned().collect();
        (!served.is_empty()).then(|| union(&served))
    }
}

fn union(wishes: &[Vec<Platform>]) -> Vec<Platform> {
    let mut all = wishes.concat();
    all.sort();
    all.dedup();
    all
}

/// The distinct questions of a run, and where each wish finds its answer.
#[derive(Debug, Default)]
pub(super) struct Questions<'a> {
    pub(super) all: Vec<Question<'a>>,
    /// The question and, in it, the wish of each distinct one, in order.
    pub(super) distinct: Vec<(usize, usize)>,
    /// The index in `distinct` of each that is wanted.
    pub(super) of: Vec<usize>,
}

impl<'a> Questions<'a> {
    /// The questions that `wanted` come to, in the order of their names.
    pub(super) fn new(wanted: &'a [Wanted], compare: Compare) -> Self {
        let source = |one: &'a Wanted| one.source.as_ref().filter(|_| compare == Compare::Source);
        let key = |one: &'a Wanted| ((whole(&one.target), source(one).map(whole)), union(std::slice::from_ref(&one.platforms)));
        let mut by_name: BTreeMap<_, (&Wanted, BTreeMap<Vec<Platform>, usize>)> = BTreeMap::new();
        for one in wanted {
            let (name, platforms) = key(one);
            by_name.entry(name).or_insert((one, BTreeMap::new())).1.insert(platforms, 0);
        }
        let mut questions = Self::default();
        for (index, (first, wishes)) in by_name.values_mut().enumerate() {
            for (wish, number) in wishes.values_mut().enumerate() {
                *number = questions.distinct.len();
                questions.distinct.push((index, wish));
            }
            let wishes = wishes.keys().cloned().collect();
            questions.all.push(Question { target: &first.target, source: source(first), wishes });
        }
        let number = |one: &'a Wanted| {
            let (name, platforms) = key(one);
            by_name.get(&name).and_then(|(_, wishes)| wishes.get(&platforms)).copied().unwrap_or_default()
        };
        questions.of = wanted.iter().map(number).collect();
        questions
    }

    /// The question and the platforms of each distinct wish, in order.
    pub(super) fn wishes(&self) -> impl Iterator<Item = (usize, &Question<'a>, &[Platform])> {
        self.distinct.iter().filter_map(|(index, wish)| {
            let question = self.all.get(*index)?;
            Some((*index, question, question.wishes.get(*wish)?.as_slice()))
        })
    }
}

/// The domain of a reference; its case means nothing (RFC 4343).
pub(super) fn domain(reference: &Reference) -> String {
    canonical(&reference.name().domain)
}

/// The canonical name of a reference, whatever the case of its domain.
pub(super) fn whole(reference: &Reference) -> String {
    let whole = reference.whole();
    let Some((typed, rest)) = whole.split_once('/') else { return whole };
    let domain = canonical(typed);
    if domain == typed { whole } else { format!("{domain}/{rest}") }
}
