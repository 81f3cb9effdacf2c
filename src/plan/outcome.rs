//! Owns a plan: a verdict for each occurrence, and the fixes that carry them out.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::occurrence::Occurrence;
use crate::text::{Edit, Edits, FileId};

use super::{Applicability, Choice, Fix, Refusal, SpanEdit, Verdict};

/// What shall happen to the occurrences of a set of linked files (nearly always one file).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// One verdict for each occurrence, in their order.
    pub verdicts: Vec<Verdict>,
    /// Edits that belong together, in order of their first byte.
    pub fixes: Vec<Fix>,
}

impl Plan {
    /// The edits of `file` that belong to the fixes of `choice`.
    pub fn edits_for(&self, file: FileId, choice: impl Into<Choice>) -> Edits {
        let edits = self
            .chosen(choice.into())
            .filter(|edit| edit.span.file == file)
            .map(|edit| Edit { range: edit.span.range(), text: edit.text.clone() });
        // Two fixes never touch one byte: the occurrences that share bytes are one group and have one fix.
        Edits::new(edits.collect()).unwrap_or_default()
    }

    /// The files that the fixes of `choice` change, in order.
    pub fn files(&self, choice: impl Into<Choice>) -> Vec<FileId> {
        self.chosen(choice.into()).map(|edit| edit.span.file).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The fixes that change `file`, as indices in [`Plan::fixes`].
    pub fn fixes_in(&self, file: FileId) -> impl Iterator<Item = usize> {
        self.fixes.iter().enumerate().filter(move |(_, fix)| fix.edits.iter().any(|edit| edit.span.file == file)).map(|(index, _)| index)
    }

    /// What each of `found` (the occurrences that were planned) must read as once the fixes of `choice` are made: its pieces' joined text,
    /// holes included.
    pub fn wanted(&self, found: &[Occurrence], choice: impl Into<Choice>) -> Vec<String> {
        let choice = choice.into();
        let made = |number: usize| self.fixes.get(number).is_some_and(|fix| choice.takes(number, fix));
        let reading = |(occurrence, verdict): (&Occurrence, &Verdict)| match verdict {
            Verdict::Fixed { fix, target: reads, .. } | Verdict::Altered { fix, reads, .. } if made(*fix) => reads.clone(),
            _ => occurrence.joined().text,
        };
        found.iter().zip(&self.verdicts).map(reading).collect()
    }

    fn chosen(&self, choice: Choice) -> impl Iterator<Item = &SpanEdit> {
        self.fixes.iter().enumerate().filter(move |(number, fix)| choice.takes(*number, fix)).flat_map(|(_, fix)| &fix.edits)
    }

    /// Drops the fixes that `why` says something of: their edits go, and their occurrences are refused. The others keep their numbers.
    pub fn refuse(&mut self, why: &dyn Fn(usize) -> Option<Refusal>) {
        for (number, fix) in self.fixes.iter_mut().enumerate() {
            if why(number).is_some() {
                fix.edits.clear();
                fix.applicability = Applicability::DisplayOnly;
            }
        }
        for verdict in &mut self.verdicts {
            if let Verdict::Fixed { fix, target, mapping } = verdict
                && let Some(refusal) = why(*fix)
            {
                let (target, mapping) = (Some(std::mem::take(target)), Arc::clone(mapping));
                *verdict = Verdict::Refused { refusal, target, mapping };
            } else if let Verdict::Altered { fix, wish, .. } = verdict
                && let Some(refusal) = why(*fix)
            {
                let refused = |(target, mapping)| Verdict::Refused { refusal, target: Some(target), mapping };
                *verdict = wish.take().map_or(Verdict::Kept, refused);
            }
        }
    }
}
