//! Owns the proof that a plan's edits do what they say: the edited bytes are read again, and nothing but the targets may have changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::locate::{File, Located, Value, locate, values};
use crate::plan::{Applicability, Plan, Refusal, Verdict};
use crate::text::{Edit, Edits, FileId, Overlap};

use super::Rules;

/// The replacements of `plan` in one file, of fixes that are at least `minimum`.
///
/// # Errors
/// [`Overlap`] when two fixes want the same bytes; a proved plan has none such.
pub fn edits(plan: &Plan, file: FileId, minimum: Applicability) -> Result<Edits, Overlap> {
    of_fixes(plan, file, |_, applicability| applicability >= minimum)
}

fn of_fixes(plan: &Plan, file: FileId, takes: impl Fn(usize, Applicability) -> bool) -> Result<Edits, Overlap> {
    let fixes = plan.fixes.iter().enumerate().filter(|(number, fix)| takes(*number, fix.applicability));
    let edits = fixes.flat_map(|(_, fix)| &fix.edits).filter(|edit| edit.span.file == file);
    Edits::new(edits.map(|edit| Edit { range: edit.span.range(), text: edit.text.clone() }).collect())
}

/// Refuses every fix of `plan` that cannot be proved. What `fix` may write, the safe fixes or all of them, is proved as it will be written.
pub(super) fn prove(file: &File<'_>, rules: &Rules, located: &Located, plan: &mut Plan) {
    if plan.fixes.is_empty() {
        return;
    }
    let before = values(file, &rules.formats);
    let case = Case { file, rules, located, before: &before };
    let all = |plan: &Plan| case.holds(plan, |_, level| level >= Applicability::Unsafe);
    let safe = |plan: &Plan| case.holds(plan, |_, level| level >= Applicability::Safe);
    if all(plan).and_then(|()| safe(plan)).is_ok() {
        return;
    }
    for number in 0..plan.fixes.len() {
        if let Err(alone) = case.holds(plan, |other, _| other == number) {
            refuse(plan, number, &alone);
        }
    }
    // Each of the rest holds alone; together they must hold too, or none of them is made.
    if let Err(together) = all(plan).and_then(|()| safe(plan)) {
        for number in 0..plan.fixes.len() {
            refuse(plan, number, &together);
        }
    }
}

fn refuse(plan: &mut Plan, number: usize, reason: &str) {
    for verdict in &mut plan.verdicts {
        if let Verdict::Fixed { fix, target, mapping } = verdict
            && *fix == number
        {
            let (target, mapping) = (Some(std::mem::take(target)), Arc::clone(mapping));
            *verdict = Verdict::Refused { refusal: Refusal::Unproved(reason.to_owned()), target, mapping };
        }
    }
    if let Some(fix) = plan.fixes.get_mut(number) {
        fix.edits.clear();
        fix.applicability = Applicability::DisplayOnly;
    }
}

struct Case<'a> {
    file: &'a File<'a>,
    rules: &'a Rules,
    located: &'a Located,
    before: &'a [Value],
}

impl Case<'_> {
    /// Makes the chosen fixes in memory and reads the file again.
    fn holds(&self, plan: &Plan, takes: impl Fn(usize, Applicability) -> bool + Copy) -> Result<(), String> {
        let edits = of_fixes(plan, self.file.id, takes).map_err(|_| "two edits want the same bytes".to_owned())?;
        if edits.is_empty() {
            return Ok(());
        }
        let after = edits.apply(self.file.bytes);
        let file = File { bytes: &after, ..*self.file };
        let again = locate(&file, &self.rules.formats);
        if again.occurrences.len() != self.located.occurrences.len() {
            let (was, is) = (self.located.occurrences.len(), again.occurrences.len());
            return Err(format!("the edited file would hold {is} references instead of {was}"));
        }
        let pairs = self.located.occurrences.iter().zip(&again.occurrences).zip(&plan.verdicts);
        for ((old, new), verdict) in pairs {
            let wanted = match verdict {
                Verdict::Fixed { fix, target, .. } if plan.fixes.get(*fix).is_some_and(|made| takes(*fix, made.applicability)) => {
                    target.clone()
                }
                _ => old.joined().text,
            };
            if new.joined().text != wanted {
                return Err(format!("the edited file would read `{}` instead of `{}`", new.expanded(), crate::lint::shown(&wanted, old)));
            }
        }
        if again.faults.len() != self.located.faults.len() {
            return Err("the edited file would no longer be readable".to_owned());
        }
        self.others_stay(&edits, &values(&file, &self.rules.formats))
    }

    /// Values that no edit touches must be what they were.
    fn others_stay(&self, edits: &Edits, after: &[Value]) -> Result<(), String> {
        let touched =
            |value: &Value| edits.as_slice().iter().any(|edit| edit.range.start <= value.span.end && value.span.start <= edit.range.end);
        let new: BTreeMap<&str, Vec<&str>> = after.iter().fold(BTreeMap::new(), |mut all, value| {
            all.entry(value.path.as_str()).or_insert_with(Vec::new).push(&value.text);
            all
        });
        if self.before.len() != after.len() {
            return Err("the edited file would have other keys".to_owned());
        }
        let mut old: BTreeMap<&str, Vec<(&Value, bool)>> = BTreeMap::new();
        for value in self.before {
            old.entry(value.path.as_str()).or_default().push((value, touched(value)));
        }
        for (path, values) in old {
            let same = new.get(path).filter(|texts| texts.len() == values.len());
            let same = same.is_some_and(|texts| values.iter().zip(texts).all(|((value, touched), text)| *touched || value.text == **text));
            if !same {
                return Err(format!("the edited file would have another value at `{path}`"));
            }
        }
        Ok(())
    }
}
