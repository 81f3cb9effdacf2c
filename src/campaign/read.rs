//! Owns what is read of one repository, and what of it changes: the same judgement as of any other tree, as rows that can be kept.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::planned::{Left, Moved, Refused, Retired, Unread};
use super::trouble::{Cause, Trouble};
use crate::diagnostic::{Diagnostic, Sources};
use crate::disk::Tree;
use crate::judge::{Becoming, Judged, Look, Meetings, Reading, Rules, becoming};
use crate::lint::{broken_document, residue, retired_image};
use crate::mapping::{Decision, Kinship};
use crate::plan::Applicability;
use crate::reference::{HOLE, Reference};
use crate::run::Run;
use crate::source::{Files, Scope, TreePath, Unclaimed};
use crate::text::{Edits, FileId, Lines, Span};

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Account {
    pub(super) references: BTreeSet<Moved>,
    pub(super) refused: BTreeSet<Refused>,
    pub(super) left: BTreeSet<Left>,
    pub(super) retired: BTreeSet<Retired>,
    pub(super) unread: BTreeSet<Unread>,
    /// The new contents of the files that change.
    pub(super) changes: BTreeMap<TreePath, Vec<u8>>,
}

/// What came of one set of files.
struct OfSet {
    judged: Judged,
    changes: Vec<(TreePath, Vec<u8>)>,
    /// The canonical names of what is moved as a copy, by place.
    copies: BTreeMap<Span, String>,
}

/// Reads a tree, and says what the fixes of at least that applicability change.
///
/// # Errors
/// [`Trouble`] where there is no thread for it.
pub(super) fn read<F: Files>(tree: &Tree<F>, rules: &Rules, minimum: Applicability) -> Result<Account, Trouble> {
    let apart = apart(tree, rules)?;
    let rules = apart.as_ref().unwrap_or(rules);
    let question = |reading: &Reading<'_>| Box::new(of_set(reading, rules, minimum));
    let mut account = Account::default();
    each(tree, rules, question, |look| account.take(look, minimum))?;
    Ok(account)
}

/// The scope of a whole repository: also files that no format reads are looked through.
pub(super) fn whole(scope: Scope) -> Scope {
    Scope { unclaimed: Unclaimed::Include, ..scope }
}

fn each<F: Files, T: Send>(
    tree: &Tree<F>,
    rules: &Rules,
    question: impl Fn(&Reading<'_>) -> T + Sync,
    mut answer: impl FnMut(Look<T>),
) -> Result<(), Trouble> {
    // Repositories are read side by side; within one there is one thread.
    let run = Run { rules, prefilter: Some(&rules.prefilter), jobs: NonZeroUsize::MIN };
    let answer = |look| {
        answer(look);
        ControlFlow::Continue(())
    };
    run.each(tree, question, answer).map(drop).map_err(|stopped| Trouble::new(Cause::State, stopped.to_string()))
}

/// The rules by which no two images of the repository come under one name, where others do not do that already.
fn apart<F: Files>(tree: &Tree<F>, rules: &Rules) -> Result<Option<Rules>, Trouble> {
    let mut meetings = Meetings::default();
    if rules.mappings().any(Meetings::are_possible) {
        each(
            tree,
            rules,
            |reading| becoming(reading, rules),
            |look: Look<Becoming>| {
                if let Look::Done(becoming) = look {
                    meetings.add(becoming);
                }
            },
        )?;
    }
    Ok((!meetings.is_empty()).then(|| rules.clone().keeping_apart(Arc::new(meetings))))
}

fn of_set(reading: &Reading<'_>, rules: &Rules, minimum: Applicability) -> OfSet {
    let judged = reading.judge(rules);
    let edits = |file| -> Edits { judged.plan.edits_for(file, minimum) };
    let changes = reading.files.iter().filter_map(|file| {
        let edits = edits(file.id);
        let path = TreePath::new(file.path).ok().filter(|_| !edits.is_empty())?;
        Some((path, edits.apply(file.bytes)))
    });
    let copies = reading.shown().filter_map(|(_, one, decided)| {
        let Decision::Mapped(target) = &decided.decision else { return None };
        let reference = decided.reference.as_ref().ok()?;
        let is_copy = target.kinship == Kinship::Copy && target.scheme.is_none() && !reference.as_str().contains(HOLE);
        is_copy.then(|| (one.place, reference.canonical()))
    });
    OfSet { changes: changes.collect(), copies: copies.collect(), judged }
}

impl Account {
    fn take(&mut self, look: Look<Box<OfSet>>, minimum: Applicability) {
        let unread = |path: String, why: String| Unread { path, line: None, why };
        match look {
            Look::Done(of_set) => {
                let OfSet { judged, changes, copies } = *of_set;
                self.changes.extend(changes);
                for one in &judged.diagnostics {
                    self.note(one, &judged.sources, &copies, minimum);
                }
            }
            Look::Unread { path, reason, .. } | Look::Overlooked { path, reason, .. } => {
                self.unread.insert(unread(path, reason));
            }
            Look::Passed | Look::LeftOut | Look::Binary { .. } => {}
        }
    }

    fn note(&mut self, one: &Diagnostic, sources: &Sources, copies: &BTreeMap<Span, String>, minimum: Applicability) {
        let Place { path, line } = place(sources, one.place);
        let mapping = one.mapping.as_ref().map(ToString::to_string);
        let from = one.reference.clone().unwrap_or_default();
        let to = one.target.as_ref().map(|target| target.replace(HOLE, "{?}"));
        match (&one.fix, to) {
            _ if one.lint == residue::LINT.code => {
                let class = one.residue.map(|residue| residue.class.to_string()).unwrap_or_default();
                self.left.insert(Left { path, line, text: from, class, mapping });
            }
            _ if one.lint == retired_image::LINT.code => {
                let since = one.ends.map(|day| day.to_string());
                self.retired.insert(Retired { path, line, from, why: one.message.clone(), since });
            }
            _ if one.lint == broken_document::LINT.code => {
                self.unread.insert(Unread { path, line: Some(line), why: one.message.clone() });
            }
            (Some(fix), Some(to)) if fix.applicability >= minimum => {
                let whole = |to: &String| Reference::parse(to).ok();
                let source = copies.get(&one.place).filter(|_| whole(&to).is_some()).cloned();
                let pack = one.pack.as_ref().map(ToString::to_string);
                let ends = one.ends.map(|day| day.to_string());
                self.references.insert(Moved { path, line, from, to, source, mapping, pack, ends });
            }
            (Some(fix), to @ Some(_)) => {
                let why = fix.caution.clone().unwrap_or_else(|| "it may change what something else means".to_owned());
                self.refused.insert(Refused { path, line, from, to, mapping, code: "unsafe".to_owned(), why });
            }
            (_, to) => {
                let Some(code) = one.refusal else { return };
                let why = one.reason().unwrap_or(&one.message).clone();
                self.refused.insert(Refused { path, line, from, to, mapping, code: code.to_owned(), why });
            }
        }
    }
}

struct Place {
    path: String,
    line: usize,
}

fn place(sources: &Sources, span: Span) -> Place {
    let source = sources.get(span.file);
    let line = |text: &[u8]| Lines::new(text).position(span.start).line;
    let path = |id: FileId| sources.get(id).map(|source| source.path.to_string()).unwrap_or_default();
    Place { path: path(span.file), line: source.map_or(1, |source| line(&source.text)) }
}
