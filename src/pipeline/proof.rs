//! Owns asking for the proof of a plan: its edits are made in memory, the file is located again, and what cannot be proved is refused.

use crate::locate::{File, Located, Value, locate, values};
use crate::plan::{self, Applicability, Plan, Seen};

use super::Rules;

/// Refuses every fix of `plan` that cannot be proved. What `fix` may write, the safe fixes or all of them, is proved as it will be written.
pub(super) fn prove(file: &File<'_>, rules: &Rules, located: &Located, plan: &mut Plan) {
    if plan.fixes.is_empty() {
        return;
    }
    let before = values(file, &rules.formats);
    let case = Case { file, rules, located, before: &before };
    if case.holds(plan).is_ok() {
        return;
    }
    for number in 0..plan.fixes.len() {
        if let Err(reason) = case.level_holds(&alone(plan, number), Applicability::Unsafe) {
            plan.refuse(number, &reason);
        }
    }
    // Each of the rest holds alone; together they must hold too, or none of them is made.
    if let Err(reason) = case.holds(plan) {
        for number in 0..plan.fixes.len() {
            plan.refuse(number, &reason);
        }
    }
}

/// The plan with one of its fixes alone; the others are shown only.
fn alone(plan: &Plan, number: usize) -> Plan {
    let mut alone = plan.clone();
    for (_, fix) in alone.fixes.iter_mut().enumerate().filter(|(other, _)| *other != number) {
        fix.applicability = Applicability::DisplayOnly;
    }
    alone
}

struct Case<'a> {
    file: &'a File<'a>,
    rules: &'a Rules,
    located: &'a Located,
    before: &'a [Value],
}

impl Case<'_> {
    fn holds(&self, plan: &Plan) -> Result<(), String> {
        self.level_holds(plan, Applicability::Unsafe)?;
        if plan.fixes.iter().all(|fix| fix.applicability != Applicability::Unsafe) {
            return Ok(());
        }
        self.level_holds(plan, Applicability::Safe)
    }

    /// Proves the fixes of at least `level`.
    fn level_holds(&self, plan: &Plan, level: Applicability) -> Result<(), String> {
        let edits = plan.edits_for(self.file.id, level);
        if edits.is_empty() {
            return Ok(());
        }
        let after = edits.apply(self.file.bytes);
        let wanted = plan.wanted(&self.located.occurrences, level);
        let again = |bytes: &[u8]| {
            let file = File { bytes, ..*self.file };
            (locate(&file, &self.rules.formats).occurrences, values(&file, &self.rules.formats))
        };
        let seen = Seen {
            file: self.file.id,
            bytes: self.file.bytes,
            occurrences: &self.located.occurrences,
            wanted: &wanted,
            values: self.before,
        };
        plan::prove(&seen, &edits, &after, &again).map_err(|unproved| unproved.to_string())
    }
}
