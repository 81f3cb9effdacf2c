//! The mapping language: what becomes what. Rule files are compiled once; a reference is then asked once, without chaining.

mod apply;
mod automaton;
mod check;
mod condition;
mod date;
mod fault;
mod lint;
mod meet;
mod node;
mod one;
mod pattern;
mod read;
mod set;
mod shape;
mod subject;
mod targets;
mod template;
mod testing;
mod versions;

pub use date::Date;
pub use fault::{Fault, Faults, Place, Source};
pub use lint::lint;
pub use one::{Digest, Flatten, Mapping, Why};
pub use set::{Considered, MappingSet, Outcome};
pub use testing::{TestResult, TestVerdict, test_rules};

pub(crate) use check::check;
pub(crate) use meet::could_meet;
pub(crate) use node::Text;
pub(crate) use pattern::{Atom, is_name};
pub(crate) use read::{COMMAND_LINE, RuleFile, Standing, Vars};
pub(crate) use shape::{nearest, schema};
pub(crate) use subject::Subject;
pub(crate) use template::{fill, names};
pub(crate) use testing::Test;

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
