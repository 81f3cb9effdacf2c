//! The mapping language: what becomes what. Rule files are compiled once; a reference is then asked once, without chaining.

use std::sync::Arc;

use crate::occurrence::Class;
use crate::reference::{Part, Reference};

/// What is known about the place of a reference, for `when:`.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The format's id.
    pub format: &'a str,
    /// The file's path as walked, with `/`.
    pub path: &'a str,
    /// The occurrence's class.
    pub class: Class,
}

/// What the mappings say of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// No mapping covers it.
    Unchanged,
    /// A mapping gives it a target.
    Mapped(Target),
    /// A hole in `part` hides whether `mapping` covers it, or what it makes of it.
    Undecided {
        /// The mapping's id.
        mapping: Arc<str>,
        /// The part that is not known.
        part: Part,
    },
    /// A mapping covers it and does not want it changed by a program (`digest: refuse`).
    Refused {
        /// The mapping's id.
        mapping: Arc<str>,
        /// Why, for people.
        reason: String,
    },
}

/// What a mapping makes of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The mapping's id.
    pub mapping: Arc<str>,
    /// The new references, best first; holes of the old one stand in them where they stood. Never empty.
    pub candidates: Vec<Reference>,
}

/// All mappings of a run, compiled.
#[derive(Clone, Debug, Default)]
pub struct MappingSet {}

impl MappingSet {
    /// What becomes of `reference`: the most specific mapping decides; one pass, no chaining.
    #[must_use]
    pub fn decide(&self, reference: &Reference, context: &Context<'_>) -> Decision {
        let _ = (self, reference, context);
        Decision::Unchanged
    }
}

/// Everything that is wrong with the rule files, in order of file and place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {}

impl std::fmt::Display for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let _ = self;
        f.write_str("")
    }
}

impl std::error::Error for Faults {}
