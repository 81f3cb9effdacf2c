//! Owns what a process leaves behind when it is killed: a pipe that ends when the last process that could write to it is gone.

use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A pipe that a process of the test writes to. It is looked at by its end, not by the clock: a killed process may be seen for a moment yet.
#[derive(Debug)]
pub(crate) struct Witness {
    path: PathBuf,
    /// Keeps the pipe open for both sides, so that nobody waits at its opening, whether the process comes to write or not.
    both: File,
    reader: File,
}

#[allow(dead_code, reason = "each test binary uses its part")]
impl Witness {
    pub(crate) fn new(folder: &Path) -> Self {
        let path = folder.join("witness");
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let both = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        let reader = File::open(&path).unwrap();
        Self { path, both, reader }
    }

    /// Lets `run` run a script with a limit that ends it, and looks at what its child said after that. A machine may take longer than the
    /// limit to start the script at all, which tells nothing: then the limit is doubled.
    pub(crate) fn of_an_end(run: impl Fn(&Path, &str, Duration)) {
        let mut limit = Duration::from_millis(500);
        loop {
            let folder = tempfile::tempdir().unwrap();
            let witness = Self::new(folder.path());
            run(folder.path(), &witness.child(), limit);
            let words = witness.words();
            assert!(!words.contains("survived"), "{words}");
            if !words.is_empty() {
                return;
            }
            limit *= 2;
        }
    }

    /// Lines of a shell script that leave a child behind: it says "started", sleeps, and says "survived" if nobody kills it.
    pub(crate) fn child(&self) -> String {
        format!("(echo started; sleep 20; echo survived) > {} &\nsleep 20", self.path.display())
    }

    /// A second end to write to, for whoever is to be waited for in the same way.
    pub(crate) fn pen(&self) -> File {
        self.both.try_clone().unwrap()
    }

    /// The next line, when it comes.
    pub(crate) fn line(&mut self) -> String {
        let mut line = Vec::new();
        let mut byte = [0];
        while !line.ends_with(b"\n") {
            self.reader.read_exact(&mut byte).unwrap();
            line.extend(byte);
        }
        String::from_utf8(line).unwrap()
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
