//! Owns the report as one JSON object.

use std::io::{self, Write};

use super::Account;

/// The version of the form; a field that goes or changes its meaning raises it.
const VERSION: u32 = 1;

/// Writes the report.
pub(super) fn write(account: &Account<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut value = serde_json::to_value(account)?;
    let (left, all) = account.references();
    value["version"] = VERSION.into();
    value["numbers"] = serde_json::to_value(account.numbers())?;
    value["references"] = serde_json::json!({"left": left, "all": all});
    writeln!(out, "{value:#}")
}
