//! What people type out of habit: help as a command, pages and completions for packagers, a fix that only shows, or moves a part.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and writes its scratch files")]

#[path = "support/program.rs"]
mod program;

use std::fs;

use program::{command, finish, json, repository, say};
use tempfile::TempDir;

fn two() -> TempDir {
    repository(&[
        (
            ".transship.yaml",
            "mappings:\n  - {id: acme, from: quay.io/acme/, to: r.example.com/acme/}\n  - {id: web, from: quay.io/acme/web, to: r.example.com/sites/web}\n",
        ),
        ("a/Dockerfile", "FROM quay.io/acme/web:1\nFROM quay.io/acme/db:1\n"),
        ("b/Dockerfile", "FROM quay.io/acme/db:1\n"),
    ])
}

fn read(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).unwrap()
}

#[test]
fn help_is_a_command() {
    let folder = repository(&[]);
    let all = say(&folder, &["help"]);
    assert!(all.code == 0 && all.out.contains("check") && all.out.contains("Exit codes"), "{all:?}");
    assert_eq!(say(&folder, &["help", "check"]).out, say(&folder, &["check", "--help"]).out);
    let nested = say(&folder, &["help", "rules", "list"]);
    assert!(nested.code == 0 && nested.out.contains("--config"), "{nested:?}");
    assert_eq!(say(&folder, &["help", "nosuch"]).code, 2);
}

#[test]
fn each_command_has_a_page_and_each_shell_a_script() {
    let folder = repository(&[]);
    let written = say(&folder, &["man", "--output", "man"]);
    assert_eq!(written.code, 0, "{written:?}");
    let pages: Vec<String> =
        fs::read_dir(folder.path().join("man")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    for page in
        ["transship.1", "transship-check.1", "transship-fix.1", "transship-rules.1", "transship-rules-list.1", "transship-charts-pull.1"]
    {
        assert!(pages.iter().any(|name| name == page), "{page}: {pages:?}");
    }
    let check = say(&folder, &["man", "check"]).out;
    assert!(check.contains(".TH transship-check 1") && check.contains("write\\-baseline"), "{check}");
    assert_eq!(check, read(&folder, "man/transship-check.1"));
    assert_eq!(say(&folder, &["man", "rules", "list"]).out, read(&folder, "man/transship-rules-list.1"));
    let unknown = say(&folder, &["man", "nosuch"]);
    assert!(unknown.code == 2 && unknown.errors.contains("there is no command `nosuch`"), "{unknown:?}");
    for shell in ["bash", "elvish", "fish", "nushell", "powershell", "zsh"] {
        assert!(say(&folder, &["completions", shell]).out.contains("write-baseline"), "{shell}");
    }
    assert!(say(&folder, &["completions", "nushell"]).out.contains("export extern \"transship check\""));
}

#[test]
fn a_dry_run_names_files_and_writes_none() {
    let folder = two();
    let before = read(&folder, "a/Dockerfile");
    let said = say(&folder, &["fix", "--dry-run"]);
    assert_eq!(said.code, 1, "{said:?}");
    let want = "would change a/Dockerfile: 2 places\nwould change b/Dockerfile: 1 place\nwould change 3 places in 2 files\nthen left: ";
    assert!(said.out.starts_with(want) && said.errors.is_empty(), "{said:?}");
    let patch = say(&folder, &["fix", "--diff"]);
    assert!(patch.errors.contains("would change 3 places in 2 files\nthen left: 3 files, 3 occurrences: 0 findings"), "{patch:?}");
    assert_eq!(read(&folder, "a/Dockerfile"), before);
    let both = say(&folder, &["fix", "--dry-run", "--diff"]);
    assert_eq!(both.code, 2, "{both:?}");
}

#[test]
fn what_a_fix_did_is_told_to_programs() {
    let folder = two();
    let rules = read(&folder, ".transship.yaml") + "  - {id: kept, from: ghcr.io/acme/, to: r.example.com/acme/, digest: refuse}\n";
    fs::write(folder.path().join(".transship.yaml"), rules).unwrap();
    fs::write(folder.path().join("c.Dockerfile"), format!("FROM ghcr.io/acme/x@sha256:{}\n", "0123456789abcdef".repeat(4))).unwrap();
    let dry = json(&say(&folder, &["fix", "--dry-run", "--format", "json"]));
    let said = say(&folder, &["fix", "--format", "json"]);
    let read_back = json(&said);
    assert_eq!((&read_back["version"], &read_back["changed"]), (&1.into(), &dry["changed"]));
    assert_eq!(read_back["changed"][1]["path"], "b/Dockerfile");
    assert_eq!(read_back["changed"][1]["edits"], serde_json::json!([{"start": 5, "end": 12, "text": "r.example.com"}]));
    assert_eq!((&read_back["summary"]["changed"], &read_back["summary"]["edits"], said.code), (&2.into(), &3.into(), 1));
    assert_eq!(read_back["diagnostics"][0]["mapping"], "kept");
    assert_eq!(read(&folder, "b/Dockerfile"), "FROM r.example.com/acme/db:1\n");
}

#[test]
fn a_part_moves_and_the_rest_stays() {
    let only = |names: &[&str]| {
        let folder = two();
        let names: Vec<&str> = names.iter().flat_map(|name| ["--only", name]).collect();
        let said = say(&folder, &[&["fix"], &names[..]].concat());
        let moved = |path: &str, name: &str| read(&folder, path).contains(&format!("r.example.com/{name}"));
        (said.code, [moved("a/Dockerfile", "sites/web"), moved("a/Dockerfile", "acme/db"), moved("b/Dockerfile", "acme/db")])
    };
    assert_eq!(only(&["web"]), (0, [true, false, false]));
    // What another mapping covers more closely is not this one's.
    assert_eq!(only(&["acme"]), (0, [false, true, true]));
    assert_eq!(only(&["b"]), (0, [false, false, true]));
    assert_eq!(only(&["acme", "a/Dockerfile"]), (0, [false, true, false]));
    assert_eq!(only(&["web", "acme"]), (0, [true, true, true]));
    assert_eq!(only(&["nosuch"]), (2, [false, false, false]));
}

#[test]
fn check_fixes_as_fix_does() {
    let folder = two();
    let said = say(&folder, &["check", "--fix"]);
    assert!(said.code == 0 && said.out.contains("changed 3 places in 2 files"), "{said:?}");
    assert!(!read(&folder, "a/Dockerfile").contains("quay.io"));
    assert_eq!(say(&folder, &["check", "--fix", "--staged"]).code, 2);
}

#[test]
fn a_fix_counts_what_the_baseline_has_as_old() {
    let folder = two();
    let rules = "baseline: old.json\nmappings: [{from: quay.io/acme/, to: r.example.com/acme/}, {from: ghcr.io/acme/, to: r.example.com/acme/, digest: refuse}]\n";
    fs::write(folder.path().join(".transship.yaml"), rules).unwrap();
    let digest = "0123456789abcdef".repeat(4);
    fs::write(folder.path().join("c.Dockerfile"), format!("FROM ghcr.io/acme/x@sha256:{digest}\n")).unwrap();
    assert_eq!(finish(&mut command(folder.path(), &["check", "--write-baseline", "old.json"]), "").code, 0);
    let said = say(&folder, &["fix"]);
    assert!(said.code == 0 && said.out.contains("changed 3 places in 2 files") && said.out.contains("1 old"), "{said:?}");
}
