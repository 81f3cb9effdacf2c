//! Owns what a report says to do, and its last line.

use std::fmt::Write;
use std::path::Path;

use super::{Failure, Kind, Laid, Outcome, Report, Unit};
use crate::text::count;

/// What completes a chart.
pub(super) fn complete(chart: &Path) -> String {
    let chart = if chart == Path::new("") { Path::new(".") } else { chart };
    format!("`helm dependency build {}`, or `--charts DIR` with a folder that has them", chart.display())
}

/// What helps against a failure, where something is known to.
pub fn help(unit: &Unit, failure: &Failure, laid: &[Laid]) -> Option<String> {
    let path = unit.path.display();
    match failure {
        Failure::NoProgram(program) => Some(format!("install it, or name it with `--{program} PATH`")),
        Failure::Remote(_) => Some("`--allow-network`".to_owned()),
        Failure::TimedOut(_) => Some("`--timeout SECONDS` gives it longer".to_owned()),
        Failure::Refused(words) if unit.kind == Kind::Helm => {
            let folder = unit.path.strip_prefix(".").unwrap_or(&unit.path);
            let has_stand_in = laid.iter().any(|laid| laid.at.starts_with(folder.join("charts")));
            if words.contains("requires kubeVersion") {
                Some("this helm takes an older Kubernetes for granted; a released helm knows newer ones".to_owned())
            } else if has_stand_in || words.contains("missing in charts/") {
                Some(format!("`helm dependency build {path}`, as its dependencies are not in the tree"))
            } else {
                let chart = if folder == Path::new("") { "the chart" } else { "it" };
                Some(format!("if {chart} needs values, name a file of them with `--values`"))
            }
        }
        _ => None,
    }
}

/// The last line of a report.
pub(super) fn summary(report: &Report) -> String {
    let verdict = match report.exit_code() {
        0 => "proved",
        1 => "not proved",
        _ if report.unrendered() > 0 => "not proved: some units could not be rendered",
        _ => "not proved: some charts were rendered without dependencies of theirs",
    };
    let judged = report.units.iter().filter(|unit| matches!(unit.verdict, super::prove::Verdict::Judged(_))).count();
    let mut line = format!("{verdict}: {} judged", count(judged, "unit"));
    // Kept images are no news.
    let counts = Outcome::ALL.iter().filter(|outcome| **outcome != Outcome::Kept).map(|&outcome| (report.count(outcome), outcome.word()));
    for (count, word) in counts.chain([(report.broken(), "broken"), (report.unrendered(), "not rendered")]) {
        if count > 0 {
            let _ = write!(line, ", {count} {word}");
        }
    }
    line
}
