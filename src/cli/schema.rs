//! `schema`: the JSON schema of `.transship.yaml`, for editors.

use super::world::{Exit, World};

/// Runs the command.
pub(super) fn run(world: &mut World<'_>) -> Exit {
    world.json(&crate::config::schema());
    Exit::Clean
}
