//! `check`: finds the references that have to move.

use std::ops::ControlFlow;

use crate::diagnostic::{Diagnostic, Sources, Tally};
use crate::judge::{Judged, Look, Reading};
use crate::report::Report;
use crate::report::github::GitHub;
use crate::report::human::Human;
use crate::report::json::Json;
use crate::report::sarif::Sarif;

use super::args::Findings;
use super::work::Check;
use super::world::{Exit, World};
use super::{drive, help};

/// Runs the command.
pub(super) fn run(work: &Check, world: &mut World<'_>) -> Exit {
    let rules = help::required(&work.judging, "check", world).map(|config| help::rules(config, &work.judging));
    let rules = match rules {
        Ok(rules) => rules,
        Err(exit) => return exit,
    };
    let mut report = report(work.format, world);
    let mut tally = Tally::default();
    let question = |reading: &Reading<'_>, _: &drive::Place<'_>| Box::new(reading.judge(&rules));
    let driven = drive::each(&work.input, &rules, Some(&rules.prefilter), world, question, |world, look| {
        let (found, sources) = told(look, &mut tally);
        world.out(|out| report.findings(&found, &sources, out))
    });
    if let Err(exit) = driven {
        return exit;
    }
    let _ = world.out(|out| report.finish(&tally, out));
    Exit::of(&tally)
}

fn report(format: Findings, world: &World<'_>) -> Box<dyn Report> {
    match format {
        Findings::Human => Box::new(Human::new(world.colour())),
        Findings::Json => Box::new(Json::default()),
        Findings::Github => Box::new(GitHub),
        Findings::Sarif => Box::new(Sarif::default()),
    }
}

/// What is shown of one answer; its numbers are added to `tally`.
fn told(look: Look<Box<Judged>>, tally: &mut Tally) -> (Vec<Diagnostic>, Sources) {
    match look {
        Look::Done(judged) => {
            *tally += judged.tally;
            (judged.diagnostics, judged.sources)
        }
        other => others(other, tally),
    }
}

/// As [`told`], for everything but an answer.
pub(super) fn others<T>(look: Look<T>, tally: &mut Tally) -> (Vec<Diagnostic>, Sources) {
    match look {
        Look::Done(_) => {}
        Look::Passed => tally.files += 1,
        Look::Binary => {
            tally.files += 1;
            tally.binary += 1;
        }
        Look::Unread { id, path, reason } => {
            tally.unreadable += 1;
            let (one, sources) = drive::unread(id, &path, &reason);
            return (vec![one], sources);
        }
    }
    (Vec::new(), Sources::default())
}

/// Keeps a run going whatever the output does.
pub(super) const fn go_on(_: ControlFlow<()>) -> ControlFlow<()> {
    ControlFlow::Continue(())
}
