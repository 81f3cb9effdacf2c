//! What holds files together: variables of a project's `.env`, kustomizations and the manifests they reach, a chart's values and templates.

mod absent;
mod around;
mod calls;
pub mod chart;
pub mod env;
mod feeds;
mod fit;
mod gather;
mod given;
pub mod kustomize;
mod layers;
mod reach;
mod set;
mod taken;

pub use around::Around;
pub use fit::Fit;
pub use gather::{Claimed, Set, sets};
pub use reach::{Reader, head_in, reach};
pub use set::{Recall, Texts, Together, locate};
pub use taken::{Layered, Looked, Object, Taken, To};

/// A text that must go on naming what another one names: a kustomization's `name`, and an image that it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// The index of the occurrence that matches.
    pub matcher: usize,
    /// The index of the one that it matches.
    pub matched: usize,
}
