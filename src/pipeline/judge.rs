//! Owns the judgement of one file: what is in it, what shall become of it, what is shown.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::config::{Judgement, Reason};
use crate::diagnostic::{Diagnostic, Severity, Sources, Tally};
use crate::lint::suppression::{MARK, Suppressions};
use crate::lint::{
    broken_document, denied_registry, missing_reason, old_registry, unlisted_registry, unresolved_reference, unused_suppression,
};
use crate::locate::{File, Located, locate};
use crate::mapping::{Context, Decision};
use crate::occurrence::{Occurrence, Role};
use crate::plan::{Applicability, Fix, Plan, plan};
use crate::reference::{Invalid, Reference};
use crate::text::{Lines, Span};

use super::{Rules, proof};

/// A judged file.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What is shown, in order of place.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that the diagnostics point into.
    pub sources: Sources,
    /// What shall become of its occurrences; every fix in it is proved.
    pub plan: Plan,
    /// The numbers.
    pub tally: Tally,
}

/// Judges a file by the rules.
#[must_use]
pub fn judge(file: &File<'_>, rules: &Rules) -> Judged {
    let located = locate(file, &rules.formats);
    let lines = Lines::new(file.bytes);
    let comments = Comments::read(file, &lines);
    let plan = planned(file, rules, &located, &comments);
    let mut found: Vec<Diagnostic> = located.faults.iter().map(broken_document::report).collect();
    found.extend(looked_at(file, rules, &located, &plan, &comments));
    let before = found.len();
    found.retain(|one| !comments.hold(one.lint, one.place));
    let suppressed = before - found.len() + comments.held.borrow().len();
    found.extend(on_comments(file, rules, &comments));
    found.sort_by(|a, b| (a.place.start, a.lint, a.place.end).cmp(&(b.place.start, b.lint, b.place.end)));
    let tally = Tally { suppressed, ..tally(&located, &found) };
    let sources = if found.is_empty() { Sources::default() } else { Sources::one(file.id, file.path, file.bytes) };
    Judged { diagnostics: found, sources, plan, tally }
}

/// The comments of ours in the file, and the occurrences that they keep from being planned.
struct Comments<'a> {
    lines: &'a Lines<'a>,
    all: Suppressions,
    held: RefCell<BTreeSet<Span>>,
}

impl<'a> Comments<'a> {
    fn read(file: &File<'_>, lines: &'a Lines<'a>) -> Self {
        let any = memchr::memmem::find(file.bytes, MARK.as_bytes()).is_some();
        let all = if any { Suppressions::read(file.bytes, lines) } else { Suppressions::default() };
        Self { lines, all, held: RefCell::default() }
    }

    fn hold(&self, code: &str, place: Span) -> bool {
        self.all.iter().next().is_some() && self.all.holds(code, self.lines.position(place.start).line)
    }

    fn held(&self, occurrence: &Occurrence) -> bool {
        self.held.borrow().contains(&occurrence.place)
    }
}

/// Plans the file and proves the plan. To the plan, what a comment holds back is an occurrence that no mapping covers, so that whatever shares
/// text with it stays too.
fn planned(file: &File<'_>, rules: &Rules, located: &Located, comments: &Comments<'_>) -> Plan {
    let decide = |occurrence: &Occurrence, reference: &Reference| {
        let context = Context { format: &occurrence.format, path: file.path, class: occurrence.class };
        let decision = rules.decide(reference, &context);
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
    let mut plan = plan(&located.occurrences, &decide);
    proof::prove(file, rules, located, &mut plan);
    plan
}

/// What the lints say of the occurrences.
fn looked_at(file: &File<'_>, rules: &Rules, located: &Located, plan: &Plan, comments: &Comments<'_>) -> Vec<Diagnostic> {
    let fixes: Vec<Arc<Fix>> = plan.fixes.iter().cloned().map(Arc::new).collect();
    let mut found = Vec::new();
    for (occurrence, verdict) in located.occurrences.iter().zip(&plan.verdicts) {
        let reference = match occurrence.reference() {
            Ok(reference) => reference,
            Err(Invalid::Hidden) => {
                found.push(unresolved_reference::report(occurrence, None));
                continue;
            }
            // Not spelled like a reference: the position was no image after all.
            Err(_) => continue,
        };
        let grace = verdict.mapping().and_then(|mapping| rules.grace(mapping));
        let case = old_registry::Case { occurrence, reference: &reference, verdict, fixes: &fixes, text: file.bytes, grace };
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

/// What the lints say of the comments themselves; nothing holds these back.
fn on_comments(file: &File<'_>, rules: &Rules, comments: &Comments<'_>) -> Vec<Diagnostic> {
    let unused = comments.all.unused().map(|comment| unused_suppression::report(comment, file.id));
    let bare = comments.all.iter().filter(|comment| rules.suppression_reason == Reason::Required && comment.reason.is_none());
    unused.chain(bare.map(|comment| missing_reason::report(comment, file.id))).collect()
}

fn tally(located: &Located, found: &[Diagnostic]) -> Tally {
    let count = |test: &dyn Fn(&Diagnostic) -> bool| found.iter().filter(|one| test(one)).count();
    let level = |one: &Diagnostic| one.fix.as_ref().map(|fix| fix.applicability);
    let broken = |one: &Diagnostic| one.lint == broken_document::LINT.code;
    Tally {
        files: 1,
        parsed: 1,
        occurrences: located.occurrences.len(),
        unresolved: located.occurrences.iter().filter(|one| one.reference() == Err(Invalid::Hidden)).count(),
        findings: count(&|one| one.severity == Severity::Error),
        warnings: count(&|one| one.severity == Severity::Warning && !broken(one)),
        fixable: count(&|one| level(one) == Some(Applicability::Safe)),
        not_safe: count(&|one| level(one) == Some(Applicability::Unsafe)),
        refused: count(&|one| one.refusal.is_some()),
        unreadable: count(&broken),
        ..Tally::default()
    }
}
