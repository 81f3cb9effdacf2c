//! Charts that a tree wants and does not have: they are fetched into a folder, checked on the way, and written down there.

mod index;
mod outcome;
mod provenance;
mod pull;
mod record;
mod resolve;

pub use outcome::{Came, Outcome};
pub use pull::{Again, Pull, Sought};
pub use record::{Entry, NAME, NoRecord, Proven, Record};
pub use resolve::Inquiry;
