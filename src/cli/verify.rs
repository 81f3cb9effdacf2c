//! `verify`: asks registries whether every target exists.

use std::collections::BTreeMap;

use crate::ask::Answer;
use crate::lock::{Now, Told, drift};
use crate::registry::Depth;
use crate::registry::verify::{Checked, Compare, Options};
use crate::report::verified::{Numbers, Verified};
use crate::report::{verified_github, verified_json, verified_table};

use super::asking::{self, Asking, Ends, Memory};
use super::collect::collect;
use super::lock::{self, Locked};
use super::registry_args::{AsksArgs, FailOn, Verification, VerifyArgs};
use super::{Exit, World, chart_targets, governed};

/// Runs the command.
pub(super) fn run(args: &VerifyArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    let rules = governed::rules(&args.sought.mappings, &args.sought.asked(), world)?;
    let rules = args.sought.charts.seen_by(rules, world)?;
    let locked = if args.locked { Some(lock::read(args.lock_file.as_deref(), &args.sought, world)?) } else { None };
    let mut collected = collect(&args.sought, &rules, world)?;
    if let Some(Locked { lock, .. }) = locked.as_ref().filter(|_| args.compare) {
        collected.targets.take_sources(&|target| lock.source_of(target));
    }
    let AsksArgs { depth, registries } = &args.asks;
    let ends = if args.compare || args.locked { Ends::Both } else { Ends::Targets };
    let memory = if args.locked || args.no_cache { Memory::Fresh } else { Memory::Kept };
    asking::doubt(&depth.platform, world);
    let asking = Asking::new(registries, &rules, ends, &collected.hosts, memory, world)?;
    let options = options(args);
    let answers = asking.ask(&collected.targets, &depth.platform, &options);
    let now = || now(&answers, &asking.sources(answers.iter(), &options));
    let drifted = locked.map(|Locked { lock, coverage }| drift(&lock, &now(), coverage)).unwrap_or_default();
    let verified = Verified::new(&answers, &collected.targets, &drifted, collected.tally.unreadable);
    let charts = chart_targets::rows(&args.sought, registries, &rules, world)?;
    let verified = Verified { remaining: asking.remaining(world), ..verified.with(charts) };
    let verified = if args.compare { verified.compared() } else { verified };
    let colour = world.colour();
    let _ = world.out(|out| match args.format {
        Verification::Human => verified_table::write(&verified, colour, out),
        Verification::Json => verified_json::write(&verified, out),
        Verification::Github => verified_github::write(&verified, out),
    });
    // What could not be read weighs most: nobody knows what it names.
    Ok(if collected.tally.unreadable > 0 { Exit::Failed } else { exit(&verified, &args.fail_on) })
}

fn options(args: &VerifyArgs) -> Options {
    let options = asking::options_at(&args.asks.depth, args.sought.place.jobs);
    Options {
        // A lock is made of digests.
        depth: if args.locked { options.depth.max(Depth::Digest) } else { options.depth },
        compare: if args.compare { Compare::Source } else { Compare::Nothing },
        ..options
    }
}

/// The exit code, of what it shall tell.
fn exit(verified: &Verified, on: &[FailOn]) -> Exit {
    let is_told = |one| on.is_empty() || on.contains(&one);
    let Numbers { findings, drift, undecided, .. } = verified.summary;
    if findings + drift > 0 && is_told(FailOn::Missing) {
        Exit::Findings
    } else if undecided > 0 && is_told(FailOn::Undecided) {
        Exit::Undecided
    } else {
        Exit::Clean
    }
}

/// The targets as they are now, and what they are copies of. One that a hole hides cannot be locked.
fn now(answers: &[Answer], sources: &BTreeMap<String, Checked>) -> Vec<Now> {
    let told = |reference: String, checked: &Checked| Told {
        reference,
        digest: checked.presence.digest().map(str::to_owned).ok_or_else(|| checked.presence.reason().message.clone()),
    };
    let known = answers.iter().filter_map(|answer| {
        let (candidate, checked) = answer.taken()?;
        let source = answer.sought.original().and_then(|source| sources.get(&source.canonical()));
        let source = source.zip(answer.sought.original_name()).map(|(checked, name)| told(name.to_owned(), checked));
        (!candidate.as_str().contains(crate::reference::HOLE)).then(|| Now { target: told(checked.target.clone(), checked), source })
    });
    known.collect()
}
