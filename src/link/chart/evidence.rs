//! Owns what is meant by values of which no image is made: words that the chart prints say it, and what all layers of a deployment spell together.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::rc::Rc;

use super::held::Held;
use super::names::{Name, Near, name_bytes};
use super::output::place;
use super::value::Value;
use super::word::Word;
use super::{Chart, Distinct, Inline, Layer, Readings, has_pieces_of};
use crate::format::{FormatRole, Formats};
use crate::locate::nothing_at;
use crate::occurrence::{Caution, Occurrence, Piece};
use crate::reference::Part;
use crate::text::{FileId, Span};

/// The position, in the format of values, of what a chart prints where no image stands.
const PRINTED: &str = "printed";

/// What is known of values of which no image is made.
pub struct Evidence<'e> {
    /// In the order of their values.
    words: &'e [Word],
    /// Bytes of the longest of their values.
    longest: usize,
    /// The references that all layers of each deployment spell together.
    spell: &'e dyn Fn() -> Vec<Occurrence>,
    /// They, once somebody asked, and which of them have which bytes.
    spelled: OnceCell<(Vec<Occurrence>, Near)>,
}

/// What is meant by a value of which no image is made.
pub(super) enum Meant {
    /// What it says by itself, as far as anybody knows.
    Itself,
    /// Other references, and, if nothing else, not itself.
    Others { all: Vec<Occurrence>, itself: bool },
    /// A part of something that is no reference.
    Part(Caution),
}

impl<'e> Evidence<'e> {
    /// Of the words that a chart prints, in the order of their values, and of what `spell` says.
    #[must_use]
    pub fn new(words: &'e [Word], spell: &'e dyn Fn() -> Vec<Occurrence>) -> Self {
        let longest = words.iter().map(|word| word.value.span.len()).max().unwrap_or_default();
        Self { words, longest, spell, spelled: OnceCell::new() }
    }

    /// What is meant by a reference in values of which no image is made. What is printed decides; where it is not printed as a reference, what all layers
    /// together say of it.
    pub(super) fn meant(&self, one: &Occurrence) -> Meant {
        let own = name_bytes(one);
        let near = self.words_at(one.place);
        let found: Vec<(&Word, Option<Occurrence>)> = near.iter().map(|word| (*word, word.reference(one))).collect();
        let references = || found.iter().filter_map(|(_, reference)| reference.as_ref());
        let others: Vec<Occurrence> = references().filter(|other| is_whole(other) && name_bytes(other) != own).cloned().collect();
        // A name without its registry may be printed behind one that stands in another line.
        let is_itself = own.is_some() && references().any(|other| is_whole(other) && name_bytes(other) == own);
        if !others.is_empty() {
            return Meant::Others { all: others, itself: is_itself };
        }
        if is_itself {
            return Meant::Itself;
        }
        if let Some(word) = near.first().filter(|_| near.iter().all(|word| !word.is_begun_by_value())) {
            return Meant::Part(word.caution());
        }
        self.spelled(one, own.as_ref())
    }

    /// The references among the words that have bytes in common with those that are `known`, or with registries, and are none of them.
    #[must_use]
    pub fn sharing(&self, known: &[Occurrence], registries: &[Occurrence], formats: &Formats) -> Vec<Occurrence> {
        let printed = formats.by_role(FormatRole::Values).and_then(|format| Some((format, format.site_at(PRINTED)?)));
        let Some((format, site)) = printed.filter(|_| !self.words.is_empty()) else { return Vec::new() };
        let names: HashSet<Name> = known.iter().filter_map(name_bytes).collect();
        let (near, alone) = (Near::new(known), Near::new(registries));
        let is_shared = |piece: &Piece| piece.is_editable() && !(near.at(piece.span).is_empty() && alone.at(piece.span).is_empty());
        let mut found = Distinct::by(has_pieces_of);
        for word in self.words {
            let Some(mut one) = word.reference(&nothing_at(site, format, word.value.span)).filter(is_whole) else { continue };
            let is_known = name_bytes(&one).is_none_or(|name| names.contains(&name));
            if is_known || !one.pieces.iter().any(is_shared) {
                continue;
            }
            let end = one.reference().ok().and_then(|reference| Some(reference.range(Part::Path)?.end));
            one.place = end.and_then(|end| place(&one, end)).unwrap_or(one.place);
            found.add(vec![one]);
        }
        found.into_all()
    }

    /// What all layers together say of it.
    fn spelled(&self, one: &Occurrence, own: Option<&Name>) -> Meant {
        let (all, near) = self.spelled.get_or_init(|| {
            let all = (self.spell)();
            let near = Near::new(&all);
            (all, near)
        });
        let users = near.at(one.place).into_iter().filter_map(|index| all.get(index));
        let (same, others): (Vec<&Occurrence>, Vec<&Occurrence>) =
            users.partition(|other| own.is_some() && name_bytes(other).as_ref() == own);
        let others = others.into_iter().filter(|other| is_whole(other));
        let others: Vec<Occurrence> = others.map(|other| Occurrence { pieces: other.pieces.clone(), ..one.clone() }).collect();
        if others.is_empty() { Meant::Itself } else { Meant::Others { all: others, itself: !same.is_empty() } }
    }

