//! Owns what a pull request is given beside its branch and its body: labels, people who look after it, people who review it.

use super::forge::{Forge, Push};
use super::name::Name;
use super::planned::Plan;
use super::settings::{Own, Reviewers, Settings};
use super::state::Shown;
use super::trouble::Trouble;

/// What a pull request is to be given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Dress {
    labels: Vec<String>,
    assignees: Vec<String>,
    reviewers: Vec<String>,
}

impl Dress {
    /// That of the pull request for a plan. Whoever may not push may give nothing, on any forge.
    pub(super) fn of(settings: &Settings, plan: &Plan, push: Push) -> Self {
        if push == Push::Denied {
            return Self::default();
        }
        let reviewers = match &settings.reviewers {
            Reviewers::These(people) => people.clone(),
            Reviewers::Own(Own::CodeOwners) => plan.owners.clone(),
        };
        Self { labels: settings.labels.clone(), assignees: settings.assignees.clone(), reviewers }
    }

    /// Whether a pull request has it.
    pub(super) fn is_on(&self, shown: &Shown) -> bool {
        self.labels == shown.labels && self.assignees == shown.assignees && self.reviewers == shown.reviewers
    }

    /// Gives it what it does not have yet.
    pub(super) fn put(&self, forge: &dyn Forge, name: &Name, shown: &mut Shown) -> Result<(), Trouble> {
        let number = shown.number;
        give(&self.labels, &mut shown.labels, |labels| forge.label(name, number, labels))?;
        give(&self.assignees, &mut shown.assignees, |people| forge.assign(name, number, people))?;
        give(&self.reviewers, &mut shown.reviewers, |people| forge.review(name, number, people))
    }
}

/// Gives what is wanted and was not given before. What is wanted no more stays: people may have come to use it.
fn give(wanted: &[String], given: &mut Vec<String>, act: impl FnOnce(&[String]) -> Result<(), Trouble>) -> Result<(), Trouble> {
    let new: Vec<String> = wanted.iter().filter(|one| !given.contains(one)).cloned().collect();
    if !new.is_empty() {
        act(&new)?;
    }
    *given = wanted.to_vec();
    Ok(())
}
