//! Trees of files on a disk: folders as they are, and commits and the index of a repository.

mod begun;
mod charts;
mod find;
mod git;
mod ignored;
mod names;
mod open;
mod roots;
mod standing;
mod tracked;
mod walked;
#[cfg(unix)]
mod way;

pub use begun::begun_name;
pub use charts::ChartFolders;
pub use find::find;
#[cfg(feature = "cli")]
pub(crate) use git::git;
pub use git::{Git, NoTree, Revision};
pub use ignored::{NotEntered, fault_above, guard};
#[cfg(feature = "cli")]
pub(crate) use names::path_of as path_of_bytes;
pub use open::told;
pub use roots::{Tree, holding, trees};
pub use standing::{Absent, Standing};
pub use walked::Why;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use ignore::WalkBuilder;

use crate::diagnostic::reason;
use crate::source::{Files, LIMIT, Met, Named, Owner, Scope, Tracked, TreePath, Unread};

use open::Beneath;
use walked::Walked;

/// A folder and all below it.
///
/// `.gitignore`, `.ignore`, `.git/info/exclude` and the user's global ignore file are obeyed, also outside of a repository, but for files that
/// git keeps nevertheless. Hidden files and
/// folders are met, since CI lives there. Links are met when they are named, and followed where they end in the tree.
#[derive(Debug)]
pub struct Disk {
    root: PathBuf,
    beneath: Beneath,
    /// The folder that people are in.
    start: PathBuf,
    /// Paths as people typed them.
    given: Vec<(TreePath, PathBuf)>,
    /// Where files stand whose names are no text, seen from the root.
    odd: Mutex<BTreeMap<TreePath, PathBuf>>,
    /// What was met that a run began to write.
    begun: Mutex<Vec<PathBuf>>,
    /// What git keeps, in order, once somebody asked for it.
    tracked: OnceLock<Vec<TreePath>>,
    walked: Walked,
    /// What a scope held when it was listed ahead.
    ahead: Mutex<Option<(Scope, Vec<Met>)>>,
    /// How many places were asked for that a walk may not meet, and all that one meets, once they were many.
    questions: AtomicUsize,
    met: OnceLock<BTreeSet<PathBuf>>,
}

/// How many places are each walked to.
const FEW: usize = 16;

impl Disk {
    /// The tree below the folder `root`, for people in the folder `start`.
    #[must_use]
    pub fn new(root: &Path, start: &Path) -> Self {
        let root = normal(&start.join(root));
        Self {
            beneath: Beneath::new(&root),
            root,
            start: start.to_owned(),
            given: Vec::new(),
            odd: Mutex::default(),
            begun: Mutex::default(),
            tracked: OnceLock::new(),
            walked: Walked::default(),
            ahead: Mutex::default(),
            questions: AtomicUsize::new(0),
            met: OnceLock::new(),
        }
    }

    /// The folder that the tree is.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a file of the tree stands.
    #[must_use]
    pub fn place(&self, path: &TreePath) -> PathBuf {
        if path.is_root() { self.root.clone() } else { self.root.join(self.below(path)) }
    }

