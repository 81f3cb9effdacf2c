//! Owns what the lints say of the references of a reading.

use std::sync::Arc;

use crate::config::Judgement;
use crate::diagnostic::Diagnostic;
use crate::lint::{
    denied_registry, floating_tag, invalid_reference, old_registry, retired_image, unlisted_registry, unpinned, unqualified,
    unresolved_reference,
};
use crate::mapping::{Context, Digest};
use crate::occurrence::{Confidence, Occurrence, Role};
use crate::plan::{Fix, Plan};
use crate::reference::{Invalid, Reference, Scheme};

use super::{Reading, Rules};

/// What the lints say of the occurrences.
pub(super) fn findings(reading: &Reading<'_>, rules: &Rules, plan: &Plan) -> Vec<Diagnostic> {
    let made: Vec<Arc<Fix>> = plan.fixes.iter().cloned().map(Arc::new).collect();
    let mut found = Vec::new();
    for (number, occurrence, decided) in reading.shown() {
        let Some(verdict) = plan.verdicts.get(number) else { continue };
        let reference = match &decided.reference {
            Ok(reference) => reference,
            Err(Invalid::Hidden) => {
                found.push(unresolved_reference::report(occurrence, None));
                continue;
            }
            // Where the place is not sure, it was no image after all.
            Err(_) => {
                found.extend(occurrence.misspelled().map(|invalid| invalid_reference::report(occurrence, &invalid)));
                continue;
            }
        };
        let file = reading.file(occurrence.place.file);
        let (path, text) = file.map_or(("", &[][..]), |file| (file.path, file.bytes));
        let own = rules.of(path);
        let spelling = verdict.mapping().is_some_and(|mapping| own.spells_out(mapping));
        let mapping = verdict.mapping().and_then(|mapping| own.mapping(mapping));
        let renew = renewed(reading, rules, occurrence);
        let case = old_registry::Case { occurrence, reference, verdict, fixes: &made, text, mapping, renew, today: rules.today() };
        found.extend(of_image(occurrence, reference, path, rules));
        let is_succeeded = mapping.is_some_and(|mapping| mapping.digest != Digest::Keep);
        found.extend(retired(occurrence, reference, path, rules).filter(|_| !is_succeeded));
        if let Some(one) = if spelling { unqualified::report(&case) } else { old_registry::report(&case) } {
            found.push(one);
            if !spelling {
                continue;
            }
        }
        // Lists of registries say nothing of who serves an index.
        let is_index = occurrence.chart().is_some_and(|address| address.scheme == Scheme::Index);
        if !reading.comments.keeps(occurrence) && !is_index && !matches!(occurrence.role, Role::Source | Role::Config) {
            match rules.standing(reference, path) {
                Judgement::Allowed | Judgement::Unknown => {}
                Judgement::Denied(entry) => found.push(denied_registry::report(occurrence, reference, &entry, rules.today())),
                Judgement::NotAllowed(ended) => found.push(unlisted_registry::report(occurrence, reference, ended.as_ref())),
            }
        }
    }
    found
}

/// The command that makes the file of an occurrence again, where a program writes it.
fn renewed(reading: &Reading<'_>, rules: &Rules, occurrence: &Occurrence) -> Option<String> {
    let format = rules.formats.get(&occurrence.format)?;
    let command = format.sites.iter().find(|site| site.id == occurrence.site)?.table.renew.as_deref()?;
    let path = reading.path_of(occurrence.place.file);
    Some(command.replace("{folder}", path.rsplit_once('/').map_or(".", |(folder, _)| folder)))
}

/// What is said of an image whether a mapping covers it or not, as far as somebody wants to hear it. Several values may say one text.
fn of_image(occurrence: &Occurrence, reference: &Reference, path: &str, rules: &Rules) -> impl Iterator<Item = Diagnostic> {
    let pulled = occurrence.is_pulled();
    let floating = (pulled && rules.tells(floating_tag::LINT.code, path)).then(|| floating_tag::report(occurrence, reference));
    let unpinned = (pulled && rules.tells(unpinned::LINT.code, path)).then(|| unpinned::report(occurrence, reference));
    floating.flatten().into_iter().chain(unpinned.flatten())
}

/// What is said of an image that is retired. What a mapping leads to its successor is not.
fn retired(occurrence: &Occurrence, reference: &Reference, path: &str, rules: &Rules) -> Option<Diagnostic> {
    let context = Context { format: &occurrence.format, path, class: occurrence.class };
    let is_meant = occurrence.confidence == Confidence::High && matches!(occurrence.role, Role::Pull | Role::Source | Role::Target);
    let entry = rules.retirement(reference, &context).filter(|_| is_meant)?;
    Some(retired_image::report(occurrence, reference, entry, rules.today()))
}
