//! Owns opening a file of a tree so that nothing outside of it is read, whatever links lie on the way, or are put there meanwhile.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::diagnostic::reason;
use crate::source::Unread;

/// What is said of a link that ends beyond the tree.
pub(super) const LEADS_OUT: &str = "it leads out of the tree";

/// A folder beyond which nothing is opened.
#[derive(Debug)]
pub(super) struct Beneath {
    /// As the system resolves it.
    real: PathBuf,
    as_given: PathBuf,
    #[cfg(target_os = "linux")]
    folder: Option<std::os::fd::OwnedFd>,
}

impl Beneath {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            real: root.canonicalize().unwrap_or_else(|_| root.to_owned()),
            as_given: root.to_owned(),
            #[cfg(target_os = "linux")]
            folder: File::open(root).ok().map(Into::into),
        }
    }

    /// Whether a place that is there lies in the folder, all links followed.
    pub(super) fn holds(&self, place: &Path) -> bool {
        place.canonicalize().is_ok_and(|real| real.starts_with(&self.real))
    }

    /// Opens a regular file for reading, by its path from the folder, and tells how many bytes it has.
    pub(super) fn open(&self, below: &Path) -> Result<(File, u64), Unread> {
        let opened = self.opened(below).map_err(|error| match error.kind() {
            io::ErrorKind::CrossesDevices => Unread::Other(LEADS_OUT.to_owned()),
            _ => Unread::Other(reason(&error)),
        });
        let file = opened?;
        let about = file.metadata().map_err(|error| Unread::Other(reason(&error)))?;
        if about.is_file() { Ok((file, about.len())) } else { Err(Unread::Other("it is no regular file".to_owned())) }
    }

    /// On Linux the system itself refuses ways out (openat2(2), `RESOLVE_BENEATH`), so that a link that is exchanged meanwhile gains nothing.
    #[cfg(target_os = "linux")]
    fn opened(&self, below: &Path) -> io::Result<File> {
        use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
        let Some(folder) = &self.folder else { return self.checked(below) };
        // Whoever named a pipe would wait for its other end.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        match openat2(folder, below, flags, Mode::empty(), ResolveFlags::BENEATH) {
            Ok(opened) => Ok(opened.into()),
            // A kernel before 5.6, or a filter of system calls that does not know it.
            Err(rustix::io::Errno::NOSYS | rustix::io::Errno::PERM) => self.checked(below),
            Err(error) => Err(error.into()),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn opened(&self, below: &Path) -> io::Result<File> {
        self.checked(below)
    }

    /// Elsewhere the place is resolved first.
    fn checked(&self, below: &Path) -> io::Result<File> {
        let real = self.as_given.join(below).canonicalize()?;
        if real.starts_with(&self.real) { File::open(real) } else { Err(io::ErrorKind::CrossesDevices.into()) }
    }
}
