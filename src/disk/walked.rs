//! Owns what a walk passes by: folders that it does not enter, and repositories that lie in the tree.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ignore::DirEntry;

use crate::source::Vendored;

/// Why a folder is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// By its name a package manager or a build fills it.
    Vendored,
    /// Ignore files name it.
    Ignored,
}

impl Why {
    /// Why, and what to do.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Vendored => "a package manager or a build fills it; `--include-vendored` enters it",
            Self::Ignored => "ignore files name it; name it to look into it",
        }
    }
}

/// What walks of a tree came by, for all their threads.
#[derive(Clone, Debug, Default)]
pub(super) struct Walked(Arc<Mutex<Folders>>);

#[derive(Debug, Default)]
struct Folders {
    vendored: BTreeSet<PathBuf>,
    /// In any order, and some of them twice.
    entered: Vec<PathBuf>,
    /// Those that hold a repository of their own.
    repositories: BTreeSet<PathBuf>,
    rules: Rules,
}

/// Whether anything in the tree may say what is ignored.
#[derive(Debug, Default, PartialEq, Eq)]
enum Rules {
    #[default]
    None,
    Some,
}

impl Walked {
    fn folders(&self) -> MutexGuard<'_, Folders> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the folder where a walk begins.
    pub(super) fn begins(&self, folder: &Path) {
        self.folders().entered.push(folder.to_owned());
    }

    /// Notes what a walk in the tree `root` meets; whether it goes on there, for all that names say.
    pub(super) fn enters(&self, entry: &DirEntry, vendored: Vendored, root: &Path) -> bool {
        let name = entry.file_name().to_str().unwrap_or_default();
        match name {
            ".git" => {
                let parent = entry.path().parent();
                let mut folders = self.folders();
                folders.rules = Rules::Some;
                folders.repositories.extend(parent.filter(|parent| *parent != root && entry.depth() > 0).map(Path::to_owned));
            }
            ".gitignore" | ".ignore" => self.folders().rules = Rules::Some,
            _ => {}
        }
        if !entry.file_type().is_some_and(|kind| kind.is_dir()) {
            return true;
        }
        let is_skipped = entry.depth() > 0 && vendored.skips(name);
        if !is_skipped {
            self.folders().entered.push(entry.path().to_owned());
        } else if !Vendored::Include.skips(name) {
            self.folders().vendored.insert(entry.path().to_owned());
        }
        !is_skipped
    }

    /// The repository other than the tree's own in which a place lies.
    pub(super) fn repository(&self, place: &Path, root: &Path) -> Option<PathBuf> {
        let folders = self.folders();
        if folders.repositories.is_empty() {
            return None;
        }
        let above = place.ancestors().skip(1).take_while(|folder| *folder != root);
        above.filter(|folder| folders.repositories.contains(*folder)).last().map(Path::to_owned)
    }

    /// The folders that walks left out since the last call, in order. Stores of version control and of tools are none: they hold copies.
    pub(super) fn left_out(&self) -> Vec<(PathBuf, Why)> {
        let Folders { vendored, entered, rules, .. } = std::mem::take(&mut *self.folders());
        let entered: BTreeSet<PathBuf> = if rules == Rules::Some { entered.into_iter().collect() } else { BTreeSet::new() };
        let known = |folder: &PathBuf| entered.contains(folder) || vendored.contains(folder);
        let is_store =
            |folder: &PathBuf| folder.file_name().and_then(|name| name.to_str()).is_some_and(|name| Vendored::Include.skips(name));
        let below = entered.iter().flat_map(|folder| folder.read_dir().into_iter().flatten().flatten());
        let folders = below.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path());
        let mut all: Vec<(PathBuf, Why)> =
            folders.filter(|folder| !known(folder) && !is_store(folder)).map(|folder| (folder, Why::Ignored)).collect();
        all.extend(vendored.iter().map(|folder| (folder.clone(), Why::Vendored)));
        all.sort();
        all
    }
}
