//! `check`: finds the references that have to move.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use crate::diagnostic::Tally;
use crate::disk::{Disk, holding};
use crate::judge::{Look, Meetings, Obeyed, Reading, Rules, becoming};
use crate::report::impact::Impact;

use super::args::CheckArgs;
use super::found::{self, Found};
use super::old::Old;
use super::outputs::Outputs;
use super::work::{Input, input};
use super::{Exit, World, drive, governed, ignoring};

/// Runs the command.
pub(super) fn run(args: &CheckArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    let mut outputs = Outputs::new(&args.output, world)?;
    let begun = Instant::now();
    let place = args.from.places(&args.place, world)?;
    let asked = governed::asked(&place, args.stdin_filename.as_deref());
    let rules = args.fail_on.apply(governed::required(&args.mappings, &asked, "check", world)?);
    let baseline = rules.baseline.clone();
    let mut rules = args.charts.seen_by(rules, world)?;
    let written = args.output.outputs.iter().filter_map(|output| output.file.as_ref()).chain(args.old.files());
    if args.place.verbose {
        world.tell(&format!("rules were loaded in {} ms", begun.elapsed().as_millis()));
    }
    if args.old.no_inline_ignore {
        rules.comments = Obeyed::No;
    }
    rules.ours.extend(written.filter_map(|file| holding(file, &world.start).path(file)));
    let input = input(&place, args.stdin_filename.as_deref()).at(&args.revision).with_unclaimed();
    let rules = apart(rules, &input, world)?;
    let mut old = Old::new(&args.old, baseline.as_deref(), &input, &rules, world)?;
    if let Some(reason) = &args.old.add_ignore {
        return ignoring::run(reason, &input, &rules, old, world);
    }
    let (mut total, mut impact) = (Tally::default(), Impact::default());
    let mut read = ControlFlow::Continue(());
    found::each(&input, &rules, world, |world, Found { mut diagnostics, suppressed, sources, mut tally }| {
        old.judge(&mut diagnostics, &sources, &mut tally);
        total += tally;
        impact.take(&diagnostics, &sources);
        read = outputs.findings(&diagnostics, &suppressed, &sources, world);
        // A baseline is of all findings, though nobody reads what is printed any more.
        if old.is_written() { ControlFlow::Continue(()) } else { read }
    })?;
    if read.is_continue() || old.is_written() {
        old.finish(&mut total, world)?;
    }
    if outputs.is_for_people() && !args.output.quiet {
        let by_pack = args.mappings.names_all_packs().then(|| impact.by_pack(rules.today()));
        let ended = args.mappings.at.map(|at| impact.on(at));
        let _ = world.out(|out| by_pack.iter().chain(&ended).try_for_each(|text| out.write_all(text.as_bytes())));
    }
    outputs.finish(&total, world)?;
    Ok(args.fail_on.exit(&total))
}

/// The rules by which no two images of the input come under one name, where the mappings could bring them there.
pub(super) fn apart(rules: Rules, input: &Input, world: &mut World<'_>) -> Result<Rules, Exit> {
    if !rules.mappings().any(Meetings::are_possible) {
        return Ok(rules);
    }
    let mut meetings = Meetings::default();
    let question = |reading: &Reading<'_>, _: &Disk| becoming(reading, &rules);
    // What cannot be read is told when it is judged.
    drive::each(&input.clone().quietly(), &rules, Some(&rules.prefilter), world, question, |_, look| {
        if let Look::Done(becoming) = look {
            meetings.add(becoming);
        }
        ControlFlow::Continue(())
    })?;
    Ok(if meetings.is_empty() { rules } else { rules.keeping_apart(Arc::new(meetings)) })
}
