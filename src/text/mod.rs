//! Bytes, spans, lines and edits: the one module that cuts text, and knows how it is shown.

mod count;
mod distance;
mod edits;
mod hostile;
mod lines;
mod needles;
mod span;
mod spread;
mod words;

pub use count::count;
pub use distance::distance;
pub use edits::{Edit, Edits, Overlap};
pub use hostile::{clean, harmless, steers, without_commands};
pub use lines::{Lines, Position, conflict};
pub(crate) use needles::Needles;
pub use span::{FileId, Span};
pub(crate) use spread::spread;
pub(crate) use words::{read_as_in_json, shown_as_in_json};
