//! How a campaign stands, for people and machines, one file a form.

mod burndown;
mod csv;
mod history;
mod html;
mod json;
mod markdown;
mod table;

pub use history::write_history;
pub use markdown::tracked;

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::status::{Row, Status};
use super::trouble::Cause;

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Table,
    /// One object.
    Json,
    /// Comma-separated values (RFC 4180).
    Csv,
    /// For a page or an issue.
    Markdown,
    /// One page for a browser, with everything in it.
    Html,
}

/// What is told of a campaign.
#[derive(Debug, Serialize)]
pub struct Account<'a> {
    /// Its name.
    pub campaign: &'a str,
    /// The time, in seconds since 1970.
    pub at: u64,
    /// A row for each repository.
    pub repositories: &'a [Row],
}

impl Account<'_> {
    /// How many repositories stand how.
    fn numbers(&self) -> BTreeMap<Status, usize> {
        let mut numbers = BTreeMap::new();
        for row in self.repositories {
            *numbers.entry(row.status).or_default() += 1;
        }
        numbers
    }

    /// What stands in the way of which, by cause.
    fn causes(&self) -> BTreeMap<Cause, Vec<&Row>> {
        let mut causes: BTreeMap<Cause, Vec<&Row>> = BTreeMap::new();
        for row in self.repositories {
            if let Some(trouble) = &row.trouble {
                causes.entry(trouble.cause).or_default().push(row);
            }
        }
        causes
    }

    /// References that are still to move, and all.
    fn references(&self) -> (usize, usize) {
        let of = |is_meant: &dyn Fn(&Row) -> bool| self.repositories.iter().filter(|row| is_meant(row)).map(|row| row.references).sum();
        (of(&|row| row.status != Status::Merged), of(&|_| true))
    }
}

/// The word for a status.
fn word(status: Status) -> &'static str {
    match status {
        Status::Unplanned => "not planned",
        Status::Nothing => "nothing to do",
        Status::Blocked => "all refused",
        Status::OptedOut => "opted out",
        Status::Planned => "planned",
        Status::Open => "open",
        Status::Theirs => "open, others work on it",
        Status::Merged => "merged",
        Status::Closed => "closed by somebody",
        Status::Failed => "failed",
    }
}

/// Writes a report.
///
/// # Errors
/// What the writer says.
pub fn write(account: &Account<'_>, form: Form, out: &mut dyn Write) -> io::Result<()> {
    match form {
        Form::Table => table::write(account, out),
        Form::Json => json::write(account, out),
        Form::Csv => csv::write(account, out),
        Form::Markdown => markdown::write(account, out),
        Form::Html => html::write(account, out),
    }
}
