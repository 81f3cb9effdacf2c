//! Owns what a run finds in its input, set by set: what is judged there, what could not be read, and images that come from several registries.

use std::ops::ControlFlow;

use crate::diagnostic::{Diagnostic, Severity, Sources, Tally};
use crate::disk::Disk;
use crate::judge::{Look, Mixed, Reading, Rules};
use crate::lint::unreadable_file;

use super::work::Input;
use super::{Exit, World, drive};

/// What was found in one set of files.
pub(super) struct Found {
    /// The findings, in their order.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Those that a comment or the rule file holds back.
    pub(super) suppressed: Vec<Diagnostic>,
    /// The files that they point into.
    pub(super) sources: Sources,
    /// The numbers of the set.
    pub(super) tally: Tally,
}

/// Judges every set of the input, and hands on what was found in each, in order.
///
/// # Errors
/// As [`drive::each`].
pub(super) fn each(
    input: &Input,
    rules: &Rules,
    world: &mut World<'_>,
    mut answer: impl FnMut(&mut World<'_>, Found) -> ControlFlow<()>,
) -> Result<(), Exit> {
    let mut mixed = Mixed::default();
    let question = |reading: &Reading<'_>, _: &Disk| Box::new(reading.judge(rules));
    drive::each(input, rules, Some(&rules.prefilter), world, question, |world, look| {
        let mut tally = Tally::default();
        let mut suppressed = Vec::new();
        let (diagnostics, sources) = match look {
            Look::Done(judged) => {
                tally += judged.tally;
                suppressed = judged.suppressed;
                (with_mixed(judged.diagnostics, mixed.take(judged.images), &mut tally), judged.sources)
            }
            other => others(other, &mut tally),
        };
        answer(world, Found { diagnostics, suppressed, sources, tally })
    })
}

/// The findings of some files, and what there is to say of their images beside those of other files.
fn with_mixed(mut found: Vec<Diagnostic>, mixed: Vec<Diagnostic>, tally: &mut Tally) -> Vec<Diagnostic> {
    let errors = mixed.iter().filter(|one| one.severity == Severity::Error).count();
    tally.findings += errors;
    tally.warnings += mixed.len() - errors;
    found.extend(mixed);
    found.sort_by_key(|one| (one.place, one.lint));
    found
}

/// What is shown of everything but an answer; its numbers are added to `tally`.
pub(super) fn others<T>(look: Look<T>, tally: &mut Tally) -> (Vec<Diagnostic>, Sources) {
    match look {
        Look::Done(_) => {}
        Look::Passed => tally.files += 1,
        Look::LeftOut => tally.left_out += 1,
        Look::Binary { id, path } => {
            tally.files += 1;
            tally.binary += 1;
            return (vec![unreadable_file::binary(id, &path)], Sources::one(id, &path, b""));
        }
        Look::Overlooked { id, path, reason } => {
            return (vec![unreadable_file::overlooked(id, &path, &reason)], Sources::one(id, &path, b""));
        }
        Look::Unread { id, path, reason } => {
            tally.unreadable += 1;
            return (vec![unreadable_file::report(id, &path, &reason)], Sources::one(id, &path, b""));
        }
    }
    (Vec::new(), Sources::default())
}
