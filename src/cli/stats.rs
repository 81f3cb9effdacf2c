//! `stats`: how many references there are, by whatever they may be told apart.

use std::ops::ControlFlow;

use crate::report::stats::Stats;

use super::args::StatsArgs;
use super::list::{Lists, each};
use super::work::input;
use super::{Exit, World, governed};

/// Runs the command.
pub(super) fn run(args: &StatsArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    let rules = governed::rules(&args.mappings, &governed::asked(&args.place, args.stdin_filename.as_deref()), world)?;
    let rules = args.charts.seen_by(rules, world)?;
    let input = input(&args.place, args.stdin_filename.as_deref()).at(&args.revision).searched_by(&rules);
    let mut stats = Stats::default();
    let tally = each(
        &input,
        &rules,
        Lists::References,
        world,
        |_, _, _| true,
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
