//! Lints: one file each, whose code reads as "allow CODE".

pub mod broken_document;
pub mod denied_registry;
pub mod invalid_reference;
pub mod missing_reason;
pub mod old_registry;
pub mod residue;
pub mod suppression;
pub mod unlisted_registry;
pub mod unreadable_file;
pub mod unresolved_reference;
pub mod unused_suppression;
pub mod unwritten_file;
pub mod unwritten_image;

pub use crate::plan::shown;

use crate::diagnostic::Severity;

/// A named check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lint {
    /// Its code.
    pub code: &'static str,
    /// How bad its findings are, unless the finding itself says otherwise.
    pub severity: Severity,
    /// What it finds, in one sentence.
    pub about: &'static str,
}

/// Every lint, by code; the documentation and the reports list them from here.
pub const fn all() -> &'static [Lint] {
    &[
        broken_document::LINT,
        denied_registry::LINT,
        invalid_reference::LINT,
        missing_reason::LINT,
        old_registry::LINT,
        residue::LINT,
        unlisted_registry::LINT,
        unreadable_file::LINT,
        unresolved_reference::LINT,
        unused_suppression::LINT,
        unwritten_file::LINT,
        unwritten_image::LINT,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lints_are_sorted_and_their_codes_differ() {
        assert!(all().windows(2).all(|pair| pair[0].code < pair[1].code));
    }
}
