//! `files`: what would be looked into, as what, and why.

use std::path::Path;

use serde_json::{Value, json};

use crate::config::{Config, Governed};
use crate::disk::{Tree, trees};
use crate::judge::Rules;
use crate::link::Around;
use crate::report::rules_json;
use crate::source::{Files, Met, Named, Tracked, TreePath};
use crate::text::harmless;

use super::args::FilesArgs;
use super::options::Answers;
use super::{Exit, World, governed, help};

/// One file or folder, and what becomes of it.
struct Row {
    path: String,
    /// The formats that read it; none where it is searched for old names alone, or not looked into.
    formats: Vec<String>,
    /// `read`, `searched`, `passed`, `left-out` or `unread`.
    as_what: &'static str,
    why: String,
    /// The rule file that it is judged by.
    by: Option<String>,
}

/// Runs the command.
pub(super) fn run(args: &FilesArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    let asked = governed::asked(&args.place, None);
    let configs = governed::covered(&args.mappings, &asked, world)?;
    let rules = help::rules_of(configs.clone(), &args.mappings);
    let vendored = args.place.vendored();
    let mut rows = Vec::new();
    for mut tree in trees(&args.place.paths, vendored, &world.start, &|name| rules.formats.head(name)) {
        tree.scope.tracked = if args.place.no_tracked { Tracked::Ignore } else { Tracked::Read };
        tree.scope.left = rules.left(args.place.left.forced());
        rows.extend(rows_of(&tree, &rules, &configs));
    }
    match args.format {
        Answers::Human => {
            for row in &rows {
                let by = row.by.as_ref().map_or_else(String::new, |by| format!("; judged by {}", harmless(by)));
                let line = format!("{}: {}{by}\n", harmless(&row.path), row.why);
                let _ = world.out(|out| out.write_all(line.as_bytes()));
            }
        }
        Answers::Json => world.json(&rules_json::object("files", rows.iter().map(Row::json))),
    }
    Ok(if rows.iter().any(|row| row.as_what == "unread") { Exit::Failed } else { Exit::Clean })
}

impl Row {
    fn json(&self) -> Value {
        json!({"path": self.path, "formats": self.formats, "as": self.as_what, "why": self.why, "rules": self.by})
    }
}

fn rows_of(tree: &Tree, rules: &Rules, configs: &Governed<Config>) -> Vec<Row> {
    let mut around = Around::new(&tree.files);
    let mut rows: Vec<Row> = tree.files.list(&tree.scope).iter().map(|met| row(met, tree, &mut around, rules, configs)).collect();
    let left = tree.files.left_out(&tree.scope).into_iter();
    rows.extend(left.map(|(path, why)| Row {
        path,
        formats: Vec::new(),
        as_what: "left-out",
        why: format!("left out: {}", why.message()),
        by: None,
    }));
    rows.sort_by(|a, b| Path::new(&a.path).cmp(Path::new(&b.path)));
    rows
}

fn row(met: &Met, tree: &Tree, around: &mut Around<'_>, rules: &Rules, configs: &Governed<Config>) -> Row {
    let shown = |path: &TreePath| tree.files.shown(path);
    let none = |path: &TreePath, as_what, why| Row { path: shown(path), formats: Vec::new(), as_what, why, by: None };
    let (path, named) = match met {
        Met::Unread { path, reason } => return none(path, "unread", format!("not read: {reason}")),
        Met::File { path, .. } if !tree.scope.asks(path) => {
            return none(path, "left-out", "left out by `exclude` or `include`: named, it is read".to_owned());
        }
        Met::File { path, named } => (path, *named),
    };
    let of_name = rules.formats.of_file(path.as_str(), around.of(path));
    let mut formats: Vec<String> =
        of_name.into_iter().chain(rules.formats.callers(path.as_str())).map(|format| format.id.to_string()).collect();
    formats.dedup();
    let is_named = if named == Named::Yes { ", since you name it" } else { "" };
    let (as_what, why) = match formats.as_slice() {
        [] if rules.have_no_mappings() => ("passed", "no format reads it, and no mapping searches it".to_owned()),
        [] => ("searched", "no format reads it: searched for the names that mappings take from".to_owned()),
        some => ("read", format!("looked into as {}{is_named}", some.join(", "))),
    };
    let by = configs.of(path.as_str()).path.clone();
    Row { path: shown(path), formats, as_what, why, by }
}
