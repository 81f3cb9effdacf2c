//! Bytes, spans, lines and edits: the one module that cuts text.

mod clean;
mod edits;
mod lines;
mod span;

pub use clean::clean;
pub use edits::{Edit, Edits, Overlap};
pub use lines::{Lines, Position};
pub use span::{FileId, Span};
