//! `explain`: what is read in a file, piece by piece, and what is decided.

use std::path::{Path, PathBuf};

use crate::lint::shown;
use crate::locate::File;
use crate::occurrence::{Caution, Occurrence, Origin, Piece};
use crate::pipeline::{Bound, Look, Rules, Run, Together, Worker, complete, judge};
use crate::plan::{Plan, Verdict};
use crate::text::{Lines, Span, harmless};
use crate::walk::{Scope, Vendored, normal};

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
    if world.start.join(&path).is_dir() {
        return world.fail(&format!("`{}` is a folder", path.display()), "name a file, and a line if you like: `FILE:LINE`");
    }
    let start = world.start.clone();
    let whole = normal(&start.join(&path));
    let scope = Scope { roots: vec![path], vendored: Vendored::Skip };
    let run = Run { rules: &rules, prefilter: None, start: &start };
    let mut worker = Worker::new(&start);
    for set in complete(&scope, &rules.formats, &start) {
        let looks = worker.look(&run, set, |bound, paths| {
            let asked = paths.iter().position(|path| normal(&start.join(path)) == whole);
            explain(bound, asked.and_then(|asked| bound.files.get(asked)), &rules, decides, line)
        });
        for look in looks {
            match look {
                Look::Done(text) => drop(world.out(|out| out.write_all(text.as_bytes()))),
                Look::Unread { path, reason, .. } => return world.fail(&format!("`{path}` was not read: {reason}"), ""),
                Look::Binary => return world.fail(&format!("`{}` is not text", args.place.display()), ""),
                Look::Passed => {}
            }
        }
    }
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

fn explain(bound: &Bound<'_>, asked: Option<&File<'_>>, rules: &Rules, decides: Decides, line: Option<usize>) -> String {
    let Some(file) = asked else { return String::new() };
    let Together { located, shown, .. } = bound.bond.locate(bound.files, &rules.formats);
    let plan = judge(bound, rules).plan;
    let lines = Lines::new(file.bytes);
    let whole = |span: Span| match bound.files.iter().find(|other| other.id == span.file) {
        Some(other) => format!("{}:{}", other.path, spot(&Lines::new(other.bytes), span)),
        None => "rendering".to_owned(),
    };
    let at = |span: Span| if span.file == file.id { spot(&lines, span) } else { whole(span) };
    let mut out = String::new();
    let stands = |span: Span| {
        let (from, to) = (lines.position(span.start).line, lines.position(span.end).line);
        span.file == file.id && line.is_none_or(|line| (from..=to).contains(&line))
    };
    for (number, one) in located.occurrences.iter().enumerate().take(shown) {
        // In a chart the place is the value that names the image, and the template that prints it is asked for as well.
        if stands(one.place) || one.pieces.iter().any(|piece| stands(piece.span)) {
            let verdict = plan.verdicts.get(number).unwrap_or(&Verdict::Kept);
            add(&mut out, &format!("{} {}", whole(one.place), one.expanded()));
            occurrence(&mut out, &at, one);
            decision(&mut out, one, verdict, &plan, decides);
            out.push('\n');
        }
    }
    for fault in located.faults.iter().filter(|fault| fault.span.file == file.id) {
        let place = lines.position(fault.span.start);
        add(&mut out, &format!("{}:{}:{} not read from here: {}", file.path, place.line, place.column, fault.message));
    }
    if out.is_empty() && !rules.formats.claims(file.path) {
        add(&mut out, &format!("no format reads {}; docs/formats.md tells how to write one", file.path));
    } else if out.is_empty() {
        add(&mut out, &format!("no references in {}{}", file.path, line.map_or_else(String::new, |line| format!(" line {line}"))));
    }
    out
}

/// One line more; what it says of scanned files steers nothing.
fn add(out: &mut String, line: &str) {
    out.push_str(&harmless(line));
    out.push('\n');
}

fn spot(lines: &Lines<'_>, span: Span) -> String {
    let place = lines.position(span.start);
    format!("{}:{}", place.line, place.column)
}

fn occurrence(out: &mut String, at: &dyn Fn(Span) -> String, one: &Occurrence) {
    add(out, &format!("  site       {}/{}, role {}, class {}, confidence {}", one.format, one.site, one.role, one.class, one.confidence));
    match one.reference() {
        Ok(reference) => {
            add(out, &format!("  canonical  {}", shown(&reference.canonical(), one)));
        }
        Err(invalid) => {
            add(out, &format!("  canonical  none: {invalid}"));
        }
    }
    if let Some(platform) = &one.platform {
        add(out, &format!("  platform   {platform}"));
    }
    for (number, piece) in one.pieces.iter().enumerate() {
        let title = if number == 0 { "pieces" } else { "" };
        add(out, &format!("  {title:<10} {:<28} {} {}", format!("`{}`", piece.shown()), origin(piece), at(piece.span)));
    }
    for caution in &one.cautions {
        if let Caution::AlsoUsed { variable, places } = caution {
            let places: Vec<String> = places.iter().map(|span| at(*span)).collect();
            add(out, &format!("  caution    `{variable}` is used elsewhere too: {}", places.join(", ")));
        }
    }
}

fn origin(piece: &Piece) -> String {
    match &piece.origin {
        Origin::Literal => "as typed at".to_owned(),
        Origin::Default { variable } => format!("value of `{variable}` at"),
        Origin::Choice => "one of the template's own texts at".to_owned(),
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
    add(out, &format!("  decision   {text}"));
}
