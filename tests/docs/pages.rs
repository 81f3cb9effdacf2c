//! Owns the pages that are made of a pack: what happened, which day counts, the command and what it prints, what stays.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use rayon::prelude::*;
use serde_json::Value;
use transship::config::{Pack, packs};

use super::fences::Document;
use super::playground;
use super::sessions::{Differing, run};

/// Where they stand.
const FOLDER: &str = "docs/packs/";

/// Values for the variables that a pack wants to be given.
const VALUES: [(&str, &str); 6] = [
    ("mirror", "harbor.example.com/dockerhub"),
    ("location", "europe"),
    ("project", "acme"),
    ("repository", "containers"),
    ("from_organization", "acme"),
    ("organization", "acme"),
];

/// References of each kind that a page shows.
const SHOWN: usize = 4;

/// Whether a page is made here.
pub(crate) fn is_made(path: &str) -> bool {
    path.starts_with(FOLDER)
}

/// Every page, with what its commands print, and what cannot be run.
pub(crate) fn all(root: &Path) -> (Vec<Document>, Vec<String>) {
    let (pages, faults): (Vec<Document>, Vec<Vec<String>>) = packs().par_iter().map(|pack| page(pack, root)).unzip();
    (pages, faults.into_iter().flatten().collect())
}

/// The examples of a pack, from its tests.
#[derive(Default)]
struct Examples {
    moved: Vec<String>,
    refused: Vec<String>,
    retired: Vec<String>,
    stay: Vec<String>,
}

fn page(pack: &Pack, root: &Path) -> (Document, Vec<String>) {
    let file: Value = serde_yaml::from_str(pack.text).unwrap();
    let vars = vars(&file);
    let examples = Examples::of(&file, &vars);
    let (title, rest) = pack.about.split_once('\n').unwrap_or((&pack.about, ""));
    let name = pack.name;
    let options: String = pack.required.iter().fold(format!("--pack {name}"), |all, var| all + &format!(" --var {var}={}", vars[var]));
    let mut out = format!("# {}\n\n<!-- one session -->\n\n## What happened\n\n", title.trim_end_matches('.'));
    if !rest.trim().is_empty() {
        writeln!(out, "{}\n", rest.trim()).unwrap();
    }
    let read = pack.as_of.map(|day| format!(", read on {day}")).unwrap_or_default();
    writeln!(out, "Source: {}{read}.", pack.source.join("; ")).unwrap();
    if let Some(why) = &pack.optional {
        writeln!(out, "\nNobody has to do it: {why}.").unwrap();
    }
    days(&file, &vars, &mut out);
    let rules = format!("extends: [{name}]\n{}", given(pack, &vars));
    let day = pack.as_of.map_or_else(String::new, |day| format!(" --at {day}"));
    out.push_str("\n## Does it concern me?\n\nIn a repository with this file:\n\n```yaml file=compose.yaml\nservices:\n");
    let compose = format!("services:\n{}", services(&examples));
    out.push_str(&compose["services:\n".len()..]);
    writeln!(out, "```\n\n```console\n$ transship check {options}{day}\n```").unwrap();
    writeln!(
        out,
        "\nYour own repository answers the same command. In a rule file, which a [CI gate](../gate.md) needs, it is:\n\n```yaml\n{rules}```\n\n[Try it in the playground](../playground.md#{}).",
        playground::fragment(&BTreeMap::from([(".transship.yaml".to_owned(), rules.clone()), ("compose.yaml".to_owned(), compose)]))
    )
    .unwrap();
    writeln!(out, "\n## Move\n\n`fix` without `--diff` writes it.\n\n```console\n$ transship fix --diff {options}{day}\n```").unwrap();
    if !examples.stay.is_empty() {
        let stay = examples.stay.join(" ");
        writeln!(out, "\n## What stays\n\n```console\n$ transship map {options} {stay}\n```").unwrap();
    }
    writeln!(
        out,
        "\nThe pack is [rules/mappings/{name}.yaml](../../rules/mappings/{name}.yaml); `transship rules show {name}` prints it, and `transship verify {options}` asks the registries whether every target exists. [Packs](../packs.md) lists the others."
    )
    .unwrap();
    let mut page = Document::of(&format!("{FOLDER}{name}.md"), out);
    let faults = run(&mut page, root, Differing::Replaced);
    (page, faults)
}

