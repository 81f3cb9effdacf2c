//! The one way in which files are changed.

mod create;
mod write;

pub use create::{Existing, Mode, create, create_as};
pub use write::{Change, Failure, Note, write};
