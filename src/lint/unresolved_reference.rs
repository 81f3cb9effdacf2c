//! `unresolved-reference`: a reference of which an unknown value hides what decides.

use super::{Lint, Told};
use crate::diagnostic::{Diagnostic, Severity};
use crate::occurrence::{Occurrence, Origin};
use crate::reference::HOLE;

/// What it is.
pub const LINT: Lint = Lint {
    code: "unresolved-reference",
    severity: Severity::Warning,
    told: Told::Usually,
    about: "A value that is not known hides the registry of a reference, or whether a mapping covers it.",
};

/// Whether anything of the name is known. `$IMAGE` or `{{ .repository }}:{{ .tag }}` alone says nothing that a reader could act upon, and every
/// chart has hundreds of them: these are notes.
fn says_something(occurrence: &Occurrence) -> bool {
    let joined = occurrence.joined().text;
    let name = joined.rsplit_once(':').map_or(joined.as_str(), |(name, _)| name);
    name.bytes().any(|b| b.is_ascii_alphanumeric())
}

/// The finding; `may` is the mapping that may cover it, where one is known.
pub fn report(occurrence: &Occurrence, may: Option<&std::sync::Arc<str>>) -> Diagnostic {
    let name = occurrence.expanded();
    let suppressed = format!("allow it with `transship: ignore[{}] reason`", LINT.code);
    let (message, help) = match (occurrence.holes().next(), may) {
        (Some(variable), Some(mapping)) => (
            format!("`{variable}` hides whether mapping `{mapping}` covers `{name}`"),
            format!("give `{variable}` a default, or {suppressed}"),
        ),
        (Some(variable), None) => {
            (format!("`{variable}` hides which registry serves `{name}`"), format!("give `{variable}` a default, or {suppressed}"))
        }
        // A repository of charts by itself.
        (None, _) if occurrence.chart().is_some() => (
            format!("mappings move charts of `{}`, and nothing beside it says which are taken from it", name.trim_end_matches('/')),
            format!("change it by hand if all that is taken from it moves, or {suppressed}"),
        ),
        // A registry by itself.
        (None, _) => (
            format!("mappings move images of `{}`, and nothing here says which are pulled from it", name.trim_end_matches('/')),
            format!("change it by hand if all that is pulled from it moves, or {suppressed}"),
        ),
    };
    let severity = if says_something(occurrence) { LINT.severity } else { Severity::Note };
    let mut found = Diagnostic::new(LINT.code, severity, message, occurrence.place);
    found.related = unset_elsewhere(occurrence);
    found.help = Some(help);
    found.reference = Some(occurrence.expanded());
    found.mapping = may.cloned();
    found.refusal = may.map(|_| "hidden");
    found
}

/// The uses of unset variables that are not in the place itself.
fn unset_elsewhere(occurrence: &Occurrence) -> Vec<(crate::text::Span, String)> {
    let place = occurrence.place;
    let unset = occurrence.pieces.iter().filter(|piece| piece.text.contains(HOLE) && !place.contains(piece.span));
    unset
        .filter_map(|piece| match &piece.origin {
            Origin::Unset { variable } => Some((piece.span, format!("`{variable}` has no value here"))),
            _ => None,
        })
        .collect()
}
