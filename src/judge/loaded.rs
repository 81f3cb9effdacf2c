//! Owns the files of a set in memory.

use std::collections::{BTreeMap, BTreeSet};

use crate::format::Surroundings;
use crate::link::Claimed;
use crate::locate::File;
use crate::source::{Named, Owner, TreePath};
use crate::text::FileId;

/// The files of a set, in memory.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Whether a format reads them, or somebody named them.
    pub(super) claimed: Claimed,
    /// The one file that is asked about, where the others are there only because it holds together with them.
    pub(super) only: Option<FileId>,
    /// Files that nobody asked about: they are read, and may change, with those that hold together with them.
    pub(super) beside: BTreeSet<FileId>,
    /// Files of which others are the owners, or nobody: they are read for what they say, and not edited.
    pub(super) foreign: BTreeMap<FileId, Owner>,
    pub(super) all: Vec<OneFile>,
    /// How many bytes they all have, also when they were let go of.
    pub(super) held: usize,
    /// Files of archives among them.
    pub(super) packed: Vec<OneFile>,
}

#[derive(Debug)]
pub(super) struct OneFile {
    pub(super) id: FileId,
    pub(super) path: TreePath,
    pub(super) named: Named,
    pub(super) shown: String,
    pub(super) surroundings: Surroundings,
    pub(super) bytes: Vec<u8>,
}

impl Loaded {
    pub(super) fn files(&self) -> Vec<File<'_>> {
        of(&self.all)
    }

    /// The files of archives; nothing is said of them, and they are not edited.
    pub(super) fn packed(&self) -> Vec<File<'_>> {
        of(&self.packed)
    }

    /// Lets go of the bytes of all files.
    pub(super) fn forget(&mut self) {
        self.packed.clear();
        self.all.iter_mut().for_each(|file| file.bytes = Vec::new());
    }

    pub(super) fn shown(&self, id: FileId) -> &str {
        self.all.iter().find(|one| one.id == id).map_or("", |one| &one.shown)
    }
}

fn of(files: &[OneFile]) -> Vec<File<'_>> {
    files.iter().map(|one| File { id: one.id, path: one.path.as_str(), bytes: &one.bytes, surroundings: one.surroundings }).collect()
}
