//! From occurrences and targets to edits: the smallest change of each reference, given to its pieces; shared spans; the proof.

mod change;
mod cut;
mod fix;
mod give;
mod local;
mod plain;
mod proof;
mod shared;
mod slice;
#[cfg(test)]
mod tests;
mod touch;
mod verdict;

pub use fix::{Applicability, Fix, SpanEdit};
pub use proof::{Again, Seen, Unproved, prove};
pub use verdict::{Refusal, Use, Verdict, shown};

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::mapping::{Decision, Target};
use crate::occurrence::{Caution, Confidence, Joined, Occurrence};
use crate::reference::{DOCKER_HUB, HOLE, Invalid, Part, Reference};
use crate::text::{Edit, Edits, FileId};

use give::{Approach, give};
use shared::{Settled, Wish, settle};
use slice::{hidden, variable};

/// What shall happen to the occurrences of a set of linked files (nearly always one file).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// One verdict for each occurrence, in their order.
    pub verdicts: Vec<Verdict>,
    /// Edits that belong together, in order of their first byte.
    pub fixes: Vec<Fix>,
}

impl Plan {
    /// The edits of `file` that belong to fixes of at least `minimum`.
    #[must_use]
    pub fn edits_for(&self, file: FileId, minimum: Applicability) -> Edits {
        let chosen = self.fixes.iter().filter(|fix| fix.applicability >= minimum).flat_map(|fix| &fix.edits);
        let edits = chosen.filter(|edit| edit.span.file == file).map(|edit| Edit { range: edit.span.range(), text: edit.text.clone() });
        // Two fixes never touch one byte: the occurrences that share bytes are one group and have one fix.
        Edits::new(edits.collect()).unwrap_or_default()
    }

