//! `fix`: moves the references, or shows how.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use crate::apply::{self, Change, Note};
use crate::ask::Known;
use crate::diagnostic::{Diagnostic, Tally};
use crate::judge::{Judged, Look, Reading, Rules};
use crate::lint::unwritten_file;
use crate::plan::{Applicability, diff};
use crate::report::Report;
use crate::report::human::Human;
use crate::report::summary;
use crate::text::Edits;

use super::asking::{self, Asking, Ends, Memory};
use super::check::{go_on, others};
use super::collect::{Scan, of_scan};
use super::work::{Asks, Fix, Input, Write};
use super::world::{Exit, World};
use super::{drive, help};

/// What was done with one file.
struct Answer {
    judged: Judged,
    done: Done,
}

enum Done {
    /// There was nothing to do.
    Nothing,
    /// The new text was written; what its owner may want to know.
    Written(Vec<Note>),
    /// The patch that would make it.
    Shown(Vec<u8>),
    /// The whole new text, for standard output.
    Text(Vec<u8>),
}

/// Runs the command.
pub(super) fn run(work: &Fix, world: &mut World<'_>) -> Exit {
    let rules = help::required(&work.judging, "fix", world).map(|config| help::rules(config, &work.judging));
    let rules = rules.and_then(|rules| match &work.asks {
        Some(asks) => asked(rules, asks, &work.input, world),
        None => Ok(rules),
    });
    let rules = match rules {
        Ok(rules) => rules,
        Err(exit) => return exit,
    };
    // Whoever pipes a text through wants it back, also when it does not concern the run.
    let prefilter = matches!(work.input, Input::Tree { .. }).then_some(&rules.prefilter);
    let maker = Maker { work, rules: &rules };
    let mut tally = Tally::default();
    let mut human = Human::new(if on_errors(work) { world.error_colour() } else { world.colour() });
    let driven = drive::each(
        &work.input,
        &rules,
        prefilter,
        world,
        |reading, place| Box::new(maker.make(reading, place)),
        |world, look| tell(work, look, &mut tally, &mut human, world),
    );
    if let Err(exit) = driven {
        return exit;
    }
    let verb = if work.write == Write::DiffOnly { "would change" } else { "changed" };
    let text = format!("{}{}", summary::of_fix(&tally, verb), summary::of(&tally));
    say(work, world, &text);
    match (Exit::of(&tally), work.write) {
        // What a patch shows is still to be done.
        (Exit::Clean, Write::DiffOnly) if tally.changed > 0 => Exit::Findings,
        (exit, _) => exit,
    }
}

/// The rules, choosing by what registries say of the targets.
fn asked(rules: Rules, Asks { how, jobs }: &Asks, input: &Input, world: &mut World<'_>) -> Result<Rules, Exit> {
    let hosts = asking::hosts(&how.registries, &rules, Ends::Targets);
    asking::doubt(&how.depth.platform, world);
    // What existed a few minutes ago may be gone, and what is written stays.
    let asking = Asking::new(&how.registries, &hosts, Memory::Fresh, world)?;
    let collected = of_scan(input, &rules, Scan::BeforeFix, world)?;
    let answers = asking.ask(&collected.targets, &how.depth.platform, &asking::options_at(&how.depth, *jobs));
    Ok(rules.choosing(Arc::new(Known::new(&answers))))
}

/// Whether standard output belongs to a patch or a text, so that people are spoken to on the other one.
fn on_errors(work: &Fix) -> bool {
    work.write == Write::DiffOnly || matches!(work.input, Input::Stream { .. })
}

fn say(work: &Fix, world: &mut World<'_>, text: &str) {
    if on_errors(work) {
        world.say(text);
    } else {
        let _ = world.out(|out| out.write_all(text.as_bytes()));
    }
}

/// What a worker needs to change a file.
struct Maker<'a> {
    work: &'a Fix,
    rules: &'a Rules,
}

impl Maker<'_> {
    fn make(&self, reading: &Reading<'_>, place: &drive::Place<'_>) -> Answer {
        let mut judged = reading.judge(self.rules);
        let edits: Vec<Edits> = reading.files.iter().map(|file| judged.plan.edits_for(file.id, self.work.minimum)).collect();
        let after = reading.files.iter().zip(&edits).map(|(file, edits)| (file, place(file.path), edits.apply(file.bytes)));
        if self.is_whole_text() {
            let text = after.filter(|(file, ..)| reading.is_asked(file.id)).map(|(.., text)| text).next().unwrap_or_default();
            self.take_off(&mut judged, &edits);
            return Answer { judged, done: Done::Text(text) };
        }
        let after: Vec<_> = after.filter(|(file, _, after)| file.bytes != after.as_slice()).collect();
        if after.is_empty() {
            return Answer { judged, done: Done::Nothing };
        }
        let done = match self.work.write {
            Write::DiffOnly => Done::Shown(after.iter().flat_map(|(file, _, after)| diff(file.path, file.bytes, after)).collect()),
            Write::InPlace => {
                let changes: Vec<Change<'_>> = after.iter().map(|(file, path, after)| Change { path, before: file.bytes, after }).collect();
                match apply::write(&changes) {
                    Ok(notes) => Done::Written(notes),
                    Err(failure) => return unwritten(judged, reading, &failure.to_string()),
                }
            }
        };
        self.take_off(&mut judged, &edits);
        Answer { judged, done }
    }

    /// Whether the new text goes to standard output as a whole.
    fn is_whole_text(&self) -> bool {
        matches!(self.work.input, Input::Stream { .. }) && self.work.write == Write::InPlace
    }

    /// Takes what is done off the findings.
    fn take_off(&self, judged: &mut Judged, edits: &[Edits]) {
        let is_done = |one: &Diagnostic| one.fix.as_ref().is_some_and(|fix| fix.applicability >= self.work.minimum);
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

fn unwritten(mut judged: Judged, reading: &Reading<'_>, reason: &str) -> Answer {
    if let Some(file) = reading.files.first() {
        judged.diagnostics.insert(0, unwritten_file::report(file.id, reading.path_of(file.id), reason));
    }
    judged.tally.unwritten = 1;
    Answer { judged, done: Done::Nothing }
}

/// Shows one answer. Files go on being fixed when nobody reads the output any more: half a migration is worse than a quiet one.
fn tell(work: &Fix, look: Look<Box<Answer>>, tally: &mut Tally, human: &mut Human, world: &mut World<'_>) -> ControlFlow<()> {
    let (found, sources) = match look {
        Look::Done(answer) => {
            let Answer { judged, done } = *answer;
            *tally += judged.tally;
            match done {
                Done::Nothing => {}
                Done::Written(notes) => notes.iter().for_each(|note| world.say(&noted(note))),
                Done::Shown(bytes) | Done::Text(bytes) => {
                    let _ = world.out(|out| out.write_all(&bytes));
                }
            }
            (judged.diagnostics, judged.sources)
        }
        other => others(other, tally),
    };
    if on_errors(work) {
        world.errors(|errors| human.findings(&found, &sources, errors));
        return ControlFlow::Continue(());
    }
    go_on(world.out(|out| human.findings(&found, &sources, out)))
}

fn noted(note: &Note) -> String {
    match note {
        Note::HardLinks { path, others } => {
            let path: &PathBuf = path;
            format!("note: `{}` has {} that keep the old text\n", crate::disk::shown(path), summary::count(to_usize(*others), "other name"))
        }
    }
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
