//! transship moves container image references from old registries to new ones.

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
pub mod reference;
pub mod registry;
pub mod render;
pub mod report;
pub mod text;
pub mod walk;
