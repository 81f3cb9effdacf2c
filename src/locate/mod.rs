//! Engines that find references in one document and hand them out as pieces. They are pure: bytes in, spans out.

pub mod dockerfile;

use crate::format::Formats;
use crate::occurrence::{Caution, Confidence, Occurrence, Piece};
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
    /// How sure the position is.
    pub confidence: Confidence,
    /// What an edit must mind.
    pub cautions: Vec<Caution>,
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

/// What the folders around a file say about it. Found by the walk, since engines touch no files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Surroundings {
    /// Nothing in particular.
    #[default]
    Plain,
    /// `Chart.yaml` is in the same folder.
    ChartRoot,
    /// A folder above has `Chart.yaml`, and the file is under its `templates/`.
    ChartTemplates,
    /// A folder above has `Chart.yaml`.
    InChart,
}

/// What was found in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Located {
    /// The references, in order of their place.
    pub occurrences: Vec<Occurrence>,
    /// What could not be read, in order of place.
    pub faults: Vec<Fault>,
}

/// Finds the references of a file.
#[must_use]
pub fn locate(file: &File<'_>, formats: &Formats) -> Located {
    let _ = (file, formats);
    Located::default()
}

/// One value of a structured document that is not (only) a reference: the proof compares them before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Where it stands in the document, by keys and indices.
    pub path: String,
    /// The decoded value.
    pub text: String,
    /// Its bytes.
    pub span: Span,
}

/// Every scalar value of a structured file, in order; empty for formats without structure.
#[must_use]
pub fn values(file: &File<'_>, formats: &Formats) -> Vec<Value> {
    let _ = (file, formats);
    Vec::new()
}
