//! What holds files together: variables of a project's `.env`, kustomizations and the manifests they reach, a chart's values and templates.

mod absent;
mod arguments;
mod around;
mod behind;
mod beside;
mod built;
mod calls;
pub mod chart;
mod contexts;
mod distinct;
pub mod elsewhere;
pub mod env;
mod expressions;
mod feeds;
pub mod fetched;
mod fit;
mod gather;
mod given;
pub mod kustomize;
mod layers;
mod look;
mod many;
mod object;
mod place;
mod reach;
mod resolve;
mod said;
mod set;
mod taken;

pub use absent::place_demand;
pub use around::Around;
pub use fit::Fit;
pub use gather::{Claimed, Set, sets, sets_of};
pub use place::To;
pub use reach::{Reader, Starts, head_in, may_take, reach};
pub use said::{Fetched, Written};
pub use set::{Recall, Texts, Together, locate};
pub use taken::{Layered, Looked, Object, Taken};

/// What holds between a text that names another one, as a kustomization's `name` names images, and that one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// The index of the occurrence that matches.
    pub matcher: usize,
    /// The index of the other one.
    pub matched: usize,
    /// What must stay as it is.
    pub bond: Bond,
}

/// Whether a text that names others finds one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bond {
    /// It does, and must go on doing so.
    Finds,
    /// It does not, and must not come to: its own name may become the same.
    Spares,
}
