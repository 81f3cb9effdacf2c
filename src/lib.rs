//! transship moves container image references from old registries to new ones.
//!
//! The way of the data, told once:
//!
//! 1. [`config`] reads rule files into [`mapping`]s, and [`format`](mod@format) the tables of where references stand.
//! 2. A tree of files ([`source`]; [`disk`] has those of folders and of git) is looked through by a [`run`]; [`link`] puts files that hold
//!    together into sets.
//! 3. [`locate`] finds [`occurrence`]s: references ([`reference`](mod@reference)) in pieces, each with its bytes ([`text`]). [`link`] joins pieces across files.
//! 4. [`plan`] asks the mappings for targets, gives the smallest change to the pieces, and proves the result in memory.
//! 5. [`lint`] makes findings of it ([`diagnostic`]). Steps 3 to 5, for one set, are a reading and its judgement ([`judge`]).
//! 6. [`report`] shows them, [`apply`] writes the change, [`ask`] asks registries about targets, [`mirror`] writes what copies the missing ones.
//!
//! [`cli`] turns arguments into one plan of this work. Lower layers never import higher ones.

#[cfg(feature = "disk")]
pub mod apply;
#[cfg(feature = "registry")]
pub mod ask;
pub mod baseline;
#[cfg(feature = "cli")]
pub mod campaign;
#[cfg(feature = "registry")]
pub mod charts;
#[cfg(feature = "cli")]
pub mod cli;
pub mod config;
#[cfg(feature = "registry")]
pub mod credentials;
pub mod diagnostic;
#[cfg(feature = "disk")]
pub mod disk;
pub mod format;
#[cfg(feature = "cli")]
pub mod import;
pub mod judge;
pub mod link;
pub mod lint;
pub mod locate;
#[cfg(feature = "registry")]
pub mod lock;
pub mod mapping;
#[cfg(feature = "registry")]
pub mod mirror;
pub mod occurrence;
pub mod plan;
pub mod platform;
#[cfg(feature = "cli")]
pub mod policy;
#[cfg(feature = "disk")]
mod process;
pub mod reference;
#[cfg(feature = "registry")]
pub mod registry;
#[cfg(feature = "cli")]
pub mod render;
pub mod report;
#[cfg(feature = "disk")]
pub mod run;
pub mod source;
pub mod text;
pub mod version;
