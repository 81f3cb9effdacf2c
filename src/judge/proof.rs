//! Owns asking for the proof of a plan: its edits are made in memory, the files are located again, and what cannot be proved is refused.

use crate::link::locate;
use crate::locate::{File, TEXT, Value, reread, values};
use crate::occurrence::Occurrence;
use crate::plan::{Applicability, Before, FileBefore, Plan, uphold};
use crate::text::Edits;

use super::{Reading, Rules};

/// Refuses every fix of `plan` that cannot be proved. What `fix` may write, the safe fixes or all of them, is proved as it will be written.
pub(super) fn prove(reading: &Reading<'_>, rules: &Rules, plan: &mut Plan) {
    if plan.fixes.is_empty() {
        return;
    }
    let files = &reading.files;
    let edited = plan.files(Applicability::Unsafe);
    let own = |file: &File<'_>| if edited.contains(&file.id) { values(file, &rules.formats) } else { Vec::new() };
    let own: Vec<Vec<Value>> = files.iter().map(own).collect();
    let before: Vec<FileBefore<'_>> =
        files.iter().zip(&own).map(|(file, values)| FileBefore { file: file.id, bytes: file.bytes, values }).collect();
    let in_texts: Vec<Occurrence> = reading.located.occurrences.iter().filter(|one| &*one.format == TEXT).cloned().collect();
    let again = |bytes: &[Vec<u8>], edits: &[Edits]| {
        let after: Vec<File<'_>> = files.iter().zip(bytes).map(|(file, bytes)| File { bytes, ..*file }).collect();
        let changed = |(before, after): (&File<'_>, &File<'_>)| {
            if before.bytes == after.bytes { Vec::new() } else { values(after, &rules.formats) }
        };
        let values = files.iter().zip(&after).map(changed).collect();
        // What was found in texts is read where it stood: by itself nothing there says what it is.
        let texts = |_: &mut [Occurrence]| reread(&in_texts, files, edits, bytes);
        (locate(&after, &rules.formats, &reading.recall, &texts).located, values)
    };
    uphold(plan, &Before { files: &before, located: &reading.located }, &again);
}
