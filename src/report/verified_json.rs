//! Owns a verification as one JSON object: `{version, results, drift, unresolved, summary, remaining}`, one result a line.

use std::io::{self, Write};

use super::verified::Verified;
use super::{Separator, VERSION};

/// Writes it.
///
/// # Errors
/// What the writer says.
pub fn write(verified: &Verified, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{{\"version\":{VERSION},\"results\":[")?;
    let mut separator = Separator::First;
    for row in &verified.results {
        out.write_all(separator.next().as_bytes())?;
        serde_json::to_writer(&mut *out, row)?;
    }
    out.write_all(b"\n],\"drift\":")?;
    serde_json::to_writer(&mut *out, &verified.drift)?;
    out.write_all(b",\"unresolved\":")?;
    serde_json::to_writer(&mut *out, &verified.unresolved)?;
    out.write_all(b",\"summary\":")?;
    serde_json::to_writer(&mut *out, &verified.summary)?;
    out.write_all(b",\"remaining\":")?;
    serde_json::to_writer(&mut *out, &verified.remaining)?;
    out.write_all(b"}\n")
}
