//! Owns the report as comma-separated values, one line a repository.

use std::io::{self, Write};

use super::Account;
use crate::report::csv::quoted;
use crate::text::harmless;

/// Writes the report.
pub(super) fn write(account: &Account<'_>, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "repository,status,references,refused,left,retired,unread,mappings,url,cause,trouble,opened,ended\r\n")?;
    for row in account.repositories {
        let value = serde_json::to_value(row)?;
        let text = |name: &str| value[name].as_str().map(str::to_owned).unwrap_or_default();
        let number = |name: &str| value[name].as_u64().map(|number| number.to_string()).unwrap_or_default();
        let trouble = |name: &str| value["trouble"][name].as_str().map(str::to_owned).unwrap_or_default();
        let fields = [
            text("repository"),
            text("status"),
            number("references"),
            number("refused"),
            number("left"),
            number("retired"),
            number("unread"),
            row.mappings.join(" "),
            text("url"),
            trouble("cause"),
            trouble("message"),
            number("opened"),
            number("ended"),
        ];
        // A spreadsheet would take some texts for formulas; names and messages begin with none.
        let fields: Vec<String> = fields.iter().map(|field| quoted(&harmless(field))).collect();
        write!(out, "{}\r\n", fields.join(","))?;
    }
    Ok(())
}
