//! Owns the targets of a scan: which references must exist, what each comes from, and where it is written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use crate::link::{Bond, Link};
use crate::lint::old_registry;
use crate::mapping::{Context, Decision, Kinship};
use crate::occurrence::{Caution, Class, Confidence, Keep, Occurrence, Role};
use crate::plan::Decided;
use crate::platform::Platform;
use crate::reference::{HOLE, Invalid, Reference};
use crate::text::Lines;

use super::meetings::named;
use super::{Becomes, Becoming, Reading, Rules};

/// Where a reference is written, and for which platform it is pulled there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The file as people would type it.
    #[serde(rename = "path")]
    pub shown: Arc<str>,
    /// The file in its tree: from the top of the repository.
    #[serde(skip)]
    pub path: Arc<str>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The platform that the file says; none when the puller's own counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
}

/// One reference that must exist.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sought {
    /// What it is to be, best first; a part that is not known is one [`HOLE`]. Empty when a hole hides even that.
    pub candidates: Vec<Reference>,
    /// What is there now; none when it is the target already.
    pub source: Option<Reference>,
    /// What the candidates are to it.
    pub kinship: Kinship,
    /// The platform that its places name; none when the puller's own counts.
    pub platform: Option<Platform>,
    /// The mapping that makes the candidates.
    pub mapping: Option<Arc<str>>,
    /// The source for people, canonical; each hole as `{variable}`.
    pub from: Option<String>,
    /// The candidates for people, canonical; each hole as `{variable}`.
    pub to: Vec<String>,
}

impl Sought {
    /// The platforms that an image must have to serve: the one that the places name, else those that are `usual`.
    pub fn platforms<'a>(&'a self, usual: &'a [Platform]) -> &'a [Platform] {
        self.platform.as_ref().map_or(usual, std::slice::from_ref)
    }

    /// What the target is a copy of, and has to be equal to. None when it is the target already, or is built anew.
    pub fn original(&self) -> Option<&Reference> {
        self.source.as_ref().filter(|_| self.kinship == Kinship::Copy)
    }

    /// The same for people.
    pub fn original_name(&self) -> Option<&str> {
        self.from.as_deref().filter(|_| self.kinship == Kinship::Copy)
    }
}

/// One occurrence that matters to a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// What it must become, or is, has to exist.
    Sought(Sought, Place),
    /// Nobody is asked for it.
    Unasked(Unasked, Place),
}

/// A reference that nobody is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unasked {
    /// It, for people.
    pub reference: String,
    /// Why.
    pub why: Why,
}

/// Why nobody is asked for a reference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Why {
    /// A value that is not known hides its registry, so that no mapping can be asked either.
    #[error("a value that is not known hides its registry")]
    Hidden,
    /// It is no valid reference.
    #[error("{0}")]
    Invalid(Invalid),
    /// A mapping covers it and refuses: nothing becomes of it.
    #[error("mapping `{mapping}` refuses it: {reason}")]
    Refused {
        /// The mapping's id.
        mapping: Arc<str>,
        /// Its reason.
        reason: String,
    },
}

/// What is sought for references that no mapping covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmapped {
    /// Nothing.
    Nothing,
    /// Only those that lie where a mapping points: they have moved already.
    Targets,
    /// All of them, as they are.
    All,
}

impl Unmapped {
    /// With mappings, the targets of these; without any, every reference as it is.
    pub fn by(rules: &Rules) -> Self {
        if rules.have_no_mappings() { Self::All } else { Self::Targets }
    }
}

