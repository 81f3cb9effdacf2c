//! Owns the proof: each unit is rendered before and after, as seldom as will do, and every value is judged.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::judge::{Finding, Outcome, Want, is_same, judge};
use super::reach::Reach;
use super::trace::Tracer;
use super::unit::is_in;
use super::{Failure, Kind, Laid, Rendered, Rendering, Scratch, Settings, Unit, render};

/// What the proof found.
#[derive(Debug)]
pub struct Report {
    /// One for each unit, in their order.
    pub units: Vec<UnitReport>,
    /// Dependencies that were laid in, so that charts could be rendered without a network.
    pub laid: Vec<Laid>,
    /// What it took.
    pub times: Times,
}

/// How long the proof took by the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// From the first unit to the last.
    pub elapsed: Duration,
    /// The runs of the renderers, added up; at N workers the proof takes at least an Nth of it.
    pub renderers: Duration,
    /// How many runs.
    pub runs: usize,
    /// How many ran at a time.
    pub workers: usize,
}

/// What became of one unit.
#[derive(Debug)]
pub struct UnitReport {
    /// The unit.
    pub unit: Unit,
    /// Whether it could be judged.
    pub verdict: Verdict,
}

/// Whether a unit could be judged, and what came of it.
#[derive(Debug)]
pub enum Verdict {
    /// It renders before and after.
    Judged(Vec<Finding>),
    /// It rendered before and does not render any more.
    Broken(Failure),
    /// It does not render before, so nothing can be said of it.
    Unrendered(Failure),
    /// It is in the tree after only; there is nothing to compare it with.
    New,
}

/// Is told how many units are done, of how many; from any thread.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

impl UnitReport {
    /// How many values came out so.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.findings().iter().filter(|finding| finding.outcome == outcome).count()
    }

    /// What became of its values; none when it could not be judged.
    pub fn findings(&self) -> &[Finding] {
        if let Verdict::Judged(findings) = &self.verdict { findings } else { &[] }
    }
}

impl Report {
    /// How many values of all units came out so.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.units.iter().map(|unit| unit.count(outcome)).sum()
    }

    /// How many units do not render any more.
    pub fn broken(&self) -> usize {
        self.units.iter().filter(|unit| matches!(unit.verdict, Verdict::Broken(_))).count()
    }

    /// How many units did not render before.
    pub fn unrendered(&self) -> usize {
        self.units.iter().filter(|unit| matches!(unit.verdict, Verdict::Unrendered(_))).count()
    }

    /// The charts that lack dependencies for which nothing could stand in, each with the first of them.
    pub fn lacking(&self) -> Vec<(&Path, &Laid)> {
        let mut found: Vec<(&Path, &Laid)> = self.laid.iter().filter_map(|laid| Some((laid.lacking()?, laid))).collect();
        let is_rendered = |chart: &Path| self.units.iter().any(|unit| unit.unit.kind == Kind::Helm && is_in(chart, &unit.unit.path));
        found.retain(|(chart, _)| is_rendered(chart));
        found.dedup_by_key(|(chart, _)| *chart);
        found
    }

    /// The exit code: 1 when a value is not as it should be or a unit broke, else 2 when a unit could not be rendered, or only without a dependency,
    /// else 0.
    pub fn exit_code(&self) -> u8 {
        let bad = Outcome::ALL.iter().any(|&outcome| !outcome.is_good() && self.count(outcome) > 0);
        match (bad || self.broken() > 0, self.unrendered() > 0 || !self.lacking().is_empty()) {
            (true, _) => 1,
            (false, true) => 2,
            (false, false) => 0,
        }
    }
}

/// Renders each of `units` in both copies and judges every value. `want` answers what an image must become; `progress` is called after each
/// unit, from any thread. A unit that reads the same bytes in both copies is rendered once.
///
/// Values that differ from run to run (random passwords, the time) are found when they are suspected: when a unit's values differ in more than
/// its images, the copy before is rendered twice again, after the copy after, and what is not the same in all three does not count. That finds
/// what three runs beforehand find, and also what follows the clock, for fewer runs.
pub fn prove(before: &Scratch, after: &Scratch, units: &[Unit], settings: &Settings, want: Want<'_>, progress: Progress<'_>) -> Report {
    let started = Instant::now();
    let workers = workers(settings.workers).min(units.len()).max(1);
    let proof = Proof { before, after, settings, want };
    let done = in_parallel(units, workers, |unit| proof.unit(unit), progress);
    let mut times = Times { workers, ..Times::default() };
    let units = done.into_iter().map(|(report, runs)| {
        times.renderers += runs.took;
        times.runs += runs.count;
        report
    });
    let units = units.collect();
    times.elapsed = started.elapsed();
    Report { units, laid: before.laid().to_vec(), times }
}

/// Bytes of stack of a worker.
const STACK: usize = 16 << 20;

