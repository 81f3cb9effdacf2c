//! Forges, behind one small trait: what a campaign asks of them, and what it does there.

mod bitbucket;
mod gitea;
mod github;
mod gitlab;
mod hosted;
mod local;
mod login;
mod rest;
mod telling;

pub use bitbucket::{API as BITBUCKET, Bitbucket};
pub use gitea::Gitea;
pub use github::{API as GITHUB, GitHub};
pub use gitlab::{API as GITLAB, GitLab};
pub use hosted::Way;
pub use local::Local;
pub use login::Login;
pub use rest::{Answer, Rest};

use serde::{Deserialize, Serialize};

use super::git::Access;
use super::name::Name;
use super::planned::Visibility;
use super::trouble::{Cause, Trouble};

/// A repository, as its forge tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// Its name now; it may have had another.
    pub name: Name,
    /// Its usual branch.
    pub branch: String,
    /// Who sees it.
    pub visibility: Visibility,
    /// Whether it takes changes.
    pub kind: Kind,
    /// Whether we may push to it.
    pub push: Push,
    /// Its topics.
    pub topics: Vec<String>,
}

/// What sort of repository it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// One of its own.
    #[default]
    Own,
    /// A fork of another.
    Fork,
    /// Nobody changes it any more.
    Archived,
}

/// Whether we may push to a repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Push {
    /// We may.
    Allowed,
    /// We may not.
    Denied,
    /// The forge does not say.
    #[default]
    Unknown,
}

impl Repository {
    /// Whether nobody changes it any more.
    #[must_use]
    pub fn is_archived(&self) -> bool {
        self.kind == Kind::Archived
    }

    /// Whether it is a fork.
    #[must_use]
    pub fn is_fork(&self) -> bool {
        self.kind == Kind::Fork
    }
}

/// Where a pull request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It is open.
    Open,
    /// It was merged.
    Merged,
    /// It was closed without being merged.
    Closed,
}

/// A pull request, by whatever name the forge has for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pull {
    /// Its number in the repository.
    pub number: u64,
    /// Where people see it.
    pub url: String,
    /// Where it stands.
    pub standing: Standing,
    /// Its title.
    pub title: String,
    /// Its body.
    pub body: String,
    /// The branch that it brings.
    pub branch: String,
    /// The branch that it is for.
    pub base: String,
    /// Who closed it without merging, where the forge says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<String>,
}

/// What a pull request is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// Its title.
    pub title: &'a str,
    /// Its body.
    pub body: &'a str,
    /// The branch that it brings.
    pub head: Head<'a>,
    /// The branch that it is for.
    pub base: &'a str,
    /// Whether it is ready to be looked at.
    pub stage: Stage,
}

/// The branch that a pull request brings, and where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head<'a> {
    /// Its name.
    pub branch: &'a str,
    /// The fork that it lies in; without one it lies in the repository itself.
    pub fork: Option<&'a Name>,
}

/// An issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Its number in the repository.
    pub number: u64,
    /// Where people see it.
    pub url: String,
    /// Where it stands; it is never merged.
    pub standing: Standing,
    /// Its body.
    pub body: String,
}

/// What an issue is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice<'a> {
    /// Its title.
    pub title: &'a str,
    /// Its body.
    pub body: &'a str,
    /// Where it is to stand.
    pub standing: Standing,
}

/// Whether a pull request is ready to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It is.
    Ready,
    /// It is a draft.
    Draft,
}

/// Which repositories of a forge are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listing<'a> {
    /// Those of an organisation, group, workspace or user; all, where none is named and the forge can say.
    pub of: Option<&'a str>,
    /// Those that have this topic.
    pub topic: Option<&'a str>,
}

/// A forge. Each call is one question or one act; whoever calls decides when, and what comes after a failure.
pub trait Forge: Sync {
    /// Whose acts are counted together by the forge: its host, and who asks. It holds no secret.
    ///
    /// # Errors
    /// [`Trouble`] where nobody is known there.
    fn identity(&self) -> Result<String, Trouble>;

