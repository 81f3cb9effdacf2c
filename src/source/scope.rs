//! Owns which files of a tree a run looks at, and the names of folders that are not entered.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, LazyLock};

use super::TreePath;

/// Where to look.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Files and folders; files are read whatever their name is and whatever ignores them.
    pub roots: Vec<TreePath>,
    /// Whether vendored trees are entered.
    pub vendored: Vendored,
    /// Whether files are met that are ignored and kept.
    pub tracked: Tracked,
    /// Whether files that no format reads are looked through for old names.
    pub unclaimed: Unclaimed,
    /// Which charts are in sight.
    pub charts: InSight,
    /// What of it is passed by.
    pub left: Left,
}

/// Files that are passed by, though they lie in a scope: nothing is said of them, and others take in what they need from them.
#[derive(Clone, Default)]
pub struct Left {
    leaves: Option<Leaves>,
    forced: Forced,
}

/// Says of a path, from the top of the tree, whether its file is passed by.
pub type Leaves = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// Whether what the user names is passed by as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Forced {
    /// It is read: who names it means it.
    #[default]
    No,
    /// It is passed by: a program named it.
    Yes,
}

impl Left {
    /// The files for whose path `leaves` holds.
    pub fn new(leaves: Leaves, forced: Forced) -> Self {
        Self { leaves: Some(leaves), forced }
    }
}

impl fmt::Debug for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Left").field("any", &self.leaves.is_some()).field("forced", &self.forced).finish()
    }
}

/// Which charts are in sight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InSight {
    /// Those of the tree.
    #[default]
    OfTree,
    /// Others, too, so that whoever names one is looked at, though the tree has none.
    Elsewhere,
}

/// One thing met in a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Met {
    /// A file.
    File {
        /// Its path.
        path: TreePath,
        /// Whether the user named it.
        named: Named,
    },
    /// A file or folder that could not be looked into.
    Unread {
        /// Its path.
        path: TreePath,
        /// Why, lower case.
        reason: String,
    },
}

impl Met {
    /// Its path.
    #[must_use]
    pub const fn path(&self) -> &TreePath {
        match self {
            Self::File { path, .. } | Self::Unread { path, .. } => path,
        }
    }
}

/// How a file came to be met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// The user gave its path.
    Yes,
    /// It lies in a folder that the user gave.
    No,
    /// Another file names it.
    Linked,
}

/// Who sees a change to a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Owner {
    /// Who looks at the tree's changes.
    #[default]
    Tree,
    /// Nobody: ignore files keep it out of what people share, and it could not be taken back.
    Nobody,
    /// Another repository, of which the tree has no more than a copy: a submodule, or one that lies in the folder.
    Other(TreePath),
}

/// Whether files that no format reads are looked through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unclaimed {
    /// They are not opened.
    #[default]
    Skip,
    /// They are, for what they still name.
    Include,
}

/// Whether vendored trees are entered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Vendored {
    /// They are not: somebody else's files come back with the next update.
    #[default]
    Skip,
    /// They are.
    Include,
}

/// Whether files that git keeps are met though an ignore file names them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tracked {
    /// They are: what is built from a repository is built from them, too.
    #[default]
    Read,
    /// They are not.
    Ignore,
}

impl Vendored {
    /// Whether a folder with this name is passed by. Stores of version control and of tools always are, unless given as a path: whatever they
    /// hold is a copy that nobody edits.
    #[must_use]
    pub fn skips(self, folder: &str) -> bool {
        STORES.contains(folder) || (self == Self::Skip && VENDORED.contains(&folder))
    }
}

impl Scope {
    /// Everything below one folder or file.
    #[must_use]
    pub const fn new(roots: Vec<TreePath>, vendored: Vendored) -> Self {
        Self {
            roots,
            vendored,
            tracked: Tracked::Read,
            unclaimed: Unclaimed::Skip,
            charts: InSight::OfTree,
            left: Left { leaves: None, forced: Forced::No },
        }
    }

    /// Whether a file is asked about: it lies in the scope, and is not passed by.
    #[must_use]
    pub fn asks(&self, path: &TreePath) -> bool {
        let mut above = self.roots.iter().filter(|root| path.below(root).is_some()).peekable();
        let is_in = above.peek().is_some();
        let Some(leaves) = self.left.leaves.as_ref().filter(|leaves| is_in && leaves(path.as_str())) else { return is_in };
        // Who names a file, or a folder that is passed by, means it.
        self.left.forced == Forced::No && above.any(|root| root == path || (!root.is_root() && leaves(root.as_str())))
    }

