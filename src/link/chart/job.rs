//! Owns what is executed of a chart: which template, with which values, and what for.

use std::rc::Rc;

use super::course::Met;
use super::value::Value;
use crate::locate::Failure;
use crate::text::Span;

/// A template to be executed, and with what.
pub(super) struct Job {
    pub(super) template: usize,
    pub(super) prints: Prints,
    pub(super) dot: Value,
    /// The keys of the chart's values, from those of the outermost chart.
    pub(super) keys: Rc<[String]>,
    pub(super) of: Deployment,
    /// The number of the chart's deployment: its templates have the same values.
    pub(super) deployment: usize,
    /// Where an image is shown of which nothing stands in a file that can be edited.
    pub(super) place: Option<Span>,
}

impl Job {
    /// Where the execution met that its chart refuses its values.
    pub(super) fn failures(&self, met: &mut Met) -> Vec<Failure> {
        let failed = std::mem::take(&mut met.failed);
        let values = if failed.count() == 0 { Value::Nil } else { self.dot.get("Values") };
        failed.failures(&values, &self.keys)
    }
}

/// What a template that is executed by itself prints.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Prints {
    /// What is deployed.
    Manifests,
    /// What is said to the user.
    Notes,
}

impl Prints {
    /// What the template at a path prints. Those whose name begins with an underscore are only called.
    pub(super) fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or_default();
        match name.rsplit('.').next()? {
            "yaml" | "yml" | "tpl" if !name.starts_with('_') => Some(Self::Manifests),
            _ => (name == NOTES).then_some(Self::Notes),
        }
    }
}

/// The template of notes (Helm `pkg/action/install.go`, `notesFileSuffix`).
const NOTES: &str = "NOTES.txt";

/// How a chart is deployed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Deployment {
    /// With nothing but its own values.
    Bare,
    /// With others over them.
    Layered,
    /// As a dependency that no values turn on.
    Off,
}
