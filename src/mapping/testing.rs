//! Owns the `tests:` of rule files: what was given, wanted, and got.

use super::{Fault, Place};
use crate::occurrence::Class;
use crate::reference::{Reference, Scheme};

/// A test as written.
#[derive(Clone, Debug)]
pub(crate) struct Test {
    pub(crate) place: Place,
    pub(crate) given: Reference,
    /// What the address of a chart begins with; none for an image.
    pub(crate) scheme: Option<Scheme>,
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
    /// The reference that was given; of an address of charts, what follows the scheme.
    pub given: Reference,
    /// What an address of charts begins with; none for an image.
    pub scheme: Option<Scheme>,
    /// What was wanted.
    pub want: Vec<String>,
    /// What came out: the candidates, or `unchanged`, `refused`, `retired`.
    pub got: Vec<String>,
}

impl TestResult {
    /// What was given, as it was typed.
    #[must_use]
    pub fn asked(&self) -> String {
        format!("{}{}", self.scheme.map_or("", Scheme::prefix), self.given)
    }

    /// Whether the mappings do what was wanted.
    pub fn has_passed(&self) -> bool {
        self.got == self.want
    }

    /// The fault of a test that failed.
    pub(crate) fn fault(&self) -> Option<Fault> {
        if self.has_passed() {
            return None;
        }
        let got = self.got.join("`, `");
        let verb = if got == "retired" { "is" } else { "becomes" };
        let fault = Fault::new(self.place.clone(), format!("`{}` {verb} `{got}`", self.asked()));
        Some(fault.label(format!("this test wants `{}`", self.want.join("`, `"))))
    }
}
