//! `lock`: writes down which digest each target has.

use crate::apply::{self, Existing};
use crate::lock::{Entry, Lock};
use crate::pipeline::{Answer, Rules};
use crate::registry::verify::Options;
use crate::registry::{Depth, Verdict};
use crate::report::summary::count;
use crate::report::verified::Verified;
use crate::report::verified_table;

use super::asking::{self, Asking, Ends, Memory};
use super::collect::collect;
use super::help;
use super::registry_args::{LockArgs, LockFile};
use super::work::Judging;
use super::world::{Exit, World};

/// Runs the command.
pub(super) fn run(args: &LockArgs, world: &mut World<'_>) -> Exit {
    locked(args, world).unwrap_or_else(|exit| exit)
}

fn locked(args: &LockArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    let judging = Judging::from(&args.mappings);
    let rules: Rules = help::rules(help::optional(&judging, world)?.unwrap_or_default(), &judging, world)?;
    let collected = collect(&args.place, &args.sought, &rules, world)?;
    let mut hosts = asking::hosts(&args.registries, &rules, Ends::Both);
    hosts.extend(collected.hosts.iter().cloned());
    let asking = Asking::new(&args.registries, &hosts, Memory::Fresh, world)?;
    let options = Options { depth: Depth::Digest, ..asking::options(args.place.jobs) };
    let answers = asking.ask(&collected.targets, &[], &options);
    let bad: Vec<Answer> = answers.iter().filter(|answer| answer.verdict() != Verdict::Good).cloned().collect();
    if !bad.is_empty() || collected.tally.unreadable > 0 {
        // A lock of half of the targets would call the other half drift.
        let verified = Verified::new(&bad, &collected.targets, &[], collected.tally.unreadable);
        let _ = world.out(|out| verified_table::write(&verified, out));
        world.fail("the lock was not written: not every target can be locked", "");
        return Ok(if collected.tally.unreadable > 0 { Exit::Failed } else { verified.verdict().into() });
    }
    let entries = entries(&answers, &asking, &options, world)?;
    let lock = Lock::new(entries);
    let path = world.start.join(&args.lock.lock_file);
    let shown = crate::walk::shown(&args.lock.lock_file);
    if let Err(error) = apply::create(&path, lock.text().as_bytes(), Existing::Replace) {
        return Err(world.fail(&format!("`{shown}` was not written: {}", crate::diagnostic::reason(&error)), ""));
    }
    let text = format!("wrote {shown}: {}\n", count(lock.entries().len(), "target"));
    let _ = world.out(|out| out.write_all(text.as_bytes()));
    Ok(Exit::Clean)
}

/// One entry for each target. A source that its registry does not tell of stays without a digest, and that is said.
fn entries(answers: &[Answer], asking: &Asking, options: &Options, world: &mut World<'_>) -> Result<Vec<Entry>, Exit> {
    let sources = asking.sources(answers.iter(), options);
    let mut entries = Vec::new();
    for answer in answers {
        let source = answer.sought.source.as_ref().and_then(|source| sources.get(&source.canonical()));
        let Some((candidate, checked)) = answer.taken() else { continue };
        let told = asking.registry().manifest(candidate);
        let told = told.and_then(|manifest| Ok((asking.registry().platforms(candidate, &manifest)?, manifest.digest)));
        let (platforms, digest) = told.map_err(|because| {
            let why = &because.reason().message;
            world.fail(&format!("the lock was not written: `{}` is {} ({why})", checked.target, because.outcome()), "");
            Exit::from(because.outcome().verdict())
        })?;
        let source_digest = source.and_then(|source| source.presence.image()?.digest.clone());
        if let Some(source) = source.filter(|_| source_digest.is_none()) {
            let said = format!("{} ({})", source.presence.outcome(), source.presence.reason().message);
            world.say(&format!("note: the digest of the source `{}` is not known: {said}\n", source.target));
        }
        entries.push(Entry {
            target: checked.target.clone(),
            source: answer.sought.from.clone(),
            target_digest: digest,
            source_digest,
            platforms: platforms.iter().map(ToString::to_string).collect(),
        });
    }
    Ok(entries)
}

impl LockFile {
    /// Reads the lock.
    ///
    /// # Errors
    /// The code to end with; why is said already.
    pub(super) fn read(&self, world: &mut World<'_>) -> Result<Lock, Exit> {
        let shown = crate::walk::shown(&self.lock_file);
        let text = std::fs::read_to_string(world.start.join(&self.lock_file)).map_err(|error| {
            world.fail(&format!("`{shown}` was not read: {}", crate::diagnostic::reason(&error)), "`transship lock` writes it")
        })?;
        Lock::parse(&text).map_err(|fault| world.fail(&format!("`{shown}` is no lock: {fault}"), "`transship lock` writes it anew"))
    }
}
