//! Owns shared spans: which occurrences an edit concerns, and whether all of them come out as they should.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use crate::occurrence::{Addition, Caution, Joined, Occurrence, Origin, USES, chart_out_of_sight};
use crate::reference::{Part, Reference};
use crate::text::{Edit, Edits, FileId, Span};

use super::cut::{Cut, edits, reading};
use super::give::{Approach, Given, give};
use super::touch::Touches;
use super::{Applicability, Bond, Fix, Link, Refusal, SpanEdit, Use, shown};

/// An occurrence that has a target and whose pieces can take it.
#[derive(Debug)]
pub(super) struct Wish {
    /// What it is now.
    pub(super) old: Reference,
    /// Its pieces' texts and where they lie.
    pub(super) joined: Joined,
    /// What it shall be.
    pub(super) target: Reference,
    /// The mapping's id.
    pub(super) mapping: Arc<str>,
    /// Who takes text at a variable's edge.
    pub(super) approach: Approach,
    /// The cuts that do it.
    pub(super) given: Given,
    /// What changes beside the name.
    pub(super) beside: Vec<Cut>,
    /// What charts demand beside.
    pub(super) demanded: Vec<Cut>,
    /// What somebody should know before it is made.
    pub(super) doubt: Option<String>,
}

impl Wish {
    /// All cuts that it wants.
    fn cuts(&self) -> impl Iterator<Item = &Cut> {
        self.given.cuts.iter().chain(&self.beside).chain(&self.demanded)
    }

    /// Whether a registry comes where none is written.
    fn adds_domain(&self) -> bool {
        self.old.domain().is_none() && self.target.domain().is_some()
    }
}

/// What became of the wishes.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// In order of their first byte.
    pub(super) fixes: Vec<Made>,
    /// The wishes that cannot be carried out.
    pub(super) refused: Vec<(usize, Refusal)>,
}

/// A fix, and whom it concerns.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) fix: Fix,
    /// The wishes that it carries out.
    pub(super) carries: Vec<usize>,
    /// The occurrences that nobody deploys, or can, and that read as something else afterwards.
    pub(super) alters: Vec<(usize, String)>,
}

/// Settles which wishes are carried out. A group is all occurrences that have bytes which one of its wishes changes: its cuts are made when each
/// wish of the group comes out as its target and each other occurrence as it was, else none of them.
pub(super) fn settle(found: &[Occurrence], links: &[Link], wishes: &mut [Option<Wish>]) -> Settled {
    let touches = Touches::new(found);
    let mut settled = by_turns(found, &touches, links, wishes);
    // What stood against a wish may have turned to other bytes since: a second run would find its first way free.
    for _ in 0..ROUNDS {
        let again = settled.refused.iter().filter(|(index, _)| restart(found, wishes, *index)).count();
        if again == 0 {
            break;
        }
        let now = by_turns(found, &touches, links, wishes);
        if now.refused.len() >= settled.refused.len() {
            break;
        }
        settled = now;
    }
    settled
}

/// How often those that are refused begin anew. Each time one more is settled at least, and people's files need it once.
const ROUNDS: usize = 8;

/// Settles the wishes as they are, and turns those that cannot be carried out until none of them has another way.
fn by_turns(found: &[Occurrence], touches: &Touches<'_>, links: &[Link], wishes: &mut [Option<Wish>]) -> Settled {
    let mut first: BTreeMap<usize, Refusal> = BTreeMap::new();
    loop {
        let mut settled = Settled::default();
        let mut again = false;
        for group in groups(found, touches, links, wishes) {
            let members = Members { found, links, wishes, all: &group };
            match members.agree() {
                Ok(cuts) => settled.fixes.push(Made { fix: members.fix(&cuts), carries: members.wishing(), alters: Vec::new() }),
                Err(at) => {
                    if let Some(made) = members.deployed() {
                        settled.fixes.push(made);
                        continue;
                    }
                    let (wishing, now) = (members.wishing(), members.refusal(at));
                    for &index in &wishing {
                        // The first way of giving is the usual one, so what stood against it is what people are told.
                        settled.refused.push((index, first.entry(index).or_insert_with(|| now.clone()).clone()));
                    }
                    again |= wishing.into_iter().filter(|&index| turn(found, wishes, index)).count() > 0;
                }
            }
        }
        if !again {
            settled.fixes.sort_by(|a, b| a.fix.edits.cmp(&b.fix.edits));
            return settled;
        }
    }
}

