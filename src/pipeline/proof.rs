//! Owns asking for the proof of a plan: its edits are made in memory, the files are located again, and what cannot be proved is refused.

use crate::locate::{File, Located, Value, values};
use crate::plan::{Applicability, Before, FileBefore, Plan, uphold};

use super::Rules;
use super::bond::{Bond, Memory};

/// Refuses every fix of `plan` that cannot be proved. What `fix` may write, the safe fixes or all of them, is proved as it will be written.
/// `memory` is of the files as they are.
pub(super) fn prove(files: &[File<'_>], bond: Bond, rules: &Rules, located: &Located, memory: &Memory<'_>, plan: &mut Plan) {
    if plan.fixes.is_empty() {
        return;
    }
    let edited = plan.files(Applicability::Unsafe);
    let own = |file: &File<'_>| if edited.contains(&file.id) { values(file, &rules.formats) } else { Vec::new() };
    let own: Vec<Vec<Value>> = files.iter().map(own).collect();
    let before: Vec<FileBefore<'_>> =
        files.iter().zip(&own).map(|(file, values)| FileBefore { file: file.id, bytes: file.bytes, values }).collect();
    let again = |bytes: &[Vec<u8>]| {
        let after: Vec<File<'_>> = files.iter().zip(bytes).map(|(file, bytes)| File { bytes, ..*file }).collect();
        let changed = |(before, after): (&File<'_>, &File<'_>)| {
            if before.bytes == after.bytes { Vec::new() } else { values(after, &rules.formats) }
        };
        (bond.locate_again(&after, &rules.formats, memory).located, files.iter().zip(&after).map(changed).collect())
    };
    uphold(plan, &Before { files: &before, located }, &again);
}
