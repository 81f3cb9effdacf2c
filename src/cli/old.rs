//! Owns which findings of a check are old: by a baseline, which it may write, and by another commit.

use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::baseline::{Baseline, Held, NoBaseline, Stale, Takes, Unread};
use crate::diagnostic::{By, Diagnostic, Sources, Tally};
use crate::disk::{Git, Revision, Tree, shown, told, trees};
use crate::judge::Rules;
use crate::source::{Files, Met, Scope, Tracked, TreePath, Vendored};
use crate::text::count;

use super::found::{self, Found};
use super::gate_args::OldArgs;
use super::work::{Input, Of};
use super::{Exit, World, kept};

/// The most bytes of a baseline: 100,000 entries have half of it.
const LARGEST: u64 = 32 << 20;

/// Stale entries that are told one by one.
const MOST_STALE: usize = 10;

/// What of a run's findings is old.
pub(super) struct Old {
    file: Option<OfFile>,
    commit: Option<Held>,
    roots: Vec<TreePath>,
}

/// A baseline in a file.
struct OfFile {
    path: PathBuf,
    before: Baseline,
    held: Held,
    work: Work,
}

/// What is done with a baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// The run is held against it.
    Compare,
    /// The run is held against it, and less than it says is an error.
    CompareStrictly,
    /// What is gone is taken out of it.
    Update,
    /// It is made anew.
    Write,
}

impl Old {
    /// What the options and the rule file (`named`) say.
    ///
    /// # Errors
    /// The code to end with; why is said already.
    pub(super) fn new(args: &OldArgs, named: Option<&str>, input: &Input, rules: &Rules, world: &mut World<'_>) -> Result<Self, Exit> {
        let path = args
            .write_baseline
            .clone()
            .or_else(|| args.baseline.clone())
            .or_else(|| named.map(PathBuf::from))
            .filter(|_| !args.no_baseline);
        let work = match args {
            _ if args.write_baseline.is_some() => Work::Write,
            _ if args.update_baseline => Work::Update,
            _ if args.strict_baseline => Work::CompareStrictly,
            _ => Work::Compare,
        };
        if path.is_none() && matches!(work, Work::Update | Work::CompareStrictly) {
            return Err(world.fail("there is no baseline", "name one by `--baseline FILE`, or by `baseline` in the rule file"));
        }
        if path.is_none() && args.diff_base.is_none() {
            return Ok(Self { file: None, commit: None, roots: Vec::new() });
        }
        let Some(asked) = asked(input, rules, world)? else { return Ok(Self { file: None, commit: None, roots: Vec::new() }) };
        let is_there = |path: &str| TreePath::new(path).is_ok_and(|path| asked.files.is_file(&path));
        let before = path.as_deref().map(|path| read(path, work, world)).transpose()?;
        let held = |before: &Baseline, is_there: &dyn Fn(&str) -> bool| Held::new(before, By::Baseline, rules.today(), is_there);
        let commit = match &args.diff_base {
            Some(name) => {
                let before = before.clone().unwrap_or_default();
                let news = of_commit(name, input, rules, &asked, |is_there| held(&before, is_there), world)?;
                Some(Held::new(&news, By::Commit, rules.today(), &is_there))
            }
            None => None,
        };
        let file = path.zip(before).map(|(path, before)| {
            let held = held(&before, &is_there).taking(if work == Work::Write { Takes::All } else { Takes::Known });
            OfFile { path, before, held, work }
        });
        Ok(Self { file, commit, roots: asked.scope.roots })
    }

    /// Says of each finding whether it is old, and takes what is off the numbers.
    pub(super) fn judge(&mut self, found: &mut [Diagnostic], sources: &Sources, tally: &mut Tally) {
        for held in self.file.iter_mut().map(|file| &mut file.held).chain(&mut self.commit) {
            held.judge(found, sources, tally);
        }
    }

    /// Whether the baseline is written at the end.
    pub(super) fn is_written(&self) -> bool {
        self.file.as_ref().is_some_and(|file| matches!(file.work, Work::Update | Work::Write))
    }

    /// Writes the baseline where that was asked for, and tells of entries that say too much.
    ///
    /// # Errors
    /// The code to end with, where it cannot be written; that is said already.
    pub(super) fn finish(self, tally: &mut Tally, world: &mut World<'_>) -> Result<(), Exit> {
        let Self { file: Some(OfFile { path, before, held, work }), roots, .. } = self else { return Ok(()) };
        let was_asked = |path: &str| TreePath::new(path).is_ok_and(|path| roots.iter().any(|root| path.below(root).is_some()));
        let unread = if tally.unreadable > 0 { Unread::Some } else { Unread::None };
        let name = shown(&path);
        if held.over() > 0 {
            let (findings, verb) = (count(held.over(), "finding"), if held.over() == 1 { "is" } else { "are" });
            world.tell(&format!("{findings} of `{name}` {verb} new again: the day that `until` names has come"));
        }
        let after = match work {
            Work::Compare | Work::CompareStrictly => {
                let stale = if unread == Unread::None { held.stale(&was_asked) } else { Vec::new() };
                tally.stale = stale.len();
                tell(&stale, &name, work, world);
                if work == Work::CompareStrictly {
                    tally.findings += stale.len();
                }
                return Ok(());
            }
            Work::Update => held.lowered(&was_asked, unread),
            Work::Write => held.renewed(&was_asked, unread),
        };
        if unread == Unread::Some {
            world.tell(&format!("not every file could be read, so `{name}` keeps what it says of files that were looked into"));
        }
        if work == Work::Update && after == before {
            world.tell(&format!("`{name}` says what there is"));
            return Ok(());
        }
        kept::write(&path, after.text().as_bytes(), world)?;
        let entries = count(after.entries().len(), "entry");
        let less = before.findings().checked_sub(after.findings()).filter(|less| *less > 0);
        let less = less.map_or_else(String::new, |less| format!("; {less} fewer than before"));
        world.tell(&format!("wrote `{name}`: {} in {entries}{less}", count(after.findings(), "finding")));
        Ok(())
    }
}

