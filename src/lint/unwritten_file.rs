//! `unwritten-file`: a file whose fix was not written.

use super::{Lint, Told};
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::{FileId, Span};

/// What it is.
pub const LINT: Lint = Lint {
    code: "unwritten-file",
    severity: Severity::Error,
    told: Told::Always,
    about: "A fix could not be written; the file is as it was. The run ends with exit code 2.",
};

/// The finding for `file`; `reason` says what went wrong.
pub fn report(file: FileId, path: &str, reason: &str) -> Diagnostic {
    Diagnostic::new(LINT.code, LINT.severity, format!("`{path}` was left as it is: {reason}"), Span::new(file, 0..0))
}
