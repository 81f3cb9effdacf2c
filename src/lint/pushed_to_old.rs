//! `pushed-to-old`: something is built or pushed under a name that a mapping moves away from.

use super::{Lint, Told};
use crate::diagnostic::Severity;
use crate::occurrence::{Occurrence, Role};

/// What it is.
pub const LINT: Lint = Lint {
    code: "pushed-to-old",
    severity: Severity::Warning,
    told: Told::Usually,
    about: "Something is built or pushed under a name that a mapping moves away from: `docker push`, `build -t`, a build's outputs and tags, Compose's `image` beside `build`. \
            `--class pushed` moves it too.",
};

/// Whether the occurrence is such a name.
#[must_use]
pub fn is_meant(occurrence: &Occurrence) -> bool {
    occurrence.role == Role::Push
}

/// What is said of a name as it was typed.
pub(super) fn message(name: &str) -> String {
    format!("`{name}` is built or pushed under its old name")
}

/// What to do about it.
pub(super) fn help(occurrence: &Occurrence, wanted: &str) -> String {
    // A bare word is a name that only this machine knows.
    let moves = if occurrence.joined().text.contains('/') { "; `transship fix --class pushed` does it" } else { "" };
    format!("if it shall move too, change it to {wanted}{moves}")
}
