//! What holds files together: variables of a project's `.env`, kustomizations and the manifests they reach, a chart's values and templates.

mod around;
pub mod chart;
pub mod compose;
pub mod env;
mod gather;
pub mod kustomize;
mod set;

pub use around::Around;
pub use gather::{Set, sets};
pub use set::{Bond, Recall, Together};

/// Whether a file of this name is one that others belong to, wherever it stands.
#[must_use]
pub fn is_head(name: &str) -> bool {
    name == "Chart.yaml" || kustomize::is_kustomization(name)
}

/// A text that must go on naming what another one names: a kustomization's `name`, and an image that it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// The index of the occurrence that matches.
    pub matcher: usize,
    /// The index of the one that it matches.
    pub matched: usize,
}
