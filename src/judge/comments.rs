//! Owns the comments of ours in a set of files, and the occurrences that they keep from being planned.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::Reason;
use crate::diagnostic::{By, Diagnostic, Standing};
use crate::lint::suppression::{MARK, Suppressions};
use crate::lint::{missing_reason, unused_suppression};
use crate::locate::File;
use crate::mapping::Decision;
use crate::occurrence::Occurrence;
use crate::text::{Lines, Span};

use super::{Obeyed, Rules};

/// The comments of the files that have any.
pub(super) struct Comments<'a> {
    files: Vec<Commented<'a>>,
    held: RefCell<BTreeMap<Span, Kept>>,
}

/// What is held back of an occurrence.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    /// The lint whose finding it would be.
    pub(super) code: &'static str,
    /// What would become of it.
    pub(super) decision: Decision,
    /// What holds it back.
    pub(super) standing: Standing,
}

/// One file and its comments.
struct Commented<'a> {
    file: File<'a>,
    lines: Lines<'a>,
    all: Suppressions,
}

impl<'a> Comments<'a> {
    /// Those that count.
    pub(super) fn read(files: &[File<'a>], obeyed: Obeyed) -> Self {
        if obeyed == Obeyed::No {
            return Self { files: Vec::new(), held: RefCell::default() };
        }
        let any = |file: &&File<'_>| memchr::memmem::find(file.bytes, MARK.as_bytes()).is_some();
        let read = |file: &File<'a>| {
            let lines = Lines::new(file.bytes);
            let all = Suppressions::read(file.bytes, &lines);
            Commented { file: *file, lines, all }
        };
        Self { files: files.iter().filter(any).map(read).collect(), held: RefCell::default() }
    }

    /// Whether a finding of lint `code` is held back at a place; the comment counts as used then.
    pub(super) fn hold(&self, code: &str, place: Span) -> bool {
        let own = self.files.iter().find(|own| own.file.id == place.file);
        own.is_some_and(|own| own.all.holds(code, own.lines.position(place.start).line))
    }

    /// What a finding that a comment holds back stands as.
    pub(super) fn standing(&self, code: &str, place: Span) -> Standing {
        let own = self.files.iter().find(|own| own.file.id == place.file);
        let reason = own.and_then(|own| own.all.reason(code, own.lines.position(place.start).line)).map(Arc::from);
        Standing::Old { by: By::Comment, reason }
    }

    /// Holds the occurrence's text back with its finding.
    pub(super) fn keep(&self, occurrence: &Occurrence, kept: Kept) {
        self.held.borrow_mut().insert(occurrence.place, kept);
    }

    /// What is held back of the occurrence.
    pub(super) fn kept_of(&self, occurrence: &Occurrence) -> Option<Kept> {
        self.held.borrow().get(&occurrence.place).cloned()
    }

    /// Whether the occurrence's text is held back.
    pub(super) fn keeps(&self, occurrence: &Occurrence) -> bool {
        self.held.borrow().contains_key(&occurrence.place)
    }

    /// How many occurrences are held back.
    pub(super) fn kept(&self) -> usize {
        self.held.borrow().len()
    }

    /// What the lints say of the comments themselves; nothing holds these back.
    pub(super) fn findings(&self, rules: &Rules) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for own in &self.files {
            found.extend(own.all.unused().map(|comment| unused_suppression::report(comment, own.file.id)));
            let wanted = rules.of(own.file.path).suppression_reason;
            let bare = own.all.iter().filter(|comment| wanted == Reason::Required && comment.reason.is_none());
            found.extend(bare.map(|comment| missing_reason::report(comment, own.file.id)));
        }
        found
    }
}
