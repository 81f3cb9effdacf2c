//! Owns the bar that shows on a terminal how far a long step is; elsewhere there is none.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Does a step, which says how many of how many are `done` (`asked`, `rendered`); from any thread.
pub(super) fn shown<T>(done: &str, step: impl FnOnce(&(dyn Fn(usize, usize) + Sync)) -> T) -> T {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(&format!("{{bar:30}} {{pos}}/{{len}} {done}, {{elapsed}} ")) {
        bar.set_style(style);
    }
    let result = step(&|done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    result
}
