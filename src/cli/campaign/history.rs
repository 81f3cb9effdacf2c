//! `campaign report --since`: how many references of one repository were still to move, commit by commit, without any campaign.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::campaign::report::{Form, write_history};
use crate::cli::options::Mappings;
use crate::cli::work::{Input, LeftOut, Of};
use crate::cli::{drive, governed};
use crate::disk::{Disk, Revision, git, holding};
use crate::judge::{Look, Reading, Rules};
use crate::mapping::Date;
use crate::plan::Verdict;
use crate::source::{Forced, Tracked, Unclaimed, Vendored};

use super::{Exit, World, now};

/// Seconds of a day.
const DAY: u64 = 24 * 60 * 60;
/// So many times are looked at.
const TIMES: u64 = 60;
/// The most days that are looked back.
const LONGEST: u64 = 40 * 366;

/// Runs the command in the repository that people are in.
pub(super) fn run(since: Date, mappings: &Mappings, form: Form, world: &mut World<'_>) -> Result<Exit, Exit> {
    let asked = governed::Asked { paths: vec![PathBuf::from(".")], ..governed::Asked::default() };
    let rules = governed::required(mappings, &asked, "campaign report --since", world)?;
    let root = holding(Path::new("."), &world.start).root().to_owned();
    let today = now();
    let days = (0..LONGEST).take_while(|day| Date::of_time(today.saturating_sub(day * DAY)) >= since).count() as u64;
    let step = days.div_ceil(TIMES).max(1);
    let times = (0..days).step_by(usize::try_from(step).unwrap_or(1)).map(|day| today.saturating_sub(day * DAY));
    let (mut counted, mut line) = (BTreeMap::new(), Vec::new());
    for time in times {
        // Before the first commit there is nothing.
        let Some(commit) = commit_at(&root, time, world)? else { break };
        let left = match counted.get(&commit) {
            Some(left) => *left,
            None => count(&commit, &rules, world)?,
        };
        counted.insert(commit, left);
        line.push((time, left));
    }
    line.reverse();
    let name = root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let _ = world.out(|out| write_history(&name, &line, form, out));
    Ok(Exit::Clean)
}

/// The commit that the branch had at a time.
fn commit_at(root: &Path, time: u64, world: &mut World<'_>) -> Result<Option<String>, Exit> {
    let said = git(root, &["rev-list", "-1", "--first-parent", &format!("--before={time}"), "HEAD"]).output();
    let said = said.map_err(|fault| world.fail(&format!("git could not be run: {}", crate::diagnostic::reason(&fault)), ""))?;
    if !said.status.success() {
        let words = String::from_utf8_lossy(&said.stderr).trim().to_owned();
        return Err(world.fail(&format!("git: {words}"), "stand in the repository that is meant"));
    }
    Ok(Some(String::from_utf8_lossy(&said.stdout).trim().to_owned()).filter(|commit| !commit.is_empty()))
}

/// How many references of a commit are still to move.
fn count(commit: &str, rules: &Rules, world: &mut World<'_>) -> Result<usize, Exit> {
    let input = Input::Tree {
        paths: vec![PathBuf::from(".")],
        vendored: Vendored::Skip,
        tracked: Tracked::Read,
        jobs: std::thread::available_parallelism().unwrap_or(std::num::NonZeroUsize::MIN),
        of: Of::Git(Revision::Commit(commit.to_owned())),
        unclaimed: Unclaimed::Include,
        left_out: LeftOut::Counted,
        forced: Forced::No,
    };
    let question = |reading: &Reading<'_>, _: &Disk| {
        let judged = reading.judge(rules);
        let moves = |verdict: &&Verdict| verdict.target().is_some();
        reading.shown().filter_map(|(number, ..)| judged.plan.verdicts.get(number)).filter(moves).count()
    };
    let mut left = 0;
    drive::each(&input, rules, Some(&rules.prefilter), world, question, |_, look| {
        if let Look::Done(number) = look {
            left += number;
        }
        ControlFlow::Continue(())
    })?;
    Ok(left)
}
