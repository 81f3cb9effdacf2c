//! Owns why nothing could be done with one repository: a cause that many may share, and the words for this one.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What stands in the way. Reports group by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The forge has no such repository, or does not show it.
    Missing,
    /// It is archived: nothing can be changed.
    Archived,
    /// It is a fork of another.
    Fork,
    /// It has no commit.
    Empty,
    /// Whoever asks may not do that.
    NoPermission,
    /// Nobody says who asks, or what is shown for it is not accepted.
    NoLogin,
    /// The forge allows no more for now.
    Limited,
    /// No answer, or one that says that the server failed.
    Unreachable,
    /// The forge answers what is not understood, or refuses for a reason of its own.
    Refused,
    /// Git failed.
    Git,
    /// A rule file of the repository has faults.
    Rules,
    /// A registry does not have a target.
    TargetMissing,
    /// Whether a target exists is not known.
    TargetUnasked,
    /// The repository is public, and a target wants a login.
    TargetPrivate,
    /// The files are not what was planned for.
    Changed,
    /// A file of the campaign could not be read or written.
    State,
}

impl Cause {
    /// The cause in a few words, for a heading.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Missing => "not on the forge, or not shown",
            Self::Archived => "archived",
            Self::Fork => "forks",
            Self::Empty => "empty",
            Self::NoPermission => "no permission",
            Self::NoLogin => "no login",
            Self::Limited => "the forge allows no more for now",
            Self::Unreachable => "no answer",
            Self::Refused => "refused by the forge",
            Self::Git => "git failed",
            Self::Rules => "a rule file with faults",
            Self::TargetMissing => "a target is missing",
            Self::TargetUnasked => "whether a target exists is not known",
            Self::TargetPrivate => "public, and a target wants a login",
            Self::Changed => "changed since it was planned",
            Self::State => "files of the campaign",
        }
    }
}

/// Why nothing could be done with a repository. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub struct Trouble {
    /// What it has in common with others.
    pub cause: Cause,
    /// What happened, lower case, no full stop.
    pub message: String,
    /// Seconds after which the forge wants to be asked again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub again_in: Option<u64>,
}

impl Trouble {
    /// A trouble of that cause.
    pub fn new(cause: Cause, message: impl Into<String>) -> Self {
        Self { cause, message: message.into(), again_in: None }
    }

    /// Whether it is how things are meant to be, and nothing went wrong.
    #[must_use]
    pub const fn is_meant(&self) -> bool {
        matches!(self.cause, Cause::Archived | Cause::Fork)
    }

    /// Whether it would meet every other repository as well, so that going on makes no sense.
    #[must_use]
    pub const fn is_of_all(&self) -> bool {
        matches!(self.cause, Cause::NoLogin | Cause::Limited)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
