//! Owns how much a chart may ask for: one account of bytes that its execution makes or reads, in which a step has its price, too.

use std::cell::Cell;
use std::rc::Rc;

/// Bytes that one execution of a template may cost, and all executions of a chart.
const EXECUTION: usize = 32 << 20;
const CHART: usize = 256 << 20;
/// What the values of one file may cost.
const FILE: usize = 16 << 20;
/// What a step costs: executing a node, or a word of it.
pub(super) const STEP: usize = 64;

/// An account. A hostile chart costs milliseconds by it; what it would do beyond is not done, and that is told. A copy is the same account.
#[derive(Clone, Debug)]
pub struct Budget(Rc<Left>);

/// What is left.
#[derive(Debug)]
struct Left {
    /// For the execution at hand, and for all.
    execution: Cell<usize>,
    whole: Cell<usize>,
    is_cut: Cell<bool>,
}

impl Default for Budget {
    fn default() -> Self {
        Self::of(EXECUTION, CHART)
    }
}

impl Budget {
    fn of(execution: usize, whole: usize) -> Self {
        Self(Rc::new(Left { execution: Cell::new(execution), whole: Cell::new(whole), is_cut: Cell::new(false) }))
    }

    /// One for the values of a file.
    pub(super) fn of_file() -> Self {
        Self::of(FILE, FILE)
    }

    /// Starts another execution.
    pub(super) fn begin(&self) {
        self.0.execution.set(EXECUTION);
    }

    /// Whether there is enough left for something; it is taken.
    pub(super) fn pays(&self, cost: usize) -> bool {
        let left = self.0.execution.get().checked_sub(cost).zip(self.0.whole.get().checked_sub(cost));
        if let Some((execution, whole)) = left {
            self.0.execution.set(execution);
            self.0.whole.set(whole);
        } else {
            // What is left would pay for less, but what comes of half an execution is no better for it. Others go on.
            self.0.execution.set(0);
            self.cut();
        }
        left.is_some()
    }

    /// Notes that something is not done.
    pub(super) fn cut(&self) {
        self.0.is_cut.set(true);
    }

    /// Whether something was not done.
    pub(super) fn is_cut(&self) -> bool {
        self.0.is_cut.get()
    }
}
