//! Owns a fix: the replacements that belong together, and whether a program may make them.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::text::{Span, shown_as_in_json};

/// Replacements that belong together: all are made, or none.
///
/// ```
/// use transship::plan::{Applicability, Fix, SpanEdit};
/// use transship::text::{Edit, Edits, FileId, Span};
///
/// let edit = SpanEdit { span: Span::new(FileId(0), 5..5), text: "mirror.example.com/".to_owned() };
/// let fix = Fix { edits: vec![edit], applicability: Applicability::Safe, caution: None };
/// let edits = fix.edits.iter().map(|edit| Edit { range: edit.span.range(), text: edit.text.clone() });
/// assert_eq!(Edits::new(edits.collect())?.apply(b"FROM redis:7\n"), b"FROM mirror.example.com/redis:7\n");
/// # Ok::<(), transship::text::Overlap>(())
/// ```
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

shown_as_in_json!(Applicability);

/// Which fixes of a plan are meant: among those with these numbers, the ones of this applicability and of safer ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The least safe of them.
    pub at_least: Applicability,
    /// Indices in [`Plan::fixes`](super::Plan::fixes).
    pub numbers: Range<usize>,
}

impl Choice {
    /// Whether fix number `number` is meant.
    pub fn takes(&self, number: usize, fix: &Fix) -> bool {
        fix.applicability >= self.at_least && self.numbers.contains(&number)
    }
}

impl From<Applicability> for Choice {
    fn from(at_least: Applicability) -> Self {
        Self { at_least, numbers: 0..usize::MAX }
    }
}
