//! Owns how much a chart may ask for: one account of bytes that its execution makes or reads, in which a step has its price, too.

use std::cell::Cell;

/// Bytes that one execution of a template may cost, and all executions of a chart.
const EXECUTION: usize = 32 << 20;
const CHART: usize = 256 << 20;
/// What the values of one file may cost.
const FILE: usize = 16 << 20;
/// What a step costs: executing a node, or a word of it.
pub(super) const STEP: usize = 64;

/// An account. A hostile chart costs milliseconds by it; what it would do beyond is not done, and that is told.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    /// What is left for the execution at hand, and for all.
    execution: Cell<usize>,
    whole: Cell<usize>,
    is_cut: Cell<bool>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { execution: Cell::new(EXECUTION), whole: Cell::new(CHART), is_cut: Cell::new(false) }
    }
}

impl Budget {
    /// One for the values of a file.
    pub(super) const fn of_file() -> Self {
        Self { execution: Cell::new(FILE), whole: Cell::new(FILE), is_cut: Cell::new(false) }
    }

    /// Starts another execution.
    pub(super) fn begin(&self) {
        self.execution.set(EXECUTION);
    }

    /// Whether there is enough left for something; it is taken.
    pub(super) fn pays(&self, cost: usize) -> bool {
        let left = self.execution.get().checked_sub(cost).zip(self.whole.get().checked_sub(cost));
        if let Some((execution, whole)) = left {
            self.execution.set(execution);
            self.whole.set(whole);
        } else {
            // What is left would pay for less, but what comes of half an execution is no better for it. Others go on.
            self.execution.set(0);
            self.cut();
        }
        left.is_some()
    }

    /// Notes that something is not done.
    pub(super) fn cut(&self) {
        self.is_cut.set(true);
    }

    /// Whether something was not done.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut.get()
    }
}