    /// The files that fixes of at least `minimum` change, in order.
    #[must_use]
    pub fn files(&self, minimum: Applicability) -> Vec<FileId> {
        let chosen = self.fixes.iter().filter(|fix| fix.applicability >= minimum).flat_map(|fix| &fix.edits);
        chosen.map(|edit| edit.span.file).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The fixes that change `file`, as indices in [`Plan::fixes`].
    pub fn fixes_in(&self, file: FileId) -> impl Iterator<Item = usize> {
        self.fixes.iter().enumerate().filter(move |(_, fix)| fix.edits.iter().any(|edit| edit.span.file == file)).map(|(index, _)| index)
    }

    /// What each of `found` (the occurrences that were planned) must read as once the fixes of at least `minimum` are made: its pieces' joined
    /// text, holes included.
    #[must_use]
    pub fn wanted(&self, found: &[Occurrence], minimum: Applicability) -> Vec<String> {
        let made = |fix: usize| self.fixes.get(fix).is_some_and(|fix| fix.applicability >= minimum);
        let reading = |(occurrence, verdict): (&Occurrence, &Verdict)| match verdict {
            Verdict::Fixed { fix, target, .. } if made(*fix) => target.clone(),
            _ => occurrence.joined().text,
        };
        found.iter().zip(&self.verdicts).map(reading).collect()
    }

    /// Drops fix number `fix`, whose proof failed: its edits go, and its occurrences are refused as [`Refusal::Unproved`]. The other fixes keep
    /// their numbers.
    pub fn refuse(&mut self, fix: usize, reason: &str) {
        if let Some(fix) = self.fixes.get_mut(fix) {
            fix.edits.clear();
            fix.applicability = Applicability::DisplayOnly;
        }
        for verdict in &mut self.verdicts {
            if let Verdict::Fixed { fix: number, target, mapping } = verdict
                && *number == fix
            {
                let (target, mapping) = (Some(std::mem::take(target)), Arc::clone(mapping));
                *verdict = Verdict::Refused { refusal: Refusal::Unproved(reason.to_owned()), target, mapping };
            }
        }
    }
}

/// Plans the occurrences of a set of linked files. `decide` says what the mappings make of one of them (its reference, holes included).
#[must_use]
pub fn plan(found: &[Occurrence], decide: &dyn Fn(&Occurrence, &Reference) -> Decision) -> Plan {
    let (mut verdicts, mut wishes) = (Vec::with_capacity(found.len()), Vec::with_capacity(found.len()));
    for occurrence in found {
        let (verdict, wish) = match judge(occurrence, decide) {
            Judged::Done(verdict) => (verdict, None),
            Judged::Wished(wish) => (Verdict::Kept, Some(*wish)),
        };
        verdicts.push(verdict);
        wishes.push(wish);
    }
    if wishes.iter().all(Option::is_none) {
        return Plan { verdicts, fixes: Vec::new() };
    }
    let ends: Vec<_> = wishes.iter().map(|wish| wish.as_ref().map(|w| (w.target.as_str().to_owned(), Arc::clone(&w.mapping)))).collect();
    let end = |index: usize| ends.get(index).cloned().flatten();
    let Settled { fixes, refused } = settle(found, wishes);
    for (index, refusal) in refused {
        if let (Some(verdict), Some((target, mapping))) = (verdicts.get_mut(index), end(index)) {
            *verdict = Verdict::Refused { refusal, target: Some(target), mapping };
        }
    }
    for (fix, (_, carried)) in fixes.iter().enumerate() {
        for &index in carried {
            if let (Some(verdict), Some((target, mapping))) = (verdicts.get_mut(index), end(index)) {
                *verdict = Verdict::Fixed { fix, target, mapping };
            }
        }
    }
    Plan { verdicts, fixes: fixes.into_iter().map(|(fix, _)| fix).collect() }
}

/// What is known of an occurrence before its neighbours are asked.
enum Judged {
    Done(Verdict),
    Wished(Box<Wish>),
}

fn judge(occurrence: &Occurrence, decide: &dyn Fn(&Occurrence, &Reference) -> Decision) -> Judged {
    let joined = occurrence.joined();
    let old = match Reference::parse_with_holes(&joined.text) {
        Ok(old) => old,
        Err(Invalid::Hidden) => return Judged::Done(unresolved(occurrence)),
        Err(_) => return Judged::Done(Verdict::Kept),
    };
    let (refusal, target, mapping) = match decide(occurrence, &old) {
        Decision::Unchanged => return Judged::Done(Verdict::Kept),
        Decision::Refused { mapping, reason } => (Refusal::Mapping(reason), None, mapping),
        Decision::Undecided { mapping, part } => (undecided(occurrence, &joined, &old, part), None, mapping),
        Decision::Mapped(Target { mapping, candidates }) => {
            let Some(target) = candidates.into_iter().next().map(|target| fitted(occurrence, &joined, &old, target)) else {
                return Judged::Done(Verdict::Kept);
            };
            if target.as_str() == old.as_str() {
                return Judged::Done(Verdict::Kept);
            }
            match untouchable(occurrence).map_or_else(|| give(occurrence, &joined, &old, &target, Approach::VariableFirst), Err) {
                Ok(given) => {
                    let approach = Approach::VariableFirst;
                    return Judged::Wished(Box::new(Wish { old, joined, target, mapping, approach, given }));
                }
                Err(refusal) => (refusal, Some(target.as_str().to_owned()), mapping),
            }
        }
    };
    let refusal = untouchable(occurrence).unwrap_or(refusal);
    Judged::Done(Verdict::Refused { refusal, target, mapping })
}

/// Why the occurrence would not be edited whatever its target.
fn untouchable(occurrence: &Occurrence) -> Option<Refusal> {
    if !occurrence.role.is_rewritten() {
        return Some(Refusal::Role(occurrence.role));
    }
    if occurrence.confidence == Confidence::Low {
        return Some(Refusal::Uncertain);
    }
    occurrence.cautions.iter().find_map(|caution| match caution {
        Caution::Keep(keep) => Some(Refusal::Keep(*keep)),
        Caution::AlsoUsed { .. } => None,
    })
}

fn unresolved(occurrence: &Occurrence) -> Verdict {
    let hole = occurrence.pieces.iter().find(|piece| piece.text.contains(HOLE));
    hole.map_or(Verdict::Kept, |piece| Verdict::Unresolved { variable: variable(piece), at: piece.span })
}

fn undecided(occurrence: &Occurrence, joined: &Joined, old: &Reference, part: Part) -> Refusal {
    let range = old.range(part).unwrap_or(0..joined.text.len());
    let holes = || occurrence.pieces.iter().zip(&joined.ranges).filter(|(piece, _)| piece.text.contains(HOLE));
    let inside = holes().find(|(_, own)| own.start < range.end && range.start < own.end);
    inside.or_else(|| holes().next()).map_or(Refusal::Split, |(piece, _)| hidden(piece, part))
}

/// The target in the spelling that the pieces can take: a familiar name leaves nothing to write into a key or variable that holds the domain
/// and no more, so Docker Hub's domain is written there.
fn fitted(occurrence: &Occurrence, joined: &Joined, old: &Reference, target: Reference) -> Reference {
    let Some(domain) = old.range(Part::Domain).filter(|_| target.domain().is_none()) else { return target };
    let inside = |(piece, own): (&_, &std::ops::Range<usize>)| own.start == 0 && own.end > domain.end && cut::is_writable(piece);
    if occurrence.pieces.iter().zip(&joined.ranges).any(inside) {
        return target;
    }
    Reference::parse_with_holes(&format!("{DOCKER_HUB}/{target}")).unwrap_or(target)
}
