//! Owns which names without a registry are known by themselves.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::reference::{DOCKER_HUB, HOLE, begins_names};

/// Names of Docker Hub's official images.
static OFFICIAL: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("../../rules/lists/official_images.txt").split_whitespace().collect());

/// Short names that are aliases of names on other registries.
static ALIASES: LazyLock<HashSet<&str>> = LazyLock::new(|| include_str!("../../rules/lists/short_names.txt").split_whitespace().collect());

/// A name of Docker Hub's official images.
pub(super) fn is_official(name: &str) -> bool {
    OFFICIAL.contains(name)
}

/// The one segment of a name on Docker Hub that spells out its registry (`docker.io/acme`): an image of `library/`, or an organization.
pub(super) fn segment_of_hub(name: &str) -> Option<&str> {
    let path = name.strip_prefix(DOCKER_HUB)?.strip_prefix('/')?;
    (!path.is_empty() && !path.contains(['/', ':', '@', HOLE])).then_some(path)
}

/// Whether a text under a key is the beginning of names by what the key says: Docker Hub and an organization, not an image of `library/`.
pub(super) fn begins_names_of_hub(key: &str, text: &str) -> bool {
    segment_of_hub(text).is_some_and(|segment| begins_names(key, || is_official(segment)))
}

/// A short name that is an alias of a name on another registry.
pub(super) fn is_alias(name: &str) -> bool {
    ALIASES.contains(name)
}
