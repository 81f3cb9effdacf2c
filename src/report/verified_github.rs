//! Owns a verification as GitHub's workflow commands: an annotation at each place of what is not good.

use std::io::{self, Write};

use super::github::{data, property};
use super::verified::{Row, Verified};
use super::verified_table::summary;
use crate::registry::Verdict;
use crate::text::clean;

/// Writes it; paths are those from the top of the repository.
///
/// # Errors
/// What the writer says.
pub fn write(verified: &Verified, out: &mut dyn Write) -> io::Result<()> {
    for row in verified.results.iter().filter(|row| row.verdict != Verdict::Good) {
        let level = if row.verdict == Verdict::Finding { "error" } else { "warning" };
        let text = data(&told(row));
        for place in &row.places {
            let path = property(&place.path);
            let title = property(&row.word());
            writeln!(out, "::{level} file={path},line={},col={},title={title}::{text}", place.line, place.column)?;
        }
    }
    for one in &verified.unresolved {
        let text = data(&clean(&format!("`{}`: {}", one.reference, one.reason)));
        for place in &one.places {
            let path = property(&place.path);
            writeln!(out, "::warning file={path},line={},col={},title=unresolved::{text}", place.line, place.column)?;
        }
    }
    for drift in &verified.drift {
        writeln!(out, "::error title={}::{}", property(drift.word()), data(&clean(&drift.to_string())))?;
    }
    writeln!(out, "{}", summary(verified))
}

fn told(row: &Row) -> String {
    let target = row.target.as_deref().or(row.source.as_deref()).unwrap_or_default();
    let source = row.source.as_ref().filter(|_| row.target.is_some()).map(|source| format!(", which `{source}` becomes"));
    let mut said = row.why().into_iter().chain(row.drift.iter().map(ToString::to_string));
    let mut lines = vec![format!("`{target}`{}: {}", source.unwrap_or_default(), said.next().unwrap_or_default())];
    lines.extend(said);
    lines.extend(row.next.clone());
    // Each line by itself, so that the registry's own words can begin none.
    lines.iter().map(|line| clean(line)).collect::<Vec<_>>().join("\n")
}
