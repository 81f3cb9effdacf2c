//! Owns what the commands ask of the packs and of the mappings' own descriptions, in the words that they print.

use crate::mapping::{Context, MappingSet};
use crate::reference::Reference;

/// A pack of the binary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pack {
    /// Its name, as `--pack` takes it.
    pub(super) name: String,
    /// What it is for, in one line.
    pub(super) about: String,
    /// Its text.
    pub(super) text: String,
}

/// One mapping, as it is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) id: String,
    pub(super) from: String,
    pub(super) to: String,
    /// Where it was written.
    pub(super) place: String,
    /// Everything else that was said of it: a word and its value.
    pub(super) more: Vec<(&'static str, String)>,
}

/// A test of a mapping that was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tested {
    pub(super) text: String,
    pub(super) passed: Passed,
}

/// What came of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passed {
    Yes,
    No,
}

/// The packs of the binary, by name.
pub(super) fn packs() -> Vec<Pack> {
    Vec::new()
}

/// The mappings in the order in which they are asked.
pub(super) fn mappings(set: &MappingSet) -> Vec<Shown> {
    let _ = set;
    Vec::new()
}

/// The mappings' tests.
pub(super) fn tests(set: &MappingSet) -> Vec<Tested> {
    let _ = set;
    Vec::new()
}

/// What is allowed and unwise in the rule files, ready to be printed.
pub(super) fn unwise(set: &MappingSet) -> Vec<String> {
    let _ = set;
    Vec::new()
}

/// Every mapping that was considered for a reference and came near it, and why it decides or does not.
pub(super) fn considered(set: &MappingSet, reference: &Reference, context: &Context<'_>) -> Vec<String> {
    let _ = (set, reference, context);
    Vec::new()
}

/// The schema of `.transship.yaml`.
pub(super) fn schema() -> serde_json::Value {
    serde_json::Value::Null
}
