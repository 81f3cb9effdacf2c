//! Engines that find references in one document and hand them out as pieces. They are pure: bytes in, spans out.

use crate::occurrence::{Caution, Confidence, Piece};
use crate::text::Span;

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
