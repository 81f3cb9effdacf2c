//! Owns how much the clones of a campaign take on the disk: they are kept for the next run as long as there is room.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A folder of clones.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    most: u64,
    used: AtomicU64,
}

impl Cache {
    /// The clones in a folder, which may take `most` bytes together.
    #[must_use]
    pub fn new(folder: &Path, most: u64) -> Self {
        Self { used: AtomicU64::new(size(folder)), folder: folder.to_owned(), most }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Does something with a clone, and lets go of it afterwards where all together take too much.
    pub fn with<T>(&self, clone: &Path, work: impl FnOnce() -> T) -> T {
        let before = size(clone);
        let done = work();
        let after = size(clone);
        let used = self.used.fetch_add(after, Ordering::Relaxed).saturating_add(after).saturating_sub(before);
        self.used.fetch_sub(before, Ordering::Relaxed);
        // What cannot be removed is found again by the next run.
        if used > self.most && fs::remove_dir_all(clone).is_ok() {
            self.used.fetch_sub(after, Ordering::Relaxed);
        }
        done
    }
}

/// Bytes of all files in a folder; what cannot be looked at counts nothing.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let of = |entry: fs::DirEntry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => size(&entry.path()),
        Ok(_) => entry.metadata().map_or(0, |about| about.len()),
        Err(_) => 0,
    };
    entries.map(of).sum()
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test writes its scratch files")]
mod tests {
    use super::*;

    #[test]
    fn clones_stay_as_long_as_there_is_room() {
        let folder = tempfile::TempDir::new().unwrap();
        let cache = Cache::new(folder.path(), 100);
        let fill = |name: &str, bytes: usize| {
            let clone = folder.path().join(name);
            cache.with(&clone, || {
                fs::create_dir_all(&clone).unwrap();
                fs::write(clone.join("pack"), vec![0; bytes]).unwrap();
            });
            clone.is_dir()
        };
        assert!(fill("a", 60) && fill("a", 50) && !fill("b", 60) && fill("c", 40));
        assert!(!fill("a", 80) && fill("d", 50));
    }
}
