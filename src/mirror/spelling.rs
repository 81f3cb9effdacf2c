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

/// Every way to write the name, as a regular expression without captures: Docker Hub has several domains, none at all, and `library/` that may be left out.
pub(super) fn spellings(reference: &Reference) -> String {
    let name = reference.name();
    if !reference.is_docker_hub() {
        return pattern(&name.to_string());
    }
    let domains = HUB_DOMAINS.map(pattern).join("|");
    let path = match name.path.strip_prefix("library/") {
        Some(rest) if !rest.contains('/') => format!("(?:library/)?{}", pattern(rest)),
        _ => pattern(&name.path),
    };
    format!("(?:(?:{domains})/)?{path}")
}
