//! `floating-tag`: an image that is pulled by a tag which others give to one image after the other.

use std::sync::LazyLock;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::{Lint, Told, shown};
use crate::diagnostic::{Diagnostic, Severity};
use crate::occurrence::Occurrence;
use crate::reference::Reference;

/// What it is.
pub const LINT: Lint = Lint {
    code: "floating-tag",
    severity: Severity::Warning,
    told: Told::WhenAsked,
    about: "An image is pulled without a tag, or by one that moves from image to image (`latest`, `stable`, `main`, `nightly`; rules/lists/floating_tags.txt), and without a digest.",
};

/// Globs of tags that move. What is no glob fails `the_list_is_read`.
static FLOATING: LazyLock<GlobSet> = LazyLock::new(|| {
    let mut all = GlobSetBuilder::new();
    globs().filter_map(|glob| GlobBuilder::new(glob).build().ok()).for_each(|glob| _ = all.add(glob));
    all.build().unwrap_or_default()
});

fn globs() -> impl Iterator<Item = &'static str> {
    include_str!("../../rules/lists/floating_tags.txt").split_whitespace()
}

/// The finding for an occurrence that is pulled by such a tag.
pub fn report(occurrence: &Occurrence, reference: &Reference) -> Option<Diagnostic> {
    if reference.digest().is_some() || !occurrence.says_its_tag(reference) {
        return None;
    }
    let name = shown(reference.as_str(), occurrence);
    let message = match reference.tag() {
        None => format!("`{name}` has no tag, so `latest` is pulled"),
        Some(tag) if FLOATING.is_match(tag) => format!("`{name}` is pulled by a tag that moves"),
        Some(_) => return None,
    };
    let mut found = Diagnostic::new(LINT.code, LINT.severity, message, occurrence.place);
    found.help = Some("name the tag of a version, or add a digest".to_owned());
    found.reference = Some(occurrence.expanded());
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_read() {
        assert_eq!(FLOATING.len(), globs().count());
    }

    #[test]
    fn a_tag_with_a_version_or_a_day_does_not_move() {
        for tag in ["latest", "latest-py3", "alpine-latest", "stable-slim", "nightly-alpine", "main", "1.0-SNAPSHOT"] {
            assert!(FLOATING.is_match(tag), "{tag}");
        }
        for tag in ["1.27", "stable-20240101", "nightly-2024-01-01", "main-3f2a9c1", "bookworm", "v1-beta.2", "mainframe"] {
            assert!(!FLOATING.is_match(tag), "{tag}");
        }
    }
}
