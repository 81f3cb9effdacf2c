//! Programs that are run, and what an interruption ends and undoes: one run is bounded in time and output, and none outlives what it was started for.

#[cfg(feature = "cli")]
pub(crate) mod cage;
#[cfg(feature = "registry")]
mod group;
#[cfg(feature = "registry")]
mod program;
#[cfg(feature = "registry")]
mod run;
#[cfg(unix)]
mod signals;
mod undone;

#[cfg(feature = "registry")]
pub(crate) use program::is_program;
#[cfg(feature = "registry")]
pub(crate) use run::{Bounds, Stopped, run};
pub(crate) use undone::Begun;

/// Begins something, which an interruption undoes.
///
/// # Errors
/// What `begin` says; then there is nothing to undo.
pub(crate) fn begin<T>(begin: impl FnOnce() -> std::io::Result<T>, undo: impl FnOnce() + Send + 'static) -> std::io::Result<(T, Begun)> {
    #[cfg(unix)]
    signals::watch();
    undone::begin(begin, undo)
}
