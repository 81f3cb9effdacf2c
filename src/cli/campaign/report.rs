//! `campaign report`: says how the campaign stands.

use crate::campaign::report::{Account, Form, write};
use crate::campaign::{Row, Status, Store, rows};

use crate::cli::options::Mappings;

use super::args::{ReportArgs, ReportForm};
use super::{Campaign, Exit, World, failed, history, now};

/// Runs the command.
pub(super) fn run(args: &ReportArgs, store: &Store, world: &mut World<'_>) -> Result<Exit, Exit> {
    let form = match args.format {
        ReportForm::Table => Form::Table,
        ReportForm::Json => Form::Json,
        ReportForm::Csv => Form::Csv,
        ReportForm::Markdown => Form::Markdown,
        ReportForm::Html => Form::Html,
    };
    if let Some(since) = args.since {
        return history::run(since, &args.mappings, form, world);
    }
    let Mappings { config, pack, map, .. } = &args.mappings;
    if config.is_some() || !pack.is_empty() || !map.is_empty() {
        return Err(world.fail("what moves says campaign.yaml", "leave `--config`, `--pack` and `--map` out, or add `--since DATE`"));
    }
    let campaign = Campaign::read(store, world)?;
    let rows = rows(store, &campaign.names).map_err(|trouble| failed(&trouble, world))?;
    let is_done = |row: &Row| matches!(row.status, Status::Merged | Status::Nothing | Status::OptedOut);
    let shown: Vec<Row> = rows.into_iter().filter(|row| !args.open || !is_done(row)).collect();
    let account = Account { campaign: &campaign.settings.name, at: now(), repositories: &shown };
    let _ = world.out(|out| write(&account, form, out));
    Ok(Exit::Clean)
}
