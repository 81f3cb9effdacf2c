//! Owns the images of a run by the registries that they are pulled from.

use std::collections::BTreeMap;

use crate::config::Level;
use crate::diagnostic::{Diagnostic, Severity};
use crate::lint::mixed_registry::{LINT, Named, report};
use crate::lint::old_registry;
use crate::mapping::Decision;
use crate::plan::{Plan, Verdict};
use crate::reference::{HOLE, Name, Reference};
use crate::text::{FileId, Lines};

use super::{Reading, Rules};

/// The images of a run: the first place of each registry that one is pulled from.
#[derive(Clone, Debug, Default)]
pub struct Mixed(BTreeMap<String, Vec<Named>>);

impl Mixed {
    /// Takes in the images of some files; what there is to say of them beside those before.
    pub fn take(&mut self, named: Vec<Named>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for one in named {
            let known = self.0.entry(one.path.clone()).or_default();
            if known.iter().all(|other| other.domain != one.domain) {
                found.extend(known.first().map(|first| report(&one, first)));
                known.push(one);
            }
        }
        found
    }
}

/// The images that are pulled by the files of a reading, as far as somebody wants to hear of their registries. A path of one segment may be another
/// image on each registry, and what somebody wants to stay where it is does so on purpose.
pub(super) fn named(reading: &Reading<'_>, rules: &Rules, plan: &Plan) -> Vec<Named> {
    let mut all = Vec::new();
    let mut files: BTreeMap<FileId, Option<(Lines<'_>, Severity)>> = BTreeMap::new();
    for (number, one, decided) in reading.shown().filter(|(_, one, _)| one.is_pulled() && reading.is_asked(one.place.file)) {
        let told = || {
            let file = reading.file(one.place.file)?;
            let level =
                rules.level(LINT.code, file.path).or_else(|| (!rules.tells(old_registry::LINT.code, file.path)).then_some(Level::Allow));
            let severity = if level == Some(Level::Deny) { Severity::Error } else { LINT.severity };
            (level != Some(Level::Allow)).then(|| (Lines::new(file.bytes), severity))
        };
        let (Some((lines, severity)), Ok(reference)) = (files.entry(one.place.file).or_insert_with(told), &decided.reference) else {
            continue;
        };
        let moved = match (plan.verdicts.get(number), &decided.decision) {
            (Some(Verdict::Fixed { target, .. }), _) => Reference::parse_with_holes(target).ok(),
            (_, Decision::Mapped(target)) => target.candidates.first().cloned(),
            _ => None,
        };
        let Name { domain, path } = moved.as_ref().unwrap_or(reference).name();
        if domain.contains(HOLE)
            || path.contains(HOLE)
            || !path.contains('/')
            || reading.comments.keeps(one)
            || reading.holds(LINT.code, one.place)
        {
            continue;
        }
        let at = format!("{}:{}", reading.path_of(one.place.file), lines.position(one.place.start).line);
        all.push(Named { path: path.into_owned(), domain: domain.into_owned(), place: one.place, at, severity: *severity });
    }
    all
}