/// Runs `work` on each item by that many threads; the results are in the items' order.
pub(super) fn in_parallel<T: Sync, R: Send>(items: &[T], workers: usize, work: impl Fn(&T) -> R + Sync, progress: Progress<'_>) -> Vec<R> {
    let finished = AtomicUsize::new(0);
    let each = |item: &T| {
        let result = work(item);
        progress(finished.fetch_add(1, Ordering::Relaxed) + 1, items.len());
        result
    };
    // Output nests as deep as its author likes, up to the parser's bound. Where no thread is to be had, the work is done here.
    match rayon::ThreadPoolBuilder::new().num_threads(workers).stack_size(STACK).build() {
        Ok(pool) => pool.install(|| items.par_iter().with_max_len(1).map(each).collect()),
        Err(_) => items.iter().map(each).collect(),
    }
}

/// Renderers are busy, not waiting: more than one for a core gains nothing.
pub(super) fn workers(asked: usize) -> usize {
    if asked > 0 { asked } else { thread::available_parallelism().map_or(1, usize::from) }
}

struct Proof<'a> {
    before: &'a Scratch,
    after: &'a Scratch,
    settings: &'a Settings,
    want: Want<'a>,
}

#[derive(Default)]
struct Runs {
    took: Duration,
    count: usize,
}

impl Runs {
    fn note(&mut self, rendering: Rendering) -> Result<Rendered, Failure> {
        self.count += usize::from(rendering.took > Duration::ZERO);
        self.took += rendering.took;
        rendering.values
    }
}

impl Proof<'_> {
    fn unit(&self, unit: &Unit) -> (UnitReport, Runs) {
        let mut runs = Runs::default();
        let verdict = self.verdict(unit, &mut runs);
        (UnitReport { unit: unit.clone(), verdict }, runs)
    }

    fn verdict(&self, unit: &Unit, runs: &mut Runs) -> Verdict {
        let before = match runs.note(render(unit, self.before, self.settings)) {
            Ok(before) => before,
            Err(Failure::Gone) => return Verdict::New,
            Err(failure) => return Verdict::Unrendered(failure),
        };
        let mut findings = if self.reads_the_same(unit) {
            judge(&before, &before, self.want)
        } else {
            match runs.note(render(unit, self.after, self.settings)) {
                Ok(after) => judge(&before, &after, self.want),
                Err(failure) => return Verdict::Broken(failure),
            }
        };
        if findings.iter().any(|finding| finding.outcome.may_be_chance()) {
            for _ in 0..2 {
                match runs.note(render(unit, self.before, self.settings)) {
                    Ok(again) => findings.retain(|finding| is_steady(finding, &again)),
                    Err(failure) => return Verdict::Unrendered(failure),
                }
            }
        }
        // A value under a name made by chance is never seen twice.
        if findings.iter().any(|finding| finding.outcome == Outcome::Added) {
            match runs.note(render(unit, self.after, self.settings)) {
                Ok(again) => findings = findings.into_iter().filter_map(|finding| settled(finding, &again)).collect(),
                Err(failure) => return Verdict::Broken(failure),
            }
        }
        Tracer::new(self.after, unit).trace(&mut findings);
        Verdict::Judged(findings)
    }

    /// Whether all that the unit reads is the same in both copies.
    fn reads_the_same(&self, unit: &Unit) -> bool {
        let (before, after) = (self.before.root(), self.after.root());
        let reach = Reach::of(&before, unit);
        reach.vague().is_none() && reach.paths.iter().all(|path| is_equal(&before.join(path), &after.join(path), 0))
    }
}

/// Whether the value reads in another rendering of the same tree as it read in the first.
fn is_steady(finding: &Finding, again: &Rendered) -> bool {
    again.get(&finding.id).map(|value| value.text.as_str()) == finding.before.as_deref()
}

/// An added value that is not in a second rendering stands in an object whose name is made by chance: it was there before under another name,
/// so it does not count. But an image of such an object that is not its target will run, and has no other finding that says so.
fn settled(finding: Finding, again: &Rendered) -> Option<Finding> {
    if finding.outcome != Outcome::Added || again.get(&finding.id).is_some() {
        return Some(finding);
    }
    let is_moved = match (&finding.want, &finding.after) {
        (Some(want), Some(after)) => is_same(want, after),
        _ => return None,
    };
    (!is_moved).then_some(Finding { outcome: Outcome::Missed, ..finding })
}

/// Folders in folders that are compared.
const DEEPEST: usize = 500;

/// Whether two files or folders hold the same; deeper ones are taken to differ.
fn is_equal(one: &Path, other: &Path, depth: usize) -> bool {
    let (a, b) = (fs::metadata(one), fs::metadata(other));
    match (a, b) {
        (Err(_), Err(_)) => true,
        (Ok(a), Ok(b)) if a.is_dir() && b.is_dir() && depth < DEEPEST => {
            let (Ok(a), Ok(b)) = (names(one), names(other)) else { return false };
            a == b && a.iter().all(|name| is_equal(&one.join(name), &other.join(name), depth + 1))
        }
        (Ok(a), Ok(b)) if a.is_file() && b.is_file() => {
            a.len() == b.len() && matches!((fs::read(one), fs::read(other)), (Ok(a), Ok(b)) if a == b)
        }
        _ => false,
    }
}

fn names(folder: &Path) -> std::io::Result<Vec<std::ffi::OsString>> {
    let mut names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect::<std::io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}
