//! `mirror`: plans the copies of what is missing or differs, for the program that makes them.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::judge::Rules;
use crate::lock::{Lock, NAME};
use crate::mapping::{Decision, MappingSet};
use crate::mirror::{self, CopyPlan, Differing, Options, Written, plan, write};
use crate::reference::Reference;
use crate::text::count;
use crate::text::harmless;

use super::asking::{self, Asking, Ends, Memory};
use super::collect::{Collected, collect};
use super::copies::{self, Copies, Wish};
use super::lock::{self, Locked};
use super::registry_args::MirrorArgs;
use super::{Exit, World, governed, plan_files};

/// Runs the command.
pub(super) fn run(args: &MirrorArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    let rules = governed::required(&args.sought.mappings, &args.sought.asked(), "mirror", world)?;
    let rules = args.sought.charts.seen_by(rules, world)?;
    let locked = if args.locked { Some(lock::read(args.lock_file.as_deref(), &args.sought, world)?) } else { None };
    let mut collected = collect(&args.sought, &rules, world)?;
    if let Some(Locked { lock, .. }) = &locked {
        take_sources(lock, args, &rules, &mut collected, world);
    }
    asking::doubt(&args.rows.platform, world);
    let wish = Wish { purpose: args.engine.purpose(), platforms: &args.rows.platform, differing: differing(args) };
    let mut copies = if args.rows.all {
        copies::of_all(&collected.targets, wish)
    } else {
        let asking = Asking::new(&args.registries, &rules, Ends::Both, &collected.hosts, Memory::Fresh, world)?;
        copies::of_asked(&collected.targets, wish, &asking, &asking::options(args.sought.place.jobs))
    };
    for note in &copies.notes {
        world.tell(note);
    }
    let planned = plan(std::mem::take(&mut copies.rows)).map_err(|conflicts| {
        for conflict in &conflicts {
            world.fail(&harmless(&conflict.to_string()), "");
        }
        world.say("help: give each source a target of its own\n");
        Exit::Failed
    })?;
    let written = write(args.engine, &planned, &options(args, &rules));
    say(args, &collected, &copies, (&planned, &written), world);
    plan_files::save_all(&args.output, &written, args.engine, world)?;
    let is_whole = args.rows.partial || (copies.left.is_empty() && written.left_out.is_empty());
    Ok(match (collected.tally.unreadable, is_whole, copies.undecided.is_empty()) {
        (1.., ..) => Exit::Failed,
        (0, false, _) => Exit::Findings,
        (0, true, false) => Exit::Undecided,
        (0, true, true) => Exit::Clean,
    })
}

/// Takes from the lock what targets are copies of. A lock that the user does not name is a stranger's, whose word alone copies nothing: a mapping
/// must say the same.
fn take_sources(lock: &Lock, args: &MirrorArgs, rules: &Rules, collected: &mut Collected, world: &mut World<'_>) {
    let alone = RefCell::new(BTreeSet::new());
    collected.targets.take_sources(&|target| {
        let source = lock.source_of(target)?;
        if args.lock_file.is_some() || becomes(&source, target, rules) {
            return Some(source);
        }
        alone.borrow_mut().insert((source, target.to_owned()));
        None
    });
    for (source, target) in alone.into_inner() {
        world.tell(&format!("nothing but {NAME} says that `{target}` is a copy of `{source}`, so that it is not copied from there"));
        world.say(&format!("help: `--lock-file {NAME}` if you trust it\n"));
    }
}

/// Whether a mapping makes the one of the other.
fn becomes(source: &str, target: &str, rules: &Rules) -> bool {
    let (Ok(source), Ok(target)) = (Reference::parse(source), Reference::parse(target)) else { return false };
    rules.mappings().any(|mappings| match mappings.decide_in(&source, None) {
        Some((_, Decision::Mapped(to))) => to.candidates.iter().any(|candidate| candidate.canonical() == target.canonical()),
        _ => false,
    })
}

fn differing(args: &MirrorArgs) -> Differing {
    if args.rows.missing_only { Differing::Kept } else { Differing::Replaced }
}

fn options(args: &MirrorArgs, rules: &Rules) -> Options {
    let surroundings = &args.surroundings;
    Options {
        plain_http: args.registries.plain_http.iter().cloned().collect(),
        differing: differing(args),
        harbors: surroundings.harbor.iter().cloned().collect(),
        harbor: surroundings.harbor_side,
        runtime: surroundings.runtime,
        syntax: surroundings.syntax,
        rules: Some(digest(rules)),
    }
}

/// The digest of what the mappings say, wherever they were read.
fn digest(rules: &Rules) -> String {
    let text = rules.mappings().flat_map(MappingSet::iter).fold(String::new(), |mut text, mapping| {
        let _ = writeln!(text, "{:?}", (&mapping.id, &mapping.from, &mapping.to, &mapping.except, mapping.conditions()));
        text
    });
    mirror::sha256(text.as_bytes())
}

/// Says what is planned, and everything that is not, with its reason.
fn say(args: &MirrorArgs, collected: &Collected, copies: &Copies, (planned, written): (&CopyPlan, &Written), world: &mut World<'_>) {
    let engine = args.engine;
    for out in &written.left_out {
        let lines: Vec<String> = out.row.places().iter().map(|place| format!("{}:{}", place.path, place.line)).collect();
        say_why("left out", &out.copy(), &format!("{engine}: {}", out.reason), &lines.join(", "), world);
    }
    for (word, outs) in [("left out", &copies.left), ("undecided", &copies.undecided)] {
        for out in outs {
            say_why(word, &out.what, &out.why, &out.places, world);
        }
    }
    if planned.is_empty() && copies.left.is_empty() && copies.undecided.is_empty() {
        world.say(nothing(args, collected));
    } else {
        let rows = count(planned.rows().len() - written.left_out.len(), "row");
        let out = written.left_out.len() + copies.left.len();
        world.say(&format!("{rows} planned for {engine}, {out} left out, {} undecided\n", copies.undecided.len()));
    }
    let replaced = planned.rows().iter().filter(|row| row.replaces().is_some()).count();
    if replaced > 0 {
        let rows = number(replaced, "row replaces", "rows replace");
        world.tell(&format!("{rows} what the target holds now; `--missing-only` leaves it as it is"));
    }
    if copies.absent > 0 {
        let targets = number(copies.absent, "target is", "targets are");
        world.tell(&format!("{targets} not there yet: copy before the plan is used"));
    }
    if !args.locked && collected.targets.iter().any(|(sought, _)| sought.source.is_none() && !sought.candidates.is_empty()) {
        world.tell("files name targets of which nothing says what they are copies of; with `--locked` transship.lock does");
    }
}

/// Three lines, whatever scanned files say in them.
fn say_why(word: &str, what: &str, why: &str, at: &str, world: &mut World<'_>) {
    world.say(&format!("{word}: {}\n  {}\n  at: {}\n", harmless(what), harmless(why), harmless(at)));
}

fn number(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Why there is nothing to plan, as far as it is known.
fn nothing(args: &MirrorArgs, collected: &Collected) -> &'static str {
    if collected.tally.unreadable > 0 {
        "nothing to plan in what could be read\n"
    } else if collected.targets.is_empty() {
        "nothing to plan: no reference is covered by a mapping\n"
    } else if args.rows.all {
        "nothing to plan: no reference that a mapping covers is left in the files\n"
    } else if args.rows.missing_only {
        "nothing to copy: no target is missing\n"
    } else {
        "nothing to copy: every target exists\n"
    }
}
