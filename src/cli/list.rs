//! `list`: every reference, with everything that can be said of it offline.

use std::ops::ControlFlow;

use crate::config::{Config, Judgement};
use crate::diagnostic::{Diagnostic, Sources, Tally};
use crate::lint::broken_document;
use crate::locate::{File, Located};
use crate::mapping::{Context, Decision};
use crate::occurrence::Occurrence;
use crate::pipeline::{Bound, Look, Rules, Run, Together};
use crate::report::Report;
use crate::report::human::Human;
use crate::report::inventory::Inventory;
use crate::report::rows::Row;
use crate::text::Span;

use super::check::others;
use super::work::{Input, List, Which};
use super::world::{Exit, World};
use super::{drive, help};

/// What a worker found in one file.
pub(super) struct Answer {
    pub(super) rows: Vec<Row>,
    pub(super) broken: Vec<Diagnostic>,
    pub(super) sources: Sources,
}

/// Runs the command.
pub(super) fn run(work: &List, world: &mut World<'_>) -> Exit {
    let config = if work.which.contains(&Which::Residual) {
        help::required(&work.judging, "list --residual", world)
    } else {
        help::optional(&work.judging, world).map(Option::unwrap_or_default)
    };
    let config: Config = match config {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    let rules = match help::rules(config, &work.judging, world) {
        Ok(rules) => rules,
        Err(exit) => return exit,
    };
    let mut inventory = Inventory::new(work.form);
    let mut listed = ControlFlow::Continue(());
    if world.out(|out| inventory.begin(out)).is_break() {
        return Exit::Clean;
    }
    let tally = each(
        &work.input,
        &rules,
        world,
        |file, one| holds(work, &rules, file, one),
        |world, rows| {
            listed = rows.iter().try_for_each(|row| world.out(|out| inventory.row(row, out)));
            listed
        },
    );
    match tally {
        Ok(tally) => {
            let _ = world.out(|out| inventory.finish(out));
            if work.form == crate::report::inventory::Form::Table && tally.occurrences == 0 {
                world.say("no references\n");
            }
            Exit::of(&tally)
        }
        Err(exit) => exit,
    }
}

/// Locates every reference of the input that `holds`, and hands the rows of each file to `rows`, in order. What could not be read goes to the
/// errors.
pub(super) fn each(
    input: &Input,
    rules: &Rules,
    world: &mut World<'_>,
    holds: impl Fn(&File<'_>, &Occurrence) -> bool + Sync,
    mut rows: impl FnMut(&mut World<'_>, &[Row]) -> ControlFlow<()>,
) -> Result<Tally, Exit> {
    let start = world.start.clone();
    let run = Run { rules, prefilter: None, start: &start };
    let mut tally = Tally::default();
    let mut human = Human::new(world.error_colour());
    let question = |bound: &Bound<'_>, _: &[&std::path::Path]| {
        let Together { mut located, shown, .. } = bound.bond.locate(bound.files, &rules.formats);
        located.occurrences.truncate(shown);
        located.occurrences.retain(|one| file_of(bound.files, one.place).is_some_and(|file| holds(file, one)));
        answer(bound.files, &located)
    };
    drive::each(input, &run, world, question, |world, look| {
        let (found, sources) = match look {
            Look::Done(answer) => {
                tally.files += 1;
                tally.parsed += 1;
                tally.occurrences += answer.rows.len();
                tally.unreadable += answer.broken.len();
                if rows(world, &answer.rows).is_break() {
                    return ControlFlow::Break(());
                }
                (answer.broken, answer.sources)
            }
            other => others(other, &mut tally),
        };
        world.errors(|errors| human.findings(&found, &sources, errors));
        ControlFlow::Continue(())
    })?;
    Ok(tally)
}

fn file_of<'a>(files: &'a [File<'a>], place: Span) -> Option<&'a File<'a>> {
    files.iter().find(|file| file.id == place.file)
}

fn answer(files: &[File<'_>], located: &Located) -> Answer {
    let broken: Vec<Diagnostic> = located.faults.iter().map(broken_document::report).collect();
    let sources = if broken.is_empty() { Sources::default() } else { Sources::of(files) };
    let of_file =
        |file: &File<'_>| located.occurrences.iter().filter(|one| one.place.file == file.id).cloned().collect::<Vec<Occurrence>>();
    Answer { rows: files.iter().flat_map(|file| Row::all(file, &of_file(file))).collect(), broken, sources }
}

/// Whether an occurrence is one of those that are asked for.
fn holds(work: &List, rules: &Rules, file: &File<'_>, occurrence: &Occurrence) -> bool {
    work.which.iter().all(|which| match which {
        Which::Unresolved => occurrence.holes().next().is_some() || occurrence.lacks_tag() || occurrence.reference().is_err(),
        Which::Residual => is_residual(rules, file, occurrence),
    })
}

/// Whether a mapping or the deny list still covers it.
fn is_residual(rules: &Rules, file: &File<'_>, occurrence: &Occurrence) -> bool {
    let Ok(reference) = occurrence.reference() else { return false };
    let context = Context { format: &occurrence.format, path: file.path, class: occurrence.class };
    match rules.decide(&reference, &context) {
        Decision::Mapped(target) => target.candidates.first().is_some_and(|new| new.as_str() != reference.as_str()),
        Decision::Undecided { .. } | Decision::Refused { .. } => true,
        Decision::Unchanged => matches!(rules.standing(&reference), Judgement::Denied(_)),
    }
}
