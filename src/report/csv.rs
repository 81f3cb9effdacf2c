//! Owns the inventory as comma-separated values (RFC 4180).

use std::io::{self, Write};

use super::rows::Row;

/// The names of the columns, which are those of the JSON inventory.
const COLUMNS: [&str; 19] = [
    "path",
    "line",
    "column",
    "start",
    "end",
    "format",
    "site",
    "class",
    "role",
    "confidence",
    "written",
    "reference",
    "canonical",
    "domain",
    "repository",
    "tag",
    "digest",
    "unresolved",
    "platform",
];

/// Writes the line with the columns' names.
///
/// # Errors
/// What the writer says.
pub fn head(out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{}\r\n", COLUMNS.join(","))
}

/// Writes one row.
///
/// # Errors
/// What the writer says.
pub fn row(row: &Row, out: &mut dyn Write) -> io::Result<()> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let fields = [
        row.path.clone(),
        row.line.to_string(),
        row.column.to_string(),
        row.start.to_string(),
        row.end.to_string(),
        row.format.clone(),
        row.site.clone(),
        row.class.to_string(),
        row.role.to_string(),
        row.confidence.to_string(),
        row.written.clone(),
        row.reference.clone(),
        text(&row.canonical),
        text(&row.domain),
        text(&row.repository),
        text(&row.tag),
        text(&row.digest),
        text(&row.unresolved),
        row.platform.as_ref().map(ToString::to_string).unwrap_or_default(),
    ];
    write!(out, "{}\r\n", fields.map(|field| quoted(&field)).join(","))
}

/// A field in quotes, where its text asks for them.
fn quoted(field: &str) -> String {
    if field.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_where_needed() {
        assert_eq!(quoted("a"), "a");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
    }
}
