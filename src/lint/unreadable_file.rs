//! `unreadable-file`: a file or folder that could not be looked into.

use super::{Lint, Told};
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::{FileId, Span};

/// What it is.
pub const LINT: Lint = Lint {
    code: "unreadable-file",
    severity: Severity::Warning,
    told: Told::Always,
    about: "A file or folder could not be read, so nothing can be said of the references in it; the run ends with exit code 2.",
};

/// The finding for a file that a format would read, and that is no text. It fails no run, for nobody can write a reference into it.
pub fn binary(file: FileId, path: &str) -> Diagnostic {
    report(file, path, "it holds bytes that are no text (NUL)")
}

/// The finding for a file that no format reads, and that could not be looked through for old names either.
pub fn overlooked(file: FileId, path: &str, reason: &str) -> Diagnostic {
    Diagnostic { severity: Severity::Note, ..report(file, path, reason) }
}

/// The finding for `file`; `reason` says what went wrong.
pub fn report(file: FileId, path: &str, reason: &str) -> Diagnostic {
    Diagnostic::new(LINT.code, LINT.severity, format!("`{path}` was not read: {reason}"), Span::new(file, 0..0))
}