/// Lets the wish try the next approach that gives other cuts; says whether there is one.
fn turn(found: &[Occurrence], wishes: &mut [Option<Wish>], index: usize) -> bool {
    let (Some(occurrence), Some(Some(wish))) = (found.get(index), wishes.get_mut(index)) else { return false };
    while let Some(approach) = wish.approach.next() {
        wish.approach = approach;
        if let Ok(given) = give(occurrence, &wish.joined, &wish.old, &wish.target, approach)
            && given.cuts != wish.given.cuts
        {
            wish.given = given;
            return true;
        }
    }
    false
}

/// Lets the wish begin with the usual approach again; says whether it had turned from it.
fn restart(found: &[Occurrence], wishes: &mut [Option<Wish>], index: usize) -> bool {
    let (Some(occurrence), Some(Some(wish))) = (found.get(index), wishes.get_mut(index)) else { return false };
    if wish.approach == Approach::USUAL {
        return false;
    }
    wish.approach = Approach::USUAL;
    let given = give(occurrence, &wish.joined, &wish.old, &wish.target, Approach::USUAL).ok();
    let Some(given) = given.filter(|given| given.cuts != wish.given.cuts) else { return false };
    wish.given = given;
    true
}

/// The occurrences joined by the bytes that wishes change, each group in order, groups in order of their first occurrence.
fn groups(found: &[Occurrence], touches: &Touches<'_>, links: &[Link], wishes: &[Option<Wish>]) -> Vec<Vec<usize>> {
    let mut sets = Sets::new(wishes.len());
    let mut inserts: BTreeMap<(FileId, usize), usize> = BTreeMap::new();
    // One registry may serve ten thousand images, each of which wants the same of it.
    let mut first: BTreeMap<&Cut, usize> = BTreeMap::new();
    for (index, wish) in wishes.iter().enumerate() {
        for cut in wish.iter().flat_map(Wish::cuts) {
            match first.entry(cut) {
                Entry::Occupied(same) => sets.join(index, *same.get()),
                Entry::Vacant(new) => {
                    new.insert(index);
                    touches.of(cut, &mut |other| sets.join(index, other));
                }
            }
            if cut.span.is_empty() || cut.addition.is_some() {
                // Two insertions at one place have no order of their own, whosever pieces they belong to.
                let other = *inserts.entry((cut.span.file, cut.span.start)).or_insert(index);
                sets.join(index, other);
            }
        }
    }
    let meet = |link: &Link| is_joined(found, wishes, link);
    for link in links.iter().filter(|link| link.matcher.max(link.matched) < wishes.len() && meet(link)) {
        sets.join(link.matcher, link.matched);
    }
    let mut joined: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for index in 0..wishes.len() {
        joined.entry(sets.root(index)).or_default().push(index);
    }
    let is_wanted = |index: &usize| wishes.get(*index).is_some_and(Option::is_some);
    joined.into_values().filter(|group| group.iter().any(is_wanted)).collect()
}

/// Whether two texts stand and fall together: one finds the other, or would come to.
fn is_joined(found: &[Occurrence], wishes: &[Option<Wish>], link: &Link) -> bool {
    let name = |index| name_after(found, wishes, index);
    link.bond == Bond::Finds || name(link.matcher) == name(link.matched)
}

/// Domain and path, as they will be typed.
fn name_after(found: &[Occurrence], wishes: &[Option<Wish>], index: usize) -> Option<String> {
    let after = match wishes.get(index)? {
        Some(wish) => wish.target.clone(),
        None => found.get(index)?.reference().ok()?,
    };
    after.range(Part::Path).map(|path| after.as_str()[..path.end].to_owned())
}

/// Disjoint sets of indices; the smallest index stands for its set.
struct Sets(Vec<usize>);

impl Sets {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn root(&mut self, mut index: usize) -> usize {
        while let Some(&above) = self.0.get(index)
            && above != index
        {
            let higher = self.0.get(above).copied().unwrap_or(above);
            if let Some(slot) = self.0.get_mut(index) {
                *slot = higher;
            }
            index = higher;
        }
        index
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if let Some(slot) = self.0.get_mut(a.max(b)) {
            *slot = a.min(b);
        }
    }
}

