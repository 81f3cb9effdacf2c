//! `config show`: which rule files govern what, and which of them decided each setting.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::config::{Config, Entry, Governed, Reason};
use crate::disk::trees;
use crate::report::rules_json;
use crate::source::Vendored;
use crate::text::count;
use crate::text::harmless;

use super::args::{ConfigArgs, ConfigCommand, ShowArgs};
use super::options::Answers;
use super::{Exit, World, governed};

/// Runs the command.
pub(super) fn run(args: &ConfigArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    let ConfigCommand::Show(args) = &args.command;
    let asked = governed::asked(&args.place, None);
    let configs = governed::covered(&args.mappings, &asked, world)?;
    match args.format {
        Answers::Human => {
            let text = human(args, &configs, world);
            let _ = world.out(|out| out.write_all(text.as_bytes()));
        }
        Answers::Json => {
            let all = each(&configs).map(|(folder, config)| as_json(folder, config));
            world.json(&rules_json::object("configurations", all));
        }
    }
    Ok(Exit::Clean)
}

/// Each configuration with its folder, that of the whole first.
fn each(configs: &Governed<Config>) -> impl Iterator<Item = (&str, &Config)> {
    std::iter::once((".", configs.whole())).chain(configs.folders().map(|(folder, config)| (folder.as_str(), config)))
}

fn human(args: &ShowArgs, configs: &Governed<Config>, world: &World<'_>) -> String {
    let mut out = String::new();
    // A path that is named is answered for first.
    for tree in trees(&args.place.paths, Vendored::Skip, &world.start, &|_| None) {
        for root in tree.scope.roots.iter().filter(|root| world.start.join(tree.files.place(root)).is_file()) {
            let by = configs.of(root.as_str()).path.as_deref().unwrap_or("no rule file");
            let shown = crate::source::Files::shown(&tree.files, root);
            let _ = writeln!(out, "{}: {}", harmless(&shown), harmless(by));
        }
    }
    for (folder, config) in each(configs) {
        let path = config.path.as_deref().unwrap_or("no rule file");
        let rest = if folder == "." && configs.folders().next().is_some() { "everything else" } else { folder };
        let _ = writeln!(out, "{} governs {}", harmless(path), harmless(if rest == "." { "every file" } else { rest }));
        for (word, text, by) in said(config) {
            let by = if by.is_empty() { String::new() } else { format!("  ({by})") };
            let _ = writeln!(out, "  {word:<10} {}", harmless(&format!("{text}{by}")));
        }
    }
    out
}

/// What a configuration says: a word, what it is set to, and who says it.
fn said(config: &Config) -> Vec<(&'static str, String, String)> {
    let mut rows = Vec::new();
    let extended = config.sources.iter().filter(|source| Some(*source) != config.path.as_ref());
    rows.extend(extended.map(|source| ("extends", source.clone(), String::new())));
    for source in &config.sources {
        let own = config.mappings.iter().filter(|mapping| mapping.place.source.name == *source).count();
        rows.extend((own > 0).then(|| ("mappings", count(own, "mapping"), source.clone())));
    }
    for (word, entries) in [("allow", &config.registries.allow), ("deny", &config.registries.deny)] {
        rows.extend(entries.iter().map(|entry| (word, of_entry(entry), entry.by.clone())));
    }
    rows.extend(config.levels.iter().map(|(lint, level, by)| ("lints", format!("{lint}: {level}"), by.to_owned())));
    rows.extend(config.covered.written().cloned());
    let is_required = config.suppression_reason == Reason::Required;
    rows.extend(is_required.then(|| ("reason", "suppressions must give one".to_owned(), String::new())));
    rows
}

fn of_entry(entry: &Entry) -> String {
    let until = entry.until.map(|day| format!(" until {day}")).unwrap_or_default();
    format!("{}{until}{}", entry.name, entry.told())
}

fn as_json(folder: &str, config: &Config) -> Value {
    let settings: Vec<Value> = said(config).into_iter().map(|(word, text, by)| json!({"setting": word, "value": text, "by": by})).collect();
    json!({"folder": folder, "path": config.path, "sources": config.sources, "settings": settings})
}