/// The variables of a pack, each with a value.
fn vars(file: &Value) -> BTreeMap<String, String> {
    let own = file["vars"].as_object().into_iter().flatten();
    own.map(|(name, value)| {
        let sample = || VALUES.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("no value to show for `{name}`")).1;
        (name.clone(), value.as_str().map_or_else(|| sample().to_owned(), str::to_owned))
    })
    .collect()
}

fn filled(text: &str, vars: &BTreeMap<String, String>) -> String {
    vars.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// The variables that a rule file has to give.
fn given(pack: &Pack, vars: &BTreeMap<String, String>) -> String {
    if pack.required.is_empty() {
        return String::new();
    }
    let values: Vec<String> = pack.required.iter().map(|name| format!("{name}: {}", vars[name])).collect();
    format!("vars: {{{}}}\n", values.join(", "))
}

impl Examples {
    fn of(file: &Value, vars: &BTreeMap<String, String>) -> Self {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        // One of each mapping first, so that no mapping takes all the room.
        let mut groups: Vec<Vec<Value>> =
            ["mappings", "retired"].iter().flat_map(|key| list(&file[key])).map(|one| list(&one["tests"])).collect();
        groups.push(list(&file["tests"]));
        let longest = groups.iter().map(Vec::len).max().unwrap_or_default();
        let tests = (0..longest).flat_map(|at| groups.iter().filter_map(move |group| group.get(at)));
        let mut examples = Self::default();
        // What speaks of a place is not shown: the page has one file.
        for test in tests.filter(|test| ["format", "file", "class"].iter().all(|key| test[key].is_null())) {
            let reference = filled(test["given"].as_str().unwrap(), vars);
            let kind = match test["want"].as_str() {
                Some("unchanged") => &mut examples.stay,
                Some("refused") => &mut examples.refused,
                Some("retired") => &mut examples.retired,
                _ => &mut examples.moved,
            };
            if kind.len() < SHOWN && !kind.contains(&reference) {
                kind.push(reference);
            }
        }
        examples
    }
}

/// A service for each image that is told.
fn services(examples: &Examples) -> String {
    let mut out = String::new();
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for image in examples.moved.iter().chain(&examples.refused).chain(&examples.retired).chain(examples.stay.first()) {
        let name = image.split('@').next().unwrap().rsplit('/').next().unwrap();
        let name = name.split(':').next().unwrap().to_owned();
        let seen = names.entry(name.clone()).or_default();
        *seen += 1;
        let name = if *seen > 1 { format!("{name}-{seen}") } else { name };
        writeln!(out, "  {name}:\n    image: {image}").unwrap();
    }
    out
}

/// The days from which on an old name leads nowhere, or is not kept up to date.
fn days(file: &Value, vars: &BTreeMap<String, String>, out: &mut String) {
    let entries = |key: &str| file[key].as_array().cloned().unwrap_or_default();
    let mut rows = Vec::new();
    for mapping in entries("mappings") {
        let to = mapping["to"].as_str().or_else(|| mapping["to"][0].as_str()).unwrap_or_default();
        let from = mapping["from"].as_str().or_else(|| mapping["match"].as_str()).unwrap_or_default();
        let (from, to) = (filled(from, vars), filled(to, vars));
        let day = mapping["until"].as_str().unwrap_or("no day is known");
        rows.push(format!("| `{}` | `{to}` | {day} |", from.replace('|', "\\|")));
    }
    for retired in entries("retired") {
        let day = retired["since"].as_str().unwrap_or("no day is known");
        rows.push(format!(
            "| `{}` | nothing: {} | {day} |",
            retired["image"].as_str().unwrap_or_default(),
            retired["why"].as_str().unwrap_or_default()
        ));
    }
    writeln!(out, "\n| from | to | ended on |\n|---|---|---|\n{}", rows.join("\n")).unwrap();
}
