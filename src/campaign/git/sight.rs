//! Owns what of a commit is in sight: the files that were fetched; the others are there, and are told as not looked into when somebody leads to one.

use std::collections::BTreeMap;

use super::clone::{Clone, Listed};
use crate::campaign::settings::Read;
use crate::campaign::trouble::{Cause, Trouble};
use crate::disk::{Disk, Git as GitTree, Revision};
use crate::format::Formats;
use crate::source::{Files, Left, Met, Scope, TreePath, Unread, Vendored};

/// Ends of names of files that hold no text; nobody fetches them.
const NO_TEXT: &str = include_str!("../../../rules/lists/no-text.txt");

/// A commit, as far as it was fetched.
pub struct Sight {
    tree: GitTree,
    listed: BTreeMap<TreePath, Listed>,
    /// Those of them that were not fetched, and why.
    apart: BTreeMap<TreePath, &'static str>,
    /// Names that are no text, as they can be shown.
    odd: Vec<TreePath>,
}

impl Sight {
    /// Fetches what may be read of a commit.
    ///
    /// # Errors
    /// [`Trouble`] where git or the server fails.
    pub fn new(clone: &Clone, commit: &str, formats: &Formats, read: Read) -> Result<Self, Trouble> {
        let files = clone.files(commit)?;
        let (mut listed, mut odd) = (BTreeMap::new(), Vec::new());
        for file in files {
            match std::str::from_utf8(&file.path).ok().and_then(|path| TreePath::new(path).ok()) {
                Some(path) => drop(listed.insert(path, file)),
                None => odd.extend(TreePath::new(&String::from_utf8_lossy(&file.path))),
            }
        }
        let apart = listed.keys().filter_map(|path| Some((path.clone(), why_not(path, formats, read)?))).collect::<BTreeMap<_, _>>();
        let wanted = listed.iter().filter(|(path, _)| !apart.contains_key(path)).map(|(_, file)| file.object.as_str()).collect();
        clone.fetch(commit, &wanted)?;
        let disk = Disk::new(&clone.folder(), &clone.folder());
        let tree = GitTree::new(disk, &Revision::Commit(commit.to_owned())).map_err(|fault| Trouble::new(Cause::Git, fault.to_string()))?;
        Ok(Self { tree, listed, apart, odd })
    }

    /// How many files were not looked into that may hold text.
    #[must_use]
    pub fn unseen(&self) -> usize {
        self.apart.values().filter(|why| **why == OF_NO_FORMAT).count()
    }

    /// The mode of a file.
    #[must_use]
    pub fn mode(&self, path: &TreePath) -> &str {
        self.listed.get(path).map_or("100644", |file| &file.mode)
    }

    /// The name of its content; empty where there is no such file.
    #[must_use]
    pub fn object(&self, path: &TreePath) -> &str {
        self.listed.get(path).map_or("", |file| &file.object)
    }

    /// All that is in sight.
    #[must_use]
    pub fn scope(&self, left: Left) -> Scope {
        Scope { left, ..Scope::new(vec![TreePath::default()], Vendored::Skip) }
    }
}

const OF_NO_FORMAT: &str = "a campaign with `read: formats` fetches no such file";

/// Why a file is not fetched.
fn why_not(path: &TreePath, formats: &Formats, read: Read) -> Option<&'static str> {
    let name = path.as_str();
    if formats.claims(name) || formats.is_packed(name) {
        return None;
    }
    let ending = path.name().rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    let folders = path.folder();
    if NO_TEXT.lines().any(|known| known == ending) {
        Some("its name is that of a file without text")
    } else if folders.segments().any(|folder| Vendored::Skip.skips(folder)) {
        Some("it lies in a vendored folder")
    } else {
        (read == Read::Formats).then_some(OF_NO_FORMAT)
    }
}

impl Files for Sight {
    fn list(&self, scope: &Scope) -> Vec<Met> {
        let is_seen = |path: &TreePath| self.listed.contains_key(path) && !self.apart.contains_key(path);
        let mut found: Vec<Met> =
            self.tree.list(scope).into_iter().filter(|met| !matches!(met, Met::File { path, .. } if !is_seen(path))).collect();
        let odd = self.odd.iter().filter(|path| scope.asks(path));
        found.extend(odd.map(|path| Met::Unread { path: path.clone(), reason: "its name is no UTF-8".to_owned() }));
        found
    }

    fn read(&self, path: &TreePath, into: &mut Vec<u8>) -> Result<(), Unread> {
        // Git would end when it is asked for what is not here.
        match self.apart.get(path) {
            Some(why) => Err(Unread::Other((*why).to_owned())),
            None if self.listed.contains_key(path) => self.tree.read(path, into),
            None => Err(Unread::Missing),
        }
    }

    fn announce(&self, paths: &mut dyn Iterator<Item = &TreePath>) {
        self.tree.announce(&mut paths.filter(|path| !self.apart.contains_key(path)));
    }

    fn is_file(&self, path: &TreePath) -> bool {
        self.listed.contains_key(path)
    }

    fn shown(&self, path: &TreePath) -> String {
        path.to_string()
    }
}
