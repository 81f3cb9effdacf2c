//! A run: walk, read, locate, plan, prove, judge; one file after the other in each worker, the outcomes in the order of the walk.

mod answers;
mod bond;
mod company;
mod gather;
mod judge;
mod ordered;
mod overlays;
mod prefilter;
mod proof;
mod rules;
mod scan;
mod targets;

pub use answers::{Answer, Known, ask};
pub use bond::{Bond, Together};
pub use company::complete;
pub use gather::{Set, gather};
pub use judge::{Bound, Judged, judge};
pub use ordered::{Stopped, ordered};
pub use prefilter::Prefilter;
pub use rules::{Chooser, Need, Rules, Tag};
pub use scan::{Look, Run, Worker};
pub use targets::{Found, Place, Scanned, Sought, Targets, Unasked, Unmapped, Why, found};
