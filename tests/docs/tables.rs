//! Owns what the documents repeat from the rules and the code: tables of formats, sites, packs, lints; and the words of the two languages.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use transship::diagnostic::Severity;
use transship::format::FormatTable;
use transship::lint::{Lint, Told};

use super::fences::Document;
use super::playground;

/// Document, name and text of every generated part.
pub(crate) fn all(root: &Path) -> Vec<(String, &'static str, String)> {
    let fixed = [
        ("docs/files.md", "formats", formats(root)),
        ("docs/packs.md", "packs", packs()),
        ("docs/SUMMARY.md", "packs", contents_of_packs()),
        ("docs/SUMMARY.md", "lints", contents_of_lints()),
        ("ARCHITECTURE.md", "layers", layers(root)),
        ("docs/formats.md", "builtin", sites(root)),
        ("docs/lints.md", "lints", lints()),
        ("docs/reference.md", "words", rule_file()),
    ];
    let lints = transship::lint::all().iter().map(|lint| (format!("docs/lints/{}.md", lint.code), "lint", head(lint, root)));
    fixed.into_iter().map(|(path, name, text)| (path.to_owned(), name, text)).chain(lints).collect()
}

/// The lines of the book's contents that name the pages of packs.
fn contents_of_packs() -> String {
    contents("packs", transship::config::packs().iter().map(|pack| pack.name))
}

fn contents_of_lints() -> String {
    contents("lints", transship::lint::all().iter().map(|lint| lint.code))
}

fn contents<'a>(folder: &str, names: impl Iterator<Item = &'a str>) -> String {
    let lines: String = names.flat_map(|name| ["  - [", name, "](", folder, "/", name, ".md)\n"].map(str::to_owned)).collect();
    // The mark behind them is indented as they are, or they would be no part of their chapter.
    lines + "  "
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
        writeln!(table, "| [`{0}`](packs/{0}.md) | {first} | {wants} |", pack.name).unwrap();
    }
    table
}

fn lints() -> String {
    let mut table = String::from("| code | usually | finds |\n|---|---|---|\n");
    for lint in transship::lint::all() {
        writeln!(table, "| [`{0}`](lints/{0}.md) | {1} | {2} |", lint.code, usually(lint), lint.about.replace('|', "\\|")).unwrap();
    }
    table
}

/// How its findings are judged while nobody says otherwise.
fn usually(lint: &Lint) -> &'static str {
    match (lint.told, lint.severity) {
        (Told::WhenAsked, _) => "allow",
        (_, Severity::Error) => "error",
        (_, Severity::Warning) => "warning",
        (_, Severity::Note) => "note",
    }
}

/// Lints that the playground does not show: they speak of a disk, of packed charts, or of several sets of files.
const NOT_PLAYED: [&str; 4] = ["mixed-registry", "unreadable-file", "unwritten-file", "unwritten-image"];

/// What the page of a lint begins with.
fn head(lint: &Lint, root: &Path) -> String {
    let usually = match usually(lint) {
        "allow" => "`allow`, until `lints:` or `--lint` says otherwise",
        severity => severity,
    };
    let page = Document::read(root, &format!("docs/lints/{}.md", lint.code));
    let files = playground::of_page(&page).filter(|_| !NOT_PLAYED.contains(&lint.code));
    let link = files.map_or(String::new(), |files| {
        format!("\n[Try the example in the playground](../playground.md#{}).\n", playground::fragment(&files))
    });
    format!("Usually: {usually}.\n\n{}\n{link}", lint.about)
}

/// The words of a rule file, by the table that they stand in, from the program's own schema.
fn rule_file() -> String {
    let schema = transship::config::schema();
    let properties = |schema: &Value| schema["properties"].as_object().cloned().unwrap_or_default();
    let file = properties(&schema);
    let mapping = properties(&file["mappings"]["items"]);
    let tables = [
        ("The file", file.clone()),
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
        writeln!(out, "\n## {name}\n\n| word | value | without it | meaning |\n|---|---|---|---|").unwrap();
        for (word, value) in words {
            let usual =
                if value["default"].is_null() { String::new() } else { format!("`{}`", value["default"].to_string().replace('"', "")) };
            writeln!(out, "| `{word}` | {} | {usual} | {} |", kind(&value), text(&value, "description").replace('|', "\\|")).unwrap();
        }
    }
    out.push('\n');
    out
}

/// What may stand behind a word, in a few of them.
fn kind(schema: &Value) -> String {
    let any = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array());
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().map(|word| format!("`{}`", word.as_str().unwrap())).collect::<Vec<_>>().join(", ");
    }
    if let Some(any) = any {
        let mut kinds: Vec<String> = any.iter().map(kind).collect();
        kinds.dedup();
        return kinds.join("; or ");
    }
    if let Some(word) = schema["const"].as_str() {
        return format!("`{word}`");
    }
    match (schema["type"].as_str(), &schema["items"]) {
        (Some("array"), items) if items["properties"].is_object() || items["type"] == "object" => "a list of entries".to_owned(),
        (Some("array"), items) => format!("a list ({})", kind(items)),
        (Some("object"), _) => "keys".to_owned(),
        (Some("boolean"), _) => "`true`, `false`".to_owned(),
        (Some("integer"), _) => "a number".to_owned(),
        _ if schema["format"] == "date" => "a day (`2027-01-31`)".to_owned(),
        _ => "a text".to_owned(),
    }
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
