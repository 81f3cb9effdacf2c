//! Owns asking for the proof of a plan: its edits are made in memory, the files are located again, and what cannot be proved is refused.

use std::collections::BTreeSet;

use crate::link::locate;
use crate::locate::{File, Located, TEXT, Value, reread, values};
use crate::occurrence::Occurrence;
use crate::plan::{Applicability, Before, FileBefore, Plan, Refusal, uphold};
use crate::text::Edits;

use super::{Reading, Rules};

/// Refuses every fix of `plan` that cannot be proved. What `fix` may write, the safe fixes or all of them, is proved as it will be written.
pub(super) fn prove(reading: &Reading<'_>, rules: &Rules, plan: &mut Plan) {
    if plan.fixes.is_empty() {
        return;
    }
    let files = &reading.files;
    let edited = plan.files(Applicability::Unsafe);
    let mut own: Vec<Vec<Value>> = Vec::with_capacity(files.len());
    for file in files {
        let listed = if edited.contains(&file.id) { values(file, &rules.formats) } else { Ok(Vec::new()) };
        if let Err(unlisted) = &listed {
            let fixes: BTreeSet<usize> = plan.fixes_in(file.id).collect();
            plan.refuse(&|number| fixes.contains(&number).then(|| Refusal::Unproved(unlisted.to_string())));
        }
        own.push(listed.unwrap_or_default());
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
        let texts = |_: &mut [Occurrence]| Located { occurrences: reread(&in_texts, files, edits, bytes), ..Located::default() };
        (locate(&after, &rules.formats, &reading.recall, &texts).located, values)
    };
    uphold(plan, &Before { files: &before, located: &reading.located }, &again);
}