/// Tells of entries that say more than there is.
fn tell(stale: &[Stale], name: &str, work: Work, world: &mut World<'_>) {
    let say = |world: &mut World<'_>, text: &str| {
        if work == Work::CompareStrictly { world.complain(text) } else { world.tell(text) }
    };
    for Stale { key, count, left } in stale.iter().take(MOST_STALE) {
        let what = if key.repository.is_empty() { String::new() } else { format!(" of `{}`", key.repository) };
        say(
            world,
            &format!(
                "`{name}` allows {count} {}{what} in `{}`, and {left} {} left",
                key.lint,
                key.path,
                if *left == 1 { "is" } else { "are" }
            ),
        );
    }
    if stale.len() > MOST_STALE {
        say(world, &format!("`{name}` has {} more entries of which less is left", stale.len() - MOST_STALE));
    }
    if !stale.is_empty() {
        world.say("help: `--update-baseline` writes that down\n");
    }
}

/// The tree that an input is of.
struct Asked {
    files: Box<dyn Files>,
    /// The folder that is its root.
    root: PathBuf,
    /// What of it is looked into.
    scope: Scope,
}

/// The tree that an input is of; `None` where there is nothing to look into, or that is told elsewhere.
fn asked(input: &Input, rules: &Rules, world: &mut World<'_>) -> Result<Option<Asked>, Exit> {
    let (paths, vendored, tracked, of) = match input {
        Input::Stream { name } => (name.clone().into_iter().collect(), Vendored::Skip, Tracked::Read, &Of::Disk),
        Input::Tree { paths, vendored, tracked, of, .. } => (paths.clone(), *vendored, *tracked, of),
    };
    let mut all = trees(&paths, vendored, &world.start, &|name| rules.formats.head(name));
    if all.len() > 1 {
        return Err(
            world.fail("the paths lie in several repositories, and what is old is told by paths in one", "run `check` once for each")
        );
    }
    let Some(Tree { files: disk, scope, .. }) = all.pop() else { return Ok(None) };
    let (root, scope) = (disk.root().to_owned(), Scope { tracked, ..scope });
    let files: Box<dyn Files> = match of {
        Of::Disk | Of::Written => Box::new(disk),
        Of::Git(revision) => Box::new(Git::new(disk, revision).map_err(|fault| world.fail(&fault.to_string(), ""))?),
    };
    Ok(Some(Asked { files, root, scope }))
}

/// What a commit has that a baseline does not cover.
fn of_commit(
    name: &str,
    input: &Input,
    rules: &Rules,
    asked: &Asked,
    held: impl FnOnce(&dyn Fn(&str) -> bool) -> Held,
    world: &mut World<'_>,
) -> Result<Baseline, Exit> {
    let Input::Tree { .. } = input else {
        return Err(world.fail("standard input is part of no commit", "name files or folders, or leave `--diff-base` out"));
    };
    let revision = Revision::Commit(name.to_owned());
    let disk = crate::disk::Disk::new(&asked.root, &world.start);
    let tree =
        Git::new(disk, &revision).map_err(|fault| world.fail(&fault.to_string(), "`--diff-base` names a commit of the repository"))?;
    // What is not there under its name may have had another, anywhere.
    let is_unknown = |met: &Met| !tree.is_file(met.path());
    let paths = if asked.files.list(&asked.scope).iter().any(is_unknown) { Some(vec![asked.root.clone()]) } else { None };
    let mut held = held(&|path| TreePath::new(path).is_ok_and(|path| tree.is_file(&path)));
    found::each(&input.clone().of_commit(revision, paths), rules, world, |_, Found { mut diagnostics, sources, mut tally, .. }| {
        held.judge(&mut diagnostics, &sources, &mut tally);
        ControlFlow::Continue(())
    })?;
    Ok(held.news())
}

/// The baseline in a file. What is to be written may not be there yet.
fn read(path: &Path, work: Work, world: &mut World<'_>) -> Result<Baseline, Exit> {
    let name = shown(path);
    let text = match kept::read(path, &world.start, LARGEST) {
        Ok(text) => text,
        Err(error) if work == Work::Write && error.kind() == io::ErrorKind::NotFound => return Ok(Baseline::default()),
        Err(error) => {
            let help = format!("`transship check --write-baseline {name}` writes it");
            return Err(world.fail(&format!("the baseline `{name}` was not read: {}", told(&error)), &help));
        }
    };
    match Baseline::parse(&text) {
        Ok(baseline) => Ok(baseline),
        // What is left by a merge is made anew by whoever says so.
        Err(NoBaseline::Conflict(_)) if work == Work::Write => Ok(Baseline::default()),
        Err(fault) => {
            let help = match fault {
                NoBaseline::Later(_) => "update transship".to_owned(),
                NoBaseline::Conflict(_) => format!("`transship check --write-baseline {name}` writes it anew"),
                _ => "name another file, or mend this one".to_owned(),
            };
            Err(world.fail(&format!("`{name}` is no baseline: {fault}"), &help))
        }
    }
}
