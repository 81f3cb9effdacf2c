//! Owns the judgement of a reading: what shall become of it, proved, and what is shown.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use crate::baseline::repository;
use crate::config::{Allowance, Level};
use crate::diagnostic::{By, Diagnostic, Severity, Sources, Standing, Tally};
use crate::link::Claimed;
use crate::lint::mixed_registry::Named;
use crate::lint::{Told, broken_document, of, residue};
use crate::plan::{Fix, Plan, Refusal, Verdict};
use crate::reference::Invalid;
use crate::source::Owner;
use crate::text::{FileId, Span};

use super::findings::findings;
use super::{Reading, Residue, Rules, Shows, locks, mixed, proof};

/// A judged set of files.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What is shown, in order of file and place.
    pub diagnostics: Vec<Diagnostic>,
    /// What a comment or the rule file holds back, in the same order; it counts nowhere but among what is suppressed.
    pub suppressed: Vec<Diagnostic>,
    /// The files that the diagnostics point into.
    pub sources: Sources,
    /// What shall become of its occurrences; every fix in it is proved.
    pub plan: Plan,
    /// The images that are pulled, as far as somebody wants to hear of their registries.
    pub images: Vec<Named>,
    /// The numbers.
    pub tally: Tally,
}

impl Reading<'_> {
    /// Judges the reading by the rules that it was made by.
    pub fn judge(&self, rules: &Rules) -> Judged {
        self.judge_holding(rules, &|_| None)
    }

    /// As [`Reading::judge`], with files held back by what others found than it can: `held` says of one why no edit of it may be made.
    pub fn judge_holding(&self, rules: &Rules, held: &dyn Fn(FileId) -> Option<String>) -> Judged {
        self.judge_choosing(rules, held, &|_| true)
    }

    /// As [`Reading::judge_holding`], without the fixes that somebody does not want made. Those that are left are proved without them.
    pub fn judge_choosing(&self, rules: &Rules, held: &dyn Fn(FileId) -> Option<String>, wants: &dyn Fn(&Fix) -> bool) -> Judged {
        let mut plan = proof::planned(self, rules);
        let declined: BTreeSet<usize> =
            plan.fixes.iter().enumerate().filter(|(_, fix)| !fix.edits.is_empty() && !wants(fix)).map(|(number, _)| number).collect();
        if !declined.is_empty() {
            plan.refuse(&|number| declined.contains(&number).then_some(Refusal::Declined));
            proof::prove(self, rules, &mut plan);
        }
        let barred = |at: Span| match self.owner(at.file) {
            _ if !self.may_change(at.file) => Some(Refusal::Beyond { at }),
            Owner::Tree => held(at.file).map(Refusal::Unproved),
            Owner::Nobody => Some(Refusal::Ignored { at }),
            Owner::Other(repository) => Some(Refusal::Foreign { at, repository: repository.as_str().into() }),
        };
        let barred = |fix: &Fix| fix.edits.iter().find_map(|edit| barred(edit.span));
        let asked = asked(self, &plan);
        let barred = |(number, fix): (usize, &Fix)| {
            let unasked = || fix.edits.first().filter(|_| !asked.contains(&number)).map(|edit| Refusal::Beyond { at: edit.span });
            Some((number, barred(fix).or_else(unasked)?))
        };
        let barred: BTreeMap<usize, Refusal> = plan.fixes.iter().enumerate().filter_map(barred).collect();
        if !barred.is_empty() {
            plan.refuse(&|number| barred.get(&number).cloned());
        }
        let mut diagnostics: Vec<Diagnostic> =
            self.located.faults.iter().filter(|fault| self.is_asked(fault.span.file)).map(broken_document::report).collect();
        diagnostics.extend(findings(self, rules, &plan));
        diagnostics.extend(locks::stale(self));
        diagnostics.extend(self.residue(rules, &plan).iter().map(|one| told(one, rules)));
        levelled(self, rules, &mut diagnostics);
        let (mut suppressed, mut diagnostics): (Vec<Diagnostic>, Vec<Diagnostic>) = diagnostics.into_iter().partition(Diagnostic::is_old);
        let kept = suppressed.len();
        diagnostics.retain_mut(|one| {
            if self.comments.hold(one.lint, one.place) {
                one.standing = self.comments.standing(one.lint, one.place);
            } else if let Some(Allowance { reason }) = allows(self, rules, one) {
                one.standing = Standing::Old { by: By::Rules, reason };
            } else {
                return true;
            }
            suppressed.push(one.clone());
            false
        });
        let number = suppressed.len() - kept + self.comments.kept();
        suppressed.sort_by(|a, b| (a.place, a.lint).cmp(&(b.place, b.lint)));
        // Documents that no format reads show such comments to readers.
        let mut of_comments = if self.claimed() == Claimed::Yes { self.comments.findings(rules) } else { Vec::new() };
        levelled(self, rules, &mut of_comments);
        self.removing(rules, &mut of_comments);
        of_comments.retain(|one| self.is_asked(one.place.file));
        if of_comments.len() > diagnostics.len() {
            mem::swap(&mut of_comments, &mut diagnostics); // what is copied are the fewer
        }
        diagnostics.append(&mut of_comments);
        diagnostics.sort_by(|a, b| (a.place, a.lint).cmp(&(b.place, b.lint)));
        let files = if self.claimed() == Claimed::Yes || self.shown().next().is_some() { self.files.len() } else { 0 };
        let tally = Tally { suppressed: number, files, parsed: files, ..tally(self, &diagnostics) };
        let images = mixed::named(self, rules, &plan);
        let mut named = named(diagnostics.iter().chain(&suppressed));
        named.extend(images.iter().map(|image| image.place.file));
        Judged { sources: self.sources(|file| named.contains(&file)), diagnostics, suppressed, plan, images, tally }
    }
}

