//! `explain`: what is read in a file, piece by piece, and what is decided.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::lint::shown;
use crate::locate::{File, locate};
use crate::occurrence::{Caution, Occurrence, Origin, Piece};
use crate::pipeline::{Bond, Bound, Rules, judge};
use crate::plan::{Plan, Verdict};
use crate::text::{FileId, Lines};
use crate::walk::{Around, Content, Reader};

use super::args::ExplainArgs;
use super::help;
use super::work::Judging;
use super::world::{Exit, World};

/// Runs the command.
pub(super) fn run(args: &ExplainArgs, world: &mut World<'_>) -> Exit {
    let judging = Judging::from(&args.mappings);
    let config = match help::optional(&judging, world) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    let decides = if config.is_some() { Decides::Yes } else { Decides::No };
    let rules = match help::rules(config.unwrap_or_default(), &judging, world) {
        Ok(rules) => rules,
        Err(exit) => return exit,
    };
    let (path, line) = file_and_line(&args.place, &world.start);
    let mut reader = Reader::default();
    let bytes = match reader.read(&world.start.join(&path)) {
        Content::Text(bytes) => bytes,
        Content::Binary => return world.fail(&format!("`{}` is not text", path.display()), ""),
        Content::Unread(reason) => return world.fail(&format!("`{}` was not read: {reason}", path.display()), ""),
    };
    let name = crate::walk::shown(&path);
    let file = File { id: FileId(0), path: &name, bytes, surroundings: Around::new(&world.start).of(&path) };
    let text = explain(&file, &rules, decides, line);
    let _ = world.out(|out| out.write_all(text.as_bytes()));
    Exit::Clean
}

/// Whether there are mappings to decide by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Decides {
    Yes,
    No,
}

/// `FILE:LINE`, unless a file has that very name.
fn file_and_line(place: &Path, start: &Path) -> (PathBuf, Option<usize>) {
    let whole = (place.to_owned(), None);
    if start.join(place).exists() {
        return whole;
    }
    let split = place.to_str().and_then(|text| text.rsplit_once(':'));
    let split = split.and_then(|(path, line)| Some((PathBuf::from(path), Some(line.parse().ok()?))));
    split.unwrap_or(whole)
}

fn explain(file: &File<'_>, rules: &Rules, decides: Decides, line: Option<usize>) -> String {
    let located = locate(file, &rules.formats);
    let plan = judge(&Bound { files: &[*file], bond: Bond::Alone }, rules).plan;
    let lines = Lines::new(file.bytes);
    let mut out = String::new();
    for (number, one) in located.occurrences.iter().enumerate() {
        let from = lines.position(one.place.start).line;
        let to = lines.position(one.place.end).line;
        if line.is_none_or(|line| (from..=to).contains(&line)) {
            let verdict = plan.verdicts.get(number).unwrap_or(&Verdict::Kept);
            occurrence(&mut out, file, &lines, one);
            decision(&mut out, one, verdict, &plan, decides);
            out.push('\n');
        }
    }
    for fault in &located.faults {
        let place = lines.position(fault.span.start);
        let _ = writeln!(out, "{}:{}:{} not read from here: {}", file.path, place.line, place.column, fault.message);
    }
    if out.is_empty() {
        let _ = writeln!(out, "no references in {}{}", file.path, line.map_or_else(String::new, |line| format!(" line {line}")));
    }
    out
}

fn occurrence(out: &mut String, file: &File<'_>, lines: &Lines<'_>, one: &Occurrence) {
    let place = lines.position(one.place.start);
    let _ = writeln!(out, "{}:{}:{} {}", file.path, place.line, place.column, one.expanded());
    let _ =
        writeln!(out, "  site       {}/{}, role {}, class {}, confidence {}", one.format, one.site, one.role, one.class, one.confidence);
    match one.reference() {
        Ok(reference) => {
            let _ = writeln!(out, "  canonical  {}", shown(&reference.canonical(), one));
        }
        Err(invalid) => {
            let _ = writeln!(out, "  canonical  none: {invalid}");
        }
    }
    for (number, piece) in one.pieces.iter().enumerate() {
        let title = if number == 0 { "pieces" } else { "" };
        let place = lines.position(piece.span.start);
        let _ = writeln!(out, "  {title:<10} {:<28} {} {}:{}", format!("`{}`", piece.shown()), origin(piece), place.line, place.column);
    }
    for caution in &one.cautions {
        if let Caution::AlsoUsed { variable, places } = caution {
            let places: Vec<String> = places.iter().map(|span| lines.position(span.start).line.to_string()).collect();
            let _ = writeln!(out, "  caution    `{variable}` is used elsewhere too: line {}", places.join(", "));
        }
    }
}

fn origin(piece: &Piece) -> String {
    match &piece.origin {
        Origin::Literal => "as typed at".to_owned(),
        Origin::Default { variable } => format!("value of `{variable}` at"),
        Origin::Sibling { key } => format!("key `{key}` at"),
        Origin::Unwritten { .. } => "can be written at".to_owned(),
        Origin::Implied => "put in by the format at".to_owned(),
        Origin::Modified { variable, by } => format!("`{variable}` changed by `{by}` at"),
        Origin::Unset { variable } => format!("`{variable}` has no value at"),
    }
}

fn decision(out: &mut String, one: &Occurrence, verdict: &Verdict, plan: &Plan, decides: Decides) {
    let text = match verdict {
        Verdict::Fixed { fix, target, mapping } => {
            let level = plan.fixes.get(*fix).map(|fix| fix.applicability);
            let level = level.and_then(|level| serde_json::to_value(level).ok()).and_then(|level| Some(level.as_str()?.to_owned()));
            format!("becomes {} by mapping `{mapping}` ({})", shown(target, one), level.unwrap_or_default())
        }
        Verdict::Refused { refusal, target, mapping } => {
            let target = target.as_deref().map_or_else(String::new, |target| format!(" to become {}", shown(target, one)));
            format!("covered by mapping `{mapping}`{target}, and refused: {}", refusal.code())
        }
        Verdict::Unresolved { variable, .. } => format!("none: `{variable}` hides where the name begins"),
        Verdict::Kept if decides == Decides::No => "none: there is no configuration".to_owned(),
        Verdict::Kept => "stays: no mapping covers it, or it reads already as it shall".to_owned(),
    };
    let _ = writeln!(out, "  decision   {text}");
}
