//! Owns the words of a finding in one line, and the addresses where more is said.

use crate::diagnostic::{Diagnostic, Severity};
use crate::text::harmless;

/// Where the project is at home.
pub const HOME: &str = env!("CARGO_PKG_REPOSITORY");

/// The page of a lint.
#[must_use]
pub fn page(lint: &str) -> String {
    format!("{HOME}/blob/main/docs/lints/{lint}.md")
}

/// What, why, and what to do, each as it is.
pub(super) fn parts(one: &Diagnostic) -> impl Iterator<Item = &str> {
    std::iter::once(&one.message).chain(one.reason()).chain(&one.help).map(String::as_str)
}

/// The same in one line, which steers nothing whatever a scanned file says.
pub(super) fn line(one: &Diagnostic) -> String {
    parts(one).map(harmless).collect::<Vec<_>>().join("; ")
}

/// The word that most formats have for a severity.
pub(super) const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}
