//! `fix`: moves the references, or shows how.

use std::collections::BTreeMap;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::apply::{self, Change, Failure, HardLinks};
use crate::ask::Known;
use crate::diagnostic::{Diagnostic, Tally};
use crate::disk::{Disk, normal};
use crate::judge::{Judged, Look, Overrides, Reading, Rules};
use crate::lint::unwritten_file;
use crate::plan::{Applicability, diff};
use crate::render::{Report as Rendered, human as of_renderings};
use crate::report::Report;
use crate::report::human::Human;
use crate::report::summary;
use crate::text::{Edits, FileId, harmless};

use super::args::FixArgs;
use super::asking::{self, Asking, Ends, Memory};
use super::check::{apart, others};
use super::collect::{Scan, of_scan};
use super::prove::{Proved, minimum, proved};
use super::registry_args::AsksArgs;
use super::work::{Input, input};
use super::{Exit, World, drive, governed};

/// What was done with one file.
struct Answer {
    judged: Judged,
    done: Done,
}

enum Done {
    /// There was nothing to do.
    Nothing,
    /// The new text was written; what its owner may want to know.
    Written(Vec<HardLinks>),
    /// The patch that would make it, or the whole new text.
    Shown(Vec<u8>),
}

/// What becomes of a new text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Write {
    /// It replaces the file's.
    InPlace,
    /// It is shown as a patch.
    Patch,
    /// It goes to standard output as a whole.
    Text,
}

/// Runs the command.
pub(super) fn run(args: &FixArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    if !args.verify && args.asks != AsksArgs::default() {
        let help = "add `--verify`, or leave the options out";
        return Err(world.fail("registries are not asked: their options need `--verify`", help));
    }
    let input = input(&args.place, args.stdin_filename.as_deref()).with_unclaimed();
    let write = match &input {
        _ if args.diff => Write::Patch,
        Input::Stream { .. } => Write::Text,
        Input::Tree { .. } => Write::InPlace,
    };
    let input = if write == Write::InPlace { input.written() } else { input };
    let rules = args.fail_on.apply(governed::required(
        &args.mappings,
        &governed::asked(&args.place, args.stdin_filename.as_deref()),
        "fix",
        world,
    )?);
    let rules = args.charts.seen_by(rules, world)?;
    let rules = rules.with_overrides(if args.add_overrides { Overrides::Added } else { Overrides::Told });
    let rules = apart(rules, &input, world)?;
    let rules = if args.verify { asked(rules, args, &input, world)? } else { rules };
    // Whoever pipes a text through wants it back, also when it does not concern the run.
    let prefilter = matches!(input, Input::Tree { .. }).then_some(&rules.prefilter);
    let minimum = minimum(args.not_only_safe);
    let proved = match (args.provers.prove, &input) {
        (false, _) => Proved::default(),
        (true, Input::Stream { .. }) => {
            return Err(world.fail("what is piped through cannot be rendered", "leave `--prove` out, or name a folder"));
        }
        (true, Input::Tree { .. }) => proved(&args.place, minimum, &args.provers.renderers(&args.charts), &rules, world)?,
    };
    let maker = Maker { write, minimum, rules: &rules, held: &proved.held };
    let mut tally = Tally::default();
    let mut human = Human::new(if write == Write::InPlace { world.colour() } else { world.error_colour() });
    drive::each(
        &input,
        &rules,
        prefilter,
        world,
        |reading, disk| Box::new(maker.make(reading, disk)),
        |world, look| tell(write, look, &mut tally, &mut human, world),
    )?;
    beside(write, world, |out| human.left_over(out));
    let verb = if write == Write::Patch { "would change" } else { "changed" };
    beside(write, world, |out| write!(out, "{}{}", summary::of_fix(&tally, verb), summary::of(&tally)));
    if let Some(report) = &proved.report {
        beside(write, world, |out| out.write_all(of_renderings(report).as_bytes()));
    }
    let unproved = proved.report.as_ref().map_or(0, Rendered::exit_code);
    Ok(match Exit::of(&tally) {
        _ if unproved == 2 => Exit::Failed,
        Exit::Clean if unproved == 1 => Exit::Findings,
        // What a patch shows is still to be done.
        Exit::Clean if write == Write::Patch && tally.changed > 0 => Exit::Findings,
        exit => exit,
    })
}

/// The rules, choosing by what registries say of the targets.
fn asked(rules: Rules, args: &FixArgs, input: &Input, world: &mut World<'_>) -> Result<Rules, Exit> {
    let AsksArgs { depth, registries } = &args.asks;
    asking::doubt(&depth.platform, world);
    // What existed a few minutes ago may be gone, and what is written stays.
    let asking = Asking::new(registries, &rules, Ends::Targets, &[], Memory::Fresh, world)?;
    let collected = of_scan(input, &rules, Scan::BeforeFix, world)?;
    let answers = asking.ask(&collected.targets, &depth.platform, &asking::options_at(depth, args.place.jobs));
    Ok(rules.choosing(Arc::new(Known::new(&answers))))
}

/// Writes for people: to the errors where standard output belongs to a patch or a text.
fn beside(write: Write, world: &mut World<'_>, text: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) {
    if write == Write::InPlace {
        let _ = world.out(text);
    } else {
        world.errors(text);
    }
}

