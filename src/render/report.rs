//! Owns the reports for a terminal: one line a unit, and what is wrong in full.

use std::fmt::Write;

use super::report_help::{complete, help, summary};
use super::{Failure, Finding, Images, Laid, Outcome, Report, Secrecy, Unit, UnitReport, Verdict};
use crate::disk::shown;
use crate::text::{count, harmless};

/// Outcomes that have a column, in order.
pub(super) const COLUMNS: [Outcome; 6] = [Outcome::Moved, Outcome::Missed, Outcome::Wrong, Outcome::Harm, Outcome::Added, Outcome::Carried];

/// Assumptions that are shown; `--format json` has all.
const MOST_ASSUMED: usize = 20;
/// Characters of a value that are shown.
const WIDEST: usize = 160;

/// The report for a terminal.
pub fn human(report: &Report) -> String {
    let mut text = String::new();
    let judged: Vec<&UnitReport> =
        report.units.iter().filter(|unit| matches!(unit.verdict, Verdict::Judged(_) | Verdict::Broken(_))).collect();
    let told: Vec<&UnitReport> = judged.iter().copied().filter(|unit| !is_silent(unit)).collect();
    if !told.is_empty() {
        let width = told.iter().map(|unit| named(&unit.unit).chars().count()).max().unwrap_or(0).max(4);
        let heads: Vec<String> = COLUMNS.iter().map(|outcome| format!("{:>9}", outcome.word())).collect();
        let _ = writeln!(text, "{:width$}{}", "unit", heads.concat());
        for unit in told {
            let _ = writeln!(text, "{:width$}{}", named(&unit.unit), cells(unit));
        }
    }
    for unit in judged {
        faults(&mut text, unit, report);
    }
    let unrendered = report.units.iter().filter_map(|unit| match &unit.verdict {
        Verdict::Unrendered(failure) => Some((&unit.unit, failure)),
        _ => None,
    });
    not_rendered(&mut text, unrendered, &report.laid);
    for unit in report.units.iter().filter(|unit| matches!(unit.verdict, Verdict::New)) {
        let _ = writeln!(text, "note: `{}` is new, there is nothing to compare it with", named(&unit.unit));
    }
    assumptions(&mut text, &report.laid);
    for (chart, _) in report.lacking().into_iter().take(MOST_ASSUMED) {
        let _ = writeln!(text, "  help: {}", harmless(&complete(chart)));
    }
    let _ = writeln!(text, "\n{}", summary(report));
    text
}

/// Units in which nothing is covered and nothing changed only fill the screen.
fn is_silent(unit: &UnitReport) -> bool {
    matches!(unit.verdict, Verdict::Judged(_)) && COLUMNS.iter().all(|&outcome| unit.count(outcome) == 0)
}

fn cells(unit: &UnitReport) -> String {
    if matches!(unit.verdict, Verdict::Broken(_)) {
        return format!("{:>9}", "broken");
    }
    let cell = |outcome: &Outcome| match unit.count(*outcome) {
        0 => format!("{:>9}", "-"),
        count => format!("{count:>9}"),
    };
    COLUMNS.iter().map(cell).collect()
}

fn faults(text: &mut String, unit: &UnitReport, report: &Report) {
    if let Verdict::Broken(failure) = &unit.verdict {
        failed(text, "broken", &unit.unit, failure, &report.laid);
        return;
    }
    for finding in unit.findings().iter().filter(|finding| !finding.outcome.is_good()) {
        let _ = writeln!(text, "\n{}: {} in {}", finding.outcome.word(), short(&finding.id), named(&unit.unit));
        let (before, after) = readings(finding);
        let _ = writeln!(text, "  before: {before}\n  after:  {after}");
        if let Some(want) = &finding.want {
            let _ = writeln!(text, "  wanted: {}", wanted(finding, want));
        }
        if let Some(origin) = &finding.origin {
            let _ = writeln!(text, "  from:   {}", harmless(&origin.to_string()));
        }
    }
}

/// A unit as people read it.
fn named(unit: &Unit) -> String {
    harmless(&unit.to_string())
}

/// What a value was to be, where it may be shown.
pub(super) fn wanted(finding: &Finding, want: &str) -> String {
    if finding.secrecy == Secrecy::Secret { "(secret)".to_owned() } else { short(want) }
}

