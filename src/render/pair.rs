//! Owns the two copies of a proof: the tree before a change, and after it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{NoScratch, Scratch, Unit, ValuesFiles};

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
    /// Makes both copies of the folder `root` at once, and finds their units within `folders` ([`Unit::is_within`]).
    ///
    /// # Errors
    /// [`NoScratch`] when one of them cannot be made.
    pub fn new(root: &Path, change: Change<'_>, values: &ValuesFiles, folders: &[PathBuf]) -> Result<Self, NoScratch> {
        let (mut before, mut after) = match change {
            Change::Planned(texts) => {
                let before = Scratch::copy(root)?;
                let after = before.twin()?;
                texts.iter().try_for_each(|(path, text)| after.put(path, text))?;
                (before, after)
            }
            Change::Since(reference) => (Scratch::commit(root, reference)?, Scratch::copy(root)?),
        };
        let (units, found) = rayon::join(|| before.prepare(values, folders), || after.prepare(values, folders));
        let mut units = units?;
        let known: BTreeSet<Unit> = units.iter().cloned().collect();
        units.extend(found?.into_iter().filter(|unit| !known.contains(unit)));
        Ok(Self { before, after, units })
    }
}
