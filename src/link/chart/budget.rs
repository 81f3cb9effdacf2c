//! Owns how much a chart may ask for: one account of bytes that its execution makes or reads, in which a step has its price, too.

use std::cell::Cell;

use super::value::{Run, Value};

/// Bytes that one execution of a template may cost, and all executions of a chart.
const EXECUTION: usize = 32 << 20;
const CHART: usize = 256 << 20;
/// What the values of one file may cost.
const FILE: usize = 32 << 20;
/// What a step costs: executing a node, or a word of it.
pub(super) const STEP: usize = 64;
/// What a run of a text, and a value in a list or a mapping, cost beside their texts.
const RUN: usize = 96;
const ITEM: usize = 64;

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
        let left = |cell: &Cell<usize>| {
            let left = cell.get().checked_sub(cost);
            cell.set(left.unwrap_or(0));
            left.is_some()
        };
        let pays = left(&self.execution) & left(&self.whole);
        self.is_cut.set(self.is_cut.get() || !pays);
        pays
    }

    /// Whether something was not done.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut.get()
    }
}

impl Run {
    /// What a copy of it costs a text, and reading it.
    pub(super) fn cost(&self) -> usize {
        RUN + self.text.len()
    }
}

impl Value {
    /// What copying and reading it costs, but for what lies in a list or a mapping.
    pub(super) fn cost(&self) -> usize {
        match self {
            Self::Nil | Self::Bool(_) => 0,
            Self::Text(text) | Self::Number(_, text) => text.iter().map(Run::cost).sum(),
            Self::Map(pairs) => pairs.len() * ITEM,
            Self::List(items) => items.len() * ITEM,
            Self::Unknown(what) => what.len(),
        }
    }

    /// The same with the values that lie in it.
    pub(super) fn cost_inside(&self) -> usize {
        let inside: usize = match self {
            Self::Map(pairs) => pairs.iter().map(|(_, value)| value.cost()).sum(),
            Self::List(items) => items.iter().map(Self::cost).sum(),
            _ => 0,
        };
        self.cost() + inside
    }
}
