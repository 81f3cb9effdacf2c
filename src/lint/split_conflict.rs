//! `split-conflict`: references share a text, and would have to become different things.

use super::{Lint, Told};
use crate::diagnostic::Severity;

/// What it is.
pub const LINT: Lint = Lint {
    code: "split-conflict",
    severity: Severity::Error,
    told: Told::Usually,
    about: "A mapping moves the reference, and others share its text (a variable, an anchor, a registry for all images) that would have to become something else. All uses are listed.",
};
