//! Owns writing changed files so that each is either the old one or the new one, whatever happens.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

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
    #[error("{doing}: {}", crate::diagnostic::reason(.source))]
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

/// Writes all changes, or none as far as the system allows: every new text is first written beside its file and brought to the disk, every
/// file is compared with what was scanned, and only then they are renamed over one another. Mode is kept, and owner where the system lets us.
///
/// # Errors
/// [`Failure`] with the first file that could not be changed.
pub fn write(changes: &[Change<'_>]) -> Result<Vec<HardLinks>, Failure> {
    let mut ready = Vec::with_capacity(changes.len());
    for change in changes {
        ready.push(Ready::new(change)?);
    }
    for one in &ready {
        one.is_as_scanned()?;
    }
    let mut links = Vec::new();
    let mut done: Vec<(PathBuf, &[u8], fs::Metadata)> = Vec::new();
    for one in ready {
        let Ready { target, temporary, metadata, change } = one;
        links.extend(hard_links(change.path, &metadata));
        if let Err(error) = temporary.persist(&target) {
            return Err(take_back(&done, system(change.path, "the new file could not be put in place")(error.error)));
        }
        sync_folder(&target);
        done.push((target, change.before, metadata));
    }
    Ok(links)
}

/// A new text on the disk, beside the file that it will replace.
struct Ready<'a> {
    target: PathBuf,
    temporary: NamedTempFile,
    metadata: fs::Metadata,
    change: Change<'a>,
}

impl<'a> Ready<'a> {
    fn new(change: &Change<'a>) -> Result<Self, Failure> {
        let failed = |doing| system(change.path, doing);
        let target = change.path.canonicalize().map_err(failed("it is gone"))?;
        let metadata = fs::metadata(&target).map_err(failed("it is gone"))?;
        // A rename needs no right to write the file itself; that somebody took this right away is to be respected all the same.
        if metadata.permissions().readonly() {
            return Err(failed("it is write-protected")(io::ErrorKind::PermissionDenied.into()));
        }
        let temporary = temporary(&target, change.after, &metadata).map_err(failed("the new file could not be written beside it"))?;
        Ok(Self { target, temporary, metadata, change: *change })
    }

    fn is_as_scanned(&self) -> Result<(), Failure> {
        let file = File::open(&self.target).map_err(system(self.change.path, "it could not be read again"))?;
        let mut now = Vec::with_capacity(self.change.before.len());
        // One byte more than expected is enough to tell that it grew.
        let most = self.change.before.len() as u64 + 1;
        file.take(most).read_to_end(&mut now).map_err(system(self.change.path, "it could not be read again"))?;
        if now == self.change.before { Ok(()) } else { Err(Failure::Changed { path: self.change.path.to_owned() }) }
    }
}

/// Writes `text` to a new file in the folder of `target`, with the same mode and owner. It is removed when it is dropped.
fn temporary(target: &Path, text: &[u8], like: &fs::Metadata) -> io::Result<NamedTempFile> {
    let folder = target.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".transship-").suffix(".tmp").tempfile_in(folder)?;
    file.write_all(text)?;
    own(file.as_file(), like);
    // After the owner, since a change of owner clears the set-id bits.
    file.as_file().set_permissions(like.permissions())?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Gives the file the owner that it had. Only root may give files away, so a refusal is the usual case and no failure.
#[cfg(unix)]
fn own(file: &File, like: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, fchown};
    let same = file.metadata().is_ok_and(|now| now.uid() == like.uid() && now.gid() == like.gid());
    if !same && fchown(file, Some(like.uid()), Some(like.gid())).is_err() {
        let _ = fchown(file, None, Some(like.gid()));
    }
}

#[cfg(not(unix))]
fn own(_: &File, _: &fs::Metadata) {}

#[cfg(unix)]
fn hard_links(path: &Path, metadata: &fs::Metadata) -> Option<HardLinks> {
    use std::os::unix::fs::MetadataExt;
    (metadata.nlink() > 1).then(|| HardLinks { path: path.to_owned(), others: metadata.nlink() - 1 })
}

#[cfg(not(unix))]
fn hard_links(_: &Path, _: &fs::Metadata) -> Option<HardLinks> {
    None
}

/// Brings the rename itself to the disk. Some file systems cannot do that for a folder; the file is whole in either case.
fn sync_folder(target: &Path) {
    if let Some(folder) = target.parent().and_then(|folder| File::open(folder).ok()) {
        let _ = folder.sync_all();
    }
}

/// Gives the files that were replaced already their old text again.
fn take_back(done: &[(PathBuf, &[u8], fs::Metadata)], failure: Failure) -> Failure {
    for (target, before, metadata) in done.iter().rev() {
        let restored = temporary(target, before, metadata).and_then(|file| file.persist(target).map_err(|error| error.error));
        if restored.is_err() {
            return Failure::Halfway { path: failure.path().to_owned(), doing: failure.to_string(), stays: target.clone() };
        }
    }
    failure
}

fn system(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Failure {
    let path = path.to_owned();
    move |source| Failure::System { path, doing, source }
}
