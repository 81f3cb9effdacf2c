//! `verify`: asks registries whether every target exists.

use std::collections::BTreeMap;

use crate::lock::{Drift, Lock, Now, Told, drift};
use crate::pipeline::{Answer, Rules};
use crate::registry::Depth;
use crate::registry::verify::{Checked, Compare, Options};
use crate::report::verified::Verified;
use crate::report::{verified_json, verified_table};

use super::asking::{self, Asking, Ends, Memory};
use super::collect::{Collected, collect};
use super::help;
use super::registry_args::{AsksArgs, Results, VerifyArgs};
use super::work::Judging;
use super::world::{Exit, World};

/// Runs the command.
pub(super) fn run(args: &VerifyArgs, world: &mut World<'_>) -> Exit {
    verified(args, world).unwrap_or_else(|exit| exit)
}

fn verified(args: &VerifyArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    let judging = Judging::from(&args.mappings);
    let rules: Rules = help::rules(help::optional(&judging, world)?.unwrap_or_default(), &judging, world)?;
    let lock = if args.locked { Some(args.lock.read(world)?) } else { None };
    let mut collected = collect(&args.place, &args.sought, &rules, world)?;
    if let Some(lock) = lock.as_ref().filter(|_| args.compare) {
        collected.targets.take_sources(lock);
    }
    let AsksArgs { depth, registries } = &args.asks;
    let ends = if args.compare || args.locked { Ends::Both } else { Ends::Targets };
    let mut hosts = asking::hosts(registries, &rules, ends);
    hosts.extend(collected.hosts.iter().cloned());
    let memory = if args.locked { Memory::Fresh } else { Memory::of(depth) };
    let asking = Asking::new(registries, &hosts, memory, world)?;
    let options = options(args, lock.as_ref());
    let answers = asking.ask(&collected.targets, &depth.platform, &options);
    let drifted = lock.map(|lock| drift(&lock, &now(&answers, &asking.sources(answers.iter(), &options)))).unwrap_or_default();
    Ok(shown(args.format, &answers, &collected, &drifted, world))
}

fn options(args: &VerifyArgs, lock: Option<&Lock>) -> Options {
    let options = asking::options_at(&args.asks.depth, args.place.jobs);
    Options {
        // A lock is made of digests.
        depth: if lock.is_some() { options.depth.max(Depth::Digest) } else { options.depth },
        compare: if args.compare { Compare::Source } else { Compare::Nothing },
        ..options
    }
}

fn shown(format: Results, answers: &[Answer], collected: &Collected, drift: &[Drift], world: &mut World<'_>) -> Exit {
    let verified = Verified::new(answers, &collected.targets, drift, collected.tally.unreadable);
    let _ = world.out(|out| match format {
        Results::Human => verified_table::write(&verified, out),
        Results::Json => verified_json::write(&verified, out),
    });
    // What could not be read weighs most: nobody knows what it names.
    if collected.tally.unreadable > 0 { Exit::Failed } else { verified.verdict().into() }
}

/// The targets as they are now, and what they are copies of. One that a hole hides cannot be locked.
fn now(answers: &[Answer], sources: &BTreeMap<String, Checked>) -> Vec<Now> {
    let told =
        |reference: String, checked: &Checked| Told { reference, digest: checked.presence.image().and_then(|image| image.digest.clone()) };
    let known = answers.iter().filter_map(|answer| {
        let (candidate, checked) = answer.taken()?;
        let source = answer.sought.source.as_ref().and_then(|source| sources.get(&source.canonical()));
        let source = source.zip(answer.sought.from.clone()).map(|(checked, name)| told(name, checked));
        (!candidate.as_str().contains(crate::reference::HOLE)).then(|| Now { target: told(checked.target.clone(), checked), source })
    });
    known.collect()
}
