//! Owns whether a finding was there before.

use std::sync::Arc;

/// Whether a finding was there before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Nobody asked.
    #[default]
    Unasked,
    /// It was not.
    New,
    /// It was, or somebody allows it: it fails nothing.
    Old {
        /// What says so.
        by: By,
        /// Why it stays, as somebody wrote it.
        reason: Option<Arc<str>>,
    },
}

/// What says of a finding that it is old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A baseline.
    Baseline,
    /// Another commit, which has it too.
    Commit,
    /// The rule file.
    Rules,
    /// A comment of ours in the file.
    Comment,
}

impl By {
    /// The word for programs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Commit => "commit",
            Self::Rules => "rules",
            Self::Comment => "comment",
        }
    }
}
