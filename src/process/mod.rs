//! Programs that are run: one run is bounded in time and output, and none outlives what it was started for.

mod group;
mod program;
mod run;
#[cfg(unix)]
mod signals;

pub(crate) use program::is_program;
pub(crate) use run::{Bounds, Stopped, run};
