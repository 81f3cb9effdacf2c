//! `lock`: writes down which digest each target has.

use std::path::{Path, PathBuf};

use crate::ask::Answer;
use crate::config::RULES;
use crate::disk::{find, told};
use crate::lock::{Coverage, Entry, Lock, NAME, NoLock};
use crate::registry::verify::Options;
use crate::registry::{Depth, Verdict};
use crate::report::verified::Verified;
use crate::report::verified_table;
use crate::text::count;

use super::asking::{self, Asking, Ends, Memory};
use super::collect::collect;
use super::registry_args::{LockArgs, SoughtArgs};
use super::{Exit, World, governed, kept};

/// Runs the command.
pub(super) fn run(args: &LockArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    let rules = governed::rules(&args.sought.mappings, &args.sought.asked(), world)?;
    let rules = args.sought.charts.seen_by(rules, world)?;
    let path = place(args.lock_file.as_deref(), &world.start);
    let before = before(&path, world)?;
    let mut collected = collect(&args.sought, &rules, world)?;
    collected.targets.take_sources(&|target| before.source_of(target));
    let asking = Asking::new(&args.registries, &rules, Ends::Both, &collected.hosts, Memory::Fresh, world)?;
    let options = Options { depth: Depth::Platforms, ..asking::options(args.sought.place.jobs) };
    let answers = asking.ask(&collected.targets, &[], &options);
    let (answers, bad): (Vec<Answer>, Vec<Answer>) = answers.into_iter().partition(|answer| answer.verdict() == Verdict::Good);
    if !bad.is_empty() || collected.tally.unreadable > 0 {
        let verified = Verified::new(&bad, &collected.targets, &[], collected.tally.unreadable);
        let colour = world.colour();
        let _ = world.out(|out| verified_table::write(&verified, colour, out));
        // A lock of half of the targets would call the other half drift, so somebody must want it.
        if !args.partial {
            world.fail("the lock was not written: not every target can be locked", "`--partial` locks what can be locked");
            return Ok(if collected.tally.unreadable > 0 { Exit::Failed } else { verified.verdict().into() });
        }
    }
    // What could not be asked, or is not there now, keeps what is known of it: the files may no longer say what it is a copy of.
    let kept = bad.iter().flat_map(|answer| &answer.tried).flat_map(|checked| before.of(&checked.target)).cloned();
    let lock = Lock::new(entries(&answers, &before, &asking, &options, world).into_iter().chain(kept).collect());
    let unreadable = collected.tally.unreadable > 0;
    let lock = match coverage(&args.sought, &path, &world.start) {
        Coverage::Whole if !unreadable => lock,
        Coverage::Whole | Coverage::Part => lock.with_rest_of(&before),
    };
    let shown = crate::disk::shown(&path);
    kept::write(&path, lock.text().as_bytes(), world)?;
    let gone = before.entries().iter().filter(|entry| lock.of(&entry.target).next().is_none()).count();
    let gone = if gone > 0 { format!("; {} that nothing names any more left it", count(gone, "target")) } else { String::new() };
    let text = format!("wrote {shown}: {}{gone}\n", count(lock.entries().len(), "target"));
    let _ = world.out(|out| out.write_all(text.as_bytes()));
    Ok(if unreadable { Exit::Failed } else { Exit::Clean })
}

/// The lock that is there, which knows what targets are copies of when the files no longer do. One that cannot be read is written anew, which
/// is what one does after a merge; that of a later program is not touched.
fn before(path: &Path, world: &mut World<'_>) -> Result<Lock, Exit> {
    let shown = crate::disk::shown(path);
    let text = match kept::read(path, &world.start, LARGEST) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Lock::default()),
        Err(error) => return Err(world.fail(&format!("`{shown}` was not read: {}", told(&error)), "")),
    };
    match Lock::parse(&text) {
        Ok(lock) => Ok(lock),
        Err(fault @ NoLock::Later(_)) => Err(world.fail(&format!("`{shown}` is left as it is: {fault}"), "update transship")),
        Err(fault) => {
            world.tell(&format!("`{shown}` is no lock, and is written anew: {fault}"));
            Ok(Lock::default())
        }
    }
}

