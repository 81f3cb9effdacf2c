//! Owns the texts that findings point into, by file number.

use std::sync::Arc;

use crate::text::FileId;

/// A file that a finding points into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its number in this run.
    pub id: FileId,
    /// Its path in its tree: from the top of the repository.
    pub path: Arc<str>,
    /// Its path as people would type it where they are.
    pub shown: Arc<str>,
    /// Its bytes; empty when they could not be read.
    pub text: Arc<[u8]>,
}

/// The files of one set of findings: nearly always one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// These files.
    pub const fn new(files: Vec<Source>) -> Self {
        Self(files)
    }

    /// One file, which is the tree.
    pub fn one(id: FileId, path: &str, text: &[u8]) -> Self {
        Self(vec![Source { id, path: path.into(), shown: path.into(), text: text.into() }])
    }

    /// The files.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.0.iter()
    }

    /// The file with this number.
    pub fn get(&self, id: FileId) -> Option<&Source> {
        self.0.iter().find(|source| source.id == id)
    }
}
