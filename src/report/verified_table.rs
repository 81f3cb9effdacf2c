//! Owns a verification for people: what is good in one line each, then what is not, with its reason, its places and the next step.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::human::Colour;
use super::verified::{Numbers, Row, Verified};
use crate::judge::Place;
use crate::registry::{Code, Comparison, Verdict};
use crate::text::clean;
use crate::text::count;

/// Width of the outcomes' column: the longest name.
const WIDTH: usize = 23;

/// How many places of one reference are listed.
const PLACES: usize = 8;

/// Writes it. What is wrong stands last, where a log is looked at first.
///
/// # Errors
/// What the writer says.
pub fn write(verified: &Verified, colour: Colour, out: &mut dyn Write) -> io::Result<()> {
    let of = |verdict| verified.results.iter().filter(move |row| row.verdict == verdict);
    for row in of(Verdict::Good) {
        line(row, colour, out)?;
    }
    for one in &verified.unresolved {
        let word = painted("unresolved", Verdict::Undecided, colour);
        writeln!(out, "{word}  {}  at: {}  ({})", clean(&one.reference), places(&one.places), clean(&one.reason))?;
    }
    for row in of(Verdict::Undecided).chain(of(Verdict::Finding)) {
        block(row, colour, out)?;
    }
    for drift in &verified.drift {
        writeln!(out, "{}  {}", painted(drift.word(), Verdict::Finding, colour), clean(&drift.to_string()))?;
        writeln!(out, "{:<WIDTH$}  next: write the lock again: `transship lock`", "")?;
    }
    if !(verified.results.is_empty() && verified.drift.is_empty() && verified.unresolved.is_empty()) {
        writeln!(out)?;
    }
    writeln!(out, "{}", summary(verified))
}

/// A word as wide as the column, in the colour of what it means.
fn painted(word: &str, verdict: Verdict, colour: Colour) -> String {
    let style = Style::new().bold().fg_color(Some(match verdict {
        Verdict::Good => AnsiColor::Green.into(),
        Verdict::Undecided => AnsiColor::Yellow.into(),
        Verdict::Finding => AnsiColor::Red.into(),
    }));
    match colour {
        Colour::Yes => format!("{style}{word:<WIDTH$}{style:#}"),
        Colour::No => format!("{word:<WIDTH$}"),
    }
}

/// A row with nothing to do.
fn line(row: &Row, colour: Colour, out: &mut dyn Write) -> io::Result<()> {
    let mut text = format!("{}  {}", painted(&row.word(), row.verdict, colour), clean(target(row)));
    if let Some(source) = &row.source {
        let _ = write!(text, "  from: {}", clean(source));
    }
    let _ = write!(text, "  at: {}", places(&row.places));
    if let Some(said) = row.comparison.as_ref().and_then(|comparison| compared(comparison, row.verdict)) {
        let _ = write!(text, "  source: {said}");
    }
    if matches!(row.reason.code, Code::Cached | Code::TagMissing | Code::NoPlatform) {
        let _ = write!(text, "  ({})", clean(&row.reason.message));
    }
    for other in &row.others {
        let _ = write!(text, "  also asked: {} ({})", clean(&other.target), other.outcome);
    }
    writeln!(out, "{text}")
}

/// A row with something to do.
fn block(row: &Row, colour: Colour, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}  {}", painted(&row.word(), row.verdict, colour), clean(target(row)))?;
    if let Some(source) = row.source.as_deref().filter(|_| row.target.is_some()) {
        let mapping = row.mapping.as_deref().map(|mapping| format!(" (mapping `{}`)", clean(mapping))).unwrap_or_default();
        field("from", &format!("{}{mapping}", clean(source)), out)?;
    }
    field("at", &listed(&row.places).join(&format!("\n{:<WIDTH$}      ", "")), out)?;
    for other in &row.others {
        field("also asked", &format!("{} ({})", clean(&other.target), other.outcome), out)?;
    }
    if let Some(said) = row.comparison.as_ref().and_then(|comparison| compared(comparison, row.verdict)) {
        field("source", &said, out)?;
    }
    for drift in &row.drift {
        field("lock", &clean(&drift.to_string()), out)?;
    }
    let code = row.reason.registry_code.as_deref().map(|code| format!(" ({})", clean(code))).unwrap_or_default();
    if let Some(why) = row.why() {
        field("reason", &format!("{}{code}", clean(&why)), out)?;
    }
    row.next.as_ref().map_or(Ok(()), |next| field("next", &clean(next), out))
}

fn field(name: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{:<WIDTH$}  {name}: {text}", "")
}

fn target(row: &Row) -> &str {
    row.target.as_deref().or(row.source.as_deref()).unwrap_or_default()
}

/// What a comparison says that the outcome does not.
fn compared(comparison: &Comparison, verdict: Verdict) -> Option<String> {
    Some(match comparison {
        Comparison::Identical => "the same digest".to_owned(),
        Comparison::SameContent => "the same content under another digest".to_owned(),
        Comparison::Superset { .. } => "the same content, and more platforms".to_owned(),
        Comparison::Subset { .. } | Comparison::Different { .. } if verdict == Verdict::Good => {
            "it differs for platforms that are not wanted here".to_owned()
        }
        // That is the reason.
        Comparison::Subset { .. } | Comparison::Different { .. } | Comparison::Undecided { .. } => return None,
    })
}

/// `a.yaml:1, b.yaml:3 and 4 more`.
pub fn places(places: &BTreeSet<Place>) -> String {
    let mut lines = listed(places);
    let more = lines.pop_if(|last| last.starts_with("and ")).map(|more| format!(" {more}")).unwrap_or_default();
    format!("{}{more}", lines.join(", "))
}

/// Each place, and at the end how many more there are.
fn listed(places: &BTreeSet<Place>) -> Vec<String> {
    let mut lines: Vec<String> = places.iter().map(|place| format!("{}:{}", clean(&place.shown), place.line)).collect();
    lines.dedup();
    let more = lines.len().saturating_sub(PLACES);
    lines.truncate(PLACES);
    lines.extend((more > 0).then(|| format!("and {more} more")));
    lines
}

/// `5 references in 9 places: 2 good, 2 not (2 missing), 1 undecided (1 not-checked)`.
pub fn summary(verified: &Verified) -> String {
    let numbers: &Numbers = &verified.summary;
    let mut text = format!("{} in {}", count(numbers.references, "reference"), count(numbers.places, "place"));
    for (verdict, number, name, separator) in [
        (Verdict::Good, numbers.good, "good", ": "),
        (Verdict::Finding, numbers.findings, "not", ", "),
        (Verdict::Undecided, numbers.undecided, "undecided", ", "),
    ] {
        let _ = write!(text, "{separator}{number} {name}");
        let mut words: BTreeMap<String, usize> = BTreeMap::new();
        for row in verified.results.iter().filter(|row| row.verdict == verdict && verdict != Verdict::Good) {
            *words.entry(row.word()).or_default() += 1;
        }
        let words: Vec<String> = words.iter().map(|(word, number)| format!("{number} {word}")).collect();
        if !words.is_empty() {
            let _ = write!(text, " ({})", words.join(", "));
        }
    }
    let rest = [
        (numbers.drift, "drifted"),
        (numbers.unresolved, "unresolved"),
        (numbers.unreadable, "unreadable"),
        (numbers.not_compared, "not compared, since nothing says what they are copies of"),
    ];
    for (number, what) in rest.into_iter().filter(|(number, _)| *number > 0) {
        let _ = write!(text, ", {number} {what}");
    }
    text
}
