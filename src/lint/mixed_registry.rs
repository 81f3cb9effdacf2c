//! `mixed-registry`: one image that is pulled from several registries.

use super::{Lint, Told};
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::Span;

/// What it is.
pub const LINT: Lint = Lint {
    code: "mixed-registry",
    severity: Severity::Warning,
    told: Told::Usually,
    about: "An image (`acme/web`) is pulled from one registry here and from another elsewhere in the run, once what moves has moved. Told once for each further registry, \
            of the files that are read; of all files where its level is set.",
};

/// An image as a place names it, once what moves has moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its canonical path.
    pub path: String,
    /// Its registry.
    pub domain: String,
    /// Where it is named.
    pub place: Span,
    /// The same for people: a file and a line.
    pub at: String,
    /// How bad another registry is there.
    pub severity: Severity,
}

/// The finding for a place that names an image by another registry than `first` does.
pub fn report(named: &Named, first: &Named) -> Diagnostic {
    let message = format!("`{}` is pulled from `{}` here, and from `{}` elsewhere", named.path, named.domain, first.domain);
    let mut found = Diagnostic::new(LINT.code, named.severity, message, named.place);
    found.label = Some(format!("first from `{}` at {}", first.domain, first.at));
    found.help = Some(format!("name it by one registry, or allow it with `transship: ignore[{}] reason`", LINT.code));
    found.reference = Some(format!("{}/{}", named.domain, named.path));
    found
}
