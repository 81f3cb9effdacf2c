//! Owns the references under which two images would come, over all files of a run: neither is written.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::mapping::{Mapping, MappingSet, Target};
use crate::reference::{HOLE, Reference};

/// What becomes of the images of a run: for each target all that would become it, canonical, each with the mapping that says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meetings(BTreeMap<String, BTreeMap<String, Arc<str>>>);

/// What becomes of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Becomes {
    /// Its new name, canonical.
    pub target: String,
    /// Its old one.
    pub source: String,
    /// The mapping's id.
    pub by: Arc<str>,
}

/// What becomes of the images of some files.
pub type Becoming = Vec<Becomes>;

/// What is said of a target under which several images come; for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// Why it may not be written.
    Refused(String),
    /// What somebody should know before: the mappings say themselves that these are two names of one image.
    Doubted(String),
}

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
        for Becomes { target, source, by } in becoming {
            self.0.entry(target).or_default().insert(source, by);
        }
    }

    /// Whether no two images come under one name.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.values().all(|sources| sources.len() < 2)
    }

    /// What is said of a target, where others come under it as well.
    pub(super) fn at(&self, target: &Target, mappings: &MappingSet) -> Option<Meeting> {
        let name = named(target)?;
        let all = self.0.get(&name).filter(|sources| sources.len() > 1)?;
        let sources: Vec<String> = all.keys().take(MOST).map(|source| format!("`{}`", shown(source))).collect();
        let (sources, name) = (sources.join(" and "), shown(&name));
        let by: Vec<&Mapping> = all.values().filter_map(|id| mappings.get(id)).collect();
        let leads_as = |(at, one): (usize, &&Mapping)| {
            let mut others = by.iter().enumerate().filter(|(other, _)| *other != at);
            others.all(|(_, other)| one.id != other.id && one.leads_as(other))
        };
        Some(if by.len() == all.len() && by.len() <= MOST && by.iter().enumerate().all(leads_as) {
            Meeting::Doubted(format!("{sources} both become `{name}`: right where they are two names of the same image"))
        } else {
            Meeting::Refused(format!("{sources} would all become `{name}`; give one of them a name of its own"))
        })
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
