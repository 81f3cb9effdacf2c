//! `denied-registry`: a reference to a registry that the configuration denies, and that no mapping moves.

use super::{Lint, Told, shown};
use crate::config::Entry;
use crate::diagnostic::{Diagnostic, Severity};
use crate::mapping::Date;
use crate::occurrence::{Confidence, Occurrence};
use crate::reference::Reference;

/// What it is.
pub const LINT: Lint = Lint {
    code: "denied-registry",
    severity: Severity::Error,
    told: Told::Usually,
    about: "A reference names a registry of `registries.deny`, and no mapping covers it.",
};

/// The finding for an occurrence whose registry `entry` denies: a warning until the day that the entry names.
pub fn report(occurrence: &Occurrence, reference: &Reference, entry: &Entry, today: Date) -> Diagnostic {
    let name = reference.name();
    let message = format!("`{}` is served by `{}`, which is denied", shown(&name.familiar(), occurrence), shown(&name.domain, occurrence));
    let ahead = entry.until.filter(|day| today < *day);
    let severity = if ahead.is_some() { Severity::Warning } else { severity(occurrence) };
    let mut found = Diagnostic::new(LINT.code, severity, message, occurrence.place);
    let day = ahead.map(|day| format!(", an error from {day}")).unwrap_or_default();
    found.label = Some(format!("`registries.deny` has `{}`{}, and no mapping covers it{day}", entry.name, entry.told()));
    found.help = Some(format!("add a mapping with `from: {name}`, or allow it with `transship: ignore[{}] reason`", LINT.code));
    found.reference = Some(occurrence.expanded());
    found
}

/// A position that may be no image at all must not fail a check.
pub(super) const fn severity(occurrence: &Occurrence) -> Severity {
    match occurrence.confidence {
        Confidence::High => Severity::Error,
        Confidence::Low => Severity::Warning,
    }
}
