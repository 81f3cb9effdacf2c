//! `fix --interactive`: asks of each fix whether it shall be made, as `git add -p` does.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::PathBuf;

use crate::disk::Disk;
use crate::judge::{Look, Reading, Rules};
use crate::plan::{Fix, diff};
use crate::text::{Edit, Edits, harmless};

use super::gate_args::FilesFrom;
use super::work::Input;
use super::{Exit, World, drive};

/// The answers that are understood.
const ANSWERS: &str = "\
y - make this change
n - leave it
a - make this change and all later ones in the file
d - leave this change and all later ones in the file
q - leave this change and all later ones
? - show this
";

/// What makes a fix the same at a second look: files, bytes and new texts. A file that was changed meanwhile has others, so that nothing is made
/// that nobody was asked about.
type Key = Vec<(PathBuf, usize, usize, String)>;

/// The fixes that are wanted.
#[derive(Debug, Default)]
pub(super) struct Chosen(BTreeSet<Key>);

impl Chosen {
    /// Whether a fix is one of them.
    pub(super) fn has(&self, fix: &Fix, reading: &Reading<'_>, disk: &Disk) -> bool {
        self.0.contains(&key(fix, reading, disk))
    }
}

fn key(fix: &Fix, reading: &Reading<'_>, disk: &Disk) -> Key {
    let place = |at: &crate::plan::SpanEdit| {
        let range = at.span.range();
        (disk.place_of(reading.path_of(at.span.file)), range.start, range.end, at.text.clone())
    };
    fix.edits.iter().map(place).collect()
}

/// A fix, as it is asked about.
struct Question {
    key: Key,
    /// What it does, as a patch.
    patch: Vec<u8>,
    /// Why it is not safe.
    caution: Option<String>,
}

/// What was said of all later fixes of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Later {
    Made,
    Left,
}

/// Asks of all fixes that are `offered`; nothing is written before the last answer. `from` is where the paths come from.
///
/// # Errors
/// The code to end with, where nobody can be asked; why is said already.
pub(super) fn chosen(
    offered: impl Fn(&Reading<'_>, &Disk) -> Vec<Fix> + Sync,
    rules: &Rules,
    input: &Input,
    from: &FilesFrom,
    world: &mut World<'_>,
) -> Result<Chosen, Exit> {
    if from.is_input() || matches!(input, Input::Stream { .. }) {
        return Err(
            world.fail("answers come from standard input, so nothing else can", "name files and folders, or leave `--interactive` out")
        );
    }
    let mut questions = Vec::new();
    let asked =
        |reading: &Reading<'_>, disk: &Disk| offered(reading, disk).iter().map(|fix| question(fix, reading, disk)).collect::<Vec<_>>();
    drive::each(&input.clone().quietly(), rules, Some(&rules.prefilter), world, asked, |_, look| {
        if let Look::Done(asked) = look {
            questions.extend(asked);
        }
        ControlFlow::Continue(())
    })?;
    Ok(answered(questions, world))
}

fn question(fix: &Fix, reading: &Reading<'_>, disk: &Disk) -> Question {
    let edits = |file| {
        let edits = fix.edits.iter().filter(|edit| edit.span.file == file);
        Edits::new(edits.map(|edit| Edit { range: edit.span.range(), text: edit.text.clone() }).collect()).unwrap_or_default()
    };
    let patch = reading.files.iter().flat_map(|file| diff(file.path, file.bytes, &edits(file.id).apply(file.bytes))).collect();
    Question { key: key(fix, reading, disk), patch, caution: fix.caution.clone() }
}

/// What is wanted, by the answers.
fn answered(questions: Vec<Question>, world: &mut World<'_>) -> Chosen {
    let mut chosen = Chosen::default();
    let total = questions.len();
    let mut later: Option<(PathBuf, Later)> = None;
    for (number, question) in questions.into_iter().enumerate() {
        let file = question.key.first().map(|(file, ..)| file.clone()).unwrap_or_default();
        if let Some((_, said)) = later.as_ref().filter(|(of, _)| *of == file) {
            if *said == Later::Made {
                chosen.0.insert(question.key);
            }
            continue;
        }
        let _ = world.out(|out| out.write_all(&question.patch));
        if let Some(caution) = &question.caution {
            let _ = world.out(|out| writeln!(out, "caution: {}", harmless(caution)));
        }
        loop {
            let answer = world.ask(&format!("({}/{total}) Make this change [y,n,a,d,q,?]? ", number + 1));
            match answer.as_deref().map(str::trim) {
                Some("y") => _ = chosen.0.insert(question.key),
                Some("n") => {}
                Some("a") => {
                    chosen.0.insert(question.key);
                    later = Some((file, Later::Made));
                }
                Some("d") => later = Some((file, Later::Left)),
                Some("q") => return chosen,
                None => {
                    // The next line is no part of the question.
                    let _ = world.out(|out| writeln!(out));
                    return chosen;
                }
                Some(_) => {
                    let _ = world.out(|out| out.write_all(ANSWERS.as_bytes()));
                    continue;
                }
            }
            break;
        }
    }
    chosen
}