/// The occurrences of one group.
struct Members<'a> {
    found: &'a [Occurrence],
    links: &'a [Link],
    wishes: &'a [Option<Wish>],
    all: &'a [usize],
}

/// Whose bytes a cut changes, or which keys it adds there.
type Owner<'c> = (Span, Option<&'c Addition>);

impl<'a> Members<'a> {
    fn each(&self) -> impl Iterator<Item = (&'a Occurrence, Option<&'a Wish>)> {
        let (found, wishes) = (self.found, self.wishes);
        self.all.iter().filter_map(move |&index| Some((found.get(index)?, wishes.get(index)?.as_ref())))
    }

    fn wishing(&self) -> Vec<usize> {
        self.all.iter().copied().filter(|&index| self.wishes.get(index).is_some_and(Option::is_some)).collect()
    }

    /// The cuts of all members, if each of them then reads as it must; else the bytes that they do not agree on.
    fn agree(&self) -> Result<Vec<Cut>, Span> {
        let mut owned: BTreeMap<Owner<'_>, Vec<&Cut>> = BTreeMap::new();
        for (_, wish) in self.each() {
            let mut own: BTreeMap<Owner<'_>, Vec<&Cut>> = BTreeMap::new();
            for cut in wish.iter().flat_map(|wish| wish.cuts()) {
                own.entry((cut.owner, cut.addition.as_deref())).or_default().push(cut);
            }
            for (owner, cuts) in own {
                match owned.get(&owner) {
                    Some(other) if *other != cuts => return Err(owner.0),
                    Some(_) => {}
                    None => {
                        owned.insert(owner, cuts);
                    }
                }
            }
        }
        let mut cuts: Vec<Cut> = owned.into_values().flatten().cloned().collect();
        cuts.sort();
        overlap(&cuts).map_or(Ok(()), Err)?;
        for (occurrence, wish) in self.each() {
            let after = reading(occurrence, &cuts);
            let right = match wish {
                Some(wish) => after.as_deref() == Some(wish.target.as_str()),
                None => after.is_some_and(|after| after == occurrence.joined().text),
            };
            if !right {
                let touched = cuts.iter().find(|cut| occurrence.pieces.iter().any(|piece| cut.touches(piece)));
                return Err(touched.or(cuts.first()).map_or(occurrence.place, |cut| cut.owner));
            }
        }
        for link in self.links.iter().filter(|link| self.all.binary_search(&link.matched).is_ok()) {
            // A matcher compares texts, so the same name in another spelling would no longer match.
            let name = |index| name_after(self.found, self.wishes, index);
            if (name(link.matcher) == name(link.matched)) != (link.bond == Bond::Finds) {
                let place = self.found.get(link.matched).map(|occurrence| occurrence.place);
                return Err(place.unwrap_or(Span::new(FileId(0), 0..0)));
            }
        }
        Ok(cuts)
    }

    /// What is made where only those agree that somebody deploys.
    fn deployed(&self) -> Option<Made> {
        let is_used = |one: &Occurrence| !one.cautions.contains(&Caution::NotDeployed) && !one.waits_for_value();
        let is_deployed = |index: &usize| self.found.get(*index).is_some_and(is_used);
        let (firm, others): (Vec<usize>, Vec<usize>) = self.all.iter().partition(|index| is_deployed(index));
        let is_linked = |index: &usize| self.links.iter().any(|link| link.matcher == *index || link.matched == *index);
        let firm = Members { all: &firm, ..*self };
        if others.is_empty() || others.iter().any(is_linked) || firm.wishing().is_empty() {
            return None;
        }
        let cuts = firm.agree().ok()?;
        let (mut carries, mut alters) = (firm.wishing(), Vec::new());
        for index in others {
            let (one, wish) = (self.found.get(index)?, self.wishes.get(index)?.as_ref());
            let reads = reading(one, &cuts)?;
            if wish.is_some_and(|wish| wish.target.as_str() == reads) {
                carries.push(index);
            } else if wish.is_some() || reads != one.joined().text {
                alters.push((index, reads));
            }
        }
        Some(Made { fix: firm.fix(&cuts), carries, alters })
    }

