//! `unused-suppression`: a `transship: ignore` comment that holds nothing back.

use super::suppression::{Codes, Suppression};
use super::{Lint, Told, all};
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::{FileId, Span};

/// What it is.
pub const LINT: Lint = Lint {
    code: "unused-suppression",
    severity: Severity::Warning,
    told: Told::Usually,
    about: "A `transship: ignore` comment holds no finding back, or names a lint that does not exist.",
};

/// The finding for a comment that was not used.
pub fn report(comment: &Suppression, file: FileId) -> Diagnostic {
    let unknown = match &comment.codes {
        Codes::All => None,
        Codes::Only(codes) => codes.iter().find(|code| all().iter().all(|lint| lint.code != code.as_str())),
    };
    let message = unknown.map_or_else(|| "nothing is suppressed here".to_owned(), |code| format!("there is no lint `{code}`"));
    let found = Diagnostic::new(LINT.code, LINT.severity, message, Span::new(file, comment.range.clone()));
    Diagnostic { help: Some("remove the comment".to_owned()), ..found }
}
