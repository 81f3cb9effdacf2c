//! Owns which changed files a proof does not carry, and why: those that a unit reads which is not as it should be, and those that none reads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::reach::Reach;
use super::report::short;
use super::report_help::complete;
use super::unit::is_in;
use super::{Kind, Outcome, Pair, Report, UnitReport, Verdict, help};

/// The files among `changed`, each from the tree's root, whose new texts are not proved, with the reason. An image that no fix moves is no reason:
/// it is told, and nothing that changes made it so.
pub fn held(report: &Report, pair: &Pair, changed: &[PathBuf]) -> BTreeMap<PathBuf, String> {
    let root = pair.before.root();
    let units: Vec<(&UnitReport, Option<String>, Reach)> =
        report.units.iter().map(|unit| (unit, against(unit, report), Reach::of(&root, &unit.unit))).collect();
    let reason = |path: &PathBuf| {
        let mut readers = units.iter().filter(|(unit, _, reach)| reads(unit, reach, path, changed, report)).peekable();
        if readers.peek().is_none() {
            return Some("no chart, overlay or project that can be rendered reads it".to_owned());
        }
        readers.find_map(|(_, against, _)| against.clone())
    };
    changed.iter().filter_map(|path| Some((path.clone(), reason(path)?))).collect()
}

/// What stands against what a unit reads.
fn against(unit: &UnitReport, report: &Report) -> Option<String> {
    let name = &unit.unit;
    match &unit.verdict {
        Verdict::Broken(failure) => Some(format!("`{name}` would not render any more: {}", short(&failure.to_string()))),
        Verdict::Unrendered(failure) => {
            let help = help(name, failure, &report.laid).map_or_else(String::new, |help| format!(" ({help})"));
            Some(format!("`{name}` could not be rendered: {}{help}", short(&failure.to_string())))
        }
        Verdict::New => None,
        Verdict::Judged(findings) => {
            let lacking = report.lacking().into_iter().find(|(chart, _)| name.kind == Kind::Helm && is_in(chart, &name.path));
            if let Some((chart, laid)) = lacking {
                let dependency = laid.at.file_name().unwrap_or_default().to_string_lossy();
                return Some(format!("`{name}` was rendered without its dependency `{dependency}`: {}", complete(chart)));
            }
            let bad = findings.iter().find(|finding| !finding.outcome.is_good() && finding.outcome != Outcome::Missed)?;
            Some(format!("`{name}` would render {} at {}", bad.outcome.word(), short(&bad.id)))
        }
    }
}

/// Whether a unit reads the file, itself or as a dependency. What reads more than is known may read what lies in its folder; and where it has come out worse
/// though nothing changes that it is known to read, anything.
fn reads(report_of: &UnitReport, reach: &Reach, path: &Path, changed: &[PathBuf], report: &Report) -> bool {
    let unit = &report_of.unit;
    let is_known = |path: &Path| {
        let stands_in = |place: &Path| {
            let copies = report.laid.iter().filter(|laid| is_in(&laid.at, place));
            copies.filter_map(|laid| laid.from.as_deref()).any(|from| is_in(path, from))
        };
        reach.paths.iter().any(|place| is_in(path, place) || (unit.kind == Kind::Helm && stands_in(place)))
    };
    if is_known(path) || reach.vague().is_none() {
        return is_known(path);
    }
    let folder = if unit.kind == Kind::Compose { unit.path.parent().unwrap_or(&unit.path) } else { &unit.path };
    let is_worse = matches!(report_of.verdict, Verdict::Broken(_) | Verdict::Judged(_));
    is_in(path, folder) || is_worse && !changed.iter().any(|path| is_known(path) || is_in(path, folder))
}
