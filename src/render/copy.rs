//! Owns how the files of a scratch copy are made, so that nothing outside of it is written.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

/// Folders in folders that are copied: those of the tree, and charts laid into charts.
const DEEPEST: usize = 500;

/// Makes the folder `to` of links to the files of `from`, both in scratch; says how many files there are.
pub(super) fn clone(from: &Path, to: &Path, depth: usize) -> io::Result<usize> {
    if depth > DEEPEST {
        return Err(io::Error::other("too many folders in folders"));
    }
    fs::create_dir_all(to)?;
    let mut files = 0;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            files += clone(&entry.path(), &target, depth + 1)?;
        } else if kind.is_symlink() {
            link(&fs::read_link(entry.path())?, &target)?;
        } else {
            // Not every file system has links.
            fs::hard_link(entry.path(), &target).or_else(|_| fs::copy(entry.path(), &target).map(|_| ()))?;
            files += 1;
        }
    }
    Ok(files)
}

/// `path` seen from `folder`, both inside a tree, without `.` and `..`; `None` when it leads out of the tree.
pub(super) fn resolve(folder: &Path, path: &Path) -> Option<PathBuf> {
    let mut resolved = PathBuf::new();
    for part in folder.components().chain(path.components()) {
        match part {
            Component::CurDir => {}
            Component::Normal(name) => resolved.push(name),
            Component::ParentDir => {
                if !resolved.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(resolved)
}

/// Writes a file of a scratch copy anew: the old one may be linked from elsewhere. A failure leaves nothing that anyone needs.
pub(super) fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => File::create_new(path)?.write_all(text),
    }
}

#[cfg(unix)]
pub(super) fn link(target: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, at)
}

#[cfg(not(unix))]
pub(super) fn link(_target: &Path, at: &Path) -> io::Result<()> {
    write(at, b"")
}

/// A tree of these files, for tests.
#[cfg(test)]
pub(super) fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let tree = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = tree.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        write(&path, text.as_bytes()).unwrap();
    }
    tree
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_resolved_within_the_tree_only() {
        assert_eq!(resolve(Path::new("a/b"), Path::new("../c/./d")), Some(PathBuf::from("a/c/d")));
        assert_eq!(resolve(Path::new("a"), Path::new("..")), Some(PathBuf::new()));
        assert_eq!(resolve(Path::new("a"), Path::new("../../x")), None);
        assert_eq!(resolve(Path::new("a"), Path::new("/etc/passwd")), None);
    }
}
