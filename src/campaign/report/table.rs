//! Owns the report for people: a line for each repository, then what stands in the way, then the numbers.

use std::io::{self, Write};

use super::{Account, word};
use crate::text::harmless;

/// Writes the report.
pub(super) fn write(account: &Account<'_>, out: &mut dyn Write) -> io::Result<()> {
    let width = account.repositories.iter().map(|row| row.repository.as_str().len()).max().unwrap_or(0).min(60);
    for row in account.repositories {
        let (name, status) = (row.repository.as_str(), word(row.status));
        write!(out, "{name:<width$}  {status:<14}  {:>4} to move, {:>3} refused, {:>3} left", row.references, row.refused, row.left)?;
        if let Some(url) = &row.url {
            write!(out, "  {}", harmless(url))?;
        }
        writeln!(out)?;
    }
    for (cause, rows) in account.causes() {
        writeln!(out, "\n{} ({}):", cause.words(), rows.len())?;
        for row in rows {
            let message = row.trouble.as_ref().map(|trouble| harmless(&trouble.message)).unwrap_or_default();
            writeln!(out, "  {}: {message}", row.repository)?;
        }
    }
    let numbers: Vec<String> = account.numbers().into_iter().map(|(status, number)| format!("{number} {}", word(status))).collect();
    let (left, all) = account.references();
    writeln!(out, "\n{}; {left} of {all} references are still to move", numbers.join(", "))
}
