//! Owns what a worker does with one thing met on the walk, up to where somebody asks what is in it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::locate::File;
use crate::text::FileId;
use crate::walk::{Around, Content, Met, Reader, shown};

use super::{Bound, Prefilter, Rules, Set};

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

impl Run<'_> {
    fn admits(&self, bytes: &[u8]) -> bool {
        self.prefilter.is_none_or(|filter| filter.admits(bytes))
    }
}

/// What became of one thing met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look<T> {
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

    /// Reads the files of a set and asks `question` of those that could be read, when they may concern the run.
    pub fn look<T>(&mut self, run: &Run<'_>, set: Set, question: impl FnOnce(&Bound<'_>, &[&Path]) -> T) -> Vec<Look<T>> {
        let Set { bond, members } = set;
        let mut looks = Vec::with_capacity(1);
        if let [(id, met)] = members.as_slice() {
            // One file, which is the rule, is read into a buffer that is used again.
            let (path, name) = match opened(*id, met) {
                Ok(opened) => opened,
                Err(look) => return vec![look],
            };
            looks.push(match self.reader.read(&run.start.join(path)) {
                Content::Binary => Look::Binary,
                Content::Unread(reason) => Look::Unread { id: *id, path: name, reason },
                Content::Text(bytes) if !run.admits(bytes) => Look::Passed,
                Content::Text(bytes) => {
                    let file = File { id: *id, path: &name, bytes, surroundings: self.around.of(path) };
                    ask(&Bound { files: &[file], bond }, &[path], question)
                }
            });
            return looks;
        }
        let mut read: Vec<(FileId, &Path, String, Vec<u8>)> = Vec::with_capacity(members.len());
        for (id, met) in &members {
            match opened(*id, met) {
                Err(look) => looks.push(look),
                Ok((path, name)) => match self.reader.read(&run.start.join(path)) {
                    Content::Binary => looks.push(Look::Binary),
                    Content::Unread(reason) => looks.push(Look::Unread { id: *id, path: name, reason }),
                    Content::Text(bytes) => read.push((*id, path, name, bytes.to_vec())),
                },
            }
        }
        if !read.iter().any(|(_, _, _, bytes)| run.admits(bytes)) {
            looks.extend(read.iter().map(|_| Look::Passed));
            return looks;
        }
        let files: Vec<File<'_>> =
            read.iter().map(|(id, path, name, bytes)| File { id: *id, path: name, bytes, surroundings: self.around.of(path) }).collect();
        let paths: Vec<&Path> = read.iter().map(|(_, path, _, _)| *path).collect();
        looks.push(ask(&Bound { files: &files, bond }, &paths, question));
        looks
    }
}

/// The path of what was met, and the same for people.
fn opened<T>(id: FileId, met: &Met) -> Result<(&Path, String), Look<T>> {
    match met {
        Met::File { path, .. } => Ok((path, shown(path))),
        Met::Unread { path, reason } => Err(Look::Unread { id, path: shown(path), reason: reason.clone() }),
    }
}

fn ask<T>(bound: &Bound<'_>, paths: &[&Path], question: impl FnOnce(&Bound<'_>, &[&Path]) -> T) -> Look<T> {
    // A mistake of ours in one file must not hide what is in the others; it is told as a file that was not read.
    if let Ok(answer) = catch_unwind(AssertUnwindSafe(|| question(bound, paths))) {
        return Look::Done(answer);
    }
    let (id, path) = bound.files.first().map_or((FileId(0), String::new()), |file| (file.id, file.path.to_owned()));
    Look::Unread { id, path, reason: "transship failed on it; please report this".to_owned() }
}
