//! `missing-reason`: a `transship: ignore` comment without the reason that the configuration asks for.

use super::suppression::Suppression;
use super::{Lint, Told};
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::{FileId, Span};

/// What it is.
pub const LINT: Lint = Lint {
    code: "missing-reason",
    severity: Severity::Error,
    told: Told::Usually,
    about: "A `transship: ignore` comment gives no reason although the configuration asks for one.",
};

/// The finding for a comment without a reason.
pub fn report(comment: &Suppression, file: FileId) -> Diagnostic {
    let mut found = Diagnostic::new(LINT.code, LINT.severity, "a suppression must say why", Span::new(file, comment.range.clone()));
    found.help = Some("write the reason behind it: `transship: ignore[old-registry] mirrored next month`".to_owned());
    found
}
