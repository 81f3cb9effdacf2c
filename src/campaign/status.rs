//! Owns how a campaign stands: one row for each repository, made of what was planned and what became of it.

use serde::Serialize;

use super::forge::Standing;
use super::name::Name;
use super::planned::{Outcome, Planned};
use super::state::{State, Work};
use super::store::{PLAN, STATE, Store};
use super::trouble::Trouble;

/// How a repository stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It was not planned yet.
    Unplanned,
    /// It names nothing that moves.
    Nothing,
    /// It names something, and nothing of it can be changed.
    Blocked,
    /// It takes no part, by its own word.
    OptedOut,
    /// A change is planned and not shown yet.
    Planned,
    /// The pull request is open.
    Open,
    /// The pull request is open, and others have commits on its branch.
    Theirs,
    /// It is done.
    Merged,
    /// Somebody closed the pull request without merging it.
    Closed,
    /// Something stands in the way.
    Failed,
}

/// How one repository stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The repository.
    pub repository: Name,
    /// How it stands.
    pub status: Status,
    /// How many references move.
    pub references: usize,
    /// How many should and do not.
    pub refused: usize,
    /// How many texts still name an old registry.
    pub left: usize,
    /// How many references have no successor.
    pub retired: usize,
    /// How many files could not be read.
    pub unread: usize,
    /// The mappings that move something.
    pub mappings: Vec<String>,
    /// Where people see the pull request.
    pub url: Option<String>,
    /// What stands in the way.
    pub trouble: Option<Trouble>,
    /// When the pull request was opened, in seconds since 1970.
    pub opened: Option<u64>,
    /// When it was merged or closed.
    pub ended: Option<u64>,
}

/// How all repositories stand, in the order of the list.
///
/// # Errors
/// [`Trouble`] where a file of the campaign cannot be read.
pub fn rows(store: &Store, names: &[Name]) -> Result<Vec<Row>, Trouble> {
    let row = |name: &Name| {
        let planned: Option<Planned> = store.read(&store.place_of(name, PLAN))?;
        let state: Option<State> = store.read(&store.place_of(name, STATE))?;
        Ok(row(name, planned.as_ref(), state.as_ref()))
    };
    names.iter().map(row).collect()
}

fn row(name: &Name, planned: Option<&Planned>, state: Option<&State>) -> Row {
    let plan = planned.and_then(Planned::plan);
    let shown = state.and_then(|state| state.pull.as_ref());
    let stopped = state.and_then(|state| state.trouble.clone());
    let of_plan = || match planned.map(|planned| &planned.outcome) {
        None => Status::Unplanned,
        Some(Outcome::OptedOut { .. }) => Status::OptedOut,
        Some(Outcome::Failed(_)) => Status::Failed,
        Some(Outcome::Planned(plan)) if !plan.is_empty() && stopped.is_some() => Status::Failed,
        Some(Outcome::Planned(plan)) if !plan.is_empty() => Status::Planned,
        Some(Outcome::Planned(plan)) if plan.refused.is_empty() => Status::Nothing,
        Some(Outcome::Planned(_)) => Status::Blocked,
    };
    let status = match shown.map(|shown| (shown.standing, shown.work)) {
        Some((Standing::Open, Work::Ours)) => Status::Open,
        Some((Standing::Open, Work::Theirs)) => Status::Theirs,
        // What was merged may name something anew.
        Some((Standing::Merged, _))
            if plan.is_none_or(|plan| plan.is_empty() || Some(&plan.change) == shown.map(|shown| &shown.change)) =>
        {
            Status::Merged
        }
        Some((Standing::Closed, _)) if plan.is_some_and(|plan| !plan.is_empty()) => Status::Closed,
        _ => of_plan(),
    };
    let failed = match planned.map(|planned| &planned.outcome) {
        Some(Outcome::Failed(trouble)) => Some(trouble.clone()),
        _ => None,
    };
    let count = |number: Option<usize>| number.unwrap_or(0);
    let moved = plan.filter(|plan| !plan.is_empty()).map(|plan| plan.references.len());
    Row {
        repository: name.clone(),
        status,
        references: count(moved.or(shown.map(|shown| shown.references))),
        refused: count(plan.map(|plan| plan.refused.len())),
        left: count(plan.map(|plan| plan.left.len())),
        retired: count(plan.map(|plan| plan.retired.len())),
        unread: count(plan.map(|plan| plan.unread.len())),
        mappings: plan.map(|plan| plan.mappings().into_iter().map(str::to_owned).collect()).unwrap_or_default(),
        url: shown.map(|shown| shown.url.clone()),
        trouble: failed.or(stopped),
        opened: shown.map(|shown| shown.opened),
        ended: shown.and_then(|shown| shown.ended),
    }
}
