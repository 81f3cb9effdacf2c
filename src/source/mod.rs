//! One tree of files for every host: a disk, a memory, buffers over another tree, a commit. Nothing has a path beyond a tree's root.

mod content;
mod memory;
mod packed;
mod path;
mod scope;

pub use content::{Content, LIMIT, Unread, content};
pub(crate) use content::{decoded, is_never_text};
pub(crate) use memory::Held;
pub use memory::{Memory, Overlay};
pub use packed::{NotOpened, unpacked};
pub use path::{BadPath, TreePath};
pub use scope::{Forced, InSight, Leaves, Left, Met, Named, Owner, Scope, Tracked, Unclaimed, Vendored};

/// Charts that lie outside of the tree, which a host lets a run look into.
pub trait Charts: std::fmt::Debug + Send + Sync {
    /// The files of the chart of that name in the version that Helm would take where `wanted` is asked for, each by its path in a folder that has the
    /// chart's (`redis/Chart.yaml`); `None` where it is not there.
    fn files(&self, name: &str, wanted: &str) -> Option<Vec<(TreePath, Vec<u8>)>>;
}

/// A tree of files. What a path names is asked of the tree each time, so that a tree may be as large as a disk.
///
/// ```
/// use transship::source::{Content, Files, Memory, TreePath, content};
///
/// let tree = Memory::from([("app/Dockerfile", "FROM redis:7\n")]);
/// let path = TreePath::new("app/Dockerfile")?;
/// let mut buffer = Vec::new();
/// assert_eq!(content(&tree, &path, &mut buffer), Content::Text(b"FROM redis:7\n"));
/// assert!(tree.is_file(&path) && !tree.is_file(&path.folder()));
/// # Ok::<(), transship::source::BadPath>(())
/// ```
pub trait Files: Sync {
    /// What the scope holds, in order of the paths, each file once.
    fn list(&self, scope: &Scope) -> Vec<Met>;

    /// Reads a file to its end, in the place of what `into` held.
    ///
    /// # Errors
    /// [`Unread`] when that cannot be done, or the file is longer than [`LIMIT`].
    fn read(&self, path: &TreePath, into: &mut Vec<u8>) -> Result<(), Unread>;

    /// Says which files will be read, in about that order, by a tree of which each question takes a way: it may ask for several at once.
    fn announce(&self, _paths: &mut dyn Iterator<Item = &TreePath>) {}

    /// Whether there is a file of that path.
    fn is_file(&self, path: &TreePath) -> bool;

    /// Who would see a change to a file that came to be met in that way.
    fn owner(&self, _path: &TreePath, _named: Named) -> Owner {
        Owner::Tree
    }

    /// The path as people would type it where they are.
    fn shown(&self, path: &TreePath) -> String {
        path.to_string()
    }
}
