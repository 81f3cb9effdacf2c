//! Owns what the lints say of the references of a reading.

use std::sync::Arc;

use crate::config::Judgement;
use crate::diagnostic::Diagnostic;
use crate::lint::{
    denied_registry, floating_tag, invalid_reference, old_registry, retired_image, unlisted_registry, unpinned, unqualified,
    unresolved_reference,
};
use crate::mapping::{Context, Decision, Digest};
use crate::occurrence::{Confidence, Occurrence, Role};
use crate::plan::{Fix, Plan, Verdict};
use crate::reference::{Invalid, Reference, Scheme};

use super::comments::Kept;
use super::{Reading, Rules};

/// What the lints say of the occurrences.
pub(super) fn findings(reading: &Reading<'_>, rules: &Rules, plan: &Plan) -> Vec<Diagnostic> {
    let made: Vec<Arc<Fix>> = plan.fixes.iter().cloned().map(Arc::new).collect();
    let mut found = Vec::new();
    for (number, occurrence, decided) in reading.shown() {
        let Some(verdict) = plan.verdicts.get(number) else { continue };
        let own = of_occurrence(reading, rules, occurrence, &decided.reference, (verdict, &made));
        found.extend(own.into_iter().map(|one| Diagnostic { format: Some(Arc::clone(&occurrence.format)), ..one }));
    }
    found
}

/// What they say of one, with what the plan says of it, and its fixes.
fn of_occurrence(
    reading: &Reading<'_>,
    rules: &Rules,
    occurrence: &Occurrence,
    reference: &Result<Reference, Invalid>,
    (verdict, made): (&Verdict, &[Arc<Fix>]),
) -> Vec<Diagnostic> {
    let reference = match reference {
        Ok(reference) => reference,
        Err(Invalid::Hidden) => return vec![unresolved_reference::report(occurrence, None)],
        // Where the place is not sure, it was no image after all.
        Err(_) => return occurrence.misspelled().map(|invalid| invalid_reference::report(occurrence, &invalid)).into_iter().collect(),
    };
    let file = reading.file(occurrence.place.file);
    let (path, text) = file.map_or(("", &[][..]), |file| (file.path, file.bytes));
    let own = rules.of(path);
    let spelling = verdict.mapping().is_some_and(|mapping| own.spells_out(mapping));
    let mapping = verdict.mapping().and_then(|mapping| own.mapping(mapping));
    let renew = renewed(reading, rules, occurrence);
    let case = old_registry::Case { occurrence, reference, verdict, fixes: made, text, mapping, renew, today: rules.today() };
    let mut found: Vec<Diagnostic> = of_image(occurrence, reference, path, rules).collect();
    let is_succeeded = mapping.is_some_and(|mapping| mapping.digest != Digest::Keep);
    found.extend(retired(occurrence, reference, path, rules).filter(|_| !is_succeeded));
    if let Some(kept) = reading.comments.kept_of(occurrence) {
        let mapping = kept.decision.mapping().and_then(|mapping| own.mapping(mapping));
        found.extend(suppressed(&old_registry::Case { mapping, ..case.clone() }, kept));
    }
    if let Some(one) = if spelling { unqualified::report(&case) } else { old_registry::report(&case) } {
        found.push(one);
        if !spelling {
            return found;
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
    found
}

/// The finding that is held back, as far as it is one of these lints.
fn suppressed(case: &old_registry::Case<'_>, kept: Kept) -> Option<Diagnostic> {
    let mapping = kept.decision.mapping()?;
    let target = match &kept.decision {
        Decision::Mapped(target) => target.candidates.first().map(Reference::as_str),
        _ => None,
    };
    let found = if kept.code == unqualified::LINT.code {
        unqualified::suppressed(case, target, mapping)
    } else {
        old_registry::suppressed(case, target, mapping)
    };
    Some(Diagnostic { standing: kept.standing, ..found })
}

/// The command that makes the file of an occurrence again, where a program writes it.
fn renewed(reading: &Reading<'_>, rules: &Rules, occurrence: &Occurrence) -> Option<String> {
    let format = rules.formats.get(&occurrence.format)?;
    let command = format.table.sites.iter().find(|site| *site.id == *occurrence.site)?.renew.as_deref()?;
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
