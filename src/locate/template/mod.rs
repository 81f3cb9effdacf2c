//! Go templates: their actions found and masked at equal length, so that what is left reads as YAML and every byte keeps its place.

mod actions;
mod mask;

pub(crate) use actions::{Action, ActionKind, actions, closed, strings};
pub(crate) use mask::mask;
