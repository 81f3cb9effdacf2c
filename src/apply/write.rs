//! Owns writing changed files so that each is either the old one or the new one, whatever happens.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::beside::Beside;
use super::kept::{Lost, keep};
use crate::disk::{Absent, Disk, Standing, told};

/// One file to change.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// Its path. A symbolic link stays, and what it leads to is changed.
    pub path: &'a Path,
    /// The bytes that were scanned.
    pub before: &'a [u8],
    /// The bytes to write.
    pub after: &'a [u8],
}

/// A written file that has more names (hard links), which keep the old text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HardLinks {
    /// The path that was written.
    pub path: PathBuf,
    /// How many other names there are.
    pub others: u64,
}

/// Why nothing was changed. Every file is whole and, unless it says otherwise, as it was.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Somebody changed the file after it was scanned.
    #[error("it changed since it was scanned")]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The system refused.
    #[error("{doing}: {}", told(.source))]
    System {
        /// The file.
        path: PathBuf,
        /// What could not be done.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A rename failed after others had been made, and one of those could not be taken back.
    #[error("{doing}, and `{}` could not be taken back", .stays.display())]
    Halfway {
        /// The file that could not be written.
        path: PathBuf,
        /// What could not be done.
        doing: String,
        /// A file that has its new text although it should not.
        stays: PathBuf,
    },
}

impl Failure {
    /// The file that could not be written.
    pub fn path(&self) -> &Path {
        match self {
            Self::Changed { path } | Self::System { path, .. } | Self::Halfway { path, .. } => path,
        }
    }
}

/// Writes all changes in a tree, or none as far as the system allows: every new text is first written beside its file and brought to the disk,
/// every file is compared with what was scanned, and only then they are renamed over one another. Nothing outside of the tree is written,
/// whatever links lie on the way. What else a file has than its bytes (mode, owner, access control lists, attributes) is kept, or the file is left.
///
/// # Errors
/// [`Failure`] with the first file that could not be changed.
pub fn write(tree: &Disk, changes: &[Change<'_>]) -> Result<Vec<HardLinks>, Failure> {
    let mut ready = Vec::with_capacity(changes.len());
    for change in changes {
        ready.push(Ready::new(tree, change)?);
    }
    for one in &ready {
        one.is_as_scanned()?;
    }
    let mut links = Vec::new();
    let mut done: Vec<Done<'_>> = Vec::new();
    for one in ready {
        let Ready { standing, old, metadata, beside, change } = one;
        links.extend(hard_links(change.path, &metadata));
        if let Err(error) = beside.replace() {
            return Err(take_back(&done, system(change.path, "the new file could not be put in place")(error)));
        }
        done.push(Done { standing, old, metadata, change });
    }
    Ok(links)
}

/// A file that is replaced already; the old one is held.
struct Done<'a> {
    standing: Arc<Standing>,
    old: File,
    metadata: fs::Metadata,
    change: Change<'a>,
}

/// A new text on the disk, beside the file that it will replace.
struct Ready<'a> {
    standing: Arc<Standing>,
    old: File,
    metadata: fs::Metadata,
    beside: Beside,
    change: Change<'a>,
}

impl<'a> Ready<'a> {
    fn new(tree: &Disk, change: &Change<'a>) -> Result<Self, Failure> {
        let failed = |doing| system(change.path, doing);
        let standing = tree.stand(change.path, Absent::Fault).and_then(|standing| Ok((standing.open()?, standing)));
        let (old, standing) = standing.map_err(failed("it cannot be replaced"))?;
        let metadata = old.metadata().map_err(failed("it is gone"))?;
        // A rename needs no right to write the file itself; that somebody took this right away is to be respected all the same.
        if metadata.permissions().readonly() {
            return Err(failed("it is write-protected")(io::ErrorKind::PermissionDenied.into()));
        }
        let standing = Arc::new(standing);
        let beside = new_text(&standing, change.after, &old, &metadata);
        let beside = beside.map_err(|(doing, error)| failed(doing)(error))?;
        Ok(Self { standing, old, metadata, beside, change: *change })
    }

    fn is_as_scanned(&self) -> Result<(), Failure> {
        let file = self.standing.open().map_err(system(self.change.path, "it could not be read again"))?;
        let mut now = Vec::with_capacity(self.change.before.len());
        // One byte more than expected is enough to tell that it grew.
        let most = self.change.before.len() as u64 + 1;
        file.take(most).read_to_end(&mut now).map_err(system(self.change.path, "it could not be read again"))?;
        if now == self.change.before { Ok(()) } else { Err(Failure::Changed { path: self.change.path.to_owned() }) }
    }
}

/// Writes `text` beside a file, and gives it all that this has.
fn new_text(standing: &Arc<Standing>, text: &[u8], old: &File, metadata: &fs::Metadata) -> Result<Beside, Lost> {
    let failed = |error| ("the new file could not be written beside it", error);
    let beside = Beside::write(standing, text, 0o600).map_err(failed)?;
    keep(&beside.file, old, metadata)?;
    beside.file.sync_all().map_err(failed)?;
    Ok(beside)
}

#[cfg(unix)]
fn hard_links(path: &Path, metadata: &fs::Metadata) -> Option<HardLinks> {
    use std::os::unix::fs::MetadataExt;
    (metadata.nlink() > 1).then(|| HardLinks { path: path.to_owned(), others: metadata.nlink() - 1 })
}

#[cfg(not(unix))]
fn hard_links(_: &Path, _: &fs::Metadata) -> Option<HardLinks> {
    None
}

/// Gives the files that were replaced already their old text again.
fn take_back(done: &[Done<'_>], failure: Failure) -> Failure {
    for Done { standing, old, metadata, change } in done.iter().rev() {
        let restored = new_text(standing, change.before, old, metadata).and_then(|beside| beside.replace().map_err(|error| ("", error)));
        if restored.is_err() {
            return Failure::Halfway { path: failure.path().to_owned(), doing: failure.to_string(), stays: change.path.to_owned() };
        }
    }
    failure
}

fn system(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Failure {
    let path = path.to_owned();
    move |source| Failure::System { path, doing, source }
}
