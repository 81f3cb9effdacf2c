//! Owns the two copies of a proof: the tree before a change, and after it.

use std::path::{Path, PathBuf};

use super::scratch::{NoScratch, Scratch};
use super::unit::Unit;
use super::units::ValuesFiles;

/// What is to be proved.
#[derive(Clone, Copy, Debug)]
pub enum Change<'a> {
    /// The working tree, before and after these new texts of files, each from the tree's root.
    Planned(&'a [(PathBuf, Vec<u8>)]),
    /// A commit, before the working tree as it is.
    Since(&'a str),
}

/// Both copies, ready to be rendered.
#[derive(Debug)]
pub struct Pair {
    /// The tree before the change.
    pub before: Scratch,
    /// The tree after it.
    pub after: Scratch,
    /// The units of both, those that are new last.
    pub units: Vec<Unit>,
}

impl Pair {
    /// Makes both copies of the folder `root` at once, and finds their units.
    ///
    /// # Errors
    /// [`NoScratch`] when one of them cannot be made.
    pub fn new(root: &Path, change: Change<'_>, values: &ValuesFiles) -> Result<Self, NoScratch> {
        let (mut before, mut after) = match change {
            Change::Planned(texts) => {
                let before = Scratch::copy(root)?;
                let after = before.twin()?;
                texts.iter().try_for_each(|(path, text)| after.put(path, text))?;
                (before, after)
            }
            Change::Since(reference) => (Scratch::commit(root, reference)?, Scratch::copy(root)?),
        };
        let (units, found) = rayon::join(|| before.prepare(values), || after.prepare(values));
        let (mut units, found) = (units?, found?);
        let new: Vec<Unit> = found.into_iter().filter(|unit| !units.contains(unit)).collect();
        units.extend(new);
        Ok(Self { before, after, units })
    }

    /// Keeps the units that lie in one of `folders` (from the tree's root), or are one; all of them when there is none.
    pub fn keep(&mut self, folders: &[PathBuf]) {
        let folders: Vec<&Path> = folders.iter().map(|folder| folder.strip_prefix(".").unwrap_or(folder)).collect();
        let is_in = |unit: &Unit| folders.iter().any(|folder| unit.path.strip_prefix(".").unwrap_or(&unit.path).starts_with(folder));
        self.units.retain(|unit| folders.is_empty() || is_in(unit));
    }
}