/// What is sought for the occurrences of a reading, in their order. Left out are those that are not pulled, those that a comment holds back, and
/// texts that only match another reference.
pub fn found(reading: &Reading<'_>, rules: &Rules, unmapped: Unmapped) -> Vec<Found> {
    let overridden = Overridden::new(&reading.decided, &reading.links);
    let mut found = Vec::new();
    for file in &reading.files {
        let (shown, path): (Arc<str>, Arc<str>) = (reading.path_of(file.id).into(), file.path.into());
        let lines = Lines::new(file.bytes);
        let own = reading.shown().filter(|(_, one, _)| one.place.file == file.id);
        for (_, one, decided) in own.filter(|(number, one, decided)| is_pulled(one, decided) && overridden.is_pulled(*number)) {
            if reading.comments.keeps(one) || reading.holds(old_registry::code(one), one.place) {
                continue;
            }
            let position = lines.position(one.place.start);
            let (shown, path) = (Arc::clone(&shown), Arc::clone(&path));
            let place = Place { shown, path, line: position.line, column: position.column, platform: one.platform.clone() };
            match &decided.reference {
                Ok(reference) => {
                    let shown = |text: &str| crate::lint::shown(text, one);
                    found.extend(wanted(reference, &decided.decision, place, rules, unmapped, &shown));
                }
                Err(Invalid::Hidden) => found.push(Found::Unasked(Unasked { reference: one.expanded(), why: Why::Hidden }, place)),
                // Where the place is not sure, it was no image after all.
                Err(_) => found.extend(one.misspelled().map(|invalid| {
                    let unasked = Unasked { reference: one.expanded(), why: Why::Invalid(invalid) };
                    Found::Unasked(unasked, place)
                })),
            }
        }
    }
    found
}

/// What becomes of the images of a reading.
#[must_use]
pub fn becoming(reading: &Reading<'_>, rules: &Rules) -> Becoming {
    let own = |one: &Occurrence| &rules.of(reading.file(one.place.file).map_or("", |file| file.path)).mappings;
    let written = reading.shown().filter(|(_, one, _)| one.role.is_rewritten() && one.confidence == Confidence::High);
    let each = written.filter_map(|(_, one, decided)| {
        let (Ok(reference), Decision::Mapped(target)) = (&decided.reference, &decided.decision) else { return None };
        // Packs lead to copies that are published: what they bring together is one.
        let is_known = target.kinship != Kinship::Copy || own(one).get(&target.mapping).is_some_and(|by| by.pack().is_some());
        let name = named(target).filter(|_| !is_known)?;
        // Only written in another way, it is where it was.
        let source = reference.whole();
        (name != source).then(|| Becomes { target: name, source, by: Arc::clone(&target.mapping) })
    });
    each.collect()
}

/// Whether something is pulled by it. Where copies go, and what is pushed, is there only afterwards.
fn is_pulled(occurrence: &Occurrence, decided: &Decided) -> bool {
    let kept = |wanted| occurrence.cautions.contains(&Caution::Keep(wanted));
    let matches_only =
        kept(Keep::Placeholder) || occurrence.cautions.contains(&Caution::Replaced) || (kept(Keep::Matcher) && !has_version(decided));
    !occurrence.is_beginning() && occurrence.role == Role::Pull && occurrence.confidence == Confidence::High && !matches_only
}

/// Whether a tag or a digest belongs to the reference, known or not.
fn has_version(decided: &Decided) -> bool {
    decided.reference.as_ref().is_ok_and(|reference| reference.tag().is_some() || reference.digest().is_some())
}

/// What is pulled of texts that match others: one that gives a tag or a digest is, and what it completes is not pulled as it stands there.
struct Overridden(BTreeSet<usize>);

impl Overridden {
    fn new(decided: &[Decided], links: &[Link]) -> Self {
        let gives = |index: usize| decided.get(index).is_some_and(has_version);
        let passed = links.iter().filter(|link| link.bond == Bond::Finds).filter_map(|Link { matcher, matched, .. }| {
            match (gives(*matcher), gives(*matched)) {
                (false, _) => Some(*matcher),
                (true, false) => Some(*matched),
                (true, true) => None,
            }
        });
        Self(passed.collect())
    }

    fn is_pulled(&self, index: usize) -> bool {
        !self.0.contains(&index)
    }
}

