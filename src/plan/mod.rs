//! From occurrences and targets to edits: the smallest change of each reference, given to its pieces; shared spans; the proof.

mod change;
mod charts;
mod cut;
mod fix;
mod give;
mod local;
mod outcome;
mod patch;
mod proof;
mod shared;
mod slice;
#[cfg(test)]
mod tests;
mod touch;
mod verdict;

pub use fix::{Applicability, Choice, Fix, SpanEdit};
pub use outcome::Plan;
pub use patch::diff;
pub use proof::{Again, Before, FileBefore, Unproved, prove, uphold};
pub use verdict::{Refusal, UNDECIDED, Use, Verdict, shown};

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::link::{Bond, Link};
use crate::mapping::{Decision, Target};
use crate::occurrence::{Addition, Caution, Confidence, Joined, Occurrence};
use crate::reference::{DOCKER_HUB, HOLE, Invalid, Part, Reference, Scheme};
use crate::text::Span;

use cut::Cut;
use give::{Approach, give};
use shared::{Settled, Wish, settle};
use slice::{hidden, variable};

/// An occurrence's reference, and what the mappings make of it.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The reference that its pieces spell.
    pub reference: Result<Reference, Invalid>,
    /// What the mappings say; [`Decision::Unchanged`] where there is no reference.
    pub decision: Decision,
}

impl Decided {
    /// Asks `decide` of the occurrence's reference (holes included).
    pub fn new(occurrence: &Occurrence, decide: impl FnOnce(&Reference) -> Decision) -> Self {
        let reference = occurrence.reference();
        let decision = reference.as_ref().map_or(Decision::Unchanged, decide);
        Self { reference, decision }
    }
}

/// What charts ask for before they take another image, by the numbers of occurrences: where it is added, and how.
pub type Demands = BTreeMap<usize, Vec<(Span, Arc<Addition>)>>;

/// Plans occurrences of which none matches another. `decide` says what the mappings make of one of them.
pub fn plan(found: &[Occurrence], decide: &dyn Fn(&Occurrence, &Reference) -> Decision) -> Plan {
    let decided: Vec<Decided> = found.iter().map(|one| Decided::new(one, |reference| decide(one, reference))).collect();
    plan_linked(found, &[], &decided, &Demands::new())
}

/// Plans the occurrences of a set of linked files, of which `decided` says what shall become of each. Linked ones change together, to names
/// that are the same, or not at all. Whatever moves an occurrence adds what charts demand for that.
pub fn plan_linked(found: &[Occurrence], links: &[Link], decided: &[Decided], demands: &Demands) -> Plan {
    let (mut verdicts, mut wishes) = (Vec::with_capacity(found.len()), Vec::with_capacity(found.len()));
    for (occurrence, decided) in found.iter().zip(decided) {
        let (verdict, wish) = match judge(occurrence, decided) {
            Err(verdict) => (verdict, None),
            Ok(wish) => (Verdict::Kept, Some(wish)),
        };
        let asked = demands.get(&verdicts.len()).into_iter().flatten();
        let wish = wish.map(|wish| Wish { demanded: asked.map(|(place, addition)| Cut::demanded(*place, addition)).collect(), ..wish });
        verdicts.push(verdict);
        wishes.push(wish);
    }
    if wishes.iter().all(Option::is_none) {
        return Plan { verdicts, fixes: Vec::new() };
    }
    let Settled { fixes, refused } = settle(found, links, &mut wishes);
    let end = |index: usize| wishes.get(index)?.as_ref().map(|wish| (wish.target.as_str().to_owned(), Arc::clone(&wish.mapping)));
    for (index, refusal) in refused {
        if let (Some(verdict), Some((target, mapping))) = (verdicts.get_mut(index), end(index)) {
            *verdict = Verdict::Refused { refusal, target: Some(target), mapping };
        }
    }
    for (fix, made) in fixes.iter().enumerate() {
        for &index in &made.carries {
            if let (Some(verdict), Some((target, mapping))) = (verdicts.get_mut(index), end(index)) {
                *verdict = Verdict::Fixed { fix, target, mapping };
            }
        }
        for (index, reads) in &made.alters {
            let altered = Verdict::Altered { fix, reads: reads.clone(), wish: end(*index) };
            verdicts.get_mut(*index).into_iter().for_each(|verdict| *verdict = altered.clone());
        }
    }
    Plan { verdicts, fixes: fixes.into_iter().map(|made| made.fix).collect() }
}

/// What is wished for an occurrence, before its neighbours are asked; or the verdict, where that is known without them.
fn judge(occurrence: &Occurrence, decided: &Decided) -> Result<Wish, Verdict> {
    let old = match &decided.reference {
        Ok(old) => old.clone(),
        Err(Invalid::Hidden) => return Err(unresolved(occurrence)),
        Err(_) => return Err(Verdict::Kept),
    };
    let joined = occurrence.joined();
    let (refusal, target, mapping) = match decided.decision.clone() {
        Decision::Unchanged => return Err(Verdict::Kept),
        Decision::Refused { mapping, reason } => (Refusal::Mapping(reason), None, mapping),
        Decision::Undecided { mapping, part } => (undecided(occurrence, &joined, &old, part), None, mapping),
        Decision::Mapped(Target { mapping, candidates, scheme, held, doubt, .. }) => {
            let Some(target) = candidates.into_iter().next().map(|target| fitted(occurrence, &joined, &old, target)) else {
                return Err(Verdict::Kept);
            };
            let beside = scheme.map_or_else(|| Ok(Vec::new()), |scheme| charts::beside(occurrence, scheme));
            if target.as_str() == old.as_str() && beside == Ok(Vec::new()) {
                return Err(Verdict::Kept);
            }
            let kept = untouchable(occurrence, scheme).or_else(|| held.map(Refusal::Held));
            let approach = Approach::USUAL;
            let given = kept.map_or_else(|| give(occurrence, &joined, &old, &target, approach), Err);
            match given.and_then(|given| Ok((given, beside?))) {
                Ok((given, beside)) => {
                    return Ok(Wish { old, joined, target, mapping, approach, given, beside, demanded: Vec::new(), doubt });
                }
                Err(refusal) => (refusal, Some(target.as_str().to_owned()), mapping),
            }
        }
    };
    let refusal = untouchable(occurrence, occurrence.chart().map(|chart| chart.scheme)).unwrap_or(refusal);
    Err(Verdict::Refused { refusal, target, mapping })
}

/// Why the occurrence would not be edited whatever its target: by mappings of images an address of charts is not, by those of charts it is.
fn untouchable(occurrence: &Occurrence, scheme: Option<Scheme>) -> Option<Refusal> {
    let kept = occurrence.cautions.iter().find_map(|caution| match caution {
        Caution::Keep(keep) => Some(Refusal::Keep(*keep)),
        Caution::Preceded { variable, at } => Some(Refusal::Hidden { variable: Arc::clone(variable), at: *at, part: Part::Domain }),
        Caution::AlsoUsed { .. }
        | Caution::AlsoPushed { .. }
        | Caution::Printed { .. }
        | Caution::ChartElsewhere { .. }
        | Caution::Unwritten { .. }
        | Caution::Chart(_)
        | Caution::Replaced
        | Caution::NotDeployed => None,
    });
    match occurrence.role {
        _ if kept.is_some() => kept,
        role if !role.is_rewritten() && scheme.is_none() => Some(Refusal::Role(role)),
        _ => (occurrence.confidence == Confidence::Low).then_some(Refusal::Uncertain),
    }
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
