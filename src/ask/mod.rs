//! What registries are asked for: each target of a run once, the next candidate only where the one before it is not there.

mod answers;

pub use answers::{Answer, Known, ask};
