//! Owns the inventory for people, one line an occurrence.

use std::io::{self, Write};

use super::rows::Row;
use crate::text::steers;

/// Width of the first column; a longer one pushes the rest aside. The rows come one by one, so nobody knows the longest.
const WIDTH: usize = 44;

/// Writes one row.
///
/// # Errors
/// What the writer says.
pub fn row(row: &Row, out: &mut dyn Write) -> io::Result<()> {
    let place = format!("{}:{}:{}", clean(&row.path), row.line, row.column);
    write!(out, "{place:<WIDTH$} {}  {}/{}", clean(&row.reference), row.format, row.site)?;
    if row.role != crate::occurrence::Role::Pull {
        write!(out, "  {}", row.role)?;
    }
    if let Some(why) = &row.unresolved {
        write!(out, "  ({})", clean(why))?;
    }
    writeln!(out)
}

/// Scanned text must not steer the terminal.
fn clean(text: &str) -> String {
    text.chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
}
