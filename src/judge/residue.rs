//! What is left of an old registry in a set of files: texts that name what a mapping takes from, and belong to no reference that was read.

use std::collections::BTreeMap;

use crate::diagnostic::Residue as Told;
use crate::link::Claimed;
use crate::locate::{File, Shows, met};
use crate::mapping::Decision;
use crate::occurrence::{Class, Occurrence, Piece, Role};
use crate::plan::{Decided, Plan, Verdict};
use crate::reference::{HOLE, Invalid};
use crate::text::{FileId, Span};

use super::{Reading, Rules};

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

impl Reading<'_> {
    /// What is left of old names in the files that were asked about when the fixes of `plan` are made, in order.
    pub fn residue(&self, rules: &Rules, plan: &Plan) -> Vec<Residue> {
        let may_hold = |file: &&File<'_>| self.is_asked(file.id) && rules.names.may_stand_in(file.bytes);
        let files: Vec<&File<'_>> = self.files.iter().filter(may_hold).collect();
        if files.is_empty() {
            return Vec::new();
        }
        let owned = Owned::of(self, plan);
        files.into_iter().flat_map(|file| in_file(file, &owned, rules)).collect()
    }
}

fn in_file(file: &File<'_>, owned: &Owned, rules: &Rules) -> Vec<Residue> {
    let claimed = if rules.formats.of_name(file.path).next().is_none() { Claimed::No } else { Claimed::Yes };
    let left = met(file, &rules.formats, &rules.names, rules.mappings()).into_iter().filter_map(|one| {
        let mut place = Span::new(file.id, one.name.range.clone());
        let role = owned.role_at(place);
        if role.is_some_and(|role| role != Role::Source) {
            return None;
        }
        let class = if role.is_some() && one.shows == Shows::Line { Class::Mirror } else { one.class };
        let mut text = String::from_utf8_lossy(file.bytes.get(one.name.range).unwrap_or_default()).into_owned();
        if one.shows == Shows::Domain {
            text.truncate(text.find('/').unwrap_or(text.len()));
            place.end = place.start + text.len();
        }
        Some(Residue { place, text, told: Told { class, claimed }, shows: one.shows })
    });
    left.collect()
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
