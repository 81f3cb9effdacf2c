//! Owns asking for the proof of a plan: its edits are made in memory, the files are located again, and what cannot be proved is refused.

use crate::link::locate;
use crate::locate::{File, Value, values};
use crate::plan::{Before, FileBefore, Plan, uphold};

use super::{Reading, Rules};

/// Refuses every fix of `plan` that cannot be proved. What `fix` may write, the safe fixes or all of them, is proved as it will be written.
pub(super) fn prove(reading: &Reading<'_>, rules: &Rules, plan: &mut Plan) {
    if plan.fixes.is_empty() {
        return;
    }
    let files = &reading.files;
    let own: Vec<Vec<Value>> = files.iter().map(|file| values(file, &rules.formats)).collect();
    let before: Vec<FileBefore<'_>> =
        files.iter().zip(&own).map(|(file, values)| FileBefore { file: file.id, bytes: file.bytes, values }).collect();
    let again = |bytes: &[Vec<u8>]| {
        let files: Vec<File<'_>> = files.iter().zip(bytes).map(|(file, bytes)| File { bytes, ..*file }).collect();
        let values = files.iter().map(|file| values(file, &rules.formats)).collect();
        (locate(&files, &rules.formats).located, values)
    };
    uphold(plan, &Before { files: &before, located: &reading.located }, &again);
}