    /// The names of repositories, in order.
    ///
    /// # Errors
    /// [`Trouble`] where it cannot be asked, or cannot tell these.
    fn names(&self, listing: Listing<'_>) -> Result<Vec<Name>, Trouble>;

    /// What it says of a repository.
    ///
    /// # Errors
    /// [`Trouble`] where it cannot be asked, or has none of that name.
    fn repository(&self, name: &Name) -> Result<Repository, Trouble>;

    /// How git reaches a repository.
    fn access(&self, name: &Name) -> Access;

    /// The pull requests of a repository that bring that branch, or come from the same place and have a body that holds `mark`; the newest first.
    ///
    /// # Errors
    /// [`Trouble`] where it cannot be asked.
    fn pulls(&self, name: &Name, head: Head<'_>, mark: &str) -> Result<Vec<Pull>, Trouble>;

    /// The fork of a repository that `owner` has under the same name, or whoever asks where no owner is named; none where there is none yet.
    ///
    /// # Errors
    /// [`Trouble`] where it cannot be asked, has no forks, or something else lies there.
    fn fork(&self, _name: &Name, _owner: Option<&str>) -> Result<Option<Name>, Trouble> {
        Err(Trouble::new(Cause::Refused, "this forge has no forks"))
    }

    /// Makes that fork. It may take the forge a while to fill it.
    ///
    /// # Errors
    /// [`Trouble`] where that was not done.
    fn make_fork(&self, _name: &Name, _owner: Option<&str>) -> Result<Name, Trouble> {
        Err(Trouble::new(Cause::Refused, "this forge has no forks"))
    }

    /// One pull request.
    ///
    /// # Errors
    /// [`Trouble`] where it cannot be asked, or has none of that number.
    fn pull(&self, name: &Name, number: u64) -> Result<Pull, Trouble>;

    /// Many at once, in their order, by as few requests as the forge lets.
    fn all_pulls(&self, wanted: &[(Name, u64)]) -> Vec<Result<Pull, Trouble>> {
        wanted.iter().map(|(name, number)| self.pull(name, *number)).collect()
    }

    /// Opens one. Where the forge has one of that branch already, that is a trouble with [`Cause::Changed`]: look for it.
    ///
    /// # Errors
    /// [`Trouble`] where it was not opened, or nobody knows.
    fn create(&self, name: &Name, request: &Request<'_>) -> Result<Pull, Trouble>;

    /// Gives one another title and body.
    ///
    /// # Errors
    /// [`Trouble`] where that was not done.
    fn update(&self, name: &Name, number: u64, title: &str, body: &str) -> Result<(), Trouble>;

    /// Says something in one.
    ///
    /// # Errors
    /// [`Trouble`] where that was not done.
    fn comment(&self, name: &Name, number: u64, text: &str) -> Result<(), Trouble>;

    /// Adds labels; those that are not there yet are made.
    ///
    /// # Errors
    /// [`Trouble`] where that was not done, or the forge has no labels.
    fn label(&self, name: &Name, number: u64, labels: &[String]) -> Result<(), Trouble>;

    /// Assigns it to these people besides those who have it; where a forge assigns nobody, they are asked to review it.
    ///
    /// # Errors
    /// [`Trouble`] where that was not done.
    fn assign(&self, name: &Name, number: u64, people: &[String]) -> Result<(), Trouble>;

    /// Asks people to review it, and teams (`organisation/team`) where the forge has them, besides those who are asked already.
    ///
    /// # Errors
    /// [`Trouble`] where that was not done.
    fn review(&self, name: &Name, number: u64, people: &[String]) -> Result<(), Trouble>;

    /// Merges it, as long as its branch has the commit `tip`.
    ///
    /// # Errors
    /// [`Trouble`] where that was not done; [`Cause::Changed`] where it cannot be merged as it is.
    fn merge(&self, name: &Name, number: u64, tip: &str) -> Result<(), Trouble>;

    /// Closes it without merging.
    ///
    /// # Errors
    /// [`Trouble`] where that was not done.
    fn close(&self, name: &Name, number: u64) -> Result<(), Trouble>;

    /// The issues of a repository whose body holds `mark`, open or not; the newest first.
    ///
    /// # Errors
    /// [`Trouble`] where it cannot be asked, or has no issues.
    fn issues(&self, _name: &Name, _mark: &str) -> Result<Vec<Issue>, Trouble> {
        Err(no_issues())
    }

    /// One issue.
    ///
    /// # Errors
    /// As [`Forge::issues`]; [`Cause::Missing`] where it has none of that number.
    fn issue(&self, _name: &Name, _number: u64) -> Result<Issue, Trouble> {
        Err(no_issues())
    }

    /// Opens an issue.
    ///
    /// # Errors
    /// [`Trouble`] where it was not opened, or nobody knows.
    fn open_issue(&self, _name: &Name, _title: &str, _body: &str) -> Result<Issue, Trouble> {
        Err(no_issues())
    }

    /// Makes an issue say something else.
    ///
    /// # Errors
    /// [`Trouble`] where that was not done.
    fn update_issue(&self, _name: &Name, _number: u64, _notice: &Notice<'_>) -> Result<(), Trouble> {
        Err(no_issues())
    }
}

fn no_issues() -> Trouble {
    Trouble::new(Cause::Refused, "this forge has no issues")
}
