//! `stats`: how many references there are, by whatever they may be told apart.

use std::ops::ControlFlow;

use crate::report::stats::Stats;

use super::args::StatsArgs;
use super::list::{Lists, each};
use super::work::input;
use super::{Exit, World, help};

/// Runs the command.
pub(super) fn run(args: &StatsArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    let rules = help::rules(help::optional(&args.mappings, world)?.unwrap_or_default(), &args.mappings);
    let rules = args.charts.seen_by(rules, world)?;
    let input = input(&args.place, args.stdin_filename.as_deref()).at(&args.revision).searched_by(&rules);
    let mut stats = Stats::default();
    let tally = each(
        &input,
        &rules,
        Lists::References,
        world,
        |_, _| true,
        |_, rows| {
            for row in rows {
                stats.take(row);
            }
            ControlFlow::Continue(())
        },
    )?;
    let _ = world.out(|out| stats.write(args.format, out));
    Ok(Exit::of(&tally))
}
