//! transship moves container image references from old registries to new ones.
//!
//! The way of the data, told once:
//!
//! 1. [`config`] reads rule files into [`mapping`]s, and [`format`](mod@format) the tables of where references stand.
//! 2. [`walk`] meets files; [`pipeline`] puts those that hold together into sets, and gives each set to a worker.
//! 3. [`locate`] finds [`occurrence`]s: references ([`reference`](mod@reference)) in pieces, each with its bytes ([`text`]). [`link`] joins pieces across files.
//! 4. [`plan`] asks the mappings for targets, gives the smallest change to the pieces, and proves the result in memory.
//! 5. [`lint`] makes findings of it ([`diagnostic`]), [`report`] shows them, [`apply`] shows or writes the change.
//! 6. [`mirror`] writes what copies the images that the new registry lacks.
//!
//! [`cli`] turns arguments into one plan of this work. Lower layers never import higher ones.

pub mod apply;
pub mod cli;
pub mod config;
pub mod credentials;
pub mod diagnostic;
pub mod format;
pub mod link;
pub mod lint;
pub mod locate;
pub mod lock;
pub mod mapping;
pub mod mirror;
pub mod occurrence;
pub mod pipeline;
pub mod plan;
pub mod platform;
mod process;
pub mod reference;
pub mod registry;
pub mod render;
pub mod report;
pub mod text;
pub mod walk;
