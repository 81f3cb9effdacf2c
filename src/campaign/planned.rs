//! Owns what was planned for one repository, as it is kept in `plan.json`: enough to review it, to publish it, and to report on it.

use std::collections::BTreeSet;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::name::Name;
use super::trouble::Trouble;

/// The version of the file; one that is larger is refused.
pub const VERSION: u32 = 1;

/// What was planned for a repository, or why nothing was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// The version of the file.
    #[serde(deserialize_with = "known")]
    pub version: u32,
    /// The repository.
    pub repository: Name,
    /// When, in seconds since 1970.
    pub at: u64,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// The version of a file, where it is one that is known here.
fn known<'de, D: Deserializer<'de>>(input: D) -> Result<u32, D::Error> {
    let version = u32::deserialize(input)?;
    if version <= VERSION { Ok(version) } else { Err(D::Error::custom(format!("it has version {version}, of a later transship"))) }
}

/// What came of planning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// It was read through; it may have nothing to move.
    Planned(Box<Plan>),
    /// It takes no part, by its own word.
    OptedOut {
        /// Whose word that is.
        by: String,
    },
    /// It could not be planned.
    Failed(Trouble),
}

impl Planned {
    /// The plan, where there is one.
    #[must_use]
    pub const fn plan(&self) -> Option<&Plan> {
        if let Outcome::Planned(plan) = &self.outcome { Some(plan) } else { None }
    }
}

/// A change of one repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The branch that it is for.
    pub base: String,
    /// The commit that was read.
    pub head: String,
    /// What the change is known by: the files with their contents before and after. Empty where nothing changes.
    pub change: String,
    /// The commits, the first one first.
    pub commits: Vec<Made>,
    /// The files that change.
    pub files: Vec<String>,
    /// References that move.
    pub references: Vec<Moved>,
    /// References that should move and do not.
    pub refused: Vec<Refused>,
    /// Texts that still name an old registry, and belong to no reference.
    pub left: Vec<Left>,
    /// References to images that have no successor.
    pub retired: Vec<Retired>,
    /// Files that could not be read, or are broken.
    pub unread: Vec<Unread>,
    /// Files that were not fetched, and may hold text.
    pub unseen: usize,
    /// Who sees the repository.
    pub visibility: Visibility,
    /// The people who own the files that change, where they are to be asked to review.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<String>,
}

impl Plan {
    /// Whether nothing changes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.commits.is_empty()
    }

    /// The last commit.
    #[must_use]
    pub fn tip(&self) -> Option<&Made> {
        self.commits.last()
    }

    /// What becomes what, each once.
    pub fn targets(&self) -> impl Iterator<Item = &Moved> {
        let mut seen = BTreeSet::new();
        self.references.iter().filter(move |one| seen.insert((&one.to, &one.source)))
    }

    /// The mappings that move something.
    #[must_use]
    pub fn mappings(&self) -> BTreeSet<&str> {
        self.references.iter().filter_map(|one| one.mapping.as_deref()).collect()
    }
}

/// One commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// What it says first.
    pub subject: String,
    /// Its name.
    pub commit: String,
    /// Its tree's name: the same change of the same commit has the same, wherever it is made.
    pub tree: String,
}

/// Who sees a repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Those who may.
    Private,
    /// The forge does not say.
    #[default]
    Unknown,
}

/// A reference that moves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Moved {
    /// Its file.
    pub path: String,
    /// Its line, from 1.
    pub line: usize,
    /// What it is.
    pub from: String,
    /// What it becomes; `{…}` stands for what is not known.
    pub to: String,
    /// The canonical name of what the target is a copy of; none where it is another image, or is not known whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The mapping.
    pub mapping: Option<String>,
    /// The pack that the mapping is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<String>,
    /// The day from which on it leads nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<String>,
}

impl Moved {
    /// Whether a registry can be asked for the target.
    #[must_use]
    pub fn is_known(&self) -> bool {
        !self.to.contains(['{', '}'])
    }
}

/// A reference that should move and does not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Refused {
    /// Its file.
    pub path: String,
    /// Its line, from 1.
    pub line: usize,
    /// What it is.
    pub from: String,
    /// What it should become, where that can be said.
    pub to: Option<String>,
    /// The mapping.
    pub mapping: Option<String>,
    /// The code of the reason.
    pub code: String,
    /// The reason.
    pub why: String,
}

/// A text that still names an old registry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Left {
    /// Its file.
    pub path: String,
    /// Its line, from 1.
    pub line: usize,
    /// The text.
    pub text: String,
    /// Why it is there: docs, code, test.
    pub class: String,
    /// The mapping that takes from it, where it is known.
    pub mapping: Option<String>,
}

/// A reference to an image without a successor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Retired {
    /// Its file.
    pub path: String,
    /// Its line, from 1.
    pub line: usize,
    /// What it is.
    pub from: String,
    /// What is said of it.
    pub why: String,
    /// The day.
    pub since: Option<String>,
}

/// A file of which something could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unread {
    /// Its path.
    pub path: String,
    /// Its line, from 1; none where it is the whole file.
    pub line: Option<usize>,
    /// Why.
    pub why: String,
}
