//! Owns where the files of a repository are looked for that say how it is treated.

use std::path::{Path, PathBuf};

/// The file called `name` in `start` or in its parents, up to the repository's root (the folder with `.git`).
#[must_use]
pub fn find(start: &Path, name: &str) -> Option<PathBuf> {
    for folder in start.ancestors() {
        let file = folder.join(name);
        if file.is_file() {
            // As people would type it: without the folder that they are in.
            return Some(file.strip_prefix(start).map(Path::to_path_buf).unwrap_or(file));
        }
        // A worktree and a submodule have a file of that name.
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}