/// Both readings of a value, short enough for a line. Of long texts, the first line that differs; of a Secret, nothing.
pub(super) fn readings(finding: &Finding) -> (String, String) {
    if finding.secrecy == Secrecy::Secret {
        let secret = |text: &Option<String>| text.as_ref().map_or("(nothing)", |_| "(secret)").to_owned();
        return (secret(&finding.before), secret(&finding.after));
    }
    let (before, after) = (finding.before.as_deref(), finding.after.as_deref());
    match (before, after) {
        (Some(before), Some(after)) => {
            let differs = before.lines().zip(after.lines()).find(|(before, after)| before != after);
            let (before, after) = differs.unwrap_or((before, after));
            (short(before), short(after))
        }
        (before, after) => {
            let or_nothing = |text: Option<&str>| text.map_or_else(|| "(nothing)".to_owned(), short);
            (or_nothing(before), or_nothing(after))
        }
    }
}

/// One line of at most [`WIDEST`] characters that steers nothing: output of strangers must not drive a terminal, nor a CI service.
pub(super) fn short(text: &str) -> String {
    let text = text.trim();
    let line: String = text.chars().take(WIDEST).map(|c| if c == '\n' { '⏎' } else { c }).collect();
    format!("{}{}", harmless(&line), if text.chars().count() > WIDEST { "…" } else { "" })
}

/// The first lines of a program's words.
fn indented(words: &str) -> String {
    let plain = |line: &str| harmless(&line.chars().take(400).collect::<String>());
    let lines: Vec<String> =
        words.lines().filter(|line| !line.trim().is_empty()).take(12).map(|line| format!("  {}", plain(line))).collect();
    lines.join("\n")
}

fn not_rendered<'a>(text: &mut String, units: impl Iterator<Item = (&'a Unit, &'a Failure)>, laid: &[Laid]) {
    units.for_each(|(unit, failure)| failed(text, "could not render", unit, failure, laid));
}

fn failed(text: &mut String, how: &str, unit: &Unit, failure: &Failure, laid: &[Laid]) {
    let _ = writeln!(text, "\n{how}: {}\n{}", named(unit), indented(&failure.to_string()));
    if let Some(help) = help(unit, failure, laid) {
        let _ = writeln!(text, "  help: {}", harmless(&help));
    }
}

fn assumptions(text: &mut String, laid: &[Laid]) {
    if laid.is_empty() {
        return;
    }
    let _ = writeln!(text, "\nassumed, as nothing is fetched:");
    for laid in laid.iter().take(MOST_ASSUMED) {
        let _ = match &laid.from {
            Some(from) => writeln!(text, "  {} is as {}", harmless(&shown(&laid.at)), harmless(&shown(from))),
            None => writeln!(text, "  {} is empty", harmless(&shown(&laid.at))),
        };
    }
    if laid.len() > MOST_ASSUMED {
        let _ = writeln!(text, "  … and {} more", laid.len() - MOST_ASSUMED);
    }
}

/// The list of images for a terminal.
pub fn human_images(images: &Images) -> String {
    let mut text = String::new();
    let mut last = None;
    for image in &images.images {
        if last != Some(&image.unit) {
            let _ = writeln!(text, "{}{}", if last.is_some() { "\n" } else { "" }, named(&image.unit));
            last = Some(&image.unit);
        }
        let object = if image.kind.is_empty() { String::new() } else { format!("{}/{} ", image.kind, image.name) };
        let container = image.container.as_deref().unwrap_or(&image.path);
        let origin = image.origin.as_ref().map(|origin| format!("  {origin}")).unwrap_or_default();
        let line = harmless(&format!("{object}{container}: "));
        let _ = writeln!(text, "  {line}{}{}", short(&image.image), harmless(&origin));
    }
    not_rendered(&mut text, images.unrendered.iter().map(|(unit, failure)| (unit, failure)), &images.laid);
    assumptions(&mut text, &images.laid);
    let (found, not) = (count(images.images.len(), "image"), count(images.unrendered.len(), "unit"));
    let _ = writeln!(text, "\n{found}, {not} could not be rendered");
    text
}
