//! Owns which names without a registry are known by themselves.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Names of Docker Hub's official images.
static OFFICIAL: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("../../rules/lists/official_images.txt").split_whitespace().collect());

/// Short names that are aliases of names on other registries.
static ALIASES: LazyLock<HashSet<&str>> = LazyLock::new(|| include_str!("../../rules/lists/short_names.txt").split_whitespace().collect());

/// A name of Docker Hub's official images.
pub(super) fn is_official(name: &str) -> bool {
    OFFICIAL.contains(name)
}

/// A short name that is an alias of a name on another registry.
pub(super) fn is_alias(name: &str) -> bool {
    ALIASES.contains(name)
}
