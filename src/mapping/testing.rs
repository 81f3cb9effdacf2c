//! Owns the `tests:` of rule files: what was given, wanted, and got.

use super::fault::{Fault, Place};
use super::{Context, Decision, MappingSet};
use crate::occurrence::Class;
use crate::reference::Reference;

/// A test as written.
#[derive(Clone, Debug)]
pub(crate) struct Test {
    pub(crate) place: Place,
    pub(crate) given: Reference,
    pub(crate) want: Vec<String>,
    /// All candidates were listed, not the first alone.
    pub(crate) listed: bool,
    pub(crate) format: String,
    pub(crate) file: String,
    pub(crate) class: Class,
}

/// A test that was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestResult {
    /// Where `want` is written.
    pub place: Place,
    /// The reference that was given.
    pub given: Reference,
    /// What was wanted.
    pub want: Vec<String>,
    /// What came out: the candidates, or `unchanged`, `refused`.
    pub got: Vec<String>,
    /// What came of it.
    pub verdict: TestVerdict,
}

/// What came of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestVerdict {
    /// The mappings do what was wanted.
    Passed,
    /// They do something else.
    Failed,
}

impl Test {
    /// Asks the mappings.
    pub(crate) fn run(&self, mappings: &MappingSet) -> TestResult {
        let context = Context { format: &self.format, path: &self.file, class: self.class };
        let mut got = match mappings.decide(&self.given, &context) {
            Decision::Unchanged => vec!["unchanged".to_owned()],
            Decision::Refused { .. } => vec!["refused".to_owned()],
            Decision::Undecided { .. } => vec!["undecided".to_owned()],
            Decision::Mapped(target) => target.candidates.iter().map(ToString::to_string).collect(),
        };
        if !self.listed {
            got.truncate(1);
        }
        let verdict = if got == self.want { TestVerdict::Passed } else { TestVerdict::Failed };
        TestResult { place: self.place.clone(), given: self.given.clone(), want: self.want.clone(), got, verdict }
    }
}

impl TestResult {
    /// The fault of a test that failed.
    pub(crate) fn fault(&self) -> Option<Fault> {
        if self.verdict == TestVerdict::Passed {
            return None;
        }
        let got = self.got.join("`, `");
        let fault = Fault::new(self.place.clone(), format!("`{}` becomes `{got}`", self.given));
        Some(fault.label(format!("this test wants `{}`", self.want.join("`, `"))))
    }
}

/// The results of all `tests:` of the rule files. They were run when the mappings were loaded, so a set that loaded has passed them all.
#[must_use]
pub fn test_rules(mappings: &MappingSet) -> &[TestResult] {
    &mappings.tests
}
