//! Owns writing a file that was not there, or is to be replaced as a whole.

use std::io::{self, Write};
use std::path::Path;

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

/// Writes `text` to `path`, whole or not at all.
///
/// # Errors
/// What the system says; [`io::ErrorKind::AlreadyExists`] when the file is there and shall stay.
pub fn create(path: &Path, text: &[u8], existing: Existing, mode: Mode) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        // A temporary file is private; this one is to be as readable as any new file (less the user's umask).
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.prefix(".transship-").suffix(".tmp").tempfile_in(folder)?;
    file.write_all(text)?;
    #[cfg(unix)]
    if mode == Mode::Script {
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o755))?;
    }
    #[cfg(not(unix))]
    let _ = mode;
    file.as_file().sync_all()?;
    match existing {
        Existing::Refuse => file.persist_noclobber(path),
        Existing::Replace => file.persist(path),
    }
    .map(|_| ())
    .map_err(|error| error.error)
}
