//! `verify`: asks registries whether every target exists.

use std::path::Path;

use crate::lock::{Drift, Lock, Now, drift};
use crate::pipeline::{Answer, Rules};
use crate::registry::Depth;
use crate::registry::verify::{Compare, Options};
use crate::report::verified::Verified;
use crate::report::{verified_json, verified_table};

use super::asking::{self, Asking, Ends, Memory};
use super::collect::{Collected, collect};
use super::help;
use super::registry_args::{DepthArgs, Results, VerifyArgs};
use super::work::Judging;
use super::world::{Exit, World};

/// Runs the command.
pub(super) fn run(args: &VerifyArgs, world: &mut World<'_>) -> Exit {
    verified(args, world).unwrap_or_else(|exit| exit)
}

fn verified(args: &VerifyArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    let judging = Judging::from(&args.mappings);
    let rules: Rules = help::rules(help::optional(&judging, world)?.unwrap_or_default(), &judging, world)?;
    let lock = if args.locked { Some(read(&args.lock.lock_file, world)?) } else { None };
    let collected = collect(&args.place, &args.sought, &rules, world)?;
    let ends = if args.depth.compare { Ends::Both } else { Ends::Targets };
    let mut hosts = asking::hosts(&args.registries, &rules, ends);
    hosts.extend(collected.hosts.iter().cloned());
    let memory = if args.depth.no_cache || args.locked { Memory::Fresh } else { Memory::Kept };
    let asking = Asking::new(&args.registries, &hosts, memory, world)?;
    let options = options(args.place.jobs, &args.depth, lock.as_ref());
    let answers = asking.ask(&collected.targets, &args.depth.platform, &options);
    let drifted = lock.map(|lock| drift(&lock, &now(&answers))).unwrap_or_default();
    Ok(told(args.format, &answers, &collected, &drifted, world))
}

fn options(jobs: Option<std::num::NonZeroUsize>, depth: &DepthArgs, lock: Option<&Lock>) -> Options {
    Options {
        depth: match (depth.strict, lock) {
            (true, _) => Depth::Hash,
            (false, Some(_)) => Depth::Digest,
            (false, None) => Depth::Head,
        },
        compare: if depth.compare { Compare::Source } else { Compare::Nothing },
        ..asking::options(jobs)
    }
}

fn told(format: Results, answers: &[Answer], collected: &Collected, drift: &[Drift], world: &mut World<'_>) -> Exit {
    let verified = Verified::new(answers, &collected.targets, drift, collected.tally.unreadable);
    let _ = world.out(|out| match format {
        Results::Human => verified_table::write(&verified, out),
        Results::Json => verified_json::write(&verified, out),
    });
    // What could not be read weighs most: nobody knows what it names.
    if collected.tally.unreadable > 0 { Exit::Failed } else { verified.verdict().into() }
}

/// The targets as they are now. One that a hole hides cannot be locked.
fn now(answers: &[Answer]) -> Vec<Now> {
    let known = answers.iter().filter_map(Answer::taken).filter(|(candidate, _)| !candidate.as_str().contains(crate::reference::HOLE));
    known
        .map(|(_, checked)| Now { target: checked.target.clone(), digest: checked.presence.image().and_then(|image| image.digest.clone()) })
        .collect()
}

fn read(path: &Path, world: &mut World<'_>) -> Result<Lock, Exit> {
    let shown = crate::walk::shown(path);
    let text = std::fs::read_to_string(world.start.join(path)).map_err(|error| {
        world.fail(&format!("`{shown}` was not read: {}", crate::diagnostic::reason(&error)), "`transship lock` writes it")
    })?;
    Lock::parse(&text).map_err(|fault| world.fail(&format!("`{shown}` is no lock: {fault}"), "`transship lock` writes it anew"))
}
