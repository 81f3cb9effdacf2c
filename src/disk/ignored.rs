//! Owns what ignore files may be: links that lead out of the tree, and what is no file, would be read to an end that never comes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::{DirEntry, WalkBuilder};

/// The files by which a folder says what is passed over in it (ignore's `WalkBuilder`).
const NAMES: [&str; 2] = [".gitignore", ".ignore"];

/// Folders that a walk does not enter, each with the reason.
#[derive(Clone, Debug, Default)]
pub struct NotEntered(Arc<Mutex<Vec<(PathBuf, String)>>>);

impl NotEntered {
    /// Those of a walk that is over.
    #[must_use]
    pub fn take(&self) -> Vec<(PathBuf, String)> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Keeps a walk in the tree `root` out of folders whose ignore files are none. `enters` says what else is entered.
pub fn guard(walk: &mut WalkBuilder, root: &Path, enters: impl Fn(&DirEntry) -> bool + Send + Sync + 'static) -> NotEntered {
    let not_entered = NotEntered::default();
    let (told, real) = (not_entered.clone(), root.canonicalize().unwrap_or_else(|_| root.to_owned()));
    walk.filter_entry(move |entry| {
        if !enters(entry) {
            return false;
        }
        let fault = entry.file_type().filter(std::fs::FileType::is_dir).and_then(|_| fault(entry.path(), &real));
        let Some(fault) = fault else { return true };
        told.0.lock().unwrap_or_else(PoisonError::into_inner).push((entry.path().to_owned(), fault));
        false
    });
    not_entered
}

/// What is wrong with the ignore files of a folder where a walk begins, and of those above it in the tree `root`.
#[must_use]
pub fn fault_above(place: &Path, root: &Path) -> Option<String> {
    let real = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    place.ancestors().take_while(|folder| folder.starts_with(root)).find_map(|folder| fault(folder, &real))
}

/// What is wrong with the ignore files of a folder.
fn fault(folder: &Path, root: &Path) -> Option<String> {
    NAMES.iter().find_map(|name| {
        let path = folder.join(name);
        let about = path.symlink_metadata().ok()?;
        let is_in_tree = || path.canonicalize().is_ok_and(|real| real.starts_with(root) && real.is_file());
        let is_one = about.is_file() || (about.is_symlink() && (!path.exists() || is_in_tree()));
        (!is_one && !about.is_dir()).then(|| format!("its `{name}` is no file of the tree"))
    })
}