/// The most bytes of a lock: 4,000 targets have one million.
const LARGEST: u64 = 1 << 20;

/// One entry for each target. A source that its registry does not tell of stays without a digest, and that is said.
fn entries(answers: &[Answer], before: &Lock, asking: &Asking, options: &Options, world: &mut World<'_>) -> Vec<Entry> {
    let sources = asking.sources(answers.iter(), options);
    let mut entries = Vec::new();
    for answer in answers {
        let source = answer.sought.original().and_then(|source| sources.get(&source.canonical()));
        let Some((_, checked)) = answer.taken() else { continue };
        let Some((image, target_digest)) = checked.presence.image().zip(checked.presence.digest().map(str::to_owned)) else { continue };
        // An old registry that is gone takes nothing away from what is known of a copy that is the same.
        let is_same = |entry: &&Entry| entry.source.as_deref() == answer.sought.original_name() && entry.target_digest == target_digest;
        let known = || before.of(&checked.target).find(is_same)?.source_digest.clone();
        let source_digest = source.and_then(|source| source.presence.digest().map(str::to_owned)).or_else(known);
        if let Some(source) = source.filter(|_| source_digest.is_none()) {
            let said = format!("{} ({})", source.presence.outcome(), source.presence.reason().message);
            world.tell(&format!("the digest of the source `{}` is not known: {said}", source.target));
        }
        entries.push(Entry {
            target: checked.target.clone(),
            source: answer.sought.original_name().map(str::to_owned),
            target_digest,
            source_digest,
            platforms: image.platforms.iter().flatten().map(ToString::to_string).collect(),
        });
    }
    entries
}

/// A lock, and how much of what it is about a run looks into.
pub(super) struct Locked {
    pub(super) lock: Lock,
    pub(super) coverage: Coverage,
}

/// Reads the lock that a run is held against.
///
/// # Errors
/// The code to end with; why is said already.
pub(super) fn read(named: Option<&Path>, sought: &SoughtArgs, world: &mut World<'_>) -> Result<Locked, Exit> {
    let path = place(named, &world.start);
    let shown = crate::disk::shown(&path);
    let text = kept::read(&path, &world.start, LARGEST)
        .map_err(|error| world.fail(&format!("`{shown}` was not read: {}", told(&error)), "`transship lock` writes it"))?;
    let lock = Lock::parse(&text).map_err(|fault| {
        let help = if matches!(fault, NoLock::Later(_)) { "update transship" } else { "`transship lock` writes it anew" };
        world.fail(&format!("`{shown}` is no lock: {fault}"), help)
    })?;
    Ok(Locked { lock, coverage: coverage(sought, &path, &world.start) })
}

/// Where the lock is: as named; else the one here or above; else where a new one belongs, beside the rule file.
fn place(named: Option<&Path>, start: &Path) -> PathBuf {
    let found = || find(start, NAME);
    let new = || find(start, RULES).map(|rules| rules.with_file_name(NAME));
    named.map(Path::to_path_buf).or_else(found).or_else(new).unwrap_or_else(|| NAME.into())
}

/// The whole is whatever holds the lock's own folder. A list may be a part of what is locked, and cannot tell.
fn coverage(sought: &SoughtArgs, lock: &Path, start: &Path) -> Coverage {
    let real = |path: &Path| std::fs::canonicalize(start.join(path)).ok();
    let folder = lock.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let holds = |path: &PathBuf| real(folder).zip(real(path)).is_some_and(|(folder, path)| folder.starts_with(path));
    if sought.refs.is_none() && sought.place.paths.iter().any(holds) { Coverage::Whole } else { Coverage::Part }
}
