//! Owns `check --add-ignore`: comments are written above findings, and what can have none is named.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use crate::apply::{self, Change};
use crate::diagnostic::{Diagnostic, Tally};
use crate::disk::Disk;
use crate::judge::{Look, Reading, Rules};
use crate::lint::{Told, of};
use crate::text::count;
use crate::text::{Edits, FileId, Lines};

use super::found::{self, Found};
use super::old::Old;
use super::work::Input;
use super::{Exit, World, drive};

/// A finding by its file, its first byte and its lint.
type Place = (String, usize, &'static str);

/// What was done in one set of files.
#[derive(Default)]
struct Done {
    comments: usize,
    files: usize,
    /// Findings that have no comment, as they are said.
    left: Vec<String>,
    unwritten: Vec<String>,
}

/// Writes the comments. What `old` holds gets none.
pub(super) fn run(reason: &str, input: &Input, rules: &Rules, mut old: Old, world: &mut World<'_>) -> Result<Exit, Exit> {
    let Input::Tree { .. } = input else {
        return Err(world.fail("standard input cannot be written", "name files or folders"));
    };
    if reason.trim().is_empty() || reason.contains(['\n', '\r']) || !reason.chars().all(|c| !crate::text::steers(c)) {
        return Err(world.fail("`--add-ignore` wants a reason in one line", "`--add-ignore 'the vendor pins it'`"));
    }
    let (mut wanted, mut total) = (BTreeSet::new(), Tally::default());
    found::each(input, rules, world, |_, Found { mut diagnostics, sources, mut tally, .. }| {
        old.judge(&mut diagnostics, &sources, &mut tally);
        total += tally;
        let is_judged = |one: &&Diagnostic| one.is_shown() && of(one.lint).is_some_and(|lint| lint.told != Told::Always);
        let place = |one: &Diagnostic| Some((sources.get(one.place.file)?.path.to_string(), one.place.start, one.lint));
        wanted.extend(diagnostics.iter().filter(is_judged).filter_map(place));
        ControlFlow::Continue(())
    })?;
    let mut done = Done::default();
    let question = |reading: &Reading<'_>, disk: &Disk| Box::new(remark(reading, disk, rules, reason.trim(), &wanted));
    drive::each(&input.clone().quietly().written(), rules, Some(&rules.prefilter), world, question, |_, look| {
        if let Look::Done(own) = look {
            done.comments += own.comments;
            done.files += own.files;
            done.left.extend(own.left);
            done.unwritten.extend(own.unwritten);
        }
        ControlFlow::Continue(())
    })?;
    for fault in &done.unwritten {
        world.complain(fault);
    }
    for one in &done.left {
        world.tell(&format!("{one} stays a finding: no comment can be written there and change nothing else"));
    }
    if !done.left.is_empty() {
        world.say("help: name the file and the repository under `suppressions: {ignore: …}` of the rule file; docs/gate.md tells how\n");
    }
    let text =
        format!("wrote {} in {}, {} left\n", count(done.comments, "comment"), count(done.files, "file"), count(done.left.len(), "finding"));
    let _ = world.out(|out| out.write_all(text.as_bytes()));
    Ok(match (total.unreadable + done.unwritten.len(), done.left.len()) {
        (0, 0) => Exit::Clean,
        (0, _) => Exit::Findings,
        _ => Exit::Failed,
    })
}

fn remark(reading: &Reading<'_>, disk: &Disk, rules: &Rules, reason: &str, wanted: &BTreeSet<Place>) -> Done {
    let path = |file: FileId| reading.file(file).map_or("", |file| file.path);
    let judged = reading.judge(rules);
    let is_wanted = |one: &&Diagnostic| wanted.contains(&(path(one.place.file).to_owned(), one.place.start, one.lint));
    let found: Vec<&Diagnostic> = judged.diagnostics.iter().filter(is_wanted).collect();
    let edits = reading.remarked(rules, found.iter().copied(), reason);
    let mut done = Done::default();
    for (id, edits) in &edits {
        let Some(file) = reading.file(*id) else { continue };
        let (place, after) = (disk.place_of(file.path), edits.apply(file.bytes));
        match apply::write(disk, &[Change { path: &place, before: file.bytes, after: &after }]) {
            Ok(_) => {
                done.files += 1;
                done.comments += edits.as_slice().len();
            }
            Err(failure) => done.unwritten.push(format!("`{}` was not written: {failure}", reading.path_of(*id))),
        }
    }
    let is_held = |one: &Diagnostic| edits.iter().any(|(file, edits)| *file == one.place.file && is_above(reading, one, edits));
    for one in found.into_iter().filter(|one| !is_held(one)) {
        let at = reading.file(one.place.file).map_or(1, |file| Lines::new(file.bytes).position(one.place.start).line);
        done.left.push(format!("`{}:{at}` ({})", reading.path_of(one.place.file), one.lint));
    }
    done
}

/// Whether a comment comes in above the line of a finding.
fn is_above(reading: &Reading<'_>, one: &Diagnostic, edits: &Edits) -> bool {
    let Some(file) = reading.file(one.place.file) else { return false };
    let lines = Lines::new(file.bytes);
    let start = lines.range(lines.position(one.place.start).line).start;
    edits.as_slice().iter().any(|edit| edit.range.start == start)
}
