//! Owns asking for the proof of a plan: its edits are made in memory, the files are located again, and what cannot be proved is refused.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::link::{locate, place_demand};
use crate::locate::{File, Located, Sharing, TEXT, Unlisted, Value, reread, values};
use crate::occurrence::Occurrence;
use crate::plan::{Again, Applicability, Before, Demands, FileBefore, Plan, Refusal, Verdict, plan_linked, uphold};
use crate::text::{Edits, FileId};

use super::{Overrides, Reading, Rules};

/// How often a plan is made again with what charts demand: each time they may ask for more.
const ROUNDS: usize = 4;

/// The plan of a reading, proved. Where the rules say that what nobody wrote is added, that holds for what charts demand, too.
pub(super) fn planned(reading: &Reading<'_>, rules: &Rules) -> Plan {
    let mut demands = Demands::new();
    let mut plan = Plan::default();
    for _ in 0..ROUNDS {
        plan = plan_linked(&reading.located.occurrences, &reading.links, &reading.decided, &demands);
        prove(reading, rules, &mut plan);
        if rules.overrides() != Overrides::Added || !demand(reading, &plan, &mut demands) {
            break;
        }
    }
    plan
}

/// Takes in what charts ask for before they take what the plan says, as far as it can be added; says whether there is more of it.
fn demand(reading: &Reading<'_>, plan: &Plan, demands: &mut Demands) -> bool {
    let mut is_more = false;
    for (number, verdict) in plan.verdicts.iter().enumerate() {
        let Verdict::Refused { refusal: Refusal::Fails(failure), .. } = verdict else { continue };
        let asked = demands.entry(number).or_default();
        let Some(Some(home)) = reading.located.homes.get(failure.home) else { continue };
        let places = failure.demands.iter().filter_map(|keys| place_demand(home, &reading.files, keys));
        let next = places.map(|(place, addition)| (place, Arc::new(addition))).find(|at| !asked.contains(at));
        is_more |= next.is_some();
        asked.extend(next);
    }
    is_more
}

/// Refuses every fix of `plan` that cannot be proved. What `fix` may write, the safe fixes or all of them, is proved as it will be written.
pub(super) fn prove(reading: &Reading<'_>, rules: &Rules, plan: &mut Plan) {
    if plan.fixes.is_empty() {
        return;
    }
    let edited = plan.files(Applicability::Unsafe).into_iter().collect();
    proving(reading, rules, &edited, |before, again, unlisted| {
        for (file, unlisted) in unlisted {
            let fixes: BTreeSet<usize> = plan.fixes_in(*file).collect();
            plan.refuse(&|number| fixes.contains(&number).then(|| Refusal::Unproved(unlisted.to_string())));
        }
        uphold(plan, before, again);
    });
}

/// Hands on what proofs of edits in the files `edited` are made with: the files as they are, the way to locate them again, and those whose values
/// cannot be listed, with the reason.
pub(super) fn proving<R>(
    reading: &Reading<'_>,
    rules: &Rules,
    edited: &BTreeSet<FileId>,
    go: impl FnOnce(&Before<'_>, &Again<'_>, &[(FileId, Unlisted)]) -> R,
) -> R {
    let files = &reading.files;
    let mut own: Vec<Vec<Value>> = Vec::with_capacity(files.len());
    let mut lacking = Vec::new();
    for file in files {
        let listed = if edited.contains(&file.id) { values(file, &rules.formats) } else { Ok(Vec::new()) };
        own.push(listed.unwrap_or_else(|unlisted| {
            lacking.push((file.id, unlisted));
            Vec::new()
        }));
    }
    let before: Vec<FileBefore<'_>> =
        files.iter().zip(&own).map(|(file, values)| FileBefore { file: file.id, bytes: file.bytes, values }).collect();
    let in_texts: Vec<Occurrence> = reading.located.occurrences.iter().filter(|one| &*one.format == TEXT).cloned().collect();
    let again = |bytes: &[&[u8]], edits: &[Edits]| {
        let after: Vec<File<'_>> = files.iter().zip(bytes).map(|(file, bytes)| File { bytes, ..*file }).collect();
        let changed = |(before, after): (&File<'_>, &File<'_>)| {
            // What could be listed before, and no more, has lost its values, which is seen.
            if before.bytes == after.bytes { Vec::new() } else { values(after, &rules.formats).unwrap_or_default() }
        };
        let values = files.iter().zip(&after).map(changed).collect();
        // What was found in texts is read where it stood: by itself nothing there says what it is.
        let texts =
            |_: &mut [Occurrence], _: &Sharing| Located { occurrences: reread(&in_texts, files, edits, bytes), ..Located::default() };
        (locate(&after, &rules.formats, &reading.recall, &texts).located, values)
    };
    go(&Before { files: &before, located: &reading.located }, &again, &lacking)
}
