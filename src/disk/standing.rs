//! Owns where a file really stands: its folder, held, and its name there, so that no link leads elsewhere what is done to it.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;

/// A file's folder, all links followed, and its name in it, under which nothing need be there.
#[derive(Debug)]
pub struct Standing {
    pub(super) folder: system::Folder,
    pub(super) name: OsString,
}

/// What is done about folders on the way to a file that are not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// They are a fault.
    Fault,
    /// They are made.
    Make,
}

impl Standing {
    /// Opens the file for reading.
    ///
    /// # Errors
    /// What the system says; [`io::ErrorKind::InvalidInput`] for what is no regular file.
    pub fn open(&self) -> io::Result<File> {
        let file = system::open(&self.folder, &self.name)?;
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::InvalidInput.into()) }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &OsStr {
        &self.name
    }

    /// Makes a new file beside it, which has this mode less the user's umask.
    ///
    /// # Errors
    /// What the system says; [`io::ErrorKind::AlreadyExists`] when the name is taken.
    pub fn beside(&self, name: &OsStr, mode: u32) -> io::Result<File> {
        system::create(&self.folder, name, mode)
    }

    /// Gives it the content of a file beside it, which loses its own name.
    ///
    /// # Errors
    /// What the system says.
    pub fn replace(&self, by: &OsStr) -> io::Result<()> {
        system::rename(&self.folder, by, &self.name)
    }

    /// The same where nothing is there yet.
    ///
    /// # Errors
    /// What the system says; [`io::ErrorKind::AlreadyExists`] when something is there.
    pub fn fill(&self, by: &OsStr) -> io::Result<()> {
        match system::link(&self.folder, by, &self.name) {
            Ok(()) => self.remove(by),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
            // Not every file system has two names for a file.
            Err(_) if self.open().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) => self.replace(by),
            Err(error) => Err(error),
        }
    }

    /// Removes a file beside it.
    ///
    /// # Errors
    /// What the system says.
    pub fn remove(&self, name: &OsStr) -> io::Result<()> {
        system::remove(&self.folder, name)
    }

    /// Brings names to the disk. Some file systems cannot do that for a folder; each file is whole in either case.
    pub fn sync(&self) {
        let _ = system::sync(&self.folder);
    }
}

#[cfg(unix)]
mod system {
    use std::ffi::OsStr;
    use std::fs::File;
    use std::io;
    use std::os::fd::OwnedFd;

    use rustix::fs::{AtFlags, Mode, OFlags, fsync, linkat, openat, renameat, unlinkat};

    pub(in super::super) type Folder = OwnedFd;

    /// Whoever opened a pipe would wait for its other end.
    const LOOK: OFlags = OFlags::RDONLY.union(OFlags::NOFOLLOW).union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);

    pub(super) fn open(folder: &Folder, name: &OsStr) -> io::Result<File> {
        Ok(openat(folder, name, LOOK, Mode::empty())?.into())
    }

    pub(super) fn create(folder: &Folder, name: &OsStr, mode: u32) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        // Modes have 16 bits on some systems, and these have 9.
        Ok(openat(folder, name, flags, Mode::from_bits_truncate(mode as _))?.into())
    }

    pub(super) fn rename(folder: &Folder, from: &OsStr, to: &OsStr) -> io::Result<()> {
        Ok(renameat(folder, from, folder, to)?)
    }

    pub(super) fn link(folder: &Folder, from: &OsStr, to: &OsStr) -> io::Result<()> {
        Ok(linkat(folder, from, folder, to, AtFlags::empty())?)
    }

    pub(super) fn remove(folder: &Folder, name: &OsStr) -> io::Result<()> {
        Ok(unlinkat(folder, name, AtFlags::empty())?)
    }

    pub(super) fn sync(folder: &Folder) -> io::Result<()> {
        Ok(fsync(folder)?)
    }
}

/// Elsewhere a folder is a path that was resolved.
#[cfg(not(unix))]
mod system {
    use std::ffi::OsStr;
    use std::fs::{self, File};
    use std::io;
    use std::path::PathBuf;

    pub(in super::super) type Folder = PathBuf;

    pub(super) fn open(folder: &Folder, name: &OsStr) -> io::Result<File> {
        File::open(folder.join(name))
    }

    pub(super) fn create(folder: &Folder, name: &OsStr, _mode: u32) -> io::Result<File> {
        File::options().read(true).write(true).create_new(true).open(folder.join(name))
    }

    pub(super) fn rename(folder: &Folder, from: &OsStr, to: &OsStr) -> io::Result<()> {
        fs::rename(folder.join(from), folder.join(to))
    }

    pub(super) fn link(folder: &Folder, from: &OsStr, to: &OsStr) -> io::Result<()> {
        fs::hard_link(folder.join(from), folder.join(to))
    }

    pub(super) fn remove(folder: &Folder, name: &OsStr) -> io::Result<()> {
        fs::remove_file(folder.join(name))
    }

    pub(super) fn sync(_: &Folder) -> io::Result<()> {
        Ok(())
    }
}
