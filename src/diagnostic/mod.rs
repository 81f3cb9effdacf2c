//! One shape for all findings, whatever prints them.

mod reason;
mod source;
mod standing;
mod tally;

pub use reason::reason;
pub use source::{Source, Sources};
pub use standing::{By, Standing};
pub use tally::Tally;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::link::Claimed;
use crate::mapping::Date;
use crate::occurrence::Class;
use crate::plan::Fix;
use crate::text::Span;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; does not fail a check.
    Note,
    /// Will become an error, or could not be told; does not fail a check.
    Warning,
    /// Fails a check.
    Error,
}

/// One finding: what, where, and what to do.
///
/// ```
/// use transship::diagnostic::{Diagnostic, Severity};
/// use transship::text::{FileId, Span};
///
/// let place = Span::new(FileId(0), 5..12);
/// let mut found = Diagnostic::new("old-registry", Severity::Error, "`redis` is served by `docker.io`", place);
/// found.help = Some("replace with `mirror.example.com/redis:7`".to_owned());
/// assert!(found.fix.is_none() && found.severity > Severity::Warning);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The lint's code, which reads as "allow CODE".
    pub lint: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What: lower case, no full stop, values in backticks.
    pub message: String,
    /// Where.
    pub place: Span,
    /// What stands at the place, in a few words (mapping `inveniordm`).
    pub label: Option<String>,
    /// Other places that belong to it, each with what it is.
    pub related: Vec<(Span, String)>,
    /// What to do; can be pasted where it is text.
    pub help: Option<String>,
    /// The reference, expanded.
    pub reference: Option<String>,
    /// What it should become.
    pub target: Option<String>,
    /// The mapping's id.
    pub mapping: Option<Arc<str>>,
    /// The pack in which it is said that the reference has to move.
    pub pack: Option<Arc<str>>,
    /// The day from which on the reference leads nowhere.
    pub ends: Option<Date>,
    /// Why there is no fix although a mapping covers the reference: the refusal's code.
    pub refusal: Option<&'static str>,
    /// The edits that mend it.
    pub fix: Option<Arc<Fix>>,
    /// What there is to say of a text that belongs to no reference.
    pub residue: Option<Residue>,
    /// The format by which the reference was read.
    pub format: Option<Arc<str>>,
    /// Whether it was there before.
    pub standing: Standing,
}

/// A text that names an old registry and belongs to no reference that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Residue {
    /// Why it is there.
    pub class: Class,
    /// Whether a format reads its file.
    pub claimed: Claimed,
}

impl Diagnostic {
    /// A finding with what every finding has; the rest is added field by field.
    pub fn new(lint: &'static str, severity: Severity, message: impl Into<String>, place: Span) -> Self {
        Self {
            lint,
            severity,
            message: message.into(),
            place,
            label: None,
            related: Vec::new(),
            help: None,
            reference: None,
            target: None,
            mapping: None,
            pack: None,
            ends: None,
            refusal: None,
            fix: None,
            residue: None,
            format: None,
            standing: Standing::Unasked,
        }
    }

    /// Whether it was there before, so that it fails nothing.
    #[must_use]
    pub const fn is_old(&self) -> bool {
        matches!(self.standing, Standing::Old { .. })
    }

    /// Whether people are told of it one by one: notes are for programs and are counted, and so is what is old.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.severity > Severity::Note && !self.is_old()
    }

    /// Why there is no fix although a mapping covers the reference, in words.
    #[must_use]
    pub fn reason(&self) -> Option<&String> {
        self.label.as_ref().filter(|_| self.refusal.is_some())
    }
}
