//! Owns what the documents repeat from the rules and the code: tables of formats, sites, packs, lints; and the words of the two languages.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use transship::diagnostic::Severity;
use transship::format::FormatTable;
use transship::lint::Told;

/// Document, name and text of every generated part.
pub(crate) fn all(root: &Path) -> Vec<(&'static str, &'static str, String)> {
    vec![
        ("README.md", "formats", formats(root)),
        ("README.md", "packs", packs()),
        ("ARCHITECTURE.md", "layers", layers(root)),
        ("docs/formats.md", "builtin", sites(root)),
        ("docs/lints.md", "lints", lints()),
        ("docs/mappings.md", "words", rule_file()),
    ]
}

/// The tables of `rules/formats`, in order of their id.
fn tables(root: &Path) -> Vec<Value> {
    let mut files: Vec<PathBuf> = fs::read_dir(root.join("rules/formats")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| serde_yaml::from_str(&fs::read_to_string(file).unwrap()).unwrap()).collect()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn words(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// A list as code. A `|` would end a cell.
fn code(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{}`", word.trim_start_matches("**/").replace('|', "\\|"))).collect::<Vec<_>>().join(", ")
}

fn formats(root: &Path) -> String {
    let mut table = String::from("| format | id | files | references in |\n|---|---|---|---|\n");
    // Tables without files describe what stands inside other files.
    for format in tables(root).iter().filter(|format| format["files"].is_array()) {
        let mut sites: Vec<&str> = format["sites"].as_array().into_iter().flatten().map(|site| text(site, "id")).collect();
        let mut seen = BTreeSet::new();
        sites.retain(|site| seen.insert(*site));
        let files = code(&words(&format["files"]));
        table.push_str(
            &["| ", text(format, "title"), " | `", text(format, "id"), "` | ", &files, " | ", &sites.join(", "), " |\n"].concat(),
        );
    }
    table
}

fn sites(root: &Path) -> String {
    let mut out = String::new();
    for format in tables(root) {
        write!(out, "\n### {}\n\n`{}`, from {}.\n\n", text(&format, "title"), text(&format, "id"), text(&format, "source")).unwrap();
        out.push_str("| site | where | shape | role |\n|---|---|---|---|\n");
        for site in format["sites"].as_array().into_iter().flatten() {
            let place = if site["at"].is_string() { text(site, "at") } else { text(site, "path") };
            let or = |key: &str, usual: &str| if site[key].is_string() { text(site, key).to_owned() } else { usual.to_owned() };
            let (shape, role) = (or("shape", "reference"), or("role", "pull"));
            writeln!(out, "| {} | {} | {shape} | {role} |", text(site, "id"), code(&[place])).unwrap();
        }
    }
    out.push('\n');
    out
}

/// The list that `tests/architecture.rs` holds the code to.
fn layers(root: &Path) -> String {
    let test = fs::read_to_string(root.join("tests/architecture.rs")).unwrap();
    let list = test.split_once("const LAYERS").and_then(|(_, rest)| rest.split_once("];")).unwrap().0;
    let entry = regex::Regex::new(r#"\(&\[([^\]]+)\], "([^"]+)"\)"#).unwrap();
    let mut table = String::from("| layer | what it is |\n|---|---|\n");
    for found in entry.captures_iter(list) {
        writeln!(table, "| {} | {} |", found[1].replace('"', "`"), &found[2]).unwrap();
    }
    table
}

fn packs() -> String {
    let mut table = String::from("| pack | moves | wants |\n|---|---|---|\n");
    for pack in transship::config::packs() {
        let first = pack.about.lines().next().unwrap_or_default();
        let wants = pack.required.iter().map(|name| format!("`--var {name}=…`")).collect::<Vec<_>>().join(", ");
        writeln!(table, "| [`{0}`](rules/mappings/{0}.yaml) | {first} | {wants} |", pack.name).unwrap();
    }
    table
}

fn lints() -> String {
    let mut table = String::from("| code | usually | finds |\n|---|---|---|\n");
    for lint in transship::lint::all() {
        let severity = match (lint.told, lint.severity) {
            (Told::WhenAsked, _) => "allow",
            (_, Severity::Error) => "error",
            (_, Severity::Warning) => "warning",
            (_, Severity::Note) => "note",
        };
        writeln!(table, "| `{}` | {severity} | {} |", lint.code, lint.about.replace('|', "\\|")).unwrap();
    }
    table
}

/// The words of a rule file, by the table that they stand in, from the program's own schema.
fn rule_file() -> String {
    let schema = transship::config::schema();
    let properties = |schema: &Value| schema["properties"].as_object().cloned().unwrap_or_default();
    let file = properties(&schema);
    let mapping = properties(&file["mappings"]["items"]);
    let tables = [
        ("A rule file", file.clone()),
        ("An entry of `mappings`", mapping.clone()),
        ("`when`", properties(&mapping["when"])),
        ("An entry of `tests`", properties(&file["tests"]["items"])),
        ("An entry of `retired`", properties(&file["retired"]["items"])),
        ("`registries`", properties(&file["registries"])),
        ("An entry of `allow` or `deny` that says more", properties(&file["registries"]["properties"]["deny"]["anyOf"][2])),
        ("An entry of `lints` that holds for some files", properties(&file["lints"]["additionalProperties"]["anyOf"][1])),
        ("`suppressions`", properties(&file["suppressions"])),
    ];
    let mut out = String::new();
    for (name, words) in tables {
        writeln!(out, "\n{name}:\n\n| word | meaning |\n|---|---|").unwrap();
        for (word, value) in words {
            writeln!(out, "| `{word}` | {} |", text(&value, "description").replace('|', "\\|")).unwrap();
        }
    }
    out.push('\n');
    out
}

/// Every word of a format's table, of its sites, and of what stands in them.
pub(crate) fn words_of_formats() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    names(&serde_json::to_value(schemars::schema_for!(FormatTable)).unwrap(), &mut found);
    assert!(found.len() > 40, "the schema of formats has another form than is read here: {found:?}");
    found
}

/// Every word of a rule file, but those of formats.
pub(crate) fn words_of_rule_files() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut schema = transship::config::schema();
    schema.as_object_mut().unwrap().remove("$defs");
    schema["properties"]["formats"] = Value::Null;
    names(&schema, &mut found);
    found.insert("formats".to_owned());
    found
}

/// The names of properties, and the words that may stand for a value, anywhere in a schema.
fn names(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(keys) => {
            for (key, value) in keys {
                match (key.as_str(), value) {
                    ("properties", Value::Object(properties)) => found.extend(properties.keys().cloned()),
                    ("enum", Value::Array(words)) => found.extend(words.iter().filter_map(Value::as_str).map(str::to_owned)),
                    ("const", Value::String(word)) => drop(found.insert(word.clone())),
                    _ => {}
                }
                names(value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        _ => {}
    }
}
