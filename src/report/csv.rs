//! Owns the inventory as comma-separated values (RFC 4180).

use std::io::{self, Write};

use serde_json::Value;

use super::rows::Row;
use crate::text::harmless;

/// The names of the columns, which are those of the JSON inventory.
const COLUMNS: &str = "path,line,column,start,end,format,site,class,role,confidence,written,reference,canonical,domain,repository,tag,digest,\
                       unresolved,platform,mapping";

/// Writes the line with the columns' names.
///
/// # Errors
/// What the writer says.
pub fn head(out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{COLUMNS}\r\n")
}

/// Writes one row.
///
/// # Errors
/// What the writer says.
pub fn row(row: &Row, out: &mut dyn Write) -> io::Result<()> {
    let row = serde_json::to_value(row)?;
    let field = |name: &str| match &row[name] {
        Value::Null => String::new(),
        Value::String(text) => quoted(&harmless(text)),
        number => number.to_string(),
    };
    write!(out, "{}\r\n", COLUMNS.split(',').map(field).collect::<Vec<_>>().join(","))
}

/// A field in quotes, where its text asks for them.
pub(crate) fn quoted(field: &str) -> String {
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
