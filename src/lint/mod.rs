//! Lints: one file each, whose code reads as "allow CODE".

pub mod broken_document;
pub mod denied_registry;
pub mod floating_tag;
pub mod invalid_reference;
pub mod missing_reason;
pub mod mixed_registry;
pub mod old_registry;
pub mod pushed_to_old;
pub mod residue;
pub mod retired_image;
pub mod split_conflict;
pub mod stale_lock;
pub mod suppression;
pub mod unlisted_registry;
pub mod unpinned;
pub mod unqualified;
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
    /// When they are told.
    pub told: Told,
    /// What it finds, in one sentence.
    pub about: &'static str,
}

/// When the findings of a lint are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Always: something could not be done, so that no level holds it back.
    Always,
    /// Unless its level is `allow`.
    Usually,
    /// Where its level is `warn` or `deny`: it is an opinion.
    WhenAsked,
}

/// The lint of that code.
#[must_use]
pub fn of(code: &str) -> Option<&'static Lint> {
    all().iter().find(|lint| lint.code == code)
}

/// Every lint, by code; the documentation and the reports list them from here.
pub const fn all() -> &'static [Lint] {
    &[
        broken_document::LINT,
        denied_registry::LINT,
        floating_tag::LINT,
        invalid_reference::LINT,
        missing_reason::LINT,
        mixed_registry::LINT,
        old_registry::LINT,
        pushed_to_old::LINT,
        residue::LINT,
        retired_image::LINT,
        split_conflict::LINT,
        stale_lock::LINT,
        unlisted_registry::LINT,
        unpinned::LINT,
        unqualified::LINT,
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
    fn rule_files_give_a_level_to_every_lint_but_those_of_what_could_not_be_done() {
        let schema = crate::config::schema();
        let words: Vec<&str> =
            schema["properties"]["lints"]["propertyNames"]["enum"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
        let judged: Vec<&str> = all().iter().filter(|lint| lint.told != Told::Always).map(|lint| lint.code).collect();
        assert_eq!(words, judged);
    }

    #[test]
    fn lints_are_sorted_and_their_codes_differ() {
        assert!(all().windows(2).all(|pair| pair[0].code < pair[1].code));
    }
}
