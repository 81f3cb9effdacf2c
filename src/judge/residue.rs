//! What is left of an old registry in a set of files: texts that name what a mapping takes from, and belong to no reference that was read.

use crate::diagnostic::Residue as Told;
use crate::link::Claimed;
use crate::locate::{Cover, File, Met, Owned, Shows, is_said};
use crate::mapping::Decision;
use crate::occurrence::{Class, Piece, Role};
use crate::plan::{Plan, Refusal, Verdict};
use crate::reference::HOLE;
use crate::text::Span;

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
        let all = self.files.iter().zip(self.met.iter().map(|met| met.names.as_slice()));
        let asked: Vec<(&File<'_>, &[Met])> = all.filter(|(file, met)| self.is_asked(file.id) && !met.is_empty()).collect();
        if asked.is_empty() {
            return Vec::new();
        }
        let owned = owned(self, plan);
        asked.into_iter().flat_map(|(file, met)| in_file(file, met, &owned, rules)).collect()
    }
}

fn in_file(file: &File<'_>, met: &[Met], owned: &Owned<Role>, rules: &Rules) -> Vec<Residue> {
    let claimed = if rules.formats.of_name(file.path).next().is_none() { Claimed::No } else { Claimed::Yes };
    let left = met.iter().filter(|one| one.cover != Cover::Part).filter_map(|one| {
        let mut place = Span::new(file.id, one.name.range.clone());
        let role = owned.at(place).copied();
        if role.is_some_and(|role| role != Role::Source) {
            return None;
        }
        let class = if role.is_some() && one.shows == Shows::Line { Class::Mirror } else { one.class };
        let mut text = String::from_utf8_lossy(file.bytes.get(one.name.range.clone()).unwrap_or_default()).into_owned();
        if one.shows == Shows::Domain {
            text.truncate(text.find('/').unwrap_or(text.len()));
            place.end = place.start + text.len();
        }
        Some(Residue { place, text, told: Told { class, claimed }, shows: one.shows })
    });
    left.collect()
}

/// The bytes that belong to references of which something is said, with their roles.
fn owned(reading: &Reading<'_>, plan: &Plan) -> Owned<Role> {
    let all = reading.located.occurrences.iter().zip(&reading.decided).enumerate();
    let told = all.filter(|(_, (one, decided))| is_said(one, decided.reference.as_ref().err()));
    let spans = told.flat_map(|(number, (one, decided))| {
        // Of what stays as it is, only the place is shown: a variable's value in another line would not be told.
        // What somebody declined is as sure as what is fixed.
        let settles = |verdict: &Verdict| matches!(verdict, Verdict::Fixed { .. } | Verdict::Refused { refusal: Refusal::Declined, .. });
        let is_settled = decided.decision == Decision::Unchanged || plan.verdicts.get(number).is_some_and(settles);
        let is_own = move |piece: &&Piece| is_settled || one.place.contains(piece.span);
        let written = one.pieces.iter().filter(|piece| !piece.text.contains(HOLE) && !piece.span.is_empty()).filter(is_own);
        written.map(|piece| (piece.span, one.role))
    });
    spans.collect()
}