    /// Where it stands, seen from the root.
    fn below<'p>(&self, path: &'p TreePath) -> Cow<'p, Path> {
        let odd = self.odd.lock().unwrap_or_else(PoisonError::into_inner);
        odd.get(path).map_or(Cow::Borrowed(Path::new(path.as_str())), |below| Cow::Owned(below.clone()))
    }

    /// The same by the text of its path in the tree.
    #[must_use]
    pub fn place_of(&self, path: &str) -> PathBuf {
        TreePath::new(path).map_or_else(|_| self.root.join(path), |path| self.place(&path))
    }

    /// The path in the tree of a file or folder on the disk, as people type it; `None` when it lies elsewhere.
    #[must_use]
    pub fn path(&self, place: &Path) -> Option<TreePath> {
        self.path_below(normal(&self.start.join(place)).strip_prefix(&self.root).ok()?)
    }

    /// The same for the rest of a path behind the root's.
    fn path_below(&self, below: &Path) -> Option<TreePath> {
        let text = names::text_of(below);
        let path = TreePath::new(&text).ok()?;
        if below.to_str() != Some(&*text) {
            self.odd.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone(), below.to_owned());
        }
        Some(path)
    }

    /// What the scope holds, which is kept for whoever lists the same next: a walk takes longer than all that is asked of its files' names.
    pub fn list_ahead(&self, scope: &Scope) -> Vec<Met> {
        let found = self.list(scope);
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some((scope.clone(), found.clone()));
        found
    }

    /// The files that were listed since the last call and that a run began to write: this one, another, or one that was killed.
    #[must_use]
    pub fn begun(&self) -> Vec<PathBuf> {
        std::mem::take(&mut *self.begun.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The folders of a scope that were passed by when files were listed since the last call, as people type them, and why.
    #[must_use]
    pub fn left_out(&self, scope: &Scope) -> Vec<(String, Why)> {
        let is_asked = |path: &TreePath| scope.roots.iter().any(|root| path.below(root).is_some());
        let typed = |(place, why): (PathBuf, Why)| Some((Files::shown(self, &self.path(&place).filter(is_asked)?), why));
        self.walked.left_out().into_iter().filter_map(typed).collect()
    }

    /// Opens a regular file that stands in the tree.
    ///
    /// # Errors
    /// [`Unread`] with the reason.
    pub fn open(&self, place: &Path) -> Result<File, Unread> {
        let below = place.strip_prefix(&self.root).map_err(|_| Unread::Other(open::LEADS_OUT.to_owned()))?;
        self.beneath.open(below).map(|(file, _)| file)
    }

    /// The regular files that git keeps, in order.
    fn tracked(&self) -> &[TreePath] {
        self.tracked.get_or_init(|| {
            let mut all: Vec<TreePath> =
                tracked::tracked(&self.root).iter().filter_map(|name| self.path_below(&names::path_of(name))).collect();
            all.sort();
            all.dedup();
            all
        })
    }

    /// Whether a place that is there lies in the tree, all links followed.
    #[must_use]
    pub fn holds(&self, place: &Path) -> bool {
        self.beneath.holds(&normal(&self.start.join(place)))
    }

    /// Where a file of the tree really stands, so that it can be written.
    ///
    /// # Errors
    /// What the system says; [`io::ErrorKind::CrossesDevices`] where that is not in the tree.
    pub fn stand(&self, place: &Path, absent: Absent) -> io::Result<Standing> {
        let place = normal(&self.start.join(place));
        self.beneath.stand(place.strip_prefix(&self.root).map_err(|_| io::ErrorKind::CrossesDevices)?, absent)
    }

    /// Whether no ignore file keeps a walk from a place. Each question walks down to it; whoever asks for many has the whole tree walked, once.
    fn meets(&self, place: &Path) -> bool {
        let walk = |to: Option<PathBuf>| {
            let mut walk = WalkBuilder::new(&self.root);
            walk.hidden(false).require_git(false).follow_links(false);
            guard(&mut walk, &self.root, move |entry| to.as_ref().is_none_or(|to| to.starts_with(entry.path())));
            walk.build().filter_map(Result::ok).map(ignore::DirEntry::into_path)
        };
        if self.questions.fetch_add(1, Ordering::Relaxed) < FEW {
            return walk(Some(place.to_owned())).any(|met| met == place);
        }
        self.met.get_or_init(|| walk(None).collect()).contains(place)
    }

    /// What one root of a scope holds, without the other roots inside of it, which are walked by themselves: what is named is read even where
    /// ignore files keep the walk out.
    fn walk(&self, root: &TreePath, scope: &Scope) -> Vec<Met> {
        let place = self.place(root);
        let unread = |reason: String| vec![Met::Unread { path: root.clone(), reason }];
        match place.metadata() {
            Err(error) => return unread(reason(&error)),
            Ok(about) if !about.is_dir() => return vec![Met::File { path: root.clone(), named: Named::Yes }],
            Ok(_) if !self.beneath.holds(&place) => return unread(open::LEADS_OUT.to_owned()),
            Ok(_) => {}
        }
        if let Some(fault) = fault_above(&place, &self.root) {
            return unread(fault);
        }
        let inner: Vec<PathBuf> = scope.roots.iter().filter(|other| *other != root).map(|other| self.place(other)).collect();
        let (vendored, walked, top) = (scope.vendored, self.walked.clone(), self.root.clone());
        walked.begins(&place);
        let mut walk = WalkBuilder::new(&place);
        walk.hidden(false).require_git(false).follow_links(false);
        let not_entered = guard(&mut walk, &self.root, move |entry| {
            walked.enters(entry, vendored, &top) && (entry.depth() == 0 || inner.iter().all(|path| path != entry.path()))
        });
        let met = |entry: Result<ignore::DirEntry, ignore::Error>| match entry {
            Ok(entry) => {
                entry.file_type().filter(std::fs::FileType::is_file)?;
                if entry.file_name().to_str().is_some_and(begun::is_begun) {
                    self.begun.lock().unwrap_or_else(PoisonError::into_inner).push(entry.into_path());
                    return None;
                }
                Some(Met::File { path: self.path_below(entry.path().strip_prefix(&self.root).ok()?)?, named: Named::No })
            }
            Err(error) => {
                let path = path_of(&error).and_then(|path| self.path(path)).unwrap_or_else(|| root.clone());
                Some(Met::Unread { path, reason: error.io_error().map_or_else(|| error.to_string(), reason) })
            }
        };
        // Folders are read in parallel; sorting by path gives the order of a walk by name.
        let found = Mutex::new(Vec::new());
        walk.build_parallel().run(|| {
            Box::new(|entry| {
                if let Some(met) = met(entry) {
                    found.lock().unwrap_or_else(PoisonError::into_inner).push(met);
                }
                ignore::WalkState::Continue
            })
        });
        let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        found.extend(not_entered.take().into_iter().filter_map(|(place, reason)| Some(Met::Unread { path: self.path(&place)?, reason })));
        found
    }
}

impl Files for Disk {
    fn list(&self, scope: &Scope) -> Vec<Met> {
        let ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((_, found)) = ahead.filter(|(of, _)| of.lists_like(scope)) {
            return found;
        }
        let mut found: Vec<Met> = scope.roots.iter().flat_map(|root| self.walk(root, scope)).collect();
        // What git keeps is no less there for an ignore file that names it.
        let kept: &[TreePath] = if scope.tracked == Tracked::Read { self.tracked() } else { &[] };
        let is_there = |met: &Met| self.place(met.path()).symlink_metadata().is_ok_and(|about| about.is_file());
        found.extend(scope.of_list(&kept.iter()).into_iter().filter(|met| matches!(met, Met::File { .. }) && is_there(met)));
        // What is named comes before what is met.
        let rank = |met: &Met| matches!(met, Met::File { named: Named::No, .. });
        found.sort_by(|a, b| a.path().cmp(b.path()).then(rank(a).cmp(&rank(b))));
        found.dedup_by(|a, b| a.path() == b.path());
        found
    }

    fn read(&self, path: &TreePath, into: &mut Vec<u8>) -> Result<(), Unread> {
        into.clear();
        let (mut file, length) = self.beneath.open(&self.below(path))?;
        into.resize(usize::try_from(length).unwrap_or(LIMIT).min(LIMIT) + 1, 0);
        // All of it at once, then whether that was all. What fails here fails again there, and is told.
        let first = file.read(into).unwrap_or_default();
        into.truncate(first);
        file.take((LIMIT + 1 - first) as u64).read_to_end(into).map_err(|error| Unread::Other(reason(&error)))?;
        if into.len() > LIMIT { Err(Unread::TooLong) } else { Ok(()) }
    }

    fn is_file(&self, path: &TreePath) -> bool {
        self.place(path).is_file()
    }

    fn owner(&self, path: &TreePath, named: Named) -> Owner {
        let place = self.place(path);
        if let Some(repository) = self.walked.repository(&place, &self.root).and_then(|folder| self.path(&folder)) {
            return Owner::Other(repository);
        }
        // What is named is meant, and what is met is not ignored.
        if named != Named::Linked {
            return Owner::Tree;
        }
        if self.meets(&place) || self.tracked().binary_search(path).is_ok() { Owner::Tree } else { Owner::Nobody }
    }

    fn shown(&self, path: &TreePath) -> String {
        let typed = self.given.iter().filter_map(|(root, typed)| Some((path.below(root)?, typed)));
        if let Some((rest, typed)) = typed.min_by_key(|(rest, _)| rest.len()) {
            return shown(&if rest.is_empty() { typed.clone() } else { typed.join(rest) });
        }
        let place = self.place(path);
        shown(place.strip_prefix(&self.start).unwrap_or(&place))
    }
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        ignore::Error::Loop { child, .. } => Some(child),
        _ => None,
    }
}

/// The path without `.` and `..`, by its text alone.
pub(crate) fn normal(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// A path for people and patterns: with `/`, without a leading `./`; bytes that are not UTF-8 become `U+FFFD`.
#[must_use]
pub fn shown(path: &Path) -> String {
    let below = path.strip_prefix(".").unwrap_or(path);
    let path = if below.as_os_str().is_empty() { path } else { below }.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { path.into_owned() } else { path.replace(std::path::MAIN_SEPARATOR, "/") }
}
