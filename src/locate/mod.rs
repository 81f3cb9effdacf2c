//! Engines that find references in one document and hand them out as pieces. They are pure: bytes in, spans out.

mod class;
mod doc;
pub mod dockerfile;
mod engine;
mod evidence;
mod glance;
mod interpolate;
mod linked;
mod official;
mod template;
mod text;
mod values;

pub use crate::format::Surroundings;
#[cfg(feature = "cli")]
pub(crate) use doc::Notation;
pub(crate) use doc::{Decoded, Node, NodeId, Tree, documents, is_of, read, readable, same_length_text, shell_words, split};
use std::collections::BTreeSet;

pub(crate) use class::of_path as class_of;
use engine::inside;
pub(crate) use engine::{Known, inside_text, locate_known, nothing_at};
pub use engine::{locate, locate_as, locate_linked, locate_variables};
pub use evidence::is_sure_by_name;
pub(crate) use glance::is_skipped;
pub(crate) use interpolate::action_name;
pub use linked::{Linked, Variable};
pub(crate) use template::{Action, ActionKind, actions};
pub(crate) use text::{Cover, Met, MetInFile, Owned, Search, TEXT, Wanted, comment_sign, is_said, met, reread, value_name};
pub use text::{Names, Sharing, Shows};
pub use values::{Unlisted, Value, values};

use crate::occurrence::{Caution, Confidence, Home, Occurrence, Piece};
use crate::platform::Platform;
use crate::text::{FileId, Span};

/// A reference found by an engine at one of its positions; the format's table makes an occurrence of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The engine's name for the position (`from`, `copy-from`).
    pub at: &'static str,
    /// The value as typed at the position.
    pub place: Span,
    /// The text in pieces.
    pub pieces: Vec<Piece>,
    /// The platform that is pulled there, where the position says one.
    pub platform: Option<Platform>,
    /// How sure the position is.
    pub confidence: Confidence,
    /// What an edit must mind.
    pub cautions: Vec<Caution>,
}

/// Who refuses the values of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedBy {
    /// A template of it, by `fail`.
    Template,
    /// Its `values.schema.json`.
    Schema,
}

/// What ends the rendering of a chart: it refuses the values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Who does.
    pub by: RefusedBy,
    /// The first line of what the chart says.
    pub words: String,
    /// The keys, from those of the outermost chart, of values that were asked for on the way and are not set: the chart may render when one of them
    /// is true.
    pub demands: Vec<Vec<String>>,
    /// Which of [`Located::homes`] they can be added in.
    pub home: usize,
}

/// Something that could not be read; the rest of the file was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where it starts to be unreadable.
    pub span: Span,
    /// What is wrong, lower case, no full stop.
    pub message: String,
}

/// One file to look into.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Its number in this run.
    pub id: FileId,
    /// Its path as walked, with `/`.
    pub path: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// What stands around it.
    pub surroundings: Surroundings,
}

/// The most references of files that hold together, and of names in their texts: nobody writes so many, and each has its pieces, its target and its
/// findings. A file is left as a whole, since what is not read may share what is; names in texts share nothing.
pub(crate) const PLACES: usize = 24 << 10;

/// How many of [`PLACES`] references take: one that is joined of several texts is held, and told, piece by piece.
pub(crate) fn weight(all: &[Occurrence]) -> usize {
    all.iter().map(|one| one.pieces.len().saturating_sub(1).max(1)).sum()
}

/// The most faults of a file that are told one by one.
const FAULTS: usize = 1 << 10;

/// Notes one more thing that could not be read, unless there are so many that the file is given up.
pub(crate) fn note(faults: &mut Vec<Fault>, fault: Fault) {
    if faults.len() <= FAULTS {
        faults.push(fault);
    }
}

/// What was found in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Located {
    /// The references, in order of their place.
    pub occurrences: Vec<Occurrence>,
    /// What could not be read, in order of place.
    pub faults: Vec<Fault>,
    /// Of each template that is executed, a number for what it prints of its own beside images: an edit of images changes none.
    pub printed: Vec<u64>,
    /// Where charts refuse their values.
    pub failures: Vec<Failure>,
    /// Where values of charts can be added, of each chart and each of its releases.
    pub homes: Vec<Option<Home>>,
}

impl Located {
    /// Moves the spans of `file` by `by` bytes: what was counted from a document's first byte then counts from the file's.
    pub(crate) fn shift(&mut self, file: FileId, by: usize) {
        if by == 0 {
            return;
        }
        let to = |span: Span| if span.file == file { Span::new(file, span.start + by..span.end + by) } else { span };
        self.occurrences.iter_mut().for_each(|occurrence| occurrence.map_spans(to));
        self.faults.iter_mut().for_each(|fault| fault.span = to(fault.span));
    }

    /// Leaves a file whose references would be more than `room`, and tells it.
    pub(crate) fn keep_within(&mut self, room: usize, file: FileId) {
        if weight(&self.occurrences) > room {
            self.occurrences = Vec::new();
            let message = format!(
                "more than {PLACES} references stand in it, with those of the files it belongs to, or joins of their parts; it was not read"
            );
            self.faults.push(Fault { span: Span::new(file, 0..0), message });
        }
        if self.faults.len() > FAULTS {
            self.faults.truncate(FAULTS);
            let message = format!("it is broken in more than {FAULTS} places; behind them it may not have been read");
            self.faults.push(Fault { span: Span::new(file, 0..0), message });
        }
    }

    /// Whether so much was found that more of it changes nothing: the file is left, or given up.
    pub(crate) const fn is_full(&self) -> bool {
        self.occurrences.len() > PLACES || self.faults.len() > FAULTS
    }

    fn append(&mut self, mut other: Self) {
        self.occurrences.append(&mut other.occurrences);
        self.faults.append(&mut other.faults);
    }

    /// The same with what another reading of the same text finds beside it: what begins at one place is one reference.
    fn with(mut self, mut other: Self) -> Self {
        let begin = |one: &Occurrence| (one.place, one.pieces.first().map(|piece| piece.span));
        let known: BTreeSet<_> = self.occurrences.iter().map(begin).collect();
        other.occurrences.retain(|one| !known.contains(&begin(one)));
        self.append(other);
        self
    }

    /// By place; an occurrence that several aliases lead to counts once.
    fn sort(&mut self) {
        self.occurrences.sort_by_key(|occurrence| (occurrence.place, occurrence.pieces.first().map(|piece| piece.span)));
        self.occurrences.dedup_by(|a, b| a.place == b.place && a.pieces == b.pieces && a.role == b.role && a.platform == b.platform);
        self.faults.sort_by_key(|fault| fault.span);
    }
}
