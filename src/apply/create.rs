//! Owns writing a file that was not there, or is to be replaced as a whole.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::beside::Beside;
use crate::disk::{Absent, Disk};

/// What happens to a file that is already there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and writing fails.
    #[default]
    Refuse,
    /// It is replaced.
    Replace,
}

/// What a new file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is read.
    Data,
    /// It is run: mode 755.
    Script,
}

/// Writes `text` to `path` in a tree, whole or not at all. Folders on the way are made.
///
/// # Errors
/// What the system says; [`io::ErrorKind::AlreadyExists`] when the file is there and shall stay, [`io::ErrorKind::CrossesDevices`] when a link
/// leads out of the tree.
pub fn create(tree: &Disk, path: &Path, text: &[u8], existing: Existing, mode: Mode) -> io::Result<()> {
    let standing = Arc::new(tree.stand(path, Absent::Make)?);
    // As readable as any new file (less the user's umask).
    let beside = Beside::write(&standing, text, 0o666)?;
    #[cfg(unix)]
    if mode == Mode::Script {
        use std::os::unix::fs::PermissionsExt;
        beside.file.set_permissions(std::fs::Permissions::from_mode(0o755))?;
    }
    #[cfg(not(unix))]
    let _ = mode;
    beside.file.sync_all()?;
    match existing {
        Existing::Refuse => beside.fill(),
        Existing::Replace => beside.replace(),
    }
}
