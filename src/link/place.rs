//! Owns where something lies that a value names: seen from a folder or from those above, on the network, outside of the tree, or nobody knows.

use crate::format::{Format, From, Interpolation, Link};
use crate::source::TreePath;

use super::fit::tops;

/// Where something lies that is taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// In the tree: at one of these places, where it is not said from which folder it is seen.
    Paths(Vec<TreePath>),
    /// On the network.
    Remote,
    /// Outside of the tree.
    Outside,
    /// That hangs on a variable.
    Vague,
    /// It is written there itself, in the place of a path.
    Here,
}

impl To {
    pub(super) fn new(text: &str, folder: &TreePath, link: &Link, format: &Format) -> Self {
        Self::within(text, folder, link, format, None)
    }

    /// The same, where a document says itself in which folder it lies.
    pub(super) fn within(text: &str, folder: &TreePath, link: &Link, format: &Format, home: Option<&str>) -> Self {
        if text.contains('\n') {
            return Self::Here;
        }
        if format.table.interpolation != Interpolation::None && text.contains('$') {
            return Self::Vague;
        }
        let tops = match link.table.from {
            From::Folder => vec![folder.clone()],
            From::Above => tops(folder).to_vec(),
        };
        let inside = link.table.file.as_deref().unwrap_or(".");
        let own = link.table.folders.iter().map(String::as_str).filter(|_| home.is_none());
        let folders = own.chain(home).chain((link.table.folders.is_empty() && home.is_none()).then_some("."));
        let tops = folders.flat_map(|folder| tops.iter().filter_map(move |top| top.join(folder).ok()));
        // The top of a repository itself is the tree's, and no folder on the way there.
        let is_any_folder = |top: &TreePath, path: &TreePath| link.table.from == From::Above && path == top && !top.is_root();
        let place = |top: TreePath| top.join(text).ok().filter(|path| !is_any_folder(&top, path))?.join(inside).ok();
        let paths: Vec<TreePath> = tops.filter_map(place).collect();
        match paths.is_empty() {
            false if !text.contains("://") => Self::Paths(paths),
            _ if is_remote(text) => Self::Remote,
            _ => Self::Outside,
        }
    }
}

/// Whether a text that names no file of the tree names a repository or a web page (kustomize `api/internal/git/repospec.go`).
pub(super) fn is_remote(text: &str) -> bool {
    text.contains("://") || text.contains("?ref=") || text.starts_with("git@") || text.starts_with("github.com") || text.contains(".git//")
}
