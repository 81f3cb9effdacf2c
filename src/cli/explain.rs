//! `explain`: what is read in a file, piece by piece, and what is decided.

use std::path::{Path, PathBuf};

use crate::diagnostic::Severity;
use crate::disk::trees;
use crate::judge::{Judge, Look};
use crate::link::sets;
use crate::lint::{self, Lint, Told};
use crate::report::explained::{Decides, Explained};
use crate::source::Vendored;
use crate::text::harmless;

use super::args::ExplainArgs;
use super::governed::Asked;
use super::options::Answers;
use super::{Exit, World, governed, help};

/// Runs the command.
pub(super) fn run(args: &ExplainArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    if let Some(lint) = args.place.to_str().and_then(lint::of).filter(|_| !world.start.join(&args.place).exists()) {
        let _ = world.out(|out| out.write_all(of_lint(lint).as_bytes()));
        return Ok(Exit::Clean);
    }
    let (path, line) = file_and_line(&args.place, &world.start);
    let configs = governed::optional(&args.mappings, &Asked { paths: vec![path.clone()], ..Asked::default() }, world)?;
    let decides = if configs.is_some() { Decides::Yes } else { Decides::No };
    let rules = args.charts.seen_by(help::rules_of(configs.unwrap_or_default(), &args.mappings), world)?;
    if world.start.join(&path).is_dir() {
        return Err(world.fail(&format!("`{}` is a folder", path.display()), "name a file, and a line if you like: `FILE:LINE`"));
    }
    let mut trees = trees(&[path], Vendored::Skip, &world.start, &|name| rules.formats.head(name));
    for tree in &mut trees {
        tree.scope.charts = rules.in_sight();
    }
    for tree in &trees {
        let asked = tree.scope.roots.first().map_or("", |path| path.as_str());
        let mut judge = Judge::new(&tree.files, &rules);
        for set in sets(&tree.files, &tree.scope, &tree.around, &rules.formats) {
            let looks = judge.look(set, |reading| {
                let file = reading.files.iter().find(|file| file.path == asked)?;
                Some((Explained::new(reading, &reading.judge(&rules).plan, file, line, decides), rules.formats.claims(file.path)))
            });
            for look in looks {
                match look {
                    Look::Done(explained) => explained.iter().for_each(|(explained, claimed)| tell(explained, *claimed, line, args, world)),
                    Look::Unread { path, reason, .. } => return Err(world.fail(&format!("`{path}` was not read: {reason}"), "")),
                    Look::Binary { .. } => return Err(world.fail(&format!("`{}` is not text", args.place.display()), "")),
                    Look::Passed | Look::LeftOut | Look::Overlooked { .. } => {}
                }
            }
        }
    }
    Ok(Exit::Clean)
}

/// What the documents say of a lint.
fn of_lint(lint: &Lint) -> String {
    let level = match (lint.told, lint.severity) {
        (Told::WhenAsked, _) => "allow, until `lints:` or `--lint` says otherwise",
        (_, Severity::Error) => "error",
        (_, Severity::Warning) => "warning",
        (_, Severity::Note) => "note",
    };
    let page = PAGES.iter().find(|(code, _)| *code == lint.code).map_or("", |(_, page)| page);
    // Its head repeats what is said here.
    let rest = page.split_once("<!-- end lint -->").map_or(page, |(_, rest)| rest).trim();
    let rest: Vec<&str> = rest.lines().filter(|line| !line.starts_with("<!-- ")).collect();
    let rest = rest.join("\n");
    format!("{} ({level})\n{}\n\n{rest}\n", lint.code, lint.about)
}

/// The pages of the lints, made into a table by the build script.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/lints.rs"));

fn tell(explained: &Explained, claimed: bool, line: Option<usize>, args: &ExplainArgs, world: &mut World<'_>) {
    let text = match args.format {
        Answers::Json => serde_json::to_string(explained).map(|text| text + "\n").unwrap_or_default(),
        Answers::Human => explained.human(),
    };
    let shown = harmless(&crate::disk::shown(&args.place));
    let text = match line {
        _ if !text.is_empty() => text,
        _ if !claimed => format!(
            "no format reads {shown}, and no text there is moved (`transship list --residual` has what is named); docs/formats.md tells how to write a format\n"
        ),
        Some(line) => format!("no references in {} line {line}\n", shown.trim_end_matches(&format!(":{line}"))),
        None => format!("no references in {shown}\n"),
    };
    let _ = world.out(|out| out.write_all(text.as_bytes()));
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
