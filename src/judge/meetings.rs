//! Owns the references under which two images would come, over all files of a run: neither is written.

use std::collections::{BTreeMap, BTreeSet};

use crate::mapping::{Mapping, MappingSet, Target};
use crate::reference::{HOLE, Reference};

/// What becomes of the images of a run: for each target all that would become it, canonical.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meetings(BTreeMap<String, BTreeSet<String>>);

/// What becomes of the images of some files: each target with its source, canonical.
pub type Becoming = Vec<(String, String)>;

impl Meetings {
    /// Whether two images can come under one name at all: mappings drop levels, or lead to one place.
    #[must_use]
    pub fn are_possible(mappings: &MappingSet) -> bool {
        let drops = mappings.iter().any(|mapping| mapping.flatten.is_some() || mapping.drops_folders());
        let mut starts: Vec<String> = mappings.iter().filter(|mapping| mapping.pack().is_none()).flat_map(Mapping::target_starts).collect();
        starts.sort_unstable();
        drops || starts.windows(2).any(|pair| matches!(pair, [first, second] if second.starts_with(first.as_str())))
    }

    /// Adds what becomes of the images of some files.
    pub fn add(&mut self, becoming: Becoming) {
        for (target, source) in becoming {
            self.0.entry(target).or_default().insert(source);
        }
    }

    /// Whether no two images come under one name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.values().all(|sources| sources.len() < 2)
    }

    /// Why a target may not be written, for people.
    pub(super) fn against(&self, target: &Target) -> Option<String> {
        let name = named(target)?;
        let sources = self.0.get(&name).filter(|sources| sources.len() > 1)?;
        let sources: Vec<String> = sources.iter().take(MOST).map(|source| format!("`{}`", shown(source))).collect();
        Some(format!("{} would all become `{}`; give one of them a name of its own", sources.join(" and "), shown(&name)))
    }
}

/// So many sources are named.
const MOST: usize = 3;

fn shown(reference: &str) -> String {
    reference.replace(HOLE, "?")
}

/// The canonical name under which a target comes.
pub(super) fn named(target: &Target) -> Option<String> {
    target.candidates.first().map(Reference::whole)
}
