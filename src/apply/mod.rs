//! The one way in which files are changed.

mod beside;
mod create;
mod kept;
mod write;

pub use beside::clear;
pub use create::{Existing, Mode, create};
pub use write::{Change, Failure, HardLinks, write};
