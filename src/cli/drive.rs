//! Owns driving a run through files or standard input, for whatever command asks.

use std::ops::ControlFlow;
use std::path::Path;

use crate::diagnostic::Sources;
use crate::lint::unreadable_file;
use crate::locate::File;
use crate::pipeline::{Bond, Bound, Look, Run, Stopped, Worker, complete, ordered};
use crate::text::FileId;
use crate::walk::{Content, Reader, shown};

use super::work::Input;
use super::world::{Exit, World};

/// Asks `question` of every file of the input in its threads, and hands the answers to `answer` in order, on this thread.
pub(super) fn each<T: Send>(
    input: &Input,
    run: &Run<'_>,
    world: &mut World<'_>,
    question: impl Fn(&Bound<'_>, &[&Path]) -> T + Sync,
    mut answer: impl FnMut(&mut World<'_>, Look<T>) -> ControlFlow<()>,
) -> Result<(), Exit> {
    match input {
        Input::Tree { scope, jobs } => {
            for root in scope.roots.iter().filter(|root| is_unclaimed(root, run)) {
                world.say(&unclaimed(&shown(root)));
            }
            let state = || Worker::new(run.start);
            let work = |worker: &mut Worker, set| worker.look(run, set, &question);
            let sets = complete(scope, &run.rules.formats, run.start);
            let done = ordered(sets.into_iter(), *jobs, state, work, |looks| looks.into_iter().try_for_each(|look| answer(world, look)));
            done.map_err(|stopped: Stopped| world.fail(&stopped.to_string(), "ask for fewer"))
        }
        Input::Stream { name } => {
            let Some(name) = name else {
                return Err(world.fail("standard input has no name that tells its format", "give it one: `--stdin-filename Dockerfile`"));
            };
            let look = stream(name, run, world, question);
            let _ = answer(world, look);
            Ok(())
        }
    }
}

fn unclaimed(path: &str) -> String {
    format!("note: no format reads `{path}`; docs/formats.md tells how to write one\n")
}

/// Whether a file that the user names is one in which nobody looks for references.
fn is_unclaimed(path: &Path, run: &Run<'_>) -> bool {
    !run.rules.formats.claims(&shown(path)) && run.start.join(path).is_file()
}

/// Asks the question of standard input.
fn stream<T>(name: &Path, run: &Run<'_>, world: &mut World<'_>, question: impl Fn(&Bound<'_>, &[&Path]) -> T) -> Look<T> {
    let id = FileId(0);
    let path = shown(name);
    let bytes = match world.read_input() {
        Ok(bytes) => bytes,
        Err(error) => return Look::Unread { id, path, reason: crate::diagnostic::reason(&error) },
    };
    match Reader::default().read_from(bytes.as_slice()) {
        Content::Unread(reason) => Look::Unread { id, path, reason },
        // Whoever pipes a file through wants it back, whatever it is: other bytes hold no references, and pass.
        Content::Binary | Content::Text(_) => {
            if !run.rules.formats.claims(&path) {
                world.say(&unclaimed(&path));
            }
            let surroundings = crate::walk::Around::new(run.start).of(name);
            let files = [File { id, path: &path, bytes: &bytes, surroundings }];
            Look::Done(question(&Bound { files: &files, bond: Bond::Alone }, &[name]))
        }
    }
}

/// The finding and its source for something that could not be read.
pub(super) fn unread(id: FileId, path: &str, reason: &str) -> (crate::diagnostic::Diagnostic, Sources) {
    (unreadable_file::report(id, path, reason), Sources::one(id, path, b""))
}
