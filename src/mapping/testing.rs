//! Owns the `tests:` of rule files: what was given, wanted, and got.

use super::fault::{Fault, Place};
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
