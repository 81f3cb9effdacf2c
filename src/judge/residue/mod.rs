//! What is left of an old registry in a set of files: texts that name what a mapping takes from, and belong to no reference that was read.

mod class;
mod name;

use std::collections::BTreeMap;
use std::ops::Range;

use memchr::memmem::Finder;

use crate::config::RULES;
use crate::diagnostic::Residue as Told;
use crate::format::{Format, FormatRole};
use crate::link::Claimed;
use crate::locate::{File, is_skipped};
use crate::mapping::{Context, Decision, MappingSet};
use crate::occurrence::{Class, Occurrence, Piece, Role};
use crate::plan::{Decided, Plan, Verdict};
use crate::reference::{HOLE, Invalid, Reference};
use crate::text::{FileId, Lines, Span};

use super::{Reading, Rules};
use class::Sight;
use name::Name;

/// The words by which texts name what the mappings take from.
#[derive(Clone, Debug, Default)]
pub struct Names {
    old: Vec<Finder<'static>>,
    /// The domains of the targets: a line that names one of them speaks of both.
    new: Vec<String>,
}

/// A text that names what a mapping takes from, and belongs to no reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Residue {
    /// Where it stands.
    pub place: Span,
    /// As it is written.
    pub text: String,
    /// Why it is there, and who reads its file.
    pub told: Told,
    /// What of its line may be shown.
    pub shows: Shows,
}

/// What of a line may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// All of it.
    Line,
    /// The registry's domain: the format does not look into the document, which may be a secret.
    Domain,
}

impl Names {
    pub(super) fn new(mappings: &MappingSet) -> Self {
        let (old, new) = (mappings.domain_words(), mappings.target_domains());
        Self {
            new: new.into_keys().filter(|domain| !old.iter().any(|word| domain.contains(word.as_str()))).collect(),
            old: old.iter().map(|word| Finder::new(word).into_owned()).collect(),
        }
    }

    /// Whether a text may name something that a mapping takes from, with its domain.
    pub fn may_stand_in(&self, text: &[u8]) -> bool {
        self.old.iter().any(|word| word.find(text).is_some())
    }

    /// Where the words stand, in order.
    fn all(&self, text: &[u8]) -> Vec<Range<usize>> {
        let found = self.old.iter().flat_map(|word| word.find_iter(text).map(|at| at..at + word.needle().len()));
        let mut found: Vec<_> = found.collect();
        found.sort_by_key(|range| range.start);
        found
    }
}

impl Reading<'_> {
    /// What is left of old names in the files that were asked about when the fixes of `plan` are made, in order.
    pub fn residue(&self, rules: &Rules, plan: &Plan) -> Vec<Residue> {
        let may_hold = |file: &&File<'_>| self.is_asked(file.id) && rules.names.may_stand_in(file.bytes) && !is_rules(file.path);
        let files: Vec<&File<'_>> = self.files.iter().filter(may_hold).collect();
        if files.is_empty() {
            return Vec::new();
        }
        let owned = Owned::of(self, plan);
        files.into_iter().flat_map(|file| in_file(file, &owned, rules)).collect()
    }
}

/// The rule file itself says what is old.
fn is_rules(path: &str) -> bool {
    path.rsplit('/').next() == Some(RULES)
}

