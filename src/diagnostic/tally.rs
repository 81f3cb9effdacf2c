//! Owns the numbers of a run's closing summary.

use serde::Serialize;

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
        self.unreadable += other.unreadable;
        self.left_out += other.left_out;
        self.changed += other.changed;
        self.edits += other.edits;
        self.unwritten += other.unwritten;
    }
}