    fn refusal(&self, at: Span) -> Refusal {
        if self.all.len() < 2 {
            // Nobody else has the bytes: the occurrence itself has them twice.
            return Refusal::Split;
        }
        let uses = self.each().map(|(occurrence, wish)| {
            let reads = occurrence.expanded();
            let wanted = wish.map_or_else(|| reads.clone(), |wish| shown(wish.target.as_str(), occurrence));
            Use { place: occurrence.place, reads, wanted }
        });
        Refusal::Shared { uses: uses.collect(), at }
    }

    fn fix(&self, cuts: &[Cut]) -> Fix {
        let edits = edits(cuts);
        let mut cautions: Vec<String> = Vec::new();
        let mut warn = |text: String| {
            if !cautions.contains(&text) {
                cautions.push(text);
            }
        };
        for (occurrence, wish) in self.each() {
            wish.and_then(|wish| wish.doubt.clone()).into_iter().for_each(&mut warn);
            for variable in wish.iter().flat_map(|wish| &wish.given.beside) {
                warn(format!("the new text stands beside `{variable}`, so a value that `{variable}` is given elsewhere no longer fits"));
            }
            // Text before the choice says the same of all that may be chosen.
            let mut after = occurrence.pieces.iter().skip_while(|piece| piece.origin != Origin::Choice);
            if after.any(|piece| piece.origin == Origin::Literal && cuts.iter().any(|cut| cut.touches(piece))) {
                warn("the new text stands beside a choice of the template, so what the template chooses otherwise changes too".to_owned());
            }
            let used = |variable: &str, count: usize| {
                let more = if count < USES { "" } else { " or more" };
                format!("`{variable}` is also used in {count}{more} other {}", if count == 1 { "place" } else { "places" })
            };
            let absent = || occurrence.pieces.iter().filter(|piece| matches!(piece.origin, Origin::Absent { .. }));
            let adds = cuts.iter().any(|cut| absent().any(|piece| cut.touches(piece)));
            for caution in &occurrence.cautions {
                let is_its = |origin: &Origin, name: &Arc<str>| matches!(origin, Origin::Default { variable } if variable == name);
                match caution {
                    Caution::AlsoUsed { variable, places } => {
                        let own = || occurrence.pieces.iter().filter(|piece| is_its(&piece.origin, variable));
                        if cuts.iter().any(|cut| own().any(|piece| cut.touches(piece))) {
                            warn(used(variable, places.len()));
                        }
                    }
                    Caution::AlsoPushed { variable, places } => {
                        let line = if places.len() == 1 { "line" } else { "lines" };
                        warn(format!("`{variable}` is also what is built or pushed, in {} other {line}", places.len()));
                    }
                    // One that is empty has no byte in common with itself.
                    Caution::Printed { value, variable, places }
                        if cuts.iter().any(|cut| cut.owner.overlaps(*value) || cut.owner == *value) =>
                    {
                        warn(used(variable, places.len()));
                    }
                    Caution::ChartElsewhere { chart } if wish.is_some_and(Wish::adds_domain) => {
                        warn(format!("only {} decides whether a registry is put before it", chart_out_of_sight(chart)));
                    }
                    Caution::ChartElsewhere { chart } if wish.is_some() && occurrence.is_beginning() => {
                        warn(format!("only {} says which images are put behind it", chart_out_of_sight(chart)));
                    }
                    Caution::Chart(address) if wish.is_some_and(|wish| !wish.beside.is_empty()) => {
                        for key in &address.doubts {
                            warn(format!("`{key}` beside it was meant for the server that it leaves"));
                        }
                    }
                    Caution::Unwritten { chart: Some(chart), .. } if adds => {
                        warn(format!("nothing in the tree says it, the chart `{chart}` brings it; `--add-overrides` adds what is missing"));
                    }
                    _ => {}
                }
            }
        }
        let applicability = if cautions.is_empty() { Applicability::Safe } else { Applicability::Unsafe };
        Fix { edits, applicability, caution: (!cautions.is_empty()).then(|| cautions.join("; ")) }
    }
}

/// The first bytes that two cuts want.
fn overlap(cuts: &[Cut]) -> Option<Span> {
    let mut files: BTreeMap<FileId, Vec<Edit>> = BTreeMap::new();
    for SpanEdit { span, text } in edits(cuts) {
        files.entry(span.file).or_default().push(Edit { range: span.range(), text });
    }
    files.into_iter().find_map(|(file, edits)| Edits::new(edits).err().map(|overlap| Span::new(file, overlap.second.range)))
}
