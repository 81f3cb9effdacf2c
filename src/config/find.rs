//! Owns where a rule file is looked for.

use std::path::{Path, PathBuf};

/// The name of a repository's rule file.
pub(super) const NAME: &str = ".transship.yaml";

/// The rule file of `start`: in it or in its parents, up to the repository's root (the folder with `.git`).
pub(super) fn find(start: &Path) -> Option<PathBuf> {
    let start = if start.as_os_str().is_empty() { Path::new(".") } else { start };
    let absolute = std::path::absolute(start).ok()?;
    for folder in absolute.ancestors() {
        let file = folder.join(NAME);
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