/// What a worker needs to change a file.
struct Maker<'a> {
    write: Write,
    /// Fixes below this are left.
    minimum: Applicability,
    rules: &'a Rules,
    /// Files that stay as they are, with the reason.
    held: &'a BTreeMap<PathBuf, String>,
}

impl Maker<'_> {
    fn make(&self, reading: &Reading<'_>, disk: &Disk) -> Answer {
        let held = |file: FileId| self.held.get(&normal(&disk.place_of(reading.path_of(file)))).cloned();
        let mut judged = reading.judge_holding(self.rules, &|file| if self.held.is_empty() { None } else { held(file) });
        let edits: Vec<Edits> = reading.files.iter().map(|file| judged.plan.edits_for(file.id, self.minimum)).collect();
        let after = reading.files.iter().zip(&edits).map(|(file, edits)| (file, disk.place_of(file.path), edits.apply(file.bytes)));
        if self.write == Write::Text {
            let text = after.filter(|(file, ..)| reading.is_asked(file.id)).map(|(.., text)| text).next().unwrap_or_default();
            self.take_off(&mut judged, &edits);
            return Answer { judged, done: Done::Shown(text) };
        }
        let after: Vec<_> = after.filter(|(file, _, after)| file.bytes != after.as_slice()).collect();
        if after.is_empty() {
            return Answer { judged, done: Done::Nothing };
        }
        let done = if self.write == Write::Patch {
            Done::Shown(after.iter().flat_map(|(file, _, after)| diff(file.path, file.bytes, after)).collect())
        } else {
            let changes: Vec<Change<'_>> = after.iter().map(|(file, path, after)| Change { path, before: file.bytes, after }).collect();
            match apply::write(disk, &changes) {
                Ok(links) => Done::Written(links),
                Err(failure) => {
                    let meant: Vec<_> = after.iter().map(|(file, path, _)| (file.id, path.as_path())).collect();
                    return unwritten(judged, reading, &meant, &failure);
                }
            }
        };
        self.take_off(&mut judged, &edits);
        Answer { judged, done }
    }

    /// Takes what is done off the findings.
    fn take_off(&self, judged: &mut Judged, edits: &[Edits]) {
        let is_done = |one: &Diagnostic| one.fix.as_ref().is_some_and(|fix| fix.applicability >= self.minimum);
        let (done, left): (Vec<_>, Vec<_>) = std::mem::take(&mut judged.diagnostics).into_iter().partition(is_done);
        judged.diagnostics = left;
        let count = |level| done.iter().filter(|one| one.fix.as_ref().is_some_and(|fix| fix.applicability == level)).count();
        let tally = &mut judged.tally;
        let errors = done.iter().filter(|one| one.severity == crate::diagnostic::Severity::Error).count();
        tally.findings = tally.findings.saturating_sub(errors);
        tally.warnings = tally.warnings.saturating_sub(done.len() - errors);
        tally.fixable = tally.fixable.saturating_sub(count(Applicability::Safe));
        tally.not_safe = tally.not_safe.saturating_sub(count(Applicability::Unsafe));
        tally.changed = edits.iter().filter(|edits| !edits.is_empty()).count();
        tally.edits = edits.iter().map(|edits| edits.as_slice().len()).sum();
    }
}

/// Names the file that could not be written, and those that change only together with it.
fn unwritten(mut judged: Judged, reading: &Reading<'_>, meant: &[(FileId, &Path)], failure: &Failure) -> Answer {
    let culprit = meant.iter().find(|(_, path)| *path == failure.path()).map_or("", |(file, _)| reading.path_of(*file));
    let reason = |path: &Path| match failure {
        _ if path == failure.path() => Some(failure.to_string()),
        // The failure's own words tell of it: it has its new text.
        Failure::Halfway { stays, .. } if path == stays => None,
        _ => Some(format!("it changes only together with `{culprit}`")),
    };
    let left = |(file, path): &(FileId, &Path)| Some(unwritten_file::report(*file, reading.path_of(*file), &reason(path)?));
    let left: Vec<Diagnostic> = meant.iter().filter_map(left).collect();
    judged.tally.unwritten = left.len();
    judged.diagnostics.splice(0..0, left);
    judged.sources = reading.sources(|_| true);
    Answer { judged, done: Done::Nothing }
}

/// Shows one answer. Files go on being fixed when nobody reads the output any more: half a migration is worse than a quiet one.
fn tell(write: Write, look: Look<Box<Answer>>, tally: &mut Tally, human: &mut Human, world: &mut World<'_>) -> ControlFlow<()> {
    let (found, sources) = match look {
        Look::Done(answer) => {
            let Answer { judged, done } = *answer;
            *tally += judged.tally;
            match done {
                Done::Nothing => {}
                Done::Written(links) => links.iter().for_each(|links| world.say(&noted(links))),
                Done::Shown(bytes) => {
                    let _ = world.out(|out| out.write_all(&bytes));
                }
            }
            (judged.diagnostics, judged.sources)
        }
        other => {
            if write == Write::Text {
                // Whoever pipes something through wants it back, whatever it is.
                world.echo();
            }
            others(other, tally)
        }
    };
    beside(write, world, |out| human.findings(&found, &sources, out));
    ControlFlow::Continue(())
}

fn noted(HardLinks { path, others }: &HardLinks) -> String {
    let others = summary::count(usize::try_from(*others).unwrap_or(usize::MAX), "other name");
    format!("note: `{}` has {others} that keep the old text\n", harmless(&crate::disk::shown(path)))
}
