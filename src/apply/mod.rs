//! The one way in which files are changed.

mod create;
mod write;

pub use create::{Existing, Mode, create};
pub use write::{Change, Failure, HardLinks, write};
