//! `unqualified`: an image's name that leaves its registry out.

use std::sync::Arc;

use super::old_registry::{self, Case};
use super::{Lint, Told, shown};
use crate::diagnostic::{Diagnostic, Severity};
use crate::reference::Part;

/// What it is.
pub const LINT: Lint = Lint {
    code: "unqualified",
    severity: Severity::Warning,
    told: Told::WhenAsked,
    about: "A name leaves its registry out (`nginx` for `docker.io/library/nginx`), so that whoever pulls it decides where it comes from. The fix is that of pack `qualify`.",
};

/// The finding for an occurrence that the rule of the pack would spell out.
pub fn report(case: &Case<'_>) -> Option<Diagnostic> {
    let mut found = old_registry::report(case)?;
    found.label = found.reason().and_then(|why| why.split_once("; ")).map(|(_, why)| why.to_owned());
    Some(named(case, found))
}

/// The finding for an occurrence that somebody holds back.
pub fn suppressed(case: &Case<'_>, target: Option<&str>, mapping: &Arc<str>) -> Diagnostic {
    Diagnostic { label: None, ..named(case, old_registry::suppressed(case, target, mapping)) }
}

/// A finding by what this lint calls it.
fn named(case: &Case<'_>, mut found: Diagnostic) -> Diagnostic {
    let name = case.reference.range(Part::Path).and_then(|path| case.reference.as_str().get(..path.end)).unwrap_or_default();
    found.lint = LINT.code;
    found.severity = LINT.severity;
    found.message = format!("`{}` leaves its registry out", shown(name, case.occurrence));
    found.mapping = None;
    found
}
