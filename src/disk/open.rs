//! Owns opening a file of a tree so that nothing outside of it is read or written, whatever links lie on the way, or are put there meanwhile.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::standing::{Absent, Standing};
use crate::diagnostic::reason;
use crate::source::Unread;

/// What is said of a link that ends beyond the tree.
pub(super) const LEADS_OUT: &str = "it leads out of the tree";

/// A folder beyond which nothing is opened.
#[derive(Debug)]
pub(super) struct Beneath {
    /// As the system resolves it.
    real: PathBuf,
    #[cfg(not(unix))]
    as_given: PathBuf,
    #[cfg(unix)]
    folder: Option<std::os::fd::OwnedFd>,
}

/// Why a file of a tree cannot be opened or written, for people.
#[must_use]
pub fn told(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::CrossesDevices => LEADS_OUT.to_owned(),
        io::ErrorKind::InvalidInput => "it is no regular file".to_owned(),
        _ => reason(error),
    }
}

impl Beneath {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            real: root.canonicalize().unwrap_or_else(|_| root.to_owned()),
            #[cfg(not(unix))]
            as_given: root.to_owned(),
            #[cfg(unix)]
            // The folder that people are in may be the root.
            folder: File::open(if root.as_os_str().is_empty() { Path::new(".") } else { root }).ok().map(Into::into),
        }
    }

    /// Whether a place that is there lies in the folder, all links followed.
    pub(super) fn holds(&self, place: &Path) -> bool {
        place.canonicalize().is_ok_and(|real| real.starts_with(&self.real))
    }

    /// Opens a regular file for reading, by its path from the folder, and tells how many bytes it has.
    pub(super) fn open(&self, below: &Path) -> Result<(File, u64), Unread> {
        let file = self.opened(below).and_then(|file| Ok((file.metadata()?, file)));
        match file {
            Ok((about, file)) if about.is_file() => Ok((file, about.len())),
            Ok(_) => Err(io::ErrorKind::InvalidInput.into()),
            Err(error) => Err(error),
        }
        .map_err(|error| Unread::Other(told(&error)))
    }

    /// On Linux the system itself refuses ways out in one call (openat2(2), `RESOLVE_BENEATH`).
    #[cfg(target_os = "linux")]
    fn opened(&self, below: &Path) -> io::Result<File> {
        use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
        use rustix::io::Errno;
        let folder = self.folder.as_ref().ok_or(io::ErrorKind::NotFound)?;
        // Whoever named a pipe would wait for its other end.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        match openat2(folder, below, flags, Mode::empty(), ResolveFlags::BENEATH) {
            Ok(opened) => Ok(opened.into()),
            // A kernel before 5.6, a filter of system calls that does not know it, or a folder that was moved meanwhile.
            Err(Errno::NOSYS | Errno::PERM | Errno::AGAIN) => self.stand(below, Absent::Fault)?.open(),
            Err(error) => Err(error.into()),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn opened(&self, below: &Path) -> io::Result<File> {
        self.stand(below, Absent::Fault)?.open()
    }

    /// Where a file really stands, by its path from the folder.
    ///
    /// # Errors
    /// What the system says; [`io::ErrorKind::CrossesDevices`] where that is not in the folder.
    #[cfg(unix)]
    pub(super) fn stand(&self, below: &Path, absent: Absent) -> io::Result<Standing> {
        let root = self.folder.as_ref().ok_or(io::ErrorKind::NotFound)?;
        super::way::to(root, below, absent).map(|(folder, name)| Standing { folder, name })
    }

    #[cfg(not(unix))]
    pub(super) fn stand(&self, below: &Path, absent: Absent) -> io::Result<Standing> {
        let place = self.as_given.join(below);
        let end = place.canonicalize().unwrap_or(place);
        let (Some(folder), Some(name)) = (end.parent(), end.file_name()) else { return Err(io::ErrorKind::IsADirectory.into()) };
        if absent == Absent::Make {
            let there = folder.ancestors().find_map(|folder| folder.canonicalize().ok());
            if there.is_none_or(|there| !there.starts_with(&self.real)) {
                return Err(io::ErrorKind::CrossesDevices.into());
            }
            std::fs::create_dir_all(folder)?;
        }
        let folder = folder.canonicalize()?;
        if folder.starts_with(&self.real) {
            Ok(Standing { folder, name: name.to_owned() })
        } else {
            Err(io::ErrorKind::CrossesDevices.into())
        }
    }
}
