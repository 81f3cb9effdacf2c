//! Owns the judgement of a set of files: what is in it, what shall become of it, what is shown.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::config::{Judgement, Reason};
use crate::diagnostic::{Diagnostic, Severity, Sources, Tally};
use crate::lint::suppression::{MARK, Suppressions};
use crate::lint::{
    broken_document, denied_registry, invalid_reference, missing_reason, old_registry, unlisted_registry, unresolved_reference,
    unused_suppression,
};
use crate::locate::{File, Located};
use crate::mapping::{Context, Decision};
use crate::occurrence::{Occurrence, Piece, Role};
use crate::plan::{Applicability, Fix, Link, Plan, UNDECIDED, plan_linked};
use crate::reference::{Invalid, Reference};
use crate::text::{FileId, Lines, Span};

use super::bond::{Bond, Memory, Together};
use super::rules::{Need, Tag};
use super::{Rules, proof};

/// Files that are looked at together, and what holds them together.
#[derive(Clone, Copy, Debug)]
pub struct Bound<'a> {
    /// The files, in order of their numbers.
    pub files: &'a [File<'a>],
    /// Why.
    pub bond: Bond,
}

/// A judged set of files.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What is shown, in order of file and place.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that the diagnostics point into.
    pub sources: Sources,
    /// What shall become of its occurrences; every fix in it is proved.
    pub plan: Plan,
    /// The numbers.
    pub tally: Tally,
}

/// Judges a set of files by the rules.
#[must_use]
pub fn judge(bound: &Bound<'_>, rules: &Rules) -> Judged {
    let memory = Memory::of(bound.bond, bound.files, &rules.formats);
    let Together { located, shown, links } = bound.bond.locate_again(bound.files, &rules.formats, &memory);
    let comments = Comments::read(bound.files);
    let plan = planned(bound, rules, &located, &links, &memory, &comments);
    let mut found: Vec<Diagnostic> = located.faults.iter().map(broken_document::report).collect();
    found.extend(looked_at(bound.files, rules, &located.occurrences[..shown.min(located.occurrences.len())], &plan, &comments));
    let before = found.len();
    found.retain(|one| !comments.hold(one.lint, one.place));
    let suppressed = before - found.len() + comments.held.borrow().len();
    found.extend(on_comments(rules, &comments));
    found.sort_by(|a, b| (a.place, a.lint).cmp(&(b.place, b.lint)));
    let tally = Tally { suppressed, files: bound.files.len(), parsed: bound.files.len(), ..tally(&located, shown, &found) };
    Judged { sources: sources(bound.files, &found), diagnostics: found, plan, tally }
}

/// The files that the findings name.
fn sources(files: &[File<'_>], found: &[Diagnostic]) -> Sources {
    let mut named: BTreeSet<FileId> = BTreeSet::new();
    for one in found {
        named.insert(one.place.file);
        named.extend(one.related.iter().map(|(span, _)| span.file));
        named.extend(one.fix.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span.file));
    }
    let files: Vec<File<'_>> = files.iter().filter(|file| named.contains(&file.id)).copied().collect();
    Sources::of(&files)
}

/// The comments of ours in the files, and the occurrences that they keep from being planned.
pub(super) struct Comments<'a> {
    files: Vec<Commented<'a>>,
    held: RefCell<BTreeSet<Span>>,
}

/// One file and its comments.
struct Commented<'a> {
    file: &'a File<'a>,
    lines: Lines<'a>,
    all: Suppressions,
}

impl<'a> Comments<'a> {
    /// Files without any are left out.
    pub(super) fn read(files: &'a [File<'a>]) -> Self {
        let any = |file: &&File<'_>| memchr::memmem::find(file.bytes, MARK.as_bytes()).is_some();
        let read = |file: &'a File<'a>| {
            let lines = Lines::new(file.bytes);
            let all = Suppressions::read(file.bytes, &lines);
            Commented { file, lines, all }
        };
        Self { files: files.iter().filter(any).map(read).collect(), held: RefCell::default() }
    }

    pub(super) fn hold(&self, code: &str, place: Span) -> bool {
        let own = self.files.iter().find(|own| own.file.id == place.file);
        own.is_some_and(|own| own.all.holds(code, own.lines.position(place.start).line))
    }

    fn held(&self, occurrence: &Occurrence) -> bool {
        self.held.borrow().contains(&occurrence.place)
    }
}