/// The fixes that change what is asked about.
fn asked(reading: &Reading<'_>, plan: &Plan) -> BTreeSet<usize> {
    let fixed = |verdict: &Verdict| if let Verdict::Fixed { fix, .. } | Verdict::Altered { fix, .. } = verdict { Some(*fix) } else { None };
    let about = reading.located.occurrences.iter().zip(&plan.verdicts).filter(|(one, _)| reading.is_about(one));
    about.filter_map(|(_, verdict)| fixed(verdict)).collect()
}

/// The finding for a text that is left. The line of a finding is shown, so one whose line may be a secret is none.
fn told(one: &Residue, rules: &Rules) -> Diagnostic {
    let none = BTreeSet::new();
    let fails = if one.shows == Shows::Line { &rules.residue_fails } else { &none };
    residue::report(one.place, &one.text, one.told, fails)
}

/// Judges findings by the levels of their lints: what is allowed goes.
fn levelled(reading: &Reading<'_>, rules: &Rules, found: &mut Vec<Diagnostic>) {
    found.retain_mut(|one| {
        let path = reading.file(one.place.file).map_or("", |file| file.path);
        match rules.level(one.lint, path) {
            Some(Level::Allow) => return false,
            Some(Level::Warn) => one.severity = Severity::Warning,
            Some(Level::Deny) => one.severity = Severity::Error,
            None => {}
        }
        true
    });
}

/// What of the rule file allows a finding. What could not be done is told all the same.
fn allows(reading: &Reading<'_>, rules: &Rules, one: &Diagnostic) -> Option<Allowance> {
    let path = reading.file(one.place.file).map_or("", |file| file.path);
    let is_judged = || of(one.lint).is_some_and(|lint| lint.told != Told::Always);
    rules.allows(one.lint, path, || one.reference.as_deref().map(repository).unwrap_or_default()).filter(|_| is_judged())
}

/// The files that the findings name.
fn named<'d>(found: impl Iterator<Item = &'d Diagnostic>) -> BTreeSet<FileId> {
    let mut named = BTreeSet::new();
    for one in found {
        named.insert(one.place.file);
        named.extend(one.related.iter().map(|(span, _)| span.file));
        named.extend(one.fix.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span.file));
    }
    named
}

fn tally(reading: &Reading<'_>, found: &[Diagnostic]) -> Tally {
    let broken = |one: &&Diagnostic| one.lint == broken_document::LINT.code;
    Tally {
        occurrences: reading.shown().count(),
        unresolved: reading.shown().filter(|(_, _, decided)| decided.reference == Err(Invalid::Hidden)).count(),
        unreadable: found.iter().filter(broken).count(),
        ..Tally::of(found.iter().filter(|one| !broken(one)))
    }
}
