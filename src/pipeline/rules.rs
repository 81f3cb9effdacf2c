//! Owns everything that a run judges by, compiled once.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::{Config, Reason, Registries};
use crate::format::Formats;
use crate::lint::Day;
use crate::mapping::{Context, Decision, MappingSet};
use crate::reference::{Name, Reference};

use super::Prefilter;

/// What a run judges by.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Where references stand.
    pub formats: Formats,
    /// Which files can concern a check.
    pub prefilter: Prefilter,
    /// Whether a suppression must say why.
    pub suppression_reason: Reason,
    mappings: MappingSet,
    registries: Registries,
    /// The mappings that only warn today, and until when.
    grace: BTreeMap<Arc<str>, Day>,
}

/// What the configuration says of a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing against it.
    Allowed,
    /// It is denied.
    Denied,
    /// There is a list of allowed ones, and it is not on it.
    NotListed,
}

impl Rules {
    /// The rules of a configuration, on the day `today`.
    #[must_use]
    pub fn new(config: Config, today: &Day) -> Self {
        let lists_registries = !config.registries.allow.is_empty() || !config.registries.deny.is_empty();
        // A registry list speaks of references that no mapping knows, so every file must be looked into.
        let literals = if lists_registries { None } else { literals(&config.mappings) };
        Self {
            formats: formats(&config),
            prefilter: Prefilter::new(literals),
            suppression_reason: config.suppression_reason,
            grace: grace(&config.mappings, today),
            mappings: config.mappings,
            registries: config.registries,
        }
    }

    /// What the mappings make of a reference.
    #[must_use]
    pub fn decide(&self, reference: &Reference, context: &Context<'_>) -> Decision {
        self.mappings.decide(reference, context)
    }

    /// All mappings.
    #[must_use]
    pub const fn mappings(&self) -> &MappingSet {
        &self.mappings
    }

    /// Until when a mapping only warns, if that day lies ahead.
    #[must_use]
    pub fn grace(&self, mapping: &str) -> Option<&Day> {
        self.grace.get(mapping)
    }

    /// What `registries:` says of a reference; where a hole hides the answer, nothing against it.
    #[must_use]
    pub fn standing(&self, reference: &Reference) -> Standing {
        standing(&self.registries, reference)
    }
}

fn formats(config: &Config) -> Formats {
    let _ = &config.formats;
    Formats::builtin()
}

fn literals(mappings: &MappingSet) -> Option<Vec<String>> {
    let _ = mappings;
    None
}

fn grace(mappings: &MappingSet, today: &Day) -> BTreeMap<Arc<str>, Day> {
    let _ = (mappings, today);
    BTreeMap::new()
}

fn standing(registries: &Registries, reference: &Reference) -> Standing {
    let name = reference.name();
    let on = |list: &[String]| list.iter().any(|entry| covers(entry, &name));
    if on(&registries.deny) {
        Standing::Denied
    } else if !registries.allow.is_empty() && !on(&registries.allow) {
        Standing::NotListed
    } else {
        Standing::Allowed
    }
}

/// Whether `entry`, a domain with or without a path prefix, covers the repository; whole segments.
fn covers(entry: &str, name: &Name<'_>) -> bool {
    let (domain, prefix) = entry.trim_end_matches('/').split_once('/').unwrap_or((entry.trim_end_matches('/'), ""));
    let domain = Name::new(Some(domain), "x").domain.into_owned();
    let rest = name.path.strip_prefix(prefix);
    domain == name.domain && rest.is_some_and(|rest| prefix.is_empty() || rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_name_domains_or_whole_segments_of_paths() {
        let lists = Registries { allow: vec!["quay.io/good".into(), "ghcr.io".into()], deny: vec!["index.docker.io".into()] };
        let judge = |text: &str| standing(&lists, &Reference::parse(text).unwrap());
        assert_eq!(judge("nginx"), Standing::Denied);
        assert_eq!(judge("quay.io/good/a:1"), Standing::Allowed);
        assert_eq!(judge("quay.io/goods/a:1"), Standing::NotListed);
        assert_eq!(judge("ghcr.io/a/b"), Standing::Allowed);
    }
}
