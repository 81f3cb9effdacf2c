//! A run: walk, read, locate, plan, prove, judge; one file after the other in each worker, the outcomes in the order of the walk.

mod bond;
mod company;
mod gather;
mod judge;
mod ordered;
mod prefilter;
mod proof;
mod rules;
mod scan;

pub use bond::{Bond, Together};
pub use company::complete;
pub use gather::{Set, gather};
pub use judge::{Bound, Judged, judge};
pub use ordered::{Stopped, ordered};
pub use prefilter::Prefilter;
pub use rules::{BadFormats, Rules};
pub use scan::{Look, Run, Worker};
