//! Owns the issue in which a campaign is told: one in a named repository, found by a mark in its body, and kept as the campaign stands.

use serde::{Deserialize, Serialize};

use super::body::{cut, mark};
use super::forge::{Forge, Issue, Notice, Standing};
use super::name::Name;
use super::report::{Account, tracked};
use super::settings::Settings;
use super::status::{Row, Status};
use super::store::{Store, TRACKING};
use super::trouble::{Cause, Trouble};
use crate::registry::digest;

/// What is kept of the issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracking {
    /// The repository.
    pub repository: Name,
    /// Its number there.
    pub number: u64,
    /// Where people see it.
    pub url: String,
}

/// What came of telling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The issue was opened.
    Opened(String),
    /// It says something else now.
    Updated(String),
    /// It says so already, or nobody wants one.
    Unchanged,
}

/// Tells how a campaign stands, in its issue.
///
/// # Errors
/// [`Trouble`] of the forge, or of a file of the campaign.
pub fn track(store: &Store, forge: &dyn Forge, settings: &Settings, rows: &[Row], now: u64) -> Result<Kept, Trouble> {
    let Some(repository) = &settings.tracking else { return Ok(Kept::Unchanged) };
    let account = Account { campaign: &settings.name, at: now, repositories: rows };
    let is_left = |row: &&Row| !matches!(row.status, Status::Merged | Status::Nothing | Status::OptedOut | Status::Closed);
    let taking_part = rows.iter().filter(|row| !matches!(row.status, Status::Nothing | Status::OptedOut)).count();
    let merged = rows.iter().filter(|row| row.status == Status::Merged).count();
    let standing = if rows.iter().any(|row| is_left(&row)) { Standing::Open } else { Standing::Closed };
    let title = format!("{}: {merged} of {taking_part} merged", settings.title());
    let text = tracked(&account).map_err(|fault| Trouble::new(Cause::State, fault.to_string()))?;
    let text = cut(text.trim_end());
    let known = digest(format!("{title}\n{text}").as_bytes(), None);
    let known = known.rsplit(':').next().and_then(|hex| hex.get(..16)).unwrap_or_default();
    let mark = format!("{}tracking ", mark(settings));
    let body = format!("{text}\n\n{mark}body={known} -->\n");
    let place = store.place(TRACKING);
    let noted = store.read::<Tracking>(&place)?.filter(|noted| noted.repository == *repository);
    let there = found(forge, repository, noted.as_ref(), &mark)?;
    let keep =
        |issue: &Issue| store.write(&place, &Tracking { repository: repository.clone(), number: issue.number, url: issue.url.clone() });
    match there {
        // Where nothing has begun, nobody is told.
        None if standing == Standing::Closed => Ok(Kept::Unchanged),
        None => {
            let issue = forge.open_issue(repository, &title, &body)?;
            keep(&issue)?;
            Ok(Kept::Opened(issue.url))
        }
        Some(issue) => {
            keep(&issue)?;
            if issue.standing == standing && issue.body.contains(&format!("body={known} -->")) {
                return Ok(Kept::Unchanged);
            }
            forge.update_issue(repository, issue.number, &Notice { title: &title, body: &body, standing })?;
            Ok(Kept::Updated(issue.url))
        }
    }
}

/// The issue of the campaign: the one that is known, where it is still that, or else the newest that has the mark, an open one before all others.
fn found(forge: &dyn Forge, repository: &Name, noted: Option<&Tracking>, mark: &str) -> Result<Option<Issue>, Trouble> {
    if let Some(noted) = noted {
        match forge.issue(repository, noted.number) {
            Ok(issue) if issue.body.contains(mark) => return Ok(Some(issue)),
            Ok(_) => {}
            // Somebody took it away.
            Err(trouble) if trouble.cause == Cause::Missing => {}
            Err(trouble) => return Err(trouble),
        }
    }
    let all = forge.issues(repository, mark)?;
    let open = all.iter().position(|issue| issue.standing == Standing::Open).unwrap_or(0);
    Ok(all.into_iter().nth(open))
}
