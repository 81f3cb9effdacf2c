//! `campaign report`: says how the campaign stands.

use crate::campaign::report::{Account, Form, write};
use crate::campaign::{Row, Status, Store, rows};

use super::args::{ReportArgs, ReportForm};
use super::{Campaign, Exit, World, failed, now};

/// Runs the command.
pub(super) fn run(args: &ReportArgs, store: &Store, world: &mut World<'_>) -> Result<Exit, Exit> {
    let campaign = Campaign::read(store, world)?;
    let rows = rows(store, &campaign.names).map_err(|trouble| failed(&trouble, world))?;
    let is_done = |row: &Row| matches!(row.status, Status::Merged | Status::Nothing | Status::OptedOut);
    let shown: Vec<Row> = rows.into_iter().filter(|row| !args.open || !is_done(row)).collect();
    let account = Account { campaign: &campaign.settings.name, at: now(), repositories: &shown };
    let form = match args.format {
        ReportForm::Table => Form::Table,
        ReportForm::Json => Form::Json,
        ReportForm::Csv => Form::Csv,
        ReportForm::Markdown => Form::Markdown,
        ReportForm::Html => Form::Html,
    };
    let _ = world.out(|out| write(&account, form, out));
    Ok(Exit::Clean)
}