/// Plans the files and proves the plan. To the plan, what a comment holds back is an occurrence that no mapping covers, so that whatever
/// shares text with it stays too.
fn planned(bound: &Bound<'_>, rules: &Rules, located: &Located, links: &[Link], memory: &Memory<'_>, comments: &Comments<'_>) -> Plan {
    let decide = |occurrence: &Occurrence, reference: &Reference| {
        let path = bound.files.iter().find(|file| file.id == occurrence.place.file).map_or("", |file| file.path);
        let context = Context { format: &occurrence.format, path, class: occurrence.class };
        let completed = occurrence.pieces.last().is_some_and(Piece::is_elsewhere);
        let tag = if completed { Tag::Elsewhere } else { Tag::Own };
        let decision = rules.decide_for(reference, &context, Need { tag, platform: occurrence.platform.as_ref() });
        let is_finding = match &decision {
            Decision::Mapped(target) => target.candidates.first().is_some_and(|new| new.as_str() != reference.as_str()),
            Decision::Refused { .. } => true,
            Decision::Unchanged | Decision::Undecided { .. } => false,
        };
        if is_finding && occurrence.role != Role::Source && comments.hold(old_registry::LINT.code, occurrence.place) {
            comments.held.borrow_mut().insert(occurrence.place);
            return Decision::Unchanged;
        }
        decision
    };
    let mut plan = plan_linked(&located.occurrences, links, &decide);
    proof::prove(bound.files, bound.bond, rules, located, memory, &mut plan);
    plan
}

/// What the lints say of the occurrences.
fn looked_at(files: &[File<'_>], rules: &Rules, occurrences: &[Occurrence], plan: &Plan, comments: &Comments<'_>) -> Vec<Diagnostic> {
    let made: Vec<Arc<Fix>> = plan.fixes.iter().cloned().map(Arc::new).collect();
    let mut found = Vec::new();
    for (occurrence, verdict) in occurrences.iter().zip(&plan.verdicts) {
        let reference = match occurrence.reference() {
            Ok(reference) => reference,
            Err(Invalid::Hidden) => {
                found.push(unresolved_reference::report(occurrence, None));
                continue;
            }
            // Where the place is not sure, it was no image after all.
            Err(_) => {
                found.extend(occurrence.misspelled().map(|invalid| invalid_reference::report(occurrence, &invalid)));
                continue;
            }
        };
        let grace = verdict.mapping().and_then(|mapping| rules.grace(mapping));
        let case =
            old_registry::Case { occurrence, reference: &reference, verdict, fixes: &made, text: text_of(files, occurrence.place), grace };
        if let Some(one) = old_registry::report(&case) {
            found.push(one);
        } else if !comments.held(occurrence) && !matches!(occurrence.role, Role::Source | Role::Config) {
            match rules.standing(&reference) {
                Judgement::Allowed | Judgement::Unknown => {}
                Judgement::Denied(entry) => found.push(denied_registry::report(occurrence, &reference, &entry)),
                Judgement::NotAllowed => found.push(unlisted_registry::report(occurrence, &reference)),
            }
        }
    }
    found
}

fn text_of<'a>(files: &[File<'a>], place: Span) -> &'a [u8] {
    files.iter().find(|file| file.id == place.file).map_or(&[], |file| file.bytes)
}

/// What the lints say of the comments themselves; nothing holds these back.
fn on_comments(rules: &Rules, comments: &Comments<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for own in &comments.files {
        found.extend(own.all.unused().map(|comment| unused_suppression::report(comment, own.file.id)));
        let bare = own.all.iter().filter(|comment| rules.suppression_reason == Reason::Required && comment.reason.is_none());
        found.extend(bare.map(|comment| missing_reason::report(comment, own.file.id)));
    }
    found
}

fn tally(located: &Located, shown: usize, found: &[Diagnostic]) -> Tally {
    let count = |test: &dyn Fn(&Diagnostic) -> bool| found.iter().filter(|one| test(one)).count();
    let level = |one: &Diagnostic| one.fix.as_ref().map(|fix| fix.applicability);
    let broken = |one: &Diagnostic| one.lint == broken_document::LINT.code;
    Tally {
        occurrences: shown,
        unresolved: located.occurrences.iter().take(shown).filter(|one| one.reference() == Err(Invalid::Hidden)).count(),
        findings: count(&|one| one.severity == Severity::Error),
        warnings: count(&|one| one.severity == Severity::Warning && !broken(one)),
        fixable: count(&|one| level(one) == Some(Applicability::Safe)),
        not_safe: count(&|one| level(one) == Some(Applicability::Unsafe)),
        refused: count(&|one| one.refusal.is_some()),
        undecided: count(&|one| one.refusal == Some(UNDECIDED)),
        unreadable: count(&broken),
        ..Tally::default()
    }
}
