//! `schema`: the JSON schema of `.transship.yaml`, for editors.

use super::world::{Exit, World};

/// Runs the command.
pub(super) fn run(world: &mut World<'_>) -> Exit {
    let schema = crate::config::schema();
    let _ = world.out(|out| {
        serde_json::to_writer_pretty(&mut *out, &schema)?;
        out.write_all(b"\n")
    });
    Exit::Clean
}
