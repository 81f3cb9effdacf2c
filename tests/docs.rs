//! What the documents repeat from the rules is generated. `TRANSSHIP_BLESS=1` writes it.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and writes only what it was asked to bless")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Compares what stands between `<!-- NAME -->` and `<!-- end NAME -->` of a document with what it should be.
fn assert_generated(document: &str, name: &str, wanted: &str) {
    let file = root().join(document);
    let text = fs::read_to_string(&file).unwrap();
    let (opening, closing) = (format!("<!-- {name} -->\n"), format!("<!-- end {name} -->"));
    let start = text.find(&opening).unwrap_or_else(|| panic!("{document} has no `{opening}`")) + opening.len();
    let end = start + text[start..].find(&closing).unwrap_or_else(|| panic!("{document} has no `{closing}`"));
    if std::env::var_os("TRANSSHIP_BLESS").is_some() {
        fs::write(&file, [&text[..start], wanted, &text[end..]].concat()).unwrap();
        return;
    }
    assert_eq!(&text[start..end], wanted, "{document} is out of date: TRANSSHIP_BLESS=1 cargo test --test docs");
}

/// The tables of `rules/formats`, in order of their id.
fn tables() -> Vec<Value> {
    let mut files: Vec<PathBuf> = fs::read_dir(root().join("rules/formats")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| serde_yaml::from_str(&fs::read_to_string(file).unwrap()).unwrap()).collect()
}

fn words(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// A list as code. The globs' `|` would end a cell.
fn code(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{}`", word.trim_start_matches("**/").replace('|', "\\|"))).collect::<Vec<_>>().join(", ")
}

#[test]
fn readme_lists_every_format() {
    let mut table = String::from("| format | id | files | references in |\n|---|---|---|---|\n");
    for format in tables() {
        let files = words(&format["files"]);
        // Tables without files describe what stands inside other files.
        if files.is_empty() {
            continue;
        }
        let mut sites: Vec<&str> = format["sites"].as_array().into_iter().flatten().filter_map(|site| site["id"].as_str()).collect();
        let mut seen = std::collections::BTreeSet::new();
        sites.retain(|site| seen.insert(*site));
        let text = |key: &str| format[key].as_str().unwrap_or_default();
        table.push_str(&["| ", text("title"), " | `", text("id"), "` | ", &code(&files), " | ", &sites.join(", "), " |\n"].concat());
    }
    assert_generated("README.md", "formats", &table);
}
