//! Owns the report for a page or an issue: a list of boxes that are ticked where a repository is done.

use std::io::{self, Write};

use super::{Account, word};
use crate::campaign::status::{Row, Status};
use crate::text::harmless;

/// Writes the report.
pub(super) fn write(account: &Account<'_>, out: &mut dyn Write) -> io::Result<()> {
    numbers(account, out)?;
    writeln!(out)?;
    for row in account.repositories.iter().filter(|row| takes_part(row)) {
        item(row, out)?;
    }
    causes(account, out)
}

/// The same for the issue of a campaign, which is no longer than forges take: what is not done comes first.
///
/// # Errors
/// What the writer says.
pub fn tracked(account: &Account<'_>) -> io::Result<String> {
    let mut out = Vec::new();
    numbers(account, &mut out)?;
    causes(account, &mut out)?;
    let (done, left): (Vec<&Row>, Vec<&Row>) =
        account.repositories.iter().filter(|row| takes_part(row)).partition(|row| row.status == Status::Merged);
    for (title, rows) in [("To do", left), ("Done", done)].into_iter().filter(|(_, rows)| !rows.is_empty()) {
        writeln!(out, "\n### {title} ({})\n", rows.len())?;
        rows.iter().try_for_each(|row| item(row, &mut out))?;
    }
    String::from_utf8(out).map_err(io::Error::other)
}

fn takes_part(row: &Row) -> bool {
    !matches!(row.status, Status::Nothing | Status::OptedOut)
}

fn numbers(account: &Account<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (left, all) = account.references();
    writeln!(out, "## Campaign `{}`\n\n{left} of {all} references are still to move.\n", account.campaign)?;
    writeln!(out, "| repositories | |\n|---|---|")?;
    account.numbers().into_iter().try_for_each(|(status, number)| writeln!(out, "| {} | {number} |", word(status)))
}

fn item(row: &Row, out: &mut dyn Write) -> io::Result<()> {
    let mark = if row.status == Status::Merged { 'x' } else { ' ' };
    let name = row.url.as_ref().map_or_else(|| format!("`{}`", row.repository), |url| format!("[{}]({})", row.repository, harmless(url)));
    writeln!(out, "- [{mark}] {name}: {}, {} to move, {} refused, {} left", word(row.status), row.references, row.refused, row.left)
}

fn causes(account: &Account<'_>, out: &mut dyn Write) -> io::Result<()> {
    for (cause, rows) in account.causes() {
        writeln!(out, "\n### {} ({})\n", cause.words(), rows.len())?;
        for row in rows {
            let message = row.trouble.as_ref().map(|trouble| harmless(&trouble.message).replace('|', "\\|")).unwrap_or_default();
            writeln!(out, "- `{}`: {}", row.repository, message.replace('@', "@\u{200b}"))?;
        }
    }
    Ok(())
}
