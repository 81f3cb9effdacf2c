//! Bytes, spans, lines and edits: the one module that cuts text, and knows how it is shown.

mod clean;
mod edits;
mod lines;
mod span;
mod steering;

pub use clean::clean;
pub use edits::{Edit, Edits, Overlap};
pub use lines::{Lines, Position};
pub use span::{FileId, Span};
pub use steering::{harmless, steers};
