//! Git, by its own program: clones that hold no more than is read, commits without a checkout, branches that nobody's work is lost on.

mod branch;
mod clone;
mod commit;
mod run;
mod sight;

pub use branch::{Branch, Tip};
pub use clone::{Access, Clone, Listed, Remote};
pub use commit::{Change, Message, SignOff, Signing};
pub use run::Git;
pub use sight::Sight;
