//! `retired-image`: an image that nobody keeps up to date any more, and that has no successor.

use super::{Lint, Told, shown};
use crate::diagnostic::{Diagnostic, Severity};
use crate::mapping::{Date, Mapping, Retirement};
use crate::occurrence::Occurrence;
use crate::reference::Reference;

/// What it is.
pub const LINT: Lint = Lint {
    code: "retired-image",
    severity: Severity::Warning,
    told: Told::Usually,
    about: "An entry of `retired` names the image: nobody keeps it up to date, or serves it, from some day on, and no mapping leads to a successor.",
};

/// The finding for an occurrence of which `entry` says that it is retired.
pub fn report(occurrence: &Occurrence, reference: &Reference, (entry, said): (&Mapping, &Retirement), today: Date) -> Diagnostic {
    let name = shown(&reference.name().familiar(), occurrence);
    let when = if said.since <= today { "has been retired since" } else { "will be retired on" };
    let mut found = Diagnostic::new(LINT.code, LINT.severity, format!("`{name}` {when} {}: {}", said.since, said.why), occurrence.place);
    found.label = Some(match entry.pack() {
        Some(pack) => format!("pack `{pack}`"),
        None => format!("`retired` of {}", entry.place.source.name),
    });
    let instead: Vec<String> =
        said.alternatives.iter().map(|one| if Reference::parse(one).is_ok() { format!("`{one}`") } else { one.clone() }).collect();
    let instead = (!instead.is_empty()).then(|| format!("use {} instead", instead.join(", or ")));
    let read = said.link.as_ref().map(|link| format!("see {link}"));
    found.help = [instead, read].into_iter().flatten().reduce(|first, second| format!("{first}; {second}"));
    found.reference = Some(occurrence.expanded());
    found.ends = Some(said.since);
    found.pack = entry.pack().map(Into::into);
    found
}
