//! `check`: finds the references that have to move.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Severity, Sources, Tally};
use crate::disk::Disk;
use crate::judge::{Look, Meetings, Mixed, Reading, Rules, becoming};
use crate::lint::unreadable_file;
use crate::report::Report;
use crate::report::github::GitHub;
use crate::report::human::Human;
use crate::report::impact::Impact;
use crate::report::json::Json;
use crate::report::sarif::Sarif;

use super::args::{CheckArgs, Findings};
use super::work::{Input, input};
use super::{Exit, World, drive, governed};

/// Runs the command.
pub(super) fn run(args: &CheckArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    let rules = args.fail_on.apply(governed::required(
        &args.mappings,
        &governed::asked(&args.place, args.stdin_filename.as_deref()),
        "check",
        world,
    )?);
    let rules = args.charts.seen_by(rules, world)?;
    let input = input(&args.place, args.stdin_filename.as_deref()).at(&args.revision).with_unclaimed();
    let rules = apart(rules, &input, world)?;
    let mut report = report(args.format, world);
    let (mut tally, mut mixed, mut impact) = (Tally::default(), Mixed::default(), Impact::default());
    let question = |reading: &Reading<'_>, _: &Disk| Box::new(reading.judge(&rules));
    drive::each(&input, &rules, Some(&rules.prefilter), world, question, |world, look| {
        let (found, sources) = match look {
            Look::Done(judged) => {
                tally += judged.tally;
                (with_mixed(judged.diagnostics, mixed.take(judged.images), &mut tally), judged.sources)
            }
            other => others(other, &mut tally),
        };
        impact.take(&found, &sources);
        world.out(|out| report.findings(&found, &sources, out))
    })?;
    if args.format == Findings::Human {
        let by_pack = args.mappings.names_all_packs().then(|| impact.by_pack(rules.today()));
        let ended = args.mappings.at.map(|at| impact.on(at));
        let _ = world.out(|out| by_pack.iter().chain(&ended).try_for_each(|text| out.write_all(text.as_bytes())));
    }
    let _ = world.out(|out| report.finish(&tally, out));
    Ok(Exit::of(&tally))
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

/// The rules by which no two images of the input come under one name, where the mappings could bring them there.
pub(super) fn apart(rules: Rules, input: &Input, world: &mut World<'_>) -> Result<Rules, Exit> {
    if !rules.mappings().any(Meetings::are_possible) {
        return Ok(rules);
    }
    let mut meetings = Meetings::default();
    let question = |reading: &Reading<'_>, _: &Disk| becoming(reading, &rules);
    // What cannot be read is told when it is judged.
    drive::each(input, &rules, Some(&rules.prefilter), world, question, |_, look| {
        if let Look::Done(becoming) = look {
            meetings.add(becoming);
        }
        ControlFlow::Continue(())
    })?;
    Ok(if meetings.is_empty() { rules } else { rules.keeping_apart(Arc::new(meetings)) })
}

fn report(format: Findings, world: &World<'_>) -> Box<dyn Report> {
    match format {
        Findings::Human => Box::new(Human::new(world.colour())),
        Findings::Json => Box::new(Json::default()),
        Findings::Github => Box::new(GitHub::default()),
        Findings::Sarif => Box::new(Sarif::default()),
    }
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
