//! Owns the report for a pull request.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::report::{COLUMNS, readings, short, wanted};
use super::report_help::{help, summary};
use super::{Outcome, Report, Verdict};

/// Findings that are shown in full; a pull request's text has an end (65,536 characters at GitHub).
const MOST: usize = 100;

/// The report as Markdown: the verdict, what becomes of each image, and what is wrong.
pub fn markdown(report: &Report) -> String {
    let mut text = format!("**{}**\n", summary(report));
    moved(&mut text, report);
    units(&mut text, report);
    faults(&mut text, report);
    failures(&mut text, report);
    text
}

/// Each image once, however many containers run it.
fn moved(text: &mut String, report: &Report) {
    let mut images: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for finding in report.units.iter().flat_map(super::prove::UnitReport::findings).filter(|finding| finding.outcome == Outcome::Moved) {
        if let (Some(before), Some(after)) = (&finding.before, &finding.after) {
            *images.entry((before, after)).or_default() += 1;
        }
    }
    if images.is_empty() {
        return;
    }
    text.push_str("\n| ran before | runs afterwards | places |\n|---|---|---:|\n");
    for ((before, after), count) in images.iter().take(MOST) {
        let _ = writeln!(text, "| {} | {} | {count} |", code(before), code(after));
    }
    rest(text, images.len());
}

fn units(text: &mut String, report: &Report) {
    let told = report.units.iter().filter(|unit| COLUMNS.iter().any(|&outcome| unit.count(outcome) > 0));
    let told: Vec<_> = told.collect();
    if told.is_empty() {
        return;
    }
    let heads: Vec<&str> = COLUMNS.iter().map(|outcome| outcome.word()).collect();
    let _ = writeln!(text, "\n<details><summary>Units</summary>\n\n| unit | {} |\n|---{}|", heads.join(" | "), "|---:".repeat(heads.len()));
    for unit in told.iter().take(MOST) {
        let cells: Vec<String> = COLUMNS.iter().map(|&outcome| unit.count(outcome).to_string()).collect();
        let _ = writeln!(text, "| {} | {} |", code(&unit.unit.to_string()), cells.join(" | "));
    }
    rest(text, told.len());
    text.push_str("\n</details>\n");
}

fn faults(text: &mut String, report: &Report) {
    let all = report.units.iter().flat_map(|unit| unit.findings().iter().map(move |finding| (unit, finding)));
    let bad: Vec<_> = all.filter(|(_, finding)| !finding.outcome.is_good()).collect();
    if bad.is_empty() {
        return;
    }
    text.push_str("\n| | unit | value | before | after | wanted | from |\n|---|---|---|---|---|---|---|\n");
    for (unit, finding) in bad.iter().take(MOST) {
        let (before, after) = readings(finding);
        let want = finding.want.as_deref().map(|want| code(&wanted(finding, want))).unwrap_or_default();
        let origin = finding.origin.as_ref().map(|origin| code(&origin.to_string())).unwrap_or_default();
        let (unit, value) = (code(&unit.unit.to_string()), code(&finding.id));
        let _ = writeln!(
            text,
            "| **{}** | {unit} | {value} | {} | {} | {want} | {origin} |",
            finding.outcome.word(),
            code(&before),
            code(&after)
        );
    }
    rest(text, bad.len());
}

fn failures(text: &mut String, report: &Report) {
    for unit in &report.units {
        let (word, failure) = match &unit.verdict {
            Verdict::Broken(failure) => ("broken", failure),
            Verdict::Unrendered(failure) => ("could not render", failure),
            Verdict::Judged(_) | Verdict::New => continue,
        };
        let help = help(&unit.unit, failure, &report.laid).map(|help| format!(" (help: {help})")).unwrap_or_default();
        let _ = writeln!(text, "- **{word}** {}: {}{help}", code(&unit.unit.to_string()), code(&short(&failure.to_string())));
    }
}

fn rest(text: &mut String, all: usize) {
    if all > MOST {
        let _ = writeln!(text, "\n… and {} more", all - MOST);
    }
}

/// Text of strangers as code: no markup, no mention, no end of the cell.
fn code(text: &str) -> String {
    let text = short(text).replace('`', "'").replace('|', "\\|");
    if text.is_empty() { String::new() } else { format!("`{text}`") }
}
