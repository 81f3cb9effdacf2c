//! `fix`: moves the references, or shows how.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::apply::{self, Change, Failure, HardLinks};
use crate::ask::Known;
use crate::diagnostic::{Diagnostic, Tally};
use crate::disk::{Disk, holding, normal};
use crate::judge::{Judged, Look, Only, Overrides, Reading, Rules};
use crate::lint::{unused_suppression, unwritten_file};
use crate::mapping::{ChartMappings, Mapping, MappingSet};
use crate::plan::{Applicability, Fix, diff};
use crate::render::Report as Rendered;
use crate::report::json::Changed;
use crate::text::{Edit, Edits, FileId, count, harmless};

use super::args::FixArgs;
use super::asking::{self, Asking, Ends, Memory};
use super::check::apart;
use super::chosen::{self, Chosen};
use super::collect::{Scan, of_scan};
use super::found::others;
use super::gate_args::OldArgs;
use super::old::Old;
use super::options::Answers;
use super::prove::{Proved, minimum, proved};
use super::registry_args::AsksArgs;
use super::teller::{Teller, Write};
use super::work::{Input, input};
use super::{Exit, World, drive, governed, interactive};

/// What was done with one file.
struct Answer {
    judged: Judged,
    done: Done,
    /// What of the new texts is new.
    changed: Vec<Changed>,
}

enum Done {
    /// There was nothing to do.
    Nothing,
    /// The new text was written; what its owner may want to know.
    Written(Vec<HardLinks>),
    /// The patch that would make it, or the whole new text.
    Shown(Vec<u8>),
}

