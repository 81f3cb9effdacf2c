//! Owns what is shown of a verification, whoever it is shown to: one row for each reference that must exist, and the numbers.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::ask::Answer;
use crate::judge::{Place, Sought, Targets};
use crate::lock::Drift;
use crate::mapping::Kinship;
use crate::reference::{HOLE, Part, Reference, Scheme};
use crate::registry::verify::Checked;
use crate::registry::{Code, Comparison, End, Image, Outcome, Reason, Verdict};

/// One reference that must exist, and what its registry said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// What is there now; none when it is the target already.
    pub source: Option<String>,
    /// What must exist; none when a hole hides it.
    pub target: Option<String>,
    /// The mapping that makes one of the other.
    pub mapping: Option<String>,
    /// The outcome.
    pub outcome: Outcome,
    /// What it means for a gate.
    pub verdict: Verdict,
    /// Why.
    pub reason: Reason,
    /// What is known of the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// How it compares with its source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// How it, or its source, differs from the lock.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<Drift>,
    /// Tags that may have been meant, best first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nearest: Vec<String>,
    /// The other candidates that were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Other>,
    /// What to do next.
    pub next: Option<String>,
    /// Where it is written.
    pub places: BTreeSet<Place>,
}

/// A candidate that was asked for and not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Other {
    /// The candidate.
    pub target: String,
    /// What its registry said.
    pub outcome: Outcome,
}

/// A reference that nobody is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unresolved {
    /// What is known of it.
    pub reference: String,
    /// Why.
    pub reason: String,
    /// Where it is written.
    pub places: BTreeSet<Place>,
}

/// The numbers of a verification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Numbers {
    /// Places that name something that must exist.
    pub places: usize,
    /// Distinct references that must exist.
    pub references: usize,
    /// Of those: can be pulled.
    pub good: usize,
    /// Of those: cannot, or are not what was wanted.
    pub findings: usize,
    /// Of those: nobody could tell.
    pub undecided: usize,
    /// Of the references: exist, and were not compared, as nothing says what they are copies of. Counted where a comparison was asked for.
    pub not_compared: usize,
    /// Differences from the lock.
    pub drift: usize,
    /// References whose registry nobody knows.
    pub unresolved: usize,
    /// Files, documents and charts that could not be read.
    pub unreadable: usize,
}

/// A whole verification.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// The rows, sorted by target, then source.
    pub results: Vec<Row>,
    /// Targets of the lock that nothing names any more.
    pub drift: Vec<Drift>,
    /// References whose registry nobody knows. They are no targets, and decide nothing.
    pub unresolved: Vec<Unresolved>,
    /// The numbers.
    pub summary: Numbers,
    /// Pulls left at each registry that told so.
    pub remaining: BTreeMap<String, i64>,
}

impl Verified {
    /// Puts answers, drift and what could not be asked together.
    pub fn new(answers: &[Answer], targets: &Targets, drift: &[Drift], unreadable: usize) -> Self {
        let mut results: Vec<Row> = answers.iter().map(|answer| row(answer, drift)).collect();
        results.sort_by(|a, b| (&a.target, &a.source, &a.mapping).cmp(&(&b.target, &b.source, &b.mapping)));
        let unused = drift.iter().filter(|one| matches!(one, Drift::NotUsed { .. })).cloned().collect();
        let unresolved: Vec<Unresolved> = targets
            .unasked()
            .map(|(one, places)| Unresolved { reference: one.reference.clone(), reason: one.why.to_string(), places: places.clone() })
            .collect();
        let count = |verdict| results.iter().filter(|row| row.verdict == verdict).count();
        let summary = Numbers {
            places: results.iter().map(|row| row.places.len()).sum(),
            references: results.len(),
            good: count(Verdict::Good),
            findings: count(Verdict::Finding),
            undecided: count(Verdict::Undecided),
            not_compared: 0,
            drift: drift.iter().filter(|one| one.verdict() == Verdict::Finding).count(),
            unresolved: unresolved.iter().map(|one| one.places.len()).sum(),
            unreadable,
        };
        Self { results, drift: unused, unresolved, summary, remaining: BTreeMap::new() }
    }

    /// The same with more rows, of what is no image.
    #[must_use]
    pub fn with(mut self, rows: Vec<Row>) -> Self {
        let count = |verdict| rows.iter().filter(|row| row.verdict == verdict).count();
        self.summary.places += rows.iter().map(|row| row.places.len()).sum::<usize>();
        self.summary.references += rows.len();
        self.summary.good += count(Verdict::Good);
        self.summary.findings += count(Verdict::Finding);
        self.summary.undecided += count(Verdict::Undecided);
        self.results.extend(rows);
        self
    }

    /// Counts what was not compared though a comparison was asked for.
    #[must_use]
    pub fn compared(mut self) -> Self {
        let is_image = |row: &Row| row.target.as_deref().is_none_or(|target| Scheme::split(target).is_none());
        let is_alone = |row: &&Row| row.outcome == Outcome::Exists && is_image(row) && row.comparison.is_none();
        self.summary.not_compared = self.results.iter().filter(is_alone).count();
        self
    }

    /// What it means for a gate; a finding outweighs what is undecided.
    pub fn verdict(&self) -> Verdict {
        let rows = self.results.iter().map(|row| row.verdict).max().unwrap_or(Verdict::Good);
        self.drift.iter().map(Drift::verdict).fold(rows, Ord::max)
    }
}

