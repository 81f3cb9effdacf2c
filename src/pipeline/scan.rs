//! Owns what a worker does with one thing met on the walk, up to where somebody asks what is in it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::locate::File;
use crate::text::FileId;
use crate::walk::{Around, Content, Met, Named, Reader, shown};

use super::{Prefilter, Rules};

/// What a run asks of each file.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The rules.
    pub rules: &'a Rules,
    /// What a file must hold to be parsed; `None` parses all of them.
    pub prefilter: Option<&'a Prefilter>,
    /// The current folder.
    pub start: &'a Path,
}

/// What became of one thing met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look<T> {
    /// No format claims its name: it was not opened.
    NotOurs,
    /// It was read, and nothing in it can concern the run.
    Passed,
    /// It is no text.
    Binary,
    /// It could not be read.
    Unread {
        /// Its number.
        id: FileId,
        /// Its path, for people.
        path: String,
        /// Why.
        reason: String,
    },
    /// What the question said.
    Done(T),
}

/// A worker's belongings: the buffer and the memory of folders.
#[derive(Debug)]
pub struct Worker {
    reader: Reader,
    around: Around,
}

impl Worker {
    /// For runs that start in the folder `start`.
    #[must_use]
    pub fn new(start: &Path) -> Self {
        Self { reader: Reader::default(), around: Around::new(start) }
    }

    /// Reads what was met and asks `question` of it, when it may concern the run.
    pub fn look<T>(&mut self, run: &Run<'_>, number: usize, met: Met, question: impl FnOnce(&File<'_>, &Path) -> T) -> Look<T> {
        // More than four thousand million files are not walked in the life of a process.
        let id = FileId(u32::try_from(number).unwrap_or(u32::MAX));
        let (path, named) = match met {
            Met::File { path, named } => (path, named),
            Met::Unread { path, reason } => return Look::Unread { id, path: shown(&path), reason },
        };
        let name = shown(&path);
        if named == Named::No && !run.rules.formats.claims(&name) {
            return Look::NotOurs;
        }
        let bytes = match self.reader.read(&path) {
            Content::Text(bytes) => bytes,
            Content::Binary => return Look::Binary,
            Content::Unread(reason) => return Look::Unread { id, path: name, reason },
        };
        if run.prefilter.is_some_and(|filter| !filter.admits(bytes)) {
            return Look::Passed;
        }
        let file = File { id, path: &name, bytes, surroundings: self.around.of(&path) };
        // A mistake of ours in one file must not hide what is in the others; it is told as a file that was not read.
        match catch_unwind(AssertUnwindSafe(|| question(&file, &path))) {
            Ok(answer) => Look::Done(answer),
            Err(_) => Look::Unread { id, path: name, reason: "transship failed on it; please report this".to_owned() },
        }
    }
}
