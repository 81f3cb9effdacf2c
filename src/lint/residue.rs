//! `residue`: a text that names what a mapping takes from, and belongs to no reference that was read.

use std::collections::BTreeSet;

use super::{Lint, Told};
use crate::diagnostic::{Diagnostic, Residue, Severity};
use crate::link::Claimed;
use crate::occurrence::Class;
use crate::text::Span;

/// What it is.
pub const LINT: Lint = Lint {
    code: "residue",
    severity: Severity::Note,
    told: Told::Usually,
    about: "A text still names what a mapping takes from and belongs to no reference that was read, in a file of any kind. \
            An error where `--fail-on residue` says so.",
};

/// The finding for the text at `place`; one of the classes in `fails` is an error.
pub fn report(place: Span, text: &str, residue: Residue, fails: &BTreeSet<Class>) -> Diagnostic {
    let severity = if fails.contains(&residue.class) { Severity::Error } else { LINT.severity };
    let mut found = Diagnostic::new(LINT.code, severity, format!("`{text}` still stands here ({})", residue.class), place);
    let where_to = match residue.claimed {
        Claimed::No => "no format reads this file",
        Claimed::Yes => "no reference was read here",
    };
    found.label = Some(where_to.to_owned());
    let by_hand = || format!("change it by hand, or allow it with `transship: ignore[{}] reason`", LINT.code);
    found.help = residue.class.is_in_use().then(by_hand);
    found.reference = Some(text.to_owned());
    found.residue = Some(residue);
    found
}
