//! The one way in which files are changed, or shown as they would be.

mod create;
mod diff;
mod write;

pub use create::{Existing, Mode, create, create_as};
pub use diff::diff;
pub use write::{Change, Failure, Note, write};