/// What is found in one reference; nothing when it concerns nobody.
fn wanted(
    reference: &Reference,
    decision: &Decision,
    place: Place,
    rules: &Rules,
    unmapped: Unmapped,
    shown: &dyn Fn(&str) -> String,
) -> Option<Found> {
    // What no mapping makes is there already, and has no source.
    let sought = |mapping: Option<Arc<str>>, candidates: Vec<Reference>, kinship| Sought {
        to: candidates.iter().map(|one| shown(&one.canonical())).collect(),
        candidates,
        kinship,
        platform: place.platform.clone(),
        from: mapping.as_ref().map(|_| shown(&reference.canonical())),
        source: mapping.as_ref().map(|_| canonical(reference)),
        mapping,
    };
    let sought = match decision.clone() {
        // Only written in another way, it is where it was.
        Decision::Mapped(target) if target.candidates.first().is_some_and(|new| new.canonical() == reference.canonical()) => {
            return (unmapped == Unmapped::All)
                .then(|| Found::Sought(sought(None, vec![canonical(reference)], Kinship::default()), place.clone()));
        }
        Decision::Mapped(target) => sought(Some(target.mapping), target.candidates, target.kinship),
        Decision::Undecided { mapping, .. } => sought(Some(mapping), Vec::new(), Kinship::default()),
        Decision::Unchanged
            if unmapped == Unmapped::All
                || (unmapped == Unmapped::Targets && rules.mappings().any(|mappings| mappings.is_target(reference))) =>
        {
            sought(None, vec![canonical(reference)], Kinship::default())
        }
        Decision::Unchanged => return None,
        Decision::Refused { mapping, reason } => {
            let unasked = Unasked { reference: shown(&reference.canonical()), why: Why::Refused { mapping, reason } };
            return Some(Found::Unasked(unasked, place));
        }
    };
    Some(Found::Sought(sought, place))
}

/// However a reference is spelled, it is one wish.
fn canonical(reference: &Reference) -> Reference {
    Reference::parse_with_holes(&reference.canonical()).unwrap_or_else(|_| reference.clone())
}

/// What is sought in a run: each distinct wish once, with all its places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Targets {
    sought: BTreeMap<Sought, BTreeSet<Place>>,
    unasked: BTreeMap<Unasked, BTreeSet<Place>>,
}

impl Targets {
    /// Takes in what was found in a set of files.
    pub fn take(&mut self, found: impl IntoIterator<Item = Found>) {
        for one in found {
            match one {
                Found::Sought(sought, place) => self.sought.entry(sought).or_default().insert(place),
                Found::Unasked(unasked, place) => self.unasked.entry(unasked).or_default().insert(place),
            };
        }
    }

    /// Takes in one reference of a list, in the position of a manifest's image.
    pub fn take_reference(&mut self, reference: &Reference, place: Place, rules: &Rules, unmapped: Unmapped) {
        let context = Context { format: "kubernetes", path: "", class: Class::Deploy };
        let decision = rules.decide(reference, &context);
        self.take(wanted(reference, &decision, place, rules, unmapped, &|text| text.replace(HOLE, "{?}")));
    }

    /// Says what those are copies of that are named as they shall be: `known` (a lock) remembers it when the files no longer do.
    pub fn take_sources(&mut self, known: &dyn Fn(&str) -> Option<String>) {
        let known = |target: &Reference| {
            let source = known(&target.whole())?;
            Some((Reference::parse(&source).ok()?, source))
        };
        let sought = std::mem::take(&mut self.sought).into_iter().map(|(mut sought, places)| {
            if let (None, [target]) = (&sought.source, sought.candidates.as_slice())
                && let Some((source, name)) = known(target)
            {
                sought.source = Some(source);
                sought.from = Some(name);
            }
            (sought, places)
        });
        self.sought = sought.collect();
    }

    /// Each wish with its places, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Sought, &BTreeSet<Place>)> {
        self.sought.iter()
    }

    /// References that nobody is asked for, with their places.
    pub fn unasked(&self) -> impl Iterator<Item = (&Unasked, &BTreeSet<Place>)> {
        self.unasked.iter()
    }

    /// Whether there is nothing to ask for.
    pub fn is_empty(&self) -> bool {
        self.sought.is_empty()
    }
}