    /// Whether a tree lists the same for both.
    #[must_use]
    pub fn lists_like(&self, other: &Self) -> bool {
        self.roots == other.roots && self.vendored == other.vendored && self.tracked == other.tracked
    }

    /// Whether any file of it may be passed by.
    #[must_use]
    pub const fn leaves_any(&self) -> bool {
        self.left.leaves.is_some()
    }

    /// Whether a file of the scope lies in a vendored tree.
    #[must_use]
    pub fn is_vendored(&self, path: &TreePath) -> bool {
        self.below_root(path).is_some_and(|rest| is_skipped(rest, Vendored::Skip))
    }

    /// What of a path lies below the innermost root that holds it.
    fn below_root<'p>(&self, path: &'p TreePath) -> Option<&'p str> {
        self.roots.iter().filter_map(|root| path.below(root)).min_by_key(|rest| rest.len())
    }

    /// What of a tree's own list of `paths` (in order, each once) the scope holds: for trees that know all their files. A root that is none
    /// of them, and holds none, is told as missing.
    #[must_use]
    pub fn of_list<'p>(&self, paths: &(impl Iterator<Item = &'p TreePath> + Clone)) -> Vec<Met> {
        let met = |path: &TreePath| {
            let rest = self.below_root(path)?;
            let named = if rest.is_empty() { Named::Yes } else { Named::No };
            (!is_skipped(rest, self.vendored)).then(|| Met::File { path: path.clone(), named })
        };
        let is_empty = |root: &&TreePath| !root.is_root() && !paths.clone().any(|path| path.below(root).is_some());
        let missing = self.roots.iter().filter(is_empty);
        let missing = missing.map(|root| Met::Unread { path: root.clone(), reason: super::Unread::Missing.to_string() });
        let mut found: Vec<Met> = paths.clone().filter_map(met).chain(missing).collect();
        found.sort_by(|a, b| a.path().cmp(b.path()));
        found
    }
}

/// Whether a file lies in a folder that is passed by, by what of its path lies below its root.
fn is_skipped(rest: &str, vendored: Vendored) -> bool {
    rest.rsplit_once('/').is_some_and(|(folders, _)| folders.split('/').any(|folder| vendored.skips(folder)))
}

/// Stores of version control and of tools.
static STORES: LazyLock<BTreeSet<&str>> = LazyLock::new(|| include_str!("../../rules/lists/stores.txt").lines().collect());

/// Trees that a package manager or a build fills.
const VENDORED: [&str; 9] =
    [".venv", "bower_components", "node_modules", "site-packages", "target", "third-party", "third_party", "vendor", "venv"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_ci_are_entered_and_vendored_trees_when_asked() {
        for name in [".github", ".gitlab", ".circleci", ".devcontainer", ".buildkite", ".tekton", ".woodpecker", ".azure-pipelines"] {
            assert!(!Vendored::Skip.skips(name), "{name}");
        }
        assert!(Vendored::Skip.skips("vendor") && !Vendored::Include.skips("vendor") && Vendored::Include.skips(".git"));
    }

    #[test]
    fn a_scope_takes_what_lies_below_its_roots() {
        let path = |text: &str| TreePath::new(text).unwrap();
        let all: Vec<TreePath> = ["a/x", "a/vendor/y", "b/z", "c"].map(path).into();
        let taken = |roots: &[&str]| -> Vec<String> {
            let scope = Scope::new(roots.iter().map(|root| path(root)).collect(), Vendored::Skip);
            scope
                .of_list(&all.iter())
                .iter()
                .map(|met| format!("{}{}", met.path(), if matches!(met, Met::File { .. }) { "" } else { "?" }))
                .collect()
        };
        assert_eq!(taken(&[""]), ["a/x", "b/z", "c"]);
        assert_eq!(taken(&["a/vendor", "c", "d"]), ["a/vendor/y", "c", "d?"]);
        let is_vendored = |root: &str| Scope::new(vec![path(root)], Vendored::Include).is_vendored(&path("a/vendor/y"));
        assert!(is_vendored("") && is_vendored("a") && !is_vendored("a/vendor") && !is_vendored("b"));
    }
}
