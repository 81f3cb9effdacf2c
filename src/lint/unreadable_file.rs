//! `unreadable-file`: a file or folder that could not be looked into.

use super::Lint;
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::{FileId, Span};

/// What it is.
pub const LINT: Lint = Lint {
    code: "unreadable-file",
    severity: Severity::Warning,
    about: "A file or folder could not be read, so nothing can be said of the references in it; the run ends with exit code 2.",
};

/// The finding for `file`; `reason` says what went wrong.
pub fn report(file: FileId, path: &str, reason: &str) -> Diagnostic {
    Diagnostic::new(LINT.code, LINT.severity, format!("`{path}` was not read: {reason}"), Span::new(file, 0..0))
}
