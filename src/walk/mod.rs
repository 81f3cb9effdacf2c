//! Which files a run looks into, in a fixed order, and what stands around them.

mod around;
mod names;
mod read;
mod roots;

pub use around::Around;
pub(crate) use around::normal;
pub use names::Vendored;
pub use read::{Content, LIMIT, Reader};

use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use crate::diagnostic::reason;

use roots::Root;

/// Where to look.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Files and folders as given; files are read whatever their name is and whatever ignores them.
    pub roots: Vec<PathBuf>,
    /// Whether vendored trees are entered.
    pub vendored: Vendored,
}

/// One thing met on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Met {
    /// A file.
    File {
        /// Its path, as the root was given.
        path: PathBuf,
        /// Whether the user named it.
        named: Named,
    },
    /// A file or folder that could not be looked into.
    Unread {
        /// Its path.
        path: PathBuf,
        /// Why, lower case.
        reason: String,
    },
}

impl Met {
    /// The path, as its root was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::File { path, .. } | Self::Unread { path, .. } => path,
        }
    }
}

/// How a file came to be walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// The user gave its path.
    Yes,
    /// It lies in a folder that the user gave.
    No,
}

/// Walks the scope: roots in order of their paths, in each root folder by folder with the names in byte order, each file once.
///
/// `.gitignore`, `.ignore`, `.git/info/exclude` and the user's global ignore file are obeyed, also outside of a repository. Hidden files and
/// folders are walked, since CI lives there; the stores of version control and of tools are not (see `names`). Symbolic links are not followed.
pub fn walk(scope: &Scope) -> impl Iterator<Item = Met> + Send + use<> {
    let vendored = scope.vendored;
    roots::resolve(&scope.roots).into_iter().flat_map(move |root| -> Box<dyn Iterator<Item = Met> + Send> {
        match root {
            Root::File(path) => Box::new(std::iter::once(Met::File { path, named: Named::Yes })),
            Root::Missing { path, reason } => Box::new(std::iter::once(Met::Unread { path, reason })),
            Root::Folder { path, inner } => Box::new(folder(&path, inner, vendored)),
        }
    })
}

/// Walks one folder, without the roots inside of it that are walked by themselves.
fn folder(root: &Path, inner: Vec<PathBuf>, vendored: Vendored) -> impl Iterator<Item = Met> + Send + use<> {
    let mut walk = WalkBuilder::new(root);
    walk.hidden(false).require_git(false).follow_links(false);
    walk.filter_entry(move |entry| {
        if entry.depth() == 0 {
            return true;
        }
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        let is_skipped = is_folder && names::is_skipped(entry.file_name(), vendored);
        !is_skipped && inner.iter().all(|path| path != entry.path())
    });
    let root = root.to_owned();
    let met = |entry: Result<ignore::DirEntry, ignore::Error>| match entry {
        Ok(entry) => entry.file_type().is_some_and(|kind| kind.is_file()).then(|| Met::File { path: entry.into_path(), named: Named::No }),
        Err(error) => Some(unread(&root, &error)),
    };
    // Folders are read in parallel; sorting by path gives the order of a walk by name.
    let found = std::sync::Mutex::new(Vec::new());
    walk.build_parallel().run(|| {
        Box::new(|entry| {
            if let Some(met) = met(entry) {
                found.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(met);
            }
            ignore::WalkState::Continue
        })
    });
    let mut found = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    found.sort_by(|a, b| a.path().cmp(b.path()));
    found.into_iter()
}

fn unread(root: &Path, error: &ignore::Error) -> Met {
    let path = path_of(error).unwrap_or(root).to_owned();
    let reason = error.io_error().map_or_else(|| error.to_string(), reason);
    Met::Unread { path, reason }
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        ignore::Error::Loop { child, .. } => Some(child),
        _ => None,
    }
}

/// The path of a file as seen from the top of the repository that `start` is in, or from `start` where there is none: what a patch names.
#[must_use]
pub fn from_top(start: &Path, path: &Path) -> String {
    let top = start.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(start);
    let whole = around::normal(&start.join(path));
    shown(whole.strip_prefix(top).unwrap_or(&whole))
}

/// A path for people and patterns: with `/`, without a leading `./`; bytes that are not UTF-8 become `U+FFFD`.
#[must_use]
pub fn shown(path: &Path) -> String {
    let below = path.strip_prefix(".").unwrap_or(path);
    let path = if below.as_os_str().is_empty() { path } else { below }.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { path.into_owned() } else { path.replace(std::path::MAIN_SEPARATOR, "/") }
}