/// Runs the command.
pub(super) fn run(args: &FixArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    if !args.verify && args.asks != AsksArgs::default() {
        let help = "add `--verify`, or leave the options out";
        return Err(world.fail("registries are not asked: their options need `--verify`", help));
    }
    let place = args.from.places(&args.place, world)?;
    let input = input(&place, args.stdin_filename.as_deref()).with_unclaimed();
    let write = match &input {
        _ if args.diff => Write::Patch,
        _ if args.dry_run => Write::Named,
        Input::Stream { .. } => Write::Text,
        Input::Tree { .. } => Write::InPlace,
    };
    let input = if write == Write::InPlace { input.written() } else { input };
    let about = governed::asked(&args.place, args.stdin_filename.as_deref());
    let rules = args.fail_on.apply(governed::required(&args.mappings, &about, "fix", world)?);
    let baseline = rules.baseline.clone();
    let rules = only(rules, &args.only, world)?;
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
        (true, Input::Tree { .. }) => proved(&place, minimum, &args.provers.renderers(&args.charts), &rules, world)?,
    };
    let mut maker = Maker { write, minimum, rules: &rules, held: &proved.held, chosen: None };
    let is_named = args.dry_run && args.format == Answers::Json;
    let mut name = None;
    if args.interactive || args.plan.is_some() || is_named {
        if args.interactive && (args.from.is_input() || matches!(input, Input::Stream { .. })) {
            interactive::nobody(world)?;
        }
        let offers = chosen::offers(|reading, disk| maker.fixes(&maker.judge(reading, disk)), &rules, &input, world)?;
        name = Some(chosen::name(&offers));
        if args.plan.as_ref().is_some_and(|wanted| Some(wanted) != name.as_ref()) {
            let help = "look at it again: `fix --dry-run --format json`, with the same options";
            return Err(
                world.fail("the changes are others than those of that plan: files or rules were changed, or options are others", help)
            );
        }
        maker.chosen = if args.interactive {
            Some(interactive::chosen(offers, world))
        } else {
            args.plan.is_some().then(|| offers.into_iter().fold(Chosen::default(), Chosen::with))
        };
    }
    let mut tally = Tally::default();
    let mut old = Old::new(&OldArgs::default(), baseline.as_deref(), &input, &rules, world)?;
    let mut teller = Teller::new(write, args.format, world);
    drive::each(
        &input,
        &rules,
        prefilter,
        world,
        |reading, disk| Box::new(maker.make(reading, disk)),
        |world, look| tell(&mut teller, look, &mut tally, &mut old, world),
    )?;
    teller.finish(&tally, name.filter(|_| is_named), proved.report.as_ref(), world);
    let unproved = proved.report.as_ref().map_or(0, Rendered::exit_code);
    Ok(match args.fail_on.exit(&tally) {
        _ if unproved == 2 => Exit::Failed,
        Exit::Clean if unproved == 1 => Exit::Findings,
        // What is only shown is still to be done.
        Exit::Clean if matches!(write, Write::Patch | Write::Named) && tally.changed > 0 => Exit::Findings,
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

/// What a worker needs to change a file.
struct Maker<'a> {
    write: Write,
    /// Fixes below this are left.
    minimum: Applicability,
    rules: &'a Rules,
    /// Files that stay as they are, with the reason.
    held: &'a BTreeMap<PathBuf, String>,
    /// The fixes that are wanted, where somebody was asked.
    chosen: Option<Chosen>,
}

impl Maker<'_> {
    /// Judges files by what this run may do.
    fn judge(&self, reading: &Reading<'_>, disk: &Disk) -> Judged {
        let held = |file: FileId| self.held.get(&normal(&disk.place_of(reading.path_of(file)))).cloned();
        let wants = |fix: &Fix| self.chosen.as_ref().is_none_or(|chosen| chosen.has(fix, reading, disk));
        let mut judged = reading.judge_choosing(self.rules, &|file| if self.held.is_empty() { None } else { held(file) }, &wants);
        // What is not wanted of comments is told, and no fix of this run.
        for one in &mut judged.diagnostics {
            one.fix = one.fix.take_if(|fix| wants(fix));
        }
        judged
    }

    /// The fixes that it may make, in order of their first byte.
    fn fixes(&self, judged: &Judged) -> Vec<Fix> {
        let of_comments =
            judged.diagnostics.iter().filter(|one| one.lint == unused_suppression::LINT.code).filter_map(|one| one.fix.as_deref());
        let made = |fix: &&Fix| fix.applicability >= self.minimum && !fix.edits.is_empty();
        let mut fixes: Vec<Fix> = judged.plan.fixes.iter().chain(of_comments).filter(made).cloned().collect();
        fixes.sort_by(|a, b| a.edits.cmp(&b.edits));
        fixes
    }

    fn make(&self, reading: &Reading<'_>, disk: &Disk) -> Answer {
        let mut judged = self.judge(reading, disk);
        let edits: Vec<Edits> = reading.files.iter().map(|file| self.edits_of(&judged, file.id)).collect();
        let after = reading.files.iter().zip(&edits).map(|(file, edits)| (file, disk.place_of(file.path), edits.apply(file.bytes)));
        if self.write == Write::Text {
            let text = after.filter(|(file, ..)| reading.is_asked(file.id)).map(|(.., text)| text).next().unwrap_or_default();
            self.take_off(&mut judged, &edits);
            return Answer { judged, done: Done::Shown(text), changed: Vec::new() };
        }
        let after: Vec<_> = after.filter(|(file, _, after)| file.bytes != after.as_slice()).collect();
        if after.is_empty() {
            return Answer { judged, done: Done::Nothing, changed: Vec::new() };
        }
        let changed = reading.files.iter().zip(&edits).filter(|(_, edits)| !edits.is_empty());
        let changed = changed.map(|(file, edits)| Changed::new(reading.path_of(file.id), edits)).collect();
        let done = if self.write == Write::Named {
            Done::Nothing
        } else if self.write == Write::Patch {
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
        Answer { judged, done, changed }
    }

    /// What changes in a file: by the plan, and comments that hold nothing back.
    fn edits_of(&self, judged: &Judged, file: FileId) -> Edits {
        let planned = judged.plan.edits_for(file, self.minimum);
        let unused = judged.diagnostics.iter().filter(|one| one.lint == unused_suppression::LINT.code && one.place.file == file);
        let fixes = unused.filter_map(|one| one.fix.as_ref()).filter(|fix| fix.applicability >= self.minimum);
        let removed: Vec<Edit> =
            fixes.flat_map(|fix| &fix.edits).map(|edit| Edit { range: edit.span.range(), text: edit.text.clone() }).collect();
        if removed.is_empty() {
            return planned;
        }
        Edits::new(planned.as_slice().iter().cloned().chain(removed).collect()).unwrap_or(planned)
    }

    /// Takes what is done off the findings.
    fn take_off(&self, judged: &mut Judged, edits: &[Edits]) {
        let is_done = |one: &Diagnostic| one.fix.as_ref().is_some_and(|fix| fix.applicability >= self.minimum);
        let tally = &mut judged.tally;
        tally.less(&Tally::of(judged.diagnostics.iter().filter(|one| is_done(one))));
        judged.diagnostics.retain(|one| !is_done(one));
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
    Answer { judged, done: Done::Nothing, changed: Vec::new() }
}

/// Shows one answer. Files go on being fixed when nobody reads the output any more: half a migration is worse than a quiet one.
fn tell(teller: &mut Teller, look: Look<Box<Answer>>, tally: &mut Tally, old: &mut Old, world: &mut World<'_>) -> ControlFlow<()> {
    let (mut found, sources) = match look {
        Look::Done(answer) => {
            let Answer { judged, done, changed } = *answer;
            *tally += judged.tally;
            match done {
                Done::Nothing => {}
                Done::Written(links) => links.iter().for_each(|links| world.say(&noted(links))),
                Done::Shown(bytes) => {
                    let _ = world.out(|out| out.write_all(&bytes));
                }
            }
            teller.changed(changed, world);
            (judged.diagnostics, judged.sources)
        }
        other => {
            if teller.write == Write::Text {
                // Whoever pipes something through wants it back, whatever it is.
                world.echo();
            }
            others(other, tally)
        }
    };
    old.judge(&mut found, &sources, tally);
    teller.findings(&found, &sources, world);
    ControlFlow::Continue(())
}

/// The rules, by which only what is named moves: by a mapping, by a pack, or in a file or folder.
fn only(rules: Rules, names: &[String], world: &mut World<'_>) -> Result<Rules, Exit> {
    let mut only = Only::default();
    for name in names {
        let of_name = |mapping: &&Mapping| mapping.id.as_ref() == name || mapping.pack() == Some(name);
        let charts = rules.chart_mappings().flat_map(ChartMappings::iter);
        let all = rules.mappings().flat_map(MappingSet::iter).chain(charts).filter(of_name);
        let mappings: Vec<String> = all.map(|mapping| mapping.id.to_string()).collect();
        if !mappings.is_empty() {
            only.mappings.extend(mappings);
            continue;
        }
        let path = PathBuf::from(name);
        let inner = holding(&path, &world.start).path(&path).filter(|_| world.start.join(&path).exists());
        let help = "`transship rules list` shows the mappings; a path is one from the current folder";
        only.paths.push(inner.ok_or_else(|| world.fail(&format!("`--only`: no mapping, pack, file or folder is called `{name}`"), help))?);
    }
    Ok(rules.moving(only))
}

fn noted(HardLinks { path, others }: &HardLinks) -> String {
    let others = count(usize::try_from(*others).unwrap_or(usize::MAX), "other name");
    format!("note: `{}` has {others} that keep the old text\n", harmless(&crate::disk::shown(path)))
}
