//! `unpinned`: an image that is pulled without a digest.

use super::{Lint, Told, shown};
use crate::diagnostic::{Diagnostic, Severity};
use crate::occurrence::Occurrence;
use crate::reference::Reference;

/// What it is.
pub const LINT: Lint = Lint {
    code: "unpinned",
    severity: Severity::Warning,
    told: Told::WhenAsked,
    about: "An image is pulled without a digest, so that another may come under its tag.",
};

/// The finding for an occurrence that is pulled without a digest.
pub fn report(occurrence: &Occurrence, reference: &Reference) -> Option<Diagnostic> {
    if reference.digest().is_some() || !occurrence.says_its_tag(reference) {
        return None;
    }
    let name = shown(reference.as_str(), occurrence);
    let mut found = Diagnostic::new(LINT.code, LINT.severity, format!("`{name}` has no digest"), occurrence.place);
    found.help = Some(format!("add the one that `docker buildx imagetools inspect {name}` shows: `{name}@sha256:…`"));
    found.reference = Some(occurrence.expanded());
    Some(found)
}
