//! Owns a verification for people: what is good in one line each, what is not with its reason, its places and the next step.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::summary::count;
use super::verified::{Numbers, Row, Spot, Verified};
use crate::registry::{Comparison, Verdict, clean};

/// Width of the outcomes' column: the longest name.
const WIDTH: usize = 23;

/// How many places of one reference are listed.
const PLACES: usize = 8;

/// Writes it.
///
/// # Errors
/// What the writer says.
pub fn write(verified: &Verified, out: &mut dyn Write) -> io::Result<()> {
    for row in &verified.results {
        one(row, out)?;
    }
    for drift in &verified.drift {
        writeln!(out, "{:<WIDTH$}  {drift}", "drift")?;
        writeln!(out, "{:<WIDTH$}  next: write the lock again: `transship lock`", "")?;
    }
    if !verified.results.is_empty() || !verified.drift.is_empty() {
        writeln!(out)?;
    }
    writeln!(out, "{}", summary(&verified.summary))
}

fn one(row: &Row, out: &mut dyn Write) -> io::Result<()> {
    let target = row.target.as_deref().or(row.source.as_deref()).unwrap_or_default();
    writeln!(out, "{:<WIDTH$}  {}", row.outcome.to_string(), clean(target))?;
    if let Some(source) = row.source.as_deref().filter(|_| row.target.is_some()) {
        let mapping = row.mapping.as_deref().map(|mapping| format!(" (mapping `{mapping}`)")).unwrap_or_default();
        writeln!(out, "{:<WIDTH$}  from: {}{mapping}", "", clean(source))?;
    }
    writeln!(out, "{:<WIDTH$}  at: {}", "", places(&row.places))?;
    for other in &row.others {
        writeln!(out, "{:<WIDTH$}  also asked: {} ({})", "", clean(&other.target), other.outcome)?;
    }
    if let Some(said) = row.comparison.as_ref().and_then(|comparison| compared(comparison, row.verdict)) {
        writeln!(out, "{:<WIDTH$}  source: {said}", "")?;
    }
    for drift in &row.drift {
        writeln!(out, "{:<WIDTH$}  lock: {drift}", "")?;
    }
    if row.verdict == Verdict::Good {
        return Ok(());
    }
    let code = row.reason.registry_code.as_deref().map(|code| format!(" ({})", clean(code))).unwrap_or_default();
    writeln!(out, "{:<WIDTH$}  reason: {}{code}", "", clean(&row.reason.message))?;
    if let Some(next) = &row.next {
        writeln!(out, "{:<WIDTH$}  next: {}", "", clean(next))?;
    }
    Ok(())
}

/// What a comparison says that the outcome does not.
fn compared(comparison: &Comparison, verdict: Verdict) -> Option<String> {
    Some(match comparison {
        Comparison::Identical => "the same digest".to_owned(),
        Comparison::SameContent => "the same content under another digest".to_owned(),
        Comparison::Superset { .. } => "the same content, and more platforms".to_owned(),
        Comparison::Undecided { because } => format!("not compared: {}", clean(&because.reason().message)),
        Comparison::Subset { .. } | Comparison::Different { .. } if verdict == Verdict::Good => {
            "it differs for platforms that are not wanted here".to_owned()
        }
        Comparison::Subset { .. } | Comparison::Different { .. } => return None,
    })
}

/// `a.yaml:1, b.yaml:3 and 4 more`.
#[must_use]
pub fn places(places: &[Spot]) -> String {
    let mut lines: Vec<String> = places.iter().map(|spot| format!("{}:{}", clean(&spot.path), spot.line)).collect();
    lines.dedup();
    let more = lines.len().saturating_sub(PLACES);
    lines.truncate(PLACES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", lines.join(", "))
}

fn summary(numbers: &Numbers) -> String {
    let mut text = format!(
        "{} in {}: {} good, {} not, {} undecided",
        count(numbers.references, "reference"),
        count(numbers.places, "place"),
        numbers.good,
        numbers.findings,
        numbers.undecided
    );
    for (number, what) in [(numbers.drift, "drifted"), (numbers.unresolved, "unresolved"), (numbers.unreadable, "unreadable")] {
        if number > 0 {
            let _ = write!(text, ", {number} {what}");
        }
    }
    text
}
