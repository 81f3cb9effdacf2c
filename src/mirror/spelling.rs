//! Owns the ways in which people write one image's name.

use std::collections::BTreeSet;

use super::prefix::pattern;
use crate::reference::{HUB_DOMAINS, Reference};

/// What may stand behind the name: nothing and `:latest` are the same.
pub(super) fn tails(reference: &Reference) -> BTreeSet<String> {
    match (reference.tag(), reference.digest()) {
        (None | Some("latest"), None) => [String::new(), ":latest".to_owned()].into(),
        (Some(tag), None) => [format!(":{tag}")].into(),
        (Some(tag), Some(digest)) => [format!(":{tag}@{digest}")].into(),
        (None, Some(digest)) => [format!("@{digest}")].into(),
    }
}

/// Every way to write the name, as a regular expression without captures.
pub(super) fn spellings(reference: &Reference) -> String {
    let (before, rest) = spelled(reference);
    before + &pattern(&rest)
}

/// The name in two parts: every way to write what comes first, as a regular expression without captures, and the rest of the path, which everyone
/// writes alike. Docker Hub has several domains, none at all, and `library/` that may be left out.
pub(super) fn spelled(reference: &Reference) -> (String, String) {
    let name = reference.name();
    if !reference.is_docker_hub() {
        return (pattern(&name.domain) + "/", name.path.into_owned());
    }
    let domains = HUB_DOMAINS.map(pattern).join("|");
    match name.path.strip_prefix("library/") {
        Some(rest) if !rest.contains('/') => (format!("(?:(?:{domains})/)?(?:library/)?"), rest.to_owned()),
        _ => (format!("(?:(?:{domains})/)?"), name.path.into_owned()),
    }
}
