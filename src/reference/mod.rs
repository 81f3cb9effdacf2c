//! Image references: grammar, names, and the span of every part.
//!
//! The grammar and the normalisation are those of distribution/reference (`regexp.go`, `normalize.go`), checked against its answers in
//! `tests/data/reference_cases.json`. Beside them stand Docker Hub's other host names, which the library does not fold.

mod grammar;
mod meant;
mod name;
mod naming;
mod parse;
mod scheme;

pub use meant::looks_meant;
pub use name::{DOCKER_HUB, HUB_DOMAINS, Name};
pub use naming::{KeyPart, Naming, begins_names, ends_with_words, holds_a_machine, is_of_a_node};
pub use parse::{Any, HOLE, Invalid, Part, Reference, parse_any};
pub use scheme::Scheme;
