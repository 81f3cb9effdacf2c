//! Owns the inventory for people, one line an occurrence.

use std::io::{self, Write};

use super::rows::Row;
use crate::text::harmless;

/// Width of the first column; a longer one pushes the rest aside. The rows come one by one, so nobody knows the longest.
const WIDTH: usize = 44;

/// Writes one row.
///
/// # Errors
/// What the writer says.
pub fn row(row: &Row, out: &mut dyn Write) -> io::Result<()> {
    let place = format!("{}:{}:{}", harmless(&row.path), row.line, row.column);
    write!(out, "{place:<WIDTH$} {}  {}/{}", harmless(&row.reference), row.format, row.site)?;
    // What is no reference has no use of its own.
    if row.role != crate::occurrence::Role::Pull && row.canonical.is_some() {
        write!(out, "  {}", row.role)?;
    }
    if let Some(why) = &row.unresolved {
        write!(out, "  ({})", harmless(why))?;
    }
    writeln!(out)
}
