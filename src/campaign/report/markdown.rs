//! Owns the report for a page or an issue: a list of boxes that are ticked where a repository is done.

use std::io::{self, Write};

use super::{Account, word};
use crate::campaign::status::Status;
use crate::text::harmless;

/// Writes the report.
pub(super) fn write(account: &Account<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (left, all) = account.references();
    writeln!(out, "## Campaign `{}`\n\n{left} of {all} references are still to move.\n", account.campaign)?;
    writeln!(out, "| repositories | |\n|---|---|")?;
    for (status, number) in account.numbers() {
        writeln!(out, "| {} | {number} |", word(status))?;
    }
    writeln!(out)?;
    for row in account.repositories.iter().filter(|row| !matches!(row.status, Status::Nothing | Status::OptedOut)) {
        let mark = if row.status == Status::Merged { 'x' } else { ' ' };
        let name =
            row.url.as_ref().map_or_else(|| format!("`{}`", row.repository), |url| format!("[{}]({})", row.repository, harmless(url)));
        writeln!(out, "- [{mark}] {name}: {}, {} to move, {} refused, {} left", word(row.status), row.references, row.refused, row.left)?;
    }
    for (cause, rows) in account.causes() {
        writeln!(out, "\n### {} ({})\n", cause.words(), rows.len())?;
        for row in rows {
            let message = row.trouble.as_ref().map(|trouble| harmless(&trouble.message).replace('|', "\\|")).unwrap_or_default();
            writeln!(out, "- `{}`: {}", row.repository, message.replace('@', "@\u{200b}"))?;
        }
    }
    Ok(())
}
