//! Owns a new text that is written beside the file that it will replace, under a name that tells it from other files.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::disk::{Absent, Disk, Standing, begun_name};
use crate::process::{Begun, begin};

/// A new text that is not in its place yet. Dropped, or when the run is interrupted, it is gone.
#[derive(Debug)]
pub(super) struct Beside {
    standing: Arc<Standing>,
    name: OsString,
    pub(super) file: File,
    #[expect(dead_code, reason = "held for its drop")]
    begun: Begun,
}

impl Beside {
    /// Writes `text` beside the file.
    pub(super) fn write(standing: &Arc<Standing>, text: &[u8], mode: u32) -> io::Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name: OsString = begun_name(std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed)).into();
        let (undone, called) = (Arc::clone(standing), name.clone());
        let (file, begun) = begin(|| standing.beside(&name, mode), move || drop(undone.remove(&called)))?;
        let mut beside = Self { standing: Arc::clone(standing), name, file, begun };
        // As long as it is held, somebody writes: whoever finds the file and gets the lock knows that nobody does. Where there are no locks,
        // nobody gets one.
        let _ = beside.file.try_lock();
        beside.file.write_all(text)?;
        Ok(beside)
    }

    /// Puts it in the place of the file. Its folder is not brought to the disk: after a loss of power the file has its old text or its new one, each
    /// of them whole.
    pub(super) fn replace(self) -> io::Result<()> {
        self.standing.replace(&self.name)
    }

    /// Puts it where nothing is yet.
    pub(super) fn fill(self) -> io::Result<()> {
        self.standing.fill(&self.name)?;
        self.standing.sync();
        Ok(())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // In its place it has this name no more.
        let _ = self.standing.remove(&self.name);
    }
}

/// Removes what runs began to write in a tree and nobody will end any more, since they were killed. What cannot be removed stays.
pub fn clear(tree: &Disk) {
    for place in tree.begun() {
        let _ = tree.stand(&place, Absent::Fault).and_then(|standing| {
            // Whoever still writes has the lock.
            standing.open()?.try_lock()?;
            standing.remove(standing.name())
        });
    }
}