fn in_file(file: &File<'_>, owned: &Owned, rules: &Rules) -> Vec<Residue> {
    let mut found = Vec::new();
    let mut sight: Option<(Sight, Lines<'_>)> = None;
    let mut document: Option<(Range<usize>, Shows)> = None;
    let mut past = 0;
    let formats: Vec<&Format> = rules.formats.of_name(file.path).map(|format| &**format).collect();
    let claimed = if formats.is_empty() { Claimed::No } else { Claimed::Yes };
    for range in rules.names.all(file.bytes) {
        if range.start < past {
            continue;
        }
        let name = name::around(file.bytes, &range);
        past = name.as_ref().map_or_else(|end| *end, |name| name.range.end);
        let Ok(name) = name else { continue };
        let place = Span::new(file.id, name.range.clone());
        let role = owned.role_at(place);
        if role.is_some_and(|role| role != Role::Source) {
            continue;
        }
        let (sight, lines) = sight.get_or_insert_with(|| (Sight::of(file.path, file.bytes), Lines::new(file.bytes)));
        let line = lines.range(lines.position(name.range.start).line);
        let mut class = sight.class_at(file.bytes, line.clone(), &name, &rules.names.new);
        if role.is_some() {
            class = Class::Mirror;
        }
        let before = file.bytes.get(line.start.max(name.range.start.saturating_sub(NEAR))..name.range.start).unwrap_or_default();
        if formats.iter().any(|format| format.table.is == Some(FormatRole::Kustomization)) && is_matcher(before) {
            class = Class::Compared;
        }
        if let (Class::Config, Some(format)) = (class, formats.first()) {
            class = format.table.class;
        }
        // Which of the formats it would be of, nobody said.
        let ids = if formats.is_empty() { vec!["text"] } else { formats.iter().map(|format| &*format.id).collect() };
        let is_old = ids.into_iter().any(|format| is_covered(&name, rules, &Context { format, path: file.path, class }));
        if is_old {
            let mut text = String::from_utf8_lossy(file.bytes.get(name.range.clone()).unwrap_or_default()).into_owned();
            let mut place = place;
            if document.as_ref().is_none_or(|(around, _)| !around.contains(&place.start)) {
                let around = document_around(file.bytes, place.start);
                let shows = shown_of(&formats, file.bytes.get(around.clone()).unwrap_or_default());
                document = Some((around, shows));
            }
            let shows = document.as_ref().map_or(Shows::Line, |(_, shows)| *shows);
            if shows == Shows::Domain {
                class = Class::Generated;
                text.truncate(text.find('/').unwrap_or(text.len()));
                place.end = place.start + text.len();
            }
            found.push(Residue { place, text, told: Told { class, claimed }, shows });
        }
    }
    found
}

/// Whether an entry of a kustomization finds images by what follows: it may change only with what it finds.
fn is_matcher(before: &[u8]) -> bool {
    let is_mark = |byte: &u8| matches!(byte, b' ' | b'\t' | b'-' | b'{' | b'"' | b'\'');
    let key = before.iter().copied().filter(|byte| !is_mark(byte));
    key.eq(*b"name:")
}

/// What may be shown of a document: a format passes by those that nobody edits by their text.
fn shown_of(formats: &[&Format], document: &[u8]) -> Shows {
    let mut skipping = formats.iter().filter(|format| !format.table.skip.is_empty()).peekable();
    if skipping.peek().is_none() {
        return Shows::Line;
    }
    let document = String::from_utf8_lossy(document);
    if skipping.any(|format| is_skipped(format, &document)) { Shows::Domain } else { Shows::Line }
}

/// The bytes of the document around a byte, if the file is a stream of them.
fn document_around(text: &[u8], at: usize) -> Range<usize> {
    let start = text.get(..at).and_then(|before| memchr::memmem::rfind(before, b"\n---")).unwrap_or(0);
    let end = text.get(at..).and_then(|rest| memchr::memmem::find(rest, b"\n---")).map_or(text.len(), |end| at + end);
    start..end
}

/// Whether a mapping takes from what the name says: from itself, or from what lies below it.
fn is_covered(name: &Name, rules: &Rules, context: &Context<'_>) -> bool {
    let decision = |text: &str| Reference::parse_with_holes(text).map(|reference| rules.decide(&reference, context));
    let domain = name.reads.split('/').next().unwrap_or_default();
    let below = decision(&format!("{}/{HOLE}", name.reads));
    if domain.len() == name.reads.len() {
        // A registry for itself: what is pulled from it nobody knows.
        return !matches!(below, Ok(Decision::Unchanged) | Err(_));
    }
    match decision(&name.reads) {
        Ok(Decision::Unchanged) => matches!(below, Ok(Decision::Mapped(_))),
        Ok(_) => true,
        // Whatever is wrong with the path, the registry is the old one.
        Err(_) => matches!(decision(&format!("{domain}/{HOLE}")), Ok(Decision::Mapped(_))),
    }
}

/// The bytes that belong to references of which something is said.
struct Owned(BTreeMap<FileId, Vec<(Span, Role)>>);

impl Owned {
    fn of(reading: &Reading<'_>, plan: &Plan) -> Self {
        let mut owned: BTreeMap<FileId, Vec<(Span, Role)>> = BTreeMap::new();
        let told = reading.located.occurrences.iter().zip(&reading.decided).enumerate().filter(|(_, (one, decided))| is_told(one, decided));
        for (number, (one, decided)) in told {
            // Of what stays as it is, only the place is shown: a variable's value in another line would not be told.
            let is_settled = decided.decision == Decision::Unchanged || matches!(plan.verdicts.get(number), Some(Verdict::Fixed { .. }));
            let is_own = |piece: &&Piece| is_settled || one.place.contains(piece.span);
            for piece in one.pieces.iter().filter(|piece| !piece.text.contains(HOLE) && !piece.span.is_empty()).filter(is_own) {
                owned.entry(piece.span.file).or_default().push((piece.span, one.role));
            }
        }
        for spans in owned.values_mut() {
            spans.sort_by_key(|(span, _)| span.start);
        }
        Self(owned)
    }

    /// The role of what a place belongs to.
    fn role_at(&self, place: Span) -> Option<Role> {
        let spans = self.0.get(&place.file)?;
        let behind = spans.partition_point(|(span, _)| span.start < place.end);
        // Pieces are short and seldom nest: who overlaps stands near.
        let near = spans.get(behind.saturating_sub(NEAR)..behind).unwrap_or_default();
        near.iter().rev().find(|(span, _)| span.overlaps(place)).map(|(_, role)| *role)
    }
}

/// So many pieces before a place may reach into it.
const NEAR: usize = 64;

/// Whether anything is said of the occurrence, if only that it stays.
fn is_told(one: &Occurrence, decided: &Decided) -> bool {
    match &decided.reference {
        Ok(_) | Err(Invalid::Hidden) => true,
        Err(_) => one.misspelled().is_some(),
    }
}