    fn words_at(&self, place: Span) -> Vec<&'e Word> {
        let from = (place.file, place.start.saturating_sub(self.longest));
        let first = self.words.partition_point(|word| (word.value.span.file, word.value.span.start) < from);
        let near = self.words.iter().skip(first).take_while(|word| (word.value.span.file, word.value.span.start) < (place.file, place.end));
        near.filter(|word| word.value.span.overlaps(place)).collect()
    }
}

/// Whether it says its registry.
fn is_whole(one: &Occurrence) -> bool {
    one.reference().is_ok_and(|reference| reference.domain().is_some())
}

/// The references that values of deployments spell, each once.
pub(super) fn spelled_by(deployments: impl Iterator<Item = Inline>, formats: &Formats) -> Vec<Occurrence> {
    let Some(format) = formats.by_role(FormatRole::Values) else { return Vec::new() };
    let (outer, mut said) = (outermost(formats), Said::default());
    let mut all = Distinct::by(has_pieces_of);
    for values in deployments {
        if let Some(new) = said.new_in(&values, &outer) {
            all.add(new.located(format, formats));
        }
    }
    all.into_all()
}

/// What deployments said: most say the same of nearly everything.
#[derive(Default)]
struct Said {
    state: RandomState,
    /// Numbers for what stands at the top, with each of what lies below it.
    known: HashSet<u64>,
}

impl Said {
    /// What no deployment said before, with all that stands at the top; nothing, where there is none of it.
    fn new_in(&mut self, values: &Inline, outer: &BTreeSet<&str>) -> Option<Inline> {
        let Value::Map(all) = &values.0 else { return Some(values.clone()) };
        let top: Vec<_> = all.iter().filter(|(key, value)| is_outer(key, value, outer)).collect();
        let above = self.state.hash_one(&top);
        let is_new_top = self.known.insert(above);
        let mut is_new = |key: &str, value: &Value| self.known.insert(self.state.hash_one((above, key, value)));
        let mut is_kept = |(key, value): &&(Rc<str>, Value)| is_outer(key, value, outer) || is_new(key, value);
        let kept: Vec<_> = all.iter().filter(&mut is_kept).cloned().collect();
        (is_new_top || kept.len() > top.len()).then(|| Inline::of(Value::Map(Held::new(kept))))
    }
}

/// The keys beside which images stand further in.
fn outermost(formats: &Formats) -> BTreeSet<&str> {
    let format = formats.by_role(FormatRole::Values).into_iter();
    format.flat_map(|format| format.sites()).flat_map(|site| site.table.siblings.outermost()).collect()
}

/// Whether what has that key at the top may go with anything below.
fn is_outer(key: &str, value: &Value, outer: &BTreeSet<&str>) -> bool {
    outer.contains(key) || !matches!(value, Value::Map(_) | Value::List(_))
}

/// What of the values of all layers may spell together what no layer spells alone: texts at the top, and what lies below a key in more than one
/// file, or in one of those that hold layers `around` which other things stand. What goes with values anywhere goes with all.
pub(super) fn mixed(values: &Inline, around: &BTreeSet<FileId>, formats: &Formats) -> Inline {
    let Value::Map(all) = &values.0 else { return values.clone() };
    let outer = outermost(formats);
    let files = |value: &Value| {
        let mut files = BTreeSet::new();
        value.each_text(&mut |text| files.extend(text.iter().map(|run| run.span.file)));
        files
    };
    let is_outer = |key: &str, value: &Value| is_outer(key, value, &outer);
    let outside: BTreeSet<FileId> = all.iter().filter(|(key, value)| is_outer(key, value)).flat_map(|(_, value)| files(value)).collect();
    let is_kept = |key: &str, value: &Value| {
        let mut own = files(value);
        own.extend(&outside);
        is_outer(key, value) || own.len() > 1 || !own.is_disjoint(around)
    };
    Inline::of(Value::Map(Held::new(all.iter().filter(|(key, value)| is_kept(key, value)).cloned().collect())))
}

/// References in values, as the layers of each stack spell them together where nothing else is known of their chart.
pub(in crate::link) fn spelled_together(found: Vec<Occurrence>, stacks: &[Vec<Layer<'_>>], formats: &Formats) -> Vec<Occurrence> {
    let readings = Readings::of(&Chart { stacks: stacks.to_vec(), ..Chart::default() });
    // Of what a layer says that cannot be read, everything may be said otherwise.
    let lay = |below: Value, layer: Value| if let Value::Unknown(what) = &layer { below.covered(what) } else { below.overlaid(&layer) };
    let merged =
        |stack: &Vec<Layer<'_>>| Inline::of(stack.iter().map(|layer| layer.values(&readings)).fold(Value::Map(Held::default()), lay));
    let spell = || spelled_by(stacks.iter().map(merged), formats);
    let evidence = Evidence::new(&[], &spell);
    let mut others = Distinct::by(has_pieces_of);
    let mut kept = Vec::with_capacity(found.len());
    for one in found {
        match evidence.meant(&one) {
            Meant::Others { all, itself } => {
                others.add(all);
                kept.extend(itself.then_some(one));
            }
            Meant::Itself | Meant::Part(_) => kept.push(one),
        }
    }
    kept.append(&mut others.into_all());
    kept
}
