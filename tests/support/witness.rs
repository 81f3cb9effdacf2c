//! Owns what a process leaves behind when it is killed: a pipe that ends when the last process that could write to it is gone.

use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A pipe that a process of the test writes to. It is looked at by its end, not by the clock: a killed process may be seen for a moment yet.
#[derive(Debug)]
pub(crate) struct Witness {
    path: PathBuf,
    /// Keeps the pipe open for both sides, so that nobody waits at its opening, whether the process comes to write or not.
    both: File,
    reader: File,
}

impl Witness {
    pub(crate) fn new(folder: &Path) -> Self {
        let path = folder.join("witness");
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let both = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        let reader = File::open(&path).unwrap();
        Self { path, both, reader }
    }

    /// Lines of a shell script that leave a child behind: it says "started", sleeps, and says "survived" if nobody kills it.
    pub(crate) fn child(&self) -> String {
        format!("(echo started; sleep 20; echo survived) > {} &\nsleep 20", self.path.display())
    }

    /// What was written, when the last writer is gone.
    pub(crate) fn words(self) -> String {
        let Self { both, mut reader, .. } = self;
        drop(both);
        let mut words = String::new();
        reader.read_to_string(&mut words).unwrap();
        words
    }
}
