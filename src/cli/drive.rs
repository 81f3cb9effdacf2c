//! Owns driving a run through files, a tree of git or standard input, for whatever command asks.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use crate::apply;
use crate::diagnostic::{Diagnostic, Sources};
use crate::disk::{Disk, Git, Tree, shown, trees};
use crate::judge::{Judge, Look, Prefilter, Reading, Rules};
use crate::link::sets;
use crate::lint::broken_document;
use crate::run::Run;
use crate::source::{Files, Memory, Met, Overlay, Scope, Unclaimed, Vendored};
use crate::text::count;
use crate::text::{FileId, harmless};

use super::work::{Input, LeftOut, Of};
use super::{Exit, World};

/// Asks `question` of every set of the input, and of the disk that it is of, in its threads, and hands the answers to `answer` in order, on this
/// thread. With a `prefilter` only what holds one of its texts is parsed.
///
/// # Errors
/// The code to end with, when there is no such input or there are no threads; why is said already.
pub(super) fn each<T: Send>(
    input: &Input,
    rules: &Rules,
    prefilter: Option<&Prefilter>,
    world: &mut World<'_>,
    question: impl Fn(&Reading<'_>, &Disk) -> T + Sync,
    mut answer: impl FnMut(&mut World<'_>, Look<T>) -> ControlFlow<()>,
) -> Result<(), Exit> {
    let (paths, vendored, tracked, jobs, of, others, told, forced) = match input {
        Input::Stream { name } => return stream(name.as_deref(), rules, prefilter, world, question, answer),
        Input::Tree { paths, vendored, tracked, jobs, of, unclaimed, left_out, forced } => {
            (paths, *vendored, *tracked, *jobs, of, *unclaimed, *left_out, *forced)
        }
    };
    let run = Run { rules, prefilter, jobs };
    let begun = Instant::now();
    for path in paths {
        if is_unread(rules, &shown(path)) && world.start.join(path).is_file() {
            world.say(&unclaimed(&shown(path)));
        }
    }
    for mut tree in world.trees(paths, vendored, &rules.formats) {
        (tree.scope.tracked, tree.scope.unclaimed, tree.scope.charts) = (tracked, others, rules.in_sight());
        tree.scope.left = rules.left(forced);
        let done = match of {
            Of::Disk | Of::Written => {
                let disk = &tree.files;
                if told == LeftOut::Named {
                    tell_files(disk, &tree.scope, rules, world);
                }
                let done = run.each(&tree, |reading| question(reading, disk), |look| answer(world, look));
                if matches!(of, Of::Written) {
                    apply::clear(disk);
                }
                for (folder, why) in disk.left_out(&tree.scope) {
                    if told == LeftOut::Named {
                        world.tell(&format!("`{folder}` is left out: {}", why.message()));
                    }
                    let _ = answer(world, Look::LeftOut);
                }
                done
            }
            Of::Git(revision) => {
                let (scope, around) = (tree.scope, tree.around);
                let files = Git::new(tree.files, revision)
                    .map_err(|fault| world.fail(&fault.to_string(), "name a commit of the repository that the paths lie in"))?;
                let tree = Tree { files, scope, around };
                if told == LeftOut::Named {
                    tell_files(&tree.files, &tree.scope, rules, world);
                }
                run.each(&tree, |reading| question(reading, tree.files.disk()), |look| answer(world, look))
            }
        };
        if done.map_err(|stopped| world.fail(&stopped.to_string(), "ask for fewer"))?.is_break() {
            break;
        }
    }
    if told == LeftOut::Named {
        world.tell(&format!("files were listed, read and judged in {} ms", begun.elapsed().as_millis()));
    }
    Ok(())
}

/// Names the files that are read, and the formats that may read them, and counts those that no format reads.
fn tell_files(files: &dyn Files, scope: &Scope, rules: &Rules, world: &mut World<'_>) {
    let begun = Instant::now();
    let (mut read, mut others) = (0, 0);
    for met in files.list(scope) {
        let formats: Vec<&str> = rules.formats.of_name(met.path().as_str()).map(|format| &*format.id).collect();
        match met {
            Met::File { path, .. } if !formats.is_empty() => {
                read += 1;
                world.tell(&format!("`{}` is read, by its name as {}", files.shown(&path), formats.join(", ")));
            }
            Met::File { .. } => others += 1,
            // What could not be read is a finding.
            Met::Unread { .. } => {}
        }
    }
    let searched = if scope.unclaimed == Unclaimed::Include { "looked through for old names" } else { "not read" };
    let (read, others) = (count(read, "file"), count(others, "file"));
    world.tell(&format!("{read} by format, {others} of no format {searched}; listed in {} ms", begun.elapsed().as_millis()));
}

/// Whether a file of that name is not looked into: with a mapping, every text is looked through for what it takes.
fn is_unread(rules: &Rules, name: &str) -> bool {
    !rules.moves_anything() && !rules.formats.claims(name)
}

fn unclaimed(path: &str) -> String {
    let path = harmless(path);
    format!("note: no format reads `{path}`; docs/formats.md tells how to write one\n")
}

/// Asks the question of standard input, as if it stood in the place of the file of its name: what holds together with that is read beside it.
fn stream<T>(
    name: Option<&Path>,
    rules: &Rules,
    prefilter: Option<&Prefilter>,
    world: &mut World<'_>,
    question: impl Fn(&Reading<'_>, &Disk) -> T,
    mut answer: impl FnMut(&mut World<'_>, Look<T>) -> ControlFlow<()>,
) -> Result<(), Exit> {
    let Some(name) = name else {
        return Err(world.fail("standard input has no name that tells its format", "give it one: `--stdin-filename Dockerfile`"));
    };
    if world.start.join(name).is_dir() {
        return Err(world.fail(&format!("`{}` is a folder", shown(name)), "give the name of a file: `--stdin-filename Dockerfile`"));
    }
    let bytes = match world.read_input() {
        Ok(bytes) => bytes,
        Err(error) => {
            let _ = answer(world, Look::Unread { id: FileId(0), path: shown(name), reason: crate::diagnostic::reason(&error) });
            return Ok(());
        }
    };
    let Some(mut tree) = trees(&[name.to_owned()], Vendored::Skip, &world.start, &|name| rules.formats.head(name)).into_iter().next()
    else {
        return Ok(());
    };
    let Some(path) = tree.scope.roots.first().cloned() else { return Ok(()) };
    tree.scope.charts = rules.in_sight();
    if is_unread(rules, path.as_str()) {
        world.say(&unclaimed(&shown(name)));
    }
    let mut over = Memory::default();
    over.put(path.clone(), bytes);
    let tree = Tree { files: Overlay { over, under: tree.files }, scope: tree.scope, around: tree.around };
    let mut judge = Judge::new(&tree.files, rules).filtered(prefilter).only(&path);
    for set in sets(&tree.files, &tree.scope, &tree.around, &rules.formats) {
        for look in judge.look(set, |reading| question(reading, &tree.files.under)) {
            let look = match look {
                // Nobody who pipes something through means it to be passed over.
                Look::Binary { .. } => Look::Unread { id: FileId(0), path: shown(name), reason: "it is no text".to_owned() },
                look => look,
            };
            let _ = answer(world, look);
        }
    }
    Ok(())
}

/// The findings and their sources for what is broken in the files of a reading.
pub(super) fn broken(reading: &Reading<'_>) -> (Vec<Diagnostic>, Sources) {
    let broken: Vec<Diagnostic> = reading.faults().map(broken_document::report).collect();
    let is_named = |file| broken.iter().any(|one| one.place.file == file);
    let sources = reading.sources(is_named);
    (broken, sources)
}
