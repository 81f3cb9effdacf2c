//! transship moves container image references from old registries to new ones.

pub mod config;
pub mod diagnostic;
pub mod format;
pub mod locate;
pub mod mapping;
pub mod occurrence;
pub mod plan;
pub mod reference;
pub mod render;
pub mod text;
