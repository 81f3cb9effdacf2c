//! `list`: every reference, with everything that can be said of it offline.

use std::ops::ControlFlow;

use crate::config::{Config, Judgement};
use crate::diagnostic::Tally;
use crate::judge::{Look, Reading, Rules};
use crate::mapping::Decision;
use crate::occurrence::Occurrence;
use crate::plan::Decided;
use crate::report::Report;
use crate::report::human::Human;
use crate::report::inventory::Inventory;
use crate::report::rows::Row;

use super::check::others;
use super::work::{Input, List, Which};
use super::world::{Exit, World};
use super::{drive, help};

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
    let rules = help::rules(config, &work.judging);
    let mut inventory = Inventory::new(work.form);
    let mut listed = ControlFlow::Continue(());
    if world.out(|out| inventory.begin(out)).is_break() {
        return Exit::Clean;
    }
    let tally = each(
        &work.input,
        &rules,
        world,
        |one, decided| holds(work, &rules, one, decided),
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
    holds: impl Fn(&Occurrence, &Decided) -> bool + Sync,
    mut rows: impl FnMut(&mut World<'_>, &[Row]) -> ControlFlow<()>,
) -> Result<Tally, Exit> {
    let mut tally = Tally::default();
    let mut human = Human::new(world.error_colour());
    let question = |reading: &Reading<'_>, _: &drive::Place<'_>| (Row::all(reading, &holds), drive::broken(reading));
    drive::each(input, rules, None, world, question, |world, look| {
        let (found, sources) = match look {
            Look::Done((found, broken)) => {
                tally.files += 1;
                tally.parsed += 1;
                tally.occurrences += found.len();
                tally.unreadable += broken.0.len();
                if rows(world, &found).is_break() {
                    return ControlFlow::Break(());
                }
                broken
            }
            other => others(other, &mut tally),
        };
        world.errors(|errors| human.findings(&found, &sources, errors));
        ControlFlow::Continue(())
    })?;
    Ok(tally)
}

/// Whether an occurrence is one of those that are asked for.
fn holds(work: &List, rules: &Rules, occurrence: &Occurrence, decided: &Decided) -> bool {
    work.which.iter().all(|which| match which {
        Which::Unresolved => occurrence.holes().next().is_some() || occurrence.lacks_tag() || decided.reference.is_err(),
        Which::Residual => is_residual(rules, decided),
    })
}

/// Whether a mapping or the deny list still covers it.
fn is_residual(rules: &Rules, decided: &Decided) -> bool {
    let Ok(reference) = &decided.reference else { return false };
    match &decided.decision {
        Decision::Mapped(target) => target.candidates.first().is_some_and(|new| new.as_str() != reference.as_str()),
        Decision::Undecided { .. } | Decision::Refused { .. } => true,
        Decision::Unchanged => matches!(rules.standing(reference), Judgement::Denied(_)),
    }
}
