//! Owns where the files of a repository are looked for that say how it is treated.

use std::path::{Path, PathBuf};

/// The name of a repository's rule file.
pub const RULES: &str = ".transship.yaml";

/// The file called `name` in `start` or in its parents, up to the repository's root (the folder with `.git`).
#[must_use]
pub fn find(start: &Path, name: &str) -> Option<PathBuf> {
    let start = if start.as_os_str().is_empty() { Path::new(".") } else { start };
    let absolute = std::path::absolute(start).ok()?;
    for folder in absolute.ancestors() {
        let file = folder.join(name);
        if file.is_file() {
            return Some(shown(file));
        }
        // A worktree and a submodule have a file of that name.
        if folder.join(".git").exists() {
            return None;
        }
    }
    None
}

/// The path as people would type it: without the folder that they are in.
fn shown(file: PathBuf) -> PathBuf {
    let here = std::env::current_dir().ok();
    here.and_then(|here| file.strip_prefix(here).map(Path::to_path_buf).ok()).unwrap_or(file)
}
