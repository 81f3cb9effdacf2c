//! Owns what became of a repository's change on the forge, as it is kept in `state.json`.

use serde::{Deserialize, Serialize};

use super::forge::{Pull, Standing};
use super::name::Name;
use super::trouble::Trouble;

/// What is known of a repository's pull request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The repository.
    pub repository: Name,
    /// The pull request, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull: Option<Shown>,
    /// Why the last try came to nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
}

/// A pull request that people see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Its number.
    pub number: u64,
    /// Where people see it.
    pub url: String,
    /// Where it stands.
    pub standing: Standing,
    /// What the change is known by that it shows.
    pub change: String,
    /// How many references it moves.
    pub references: usize,
    /// When it was first seen, in seconds since 1970.
    pub opened: u64,
    /// When it was first seen merged or closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<u64>,
    /// Whose the last commit of its branch is.
    pub work: Work,
    /// The labels that it was given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Those to whom it was assigned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assignees: Vec<String>,
    /// Those who were asked to review it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviewers: Vec<String>,
    /// The fork that its branch lies in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fork: Option<Name>,
}

/// Whose the last commit of a branch is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// The campaign's.
    #[default]
    Ours,
    /// Somebody else's: nothing is put over it.
    Theirs,
}

impl State {
    /// What is known of a repository that nothing is known of.
    #[must_use]
    pub const fn new(repository: Name) -> Self {
        Self { repository, pull: None, trouble: None }
    }

    /// Notes how a pull request stands now, and in which fork its branch lies.
    pub fn note(&mut self, pull: &Pull, now: u64, fork: Option<&Name>) {
        let known = self.pull.take().filter(|known| known.number == pull.number);
        let mut shown = known.unwrap_or_else(|| Shown {
            number: pull.number,
            url: pull.url.clone(),
            standing: pull.standing,
            change: String::new(),
            references: 0,
            opened: now,
            ended: None,
            work: Work::Ours,
            labels: Vec::new(),
            assignees: Vec::new(),
            reviewers: Vec::new(),
            fork: None,
        });
        shown.url.clone_from(&pull.url);
        shown.fork = fork.cloned();
        shown.standing = pull.standing;
        shown.ended = if pull.standing == Standing::Open { None } else { shown.ended.or(Some(now)) };
        self.pull = Some(shown);
    }

    /// Whether its pull request is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.pull.as_ref().is_some_and(|pull| pull.standing == Standing::Open)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_of_an_end_is_that_on_which_it_was_first_seen() {
        let mut state = State::new(Name::new("a/b").unwrap());
        let mut pull = Pull {
            number: 1,
            url: "u".to_owned(),
            standing: Standing::Open,
            title: String::new(),
            body: String::new(),
            branch: String::new(),
            base: String::new(),
            closed_by: None,
        };
        state.note(&pull, 10, None);
        pull.standing = Standing::Merged;
        state.note(&pull, 20, None);
        state.note(&pull, 30, None);
        let shown = state.pull.clone().unwrap();
        assert_eq!((shown.opened, shown.ended, state.is_open()), (10, Some(20), false));
        pull.number = 2;
        state.note(&pull, 40, None);
        assert_eq!(state.pull.unwrap().opened, 40);
    }
}
