//! Owns the way from a set to its reading: its files are read, and looked into when they may concern the run.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::link::{Around, Claimed, Set};
use crate::source::{Content, Files, Met, TreePath, content};
use crate::text::FileId;

use super::loaded::OneFile;
use super::{Loaded, Prefilter, Reading, Rules};

/// What became of one thing met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look<T> {
    /// It was read, and nothing in it can concern the run.
    Passed,
    /// It is no text.
    Binary {
        /// Its number.
        id: FileId,
        /// Its path as people would type it.
        path: String,
    },
    /// It could not be read.
    Unread {
        /// Its number.
        id: FileId,
        /// Its path as people would type it.
        path: String,
        /// Why.
        reason: String,
    },
    /// No format reads it, and it could not be looked through for old names either.
    Overlooked {
        /// Its number.
        id: FileId,
        /// Its path as people would type it.
        path: String,
        /// Why.
        reason: String,
    },
    /// What the question said.
    Done(T),
}

/// Reads the sets of a tree one after the other. Each thread of a run has one of its own.
pub struct Judge<'a> {
    files: &'a dyn Files,
    rules: &'a Rules,
    prefilter: Option<&'a Prefilter>,
    only: Option<&'a TreePath>,
    around: Around<'a>,
    buffer: Vec<u8>,
}

impl<'a> Judge<'a> {
    /// Looks into every file of `files`.
    pub fn new(files: &'a dyn Files, rules: &'a Rules) -> Self {
        Self { files, rules, prefilter: None, only: None, around: Around::new(files), buffer: Vec::new() }
    }

    /// The same, but a set is parsed only when one of its files holds what `prefilter` looks for.
    #[must_use]
    pub fn filtered(self, prefilter: Option<&'a Prefilter>) -> Self {
        Self { prefilter, ..self }
    }

    /// The same, but only of one file anything is said, and nothing is changed in others: those of its set are read beside it.
    #[must_use]
    pub fn only(self, path: &'a TreePath) -> Self {
        Self { only: Some(path), ..self }
    }

    /// Reads the files of a set, and asks `question` of those that could be read, when they may concern the run.
    pub fn look<T>(&mut self, set: Set, question: impl FnOnce(&Reading<'_>) -> T) -> Vec<Look<T>> {
        if set.claimed == Claimed::No {
            return self.look_through(set, question);
        }
        let mut looks = Vec::with_capacity(1);
        let mut loaded = Loaded { claimed: Claimed::Yes, only: None, all: Vec::with_capacity(set.members.len()) };
        let mut admitted = self.prefilter.is_none();
        let is_alone = set.members.len() == 1;
        for (id, met) in set.members {
            let path = match met {
                Met::Unread { path, reason } => {
                    looks.push(Look::Unread { id, path: self.files.shown(&path), reason });
                    continue;
                }
                Met::File { path, .. } => path,
            };
            match content(self.files, &path, &mut self.buffer) {
                Content::Binary | Content::Unread(_) if self.only.is_some_and(|only| *only != path) => {}
                Content::Binary => looks.push(Look::Binary { id, path: self.files.shown(&path) }),
                Content::Unread(reason) => looks.push(Look::Unread { id, path: self.files.shown(&path), reason: reason.to_string() }),
                Content::Text(bytes) => {
                    admitted = admitted || self.prefilter.is_some_and(|filter| filter.admits(bytes));
                    // Of a file that stands alone, which is the rule, nothing is kept unless it matters.
                    if is_alone && !admitted {
                        looks.push(Look::Passed);
                        continue;
                    }
                    if self.only == Some(&path) {
                        loaded.only = Some(id);
                    }
                    let (shown, surroundings) = (self.files.shown(&path), self.around.of(&path));
                    loaded.all.push(OneFile { id, path, shown, surroundings, bytes: std::mem::take(&mut self.buffer) });
                }
            }
        }
        if self.only.is_some() && loaded.only.is_none() {
            // Of the one file that was asked about nothing can be said, and what is said of the others is no answer.
            return looks;
        }
        if !admitted {
            looks.extend(loaded.all.iter().map(|_| Look::Passed));
        } else if !loaded.all.is_empty() {
            looks.push(ask(&loaded, self.rules, question));
        }
        looks
    }

    /// Reads files that no format claims, and asks `question` of those that name what a mapping takes from.
    fn look_through<T>(&mut self, set: Set, question: impl FnOnce(&Reading<'_>) -> T) -> Vec<Look<T>> {
        let mut looks = Vec::new();
        let mut loaded = Loaded { claimed: Claimed::No, only: None, all: Vec::new() };
        for (id, met) in set.members {
            let Met::File { path, .. } = met else { continue };
            match content(self.files, &path, &mut self.buffer) {
                Content::Text(bytes) if self.rules.names.may_stand_in(bytes) => {
                    let (shown, surroundings) = (self.files.shown(&path), self.around.of(&path));
                    loaded.all.push(OneFile { id, path, shown, surroundings, bytes: std::mem::take(&mut self.buffer) });
                }
                Content::Text(_) | Content::Binary => {}
                Content::Unread(reason) => looks.push(Look::Overlooked { id, path: self.files.shown(&path), reason: reason.to_string() }),
            }
        }
        if !loaded.all.is_empty() {
            looks.push(ask(&loaded, self.rules, question));
        }
        looks
    }
}

fn ask<T>(loaded: &Loaded, rules: &Rules, question: impl FnOnce(&Reading<'_>) -> T) -> Look<T> {
    // A mistake of ours in one file must not hide what is in the others; it is told as a file that was not read.
    if let Ok(answer) = catch_unwind(AssertUnwindSafe(|| question(&Reading::new(loaded, rules)))) {
        return Look::Done(answer);
    }
    let (id, path) = loaded.all.first().map_or((FileId(0), String::new()), |file| (file.id, file.shown.clone()));
    Look::Unread { id, path, reason: "transship failed on it; please report this".to_owned() }
}
