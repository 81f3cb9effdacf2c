//! Owns the numbers of a run's closing summary.

use serde::Serialize;

use super::{Diagnostic, Severity};
use crate::plan::{Applicability, UNDECIDED};

/// What a run counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Files that a format may claim, or that the user named, and that were read.
    pub files: usize,
    /// Of those: not text.
    pub binary: usize,
    /// Of those: parsed, because something in them may concern the run.
    pub parsed: usize,
    /// References found in the parsed files.
    pub occurrences: usize,
    /// Of those: a value that is not known hides the registry.
    pub unresolved: usize,
    /// Findings that fail a check.
    pub findings: usize,
    /// Findings that do not.
    pub warnings: usize,
    /// Findings with a fix that can be made without `--unsafe`.
    pub fixable: usize,
    /// Findings with a fix that only `--unsafe` makes.
    #[serde(rename = "unsafe")]
    pub not_safe: usize,
    /// References that a mapping covers, and that no fix changes.
    pub refused: usize,
    /// Of those: findings that are left because a registry could not say whether the target exists.
    pub undecided: usize,
    /// Texts that still name what a mapping takes from, and belong to no reference.
    pub residue: usize,
    /// Findings that a comment holds back.
    pub suppressed: usize,
    /// Findings that were there before: a baseline or another commit has them.
    pub old: usize,
    /// Entries of the baseline of which less is left than they say.
    pub stale: usize,
    /// Files and folders that could not be read, and documents that are broken.
    pub unreadable: usize,
    /// Folders that were not looked into: vendored ones, and what ignore files name.
    pub left_out: usize,
    /// Files that a fix changed.
    pub changed: usize,
    /// Replacements made in them.
    pub edits: usize,
    /// Files whose fix could not be written.
    pub unwritten: usize,
}

impl Tally {
    /// The numbers of these findings.
    pub fn of<'d>(found: impl IntoIterator<Item = &'d Diagnostic>) -> Self {
        let mut tally = Self::default();
        for one in found {
            let level = one.fix.as_ref().map(|fix| fix.applicability);
            tally.findings += usize::from(one.severity == Severity::Error);
            tally.warnings += usize::from(one.severity == Severity::Warning);
            tally.fixable += usize::from(level == Some(Applicability::Safe));
            tally.not_safe += usize::from(level == Some(Applicability::Unsafe));
            tally.refused += usize::from(one.refusal.is_some());
            tally.undecided += usize::from(one.refusal == Some(UNDECIDED));
            tally.residue += usize::from(one.residue.is_some());
        }
        tally
    }

    /// Takes the numbers of findings off.
    pub fn less(&mut self, other: &Self) {
        self.findings = self.findings.saturating_sub(other.findings);
        self.warnings = self.warnings.saturating_sub(other.warnings);
        self.fixable = self.fixable.saturating_sub(other.fixable);
        self.not_safe = self.not_safe.saturating_sub(other.not_safe);
        self.refused = self.refused.saturating_sub(other.refused);
        self.undecided = self.undecided.saturating_sub(other.undecided);
        self.residue = self.residue.saturating_sub(other.residue);
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.files += other.files;
        self.binary += other.binary;
        self.parsed += other.parsed;
        self.occurrences += other.occurrences;
        self.unresolved += other.unresolved;
        self.findings += other.findings;
        self.warnings += other.warnings;
        self.fixable += other.fixable;
        self.not_safe += other.not_safe;
        self.refused += other.refused;
        self.undecided += other.undecided;
        self.residue += other.residue;
        self.suppressed += other.suppressed;
        self.old += other.old;
        self.stale += other.stale;
        self.unreadable += other.unreadable;
        self.left_out += other.left_out;
        self.changed += other.changed;
        self.edits += other.edits;
        self.unwritten += other.unwritten;
    }
}