impl Row {
    /// Why it is what its word says. Of an image that exists and could not be compared, what stands in the way; none when it has only drifted
    /// from the lock, which says all.
    pub fn why(&self) -> Option<String> {
        match &self.comparison {
            Some(Comparison::Undecided { end: End::Source, because }) => {
                Some(format!("its source could not be compared: {}", because.reason().message))
            }
            Some(Comparison::Undecided { end: End::Target, because }) => {
                Some(format!("it could not be compared with its source: {}", because.reason().message))
            }
            _ if self.outcome == Outcome::Exists && !self.drift.is_empty() => None,
            _ => Some(self.reason.message.clone()),
        }
    }

    /// What is wrong in one word, or that it exists. An image that exists may have drifted from the lock, or could not be compared.
    pub fn word(&self) -> String {
        match (self.outcome, self.verdict, self.drift.first()) {
            (Outcome::Exists, Verdict::Finding | Verdict::Undecided, Some(drift)) => drift.word().to_owned(),
            (Outcome::Exists, Verdict::Undecided, _) => "not-compared".to_owned(),
            (outcome, ..) => outcome.to_string(),
        }
    }
}

fn row(answer: &Answer, drift: &[Drift]) -> Row {
    let taken = answer.taken();
    let checked = taken.map(|(_, checked)| checked);
    let drift = checked.map(|checked| drifts(drift, &checked.target, answer.sought.from.as_deref())).unwrap_or_default();
    let others = answer.sought.to.iter().zip(&answer.tried).enumerate().filter(|(index, _)| *index != answer.taken);
    let verdict = drift.iter().map(Drift::verdict).fold(answer.verdict(), Ord::max);
    let reason = reason(taken);
    Row {
        source: answer.sought.from.clone(),
        target: answer.target().map(str::to_owned),
        mapping: answer.sought.mapping.as_ref().map(ToString::to_string),
        outcome: checked.map_or(Outcome::NotChecked, |checked| checked.presence.outcome()),
        verdict,
        next: next(checked, &reason, &drift, &answer.sought),
        reason,
        image: checked.and_then(|checked| checked.presence.image()).cloned(),
        comparison: checked.and_then(|checked| checked.comparison.clone()),
        drift,
        nearest: checked.map(|checked| checked.nearest.clone()).unwrap_or_default(),
        others: others.map(|(_, (target, checked))| Other { target: target.clone(), outcome: checked.presence.outcome() }).collect(),
        places: answer.places.clone(),
    }
}

/// The drift of a target, and of the source that it has here.
fn drifts(drift: &[Drift], target: &str, source: Option<&str>) -> Vec<Drift> {
    let is_of_here = |one: &&Drift| one.source().is_none_or(|of| source == Some(of));
    drift.iter().filter(|one| one.target() == target).filter(is_of_here).cloned().collect()
}

/// The registry's reason; of a reference with a hole, which part nobody knows.
fn reason(taken: Option<(&Reference, &Checked)>) -> Reason {
    let dynamic = |message: &str| Reason::new(Code::Dynamic, message);
    let Some((candidate, checked)) = taken else {
        return dynamic("not asked: a part that decides what it becomes is not known");
    };
    match Part::ALL.into_iter().find(|part| candidate.has_hole(*part)) {
        Some(part) if candidate.as_str().contains(HOLE) => dynamic(&format!("not asked: its {part} is not known")),
        _ => checked.presence.reason().clone(),
    }
}

fn next(checked: Option<&Checked>, reason: &Reason, drift: &[Drift], sought: &Sought) -> Option<String> {
    let nearest: Vec<String> = checked.iter().flat_map(|checked| &checked.nearest).map(|tag| format!("`{tag}`")).collect();
    let meant = (!nearest.is_empty()).then(|| format!("did you mean {}?", nearest.join(", ")));
    if reason.code == Code::Dynamic {
        return Some("give the variable a value, or ask for what is rendered with `--rendered`".to_owned());
    }
    let exists = checked.is_some_and(|checked| checked.verdict() == Verdict::Good);
    if let Some(worst) = drift.iter().map(Drift::verdict).max().filter(|_| exists) {
        let help = match worst {
            Verdict::Finding => "if this is what you want, write the lock again: `transship lock`",
            _ => "ask again when its registry answers; `--fail-on missing` lets it pass",
        };
        return Some(help.to_owned());
    }
    if let Some(Comparison::Undecided { because, .. }) = checked.and_then(|checked| checked.comparison.as_ref()) {
        return because.reason().help().map(str::to_owned);
    }
    let copies = matches!(reason.code, Code::ManifestUnknown | Code::NameUnknown | Code::NotFound);
    if copies && sought.original().is_none() {
        let look = match sought.kinship {
            Kinship::Successor => "its mapping says that it is built anew (`digest: drop`): push it",
            Kinship::Copy => "check the name; nothing says what it would be a copy of (`--compare --locked` asks a lock)",
        };
        return Some(meant.unwrap_or_else(|| look.to_owned()));
    }
    // What has not been copied yet has neighbours that have.
    match (reason.help(), meant) {
        (Some(help), Some(meant)) => Some(format!("{help}; or {meant}")),
        (help, meant) => meant.or_else(|| help.map(str::to_owned)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_source_of_the_target_does_is_no_drift_of_this_one() {
        let (target, source) = ("new/x:1".to_owned(), "b/x:1".to_owned());
        let silent = Drift::SourceSilent { target: target.clone(), source: source.clone(), reason: "silence".to_owned() };
        let moved = Drift::SourceMoved { target: target.clone(), source, locked: "sha256:a".to_owned(), now: "sha256:b".to_owned() };
        let all = [silent, moved, Drift::NotLocked { target: target.clone() }];
        assert_eq!(drifts(&all, &target, Some("a/x:1")), all[2..]);
        assert_eq!(drifts(&all, &target, Some("b/x:1")), all);
        assert_eq!(drifts(&all, &target, None), all[2..]);
        assert!(drifts(&all, "other/x:1", Some("b/x:1")).is_empty());
    }
}
