//! The mapping language: what becomes what. Rule files are compiled once; a reference is then asked once, without chaining.
//!
//! **What a mapping covers.** `from: lablup/` is a prefix of whole segments; `k8s.gcr.io/pause` one repository with any tag and digest; `a/b:1`,
//! `a/b@sha256:…` one reference. `*` stands for some characters of one segment, `**` for at least one character with slashes, `{name}` for at
//! least one character of one segment, kept for `to`. `match:` is a regular expression on the whole canonical name instead. Names are read as
//! references are, so `lablup/x` is `docker.io/lablup/x`; a first segment without `.` and `:` is an organization of Docker Hub, a `*` too.
//! `except` takes references out again; they fall to the next mapping that covers them.
//!
//! **Which one decides.** One reference, one repository with a pattern of tags, one repository, the longest prefix, globs (those with more known
//! characters first), regular expressions (as written). With the same `from`: the command line before the rule file, that before what it
//! extends; then the mapping with conditions before the one without. An outer mapping with the same `from` and without conditions of its own
//! replaces the inner. What is left undecided within one layer is a tie, and a fault. There is one pass: a target is never looked up again,
//! and rule files in which that would matter are refused.
//!
//! **Conditions on the tag.** `present`, `absent`; a glob; `/a regular expression/` on the whole tag; or versions, `>=1.8 <2`: numbers after an
//! optional `v` are compared, missing ones are 0, and what follows them (`-alpine`) is not looked at; a tag without numbers is no version. No tag
//! and no digest read as `latest`.
//!
//! **What comes out.** A `to` that ends in `/` takes what the prefix leaves over (flattened by `flatten`), anything else is a template. Without a
//! tag in `to` tag and digest stay, as far as `digest` lets them. Docker Hub's domain stays written, or unwritten, as it was.
//!
//! **Holes.** A reference may hold values that are not known ([`HOLE`](crate::reference::HOLE)). A mapping decides only if it decides alike for
//! everything that can stand there: a hole in the tag hides nothing from a mapping that does not ask for the tag; one in the rest is carried
//! over. `subject` says what can stand in a hole.

mod apply;
mod automaton;
mod charts;
mod check;
mod condition;
mod date;
mod dated;
mod expression;
mod fault;
mod lint;
mod meet;
mod node;
mod one;
mod own;
mod pattern;
mod read;
mod retired;
mod set;
mod shape;
mod slip;
mod starts;
mod subject;
mod targets;
mod template;
mod testing;
mod typed;
mod versions;

pub use charts::ChartMappings;
pub use date::Date;
pub use dated::{Dated, outdated};
pub use expression::Expression;
pub use fault::{Fault, Faults, Place, Source, Voice};
pub use lint::lint;
pub use one::{ChartMove, Digest, Flatten, Mapping, Retirement};
pub use pattern::Why;
pub use set::{Considered, MappingSet, Outcome};
pub use testing::TestResult;

pub(crate) use check::check;
pub(crate) use fault::nearest;
pub(crate) use meet::{Atom, could_meet};
pub(crate) use node::{Node, Text};
pub(crate) use pattern::{is_name, small_domain};
pub(crate) use read::{COMMAND_LINE, RuleFile, Standing};
pub(crate) use shape::SCHEMA;
pub(crate) use subject::{Subject, host};
pub(crate) use template::{Var, Vars, names};
pub(crate) use testing::Test;

use std::sync::Arc;

use crate::occurrence::Class;
use crate::reference::{Part, Reference, Scheme};

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

impl Decision {
    /// The id of the mapping that decides.
    #[must_use]
    pub const fn mapping(&self) -> Option<&Arc<str>> {
        match self {
            Self::Unchanged => None,
            Self::Mapped(Target { mapping, .. }) | Self::Undecided { mapping, .. } | Self::Refused { mapping, .. } => Some(mapping),
        }
    }
}

/// What a mapping makes of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The mapping's id.
    pub mapping: Arc<str>,
    /// The new references, best first; holes of the old one stand in them where they stood. Never empty.
    pub candidates: Vec<Reference>,
    /// What they are to the old reference.
    pub kinship: Kinship,
    /// Of a chart: what will serve it. An image's name begins with nothing.
    pub scheme: Option<Scheme>,
    /// Why it may not be written now although it is the target. The mappings themselves never say so.
    pub held: Option<Held>,
    /// What somebody should know before it is written: the fix is for `--unsafe` then. The mappings themselves never say so.
    pub doubt: Option<String>,
}

/// What a target is to its source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kinship {
    /// The same bytes under another name.
    #[default]
    Copy,
    /// Something else in its place, built anew: the mapping drops digests.
    Successor,
}

/// What a registry said of a target that must not be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// It is not there, or not as it is wanted: the registry's reason, for people.
    NotThere(String),
    /// The registry could not say; why, for people.
    Undecided(String),
}
