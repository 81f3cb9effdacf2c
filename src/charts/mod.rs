//! Charts that a tree wants and does not have: they are fetched into a folder, checked on the way, and written down there.

mod index;
mod provenance;
mod pull;
mod record;

pub use pull::{Again, Came, Outcome, Pull, Sought};
pub use record::{Entry, NAME, NoRecord, Proven, Record};
