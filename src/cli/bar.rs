//! Owns the bar that shows on a terminal how far a long step is; elsewhere there is none.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar of one step.
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// A bar that counts what is `done`: `asked`, `rendered`.
    pub(super) fn new(done: &str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(&format!("{{bar:30}} {{pos}}/{{len}} {done}, {{elapsed}} ")) {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// Shows how far it is; from any thread.
    pub(super) fn show(&self, done: usize, of: usize) {
        self.0.set_length(of as u64);
        self.0.set_position(done as u64);
    }

    /// Takes it away.
    pub(super) fn end(&self) {
        self.0.finish_and_clear();
    }
}
