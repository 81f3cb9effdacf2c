//! Findings that are old: a file that lists them by path, lint and repository, and which findings of a run it covers.

mod file;
mod held;
mod key;

pub use file::{Baseline, Entry, NoBaseline};
pub use held::{Held, Stale, Takes, Unread};
pub use key::{Key, repository};
