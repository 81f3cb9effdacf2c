//! `unlisted-registry`: a reference to a registry that the configuration does not allow.

use super::{Lint, Told, denied_registry, shown};
use crate::config::Entry;
use crate::diagnostic::{Diagnostic, Severity};
use crate::occurrence::Occurrence;
use crate::reference::Reference;

/// What it is.
pub const LINT: Lint = Lint {
    code: "unlisted-registry",
    severity: Severity::Error,
    told: Told::Usually,
    about: "A reference names a registry that is not in `registries.allow`, and no mapping covers it.",
};

/// The finding for an occurrence whose registry is not allowed, or no longer: then `ended` allowed it.
pub fn report(occurrence: &Occurrence, reference: &Reference, ended: Option<&Entry>) -> Diagnostic {
    let name = reference.name();
    let domain = shown(&name.domain, occurrence);
    let message = format!("`{}` is served by `{domain}`, which is not allowed", shown(&name.familiar(), occurrence));
    let mut found = Diagnostic::new(LINT.code, denied_registry::severity(occurrence), message, occurrence.place);
    let day = |entry: &Entry| entry.until.map(|day| format!("`{}` was allowed until {day}{}", entry.name, entry.told()));
    found.label = ended.and_then(day);
    found.help = Some(format!("add `{domain}` to `registries.allow`, or a mapping with `from: {domain}/`"));
    found.reference = Some(occurrence.expanded());
    found
}
