//! Templates: their actions and tags found and masked at equal length, so that what is left reads as YAML and every byte keeps its place.

mod actions;
mod branches;
mod mask;
mod tags;

pub(crate) use actions::{Action, ActionKind, actions, closed, strings};
pub(crate) use branches::branches;
pub(crate) use mask::{WORD, has_marks, mask, mask_lines};
pub(crate) use tags::{tag_name, tag_ranges, tags};
