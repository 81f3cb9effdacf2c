//! What the documents show is what the program does: sessions are run, examples load, tables are generated, links lead somewhere.
//! `TRANSSHIP_BLESS=1` writes sessions and tables.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and writes only what it was asked to bless")]

#[path = "docs/fences.rs"]
mod fences;
#[path = "docs/pages.rs"]
mod pages;
#[path = "docs/playground.rs"]
mod playground;
#[path = "docs/sessions.rs"]
mod sessions;
#[path = "docs/tables.rs"]
mod tables;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use fences::Document;
use rayon::prelude::*;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn is_blessing() -> bool {
    std::env::var_os("TRANSSHIP_BLESS").is_some()
}

/// Held while a document is read and written: one holds sessions and tables.
static WRITING: Mutex<()> = Mutex::new(());

/// The documents of the project, with their paths from its root.
fn documents() -> Vec<String> {
    fn markdown(folder: &Path, depth: usize, found: &mut Vec<String>) {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if depth > 0 && root().join(&path).is_dir() {
                markdown(&path, depth - 1, found);
            } else if path.extension().is_some_and(|end| end == "md") {
                found.push(path.to_str().unwrap().to_owned());
            }
        }
    }
    let mut all = Vec::new();
    markdown(Path::new(""), 0, &mut all);
    markdown(Path::new("docs"), 2, &mut all);
    all.sort();
    all
}

#[test]
fn commands_do_what_is_shown() {
    let _alone = WRITING.lock();
    // Pages that are made from rules are run where they are made.
    let pages: Vec<String> = documents().into_iter().filter(|path| !pages::is_made(path)).collect();
    let differing = if is_blessing() { sessions::Differing::Replaced } else { sessions::Differing::Told };
    let of_page = |path: &String| {
        let mut document = Document::read(&root(), path);
        let seen = document.all_fences().iter().filter(|fence| fence.language() == "console").count();
        let faults = sessions::run(&mut document, &root(), differing);
        if is_blessing() {
            document.write(&root());
        }
        (seen, faults)
    };
    let done: Vec<(usize, Vec<String>)> = pages.par_iter().map(of_page).collect();
    let seen: usize = done.iter().map(|(seen, _)| seen).sum();
    let faults: Vec<String> = done.into_iter().flat_map(|(_, faults)| faults).collect();
    assert!(seen >= 120, "{seen} sessions: fewer than there were");
    assert!(faults.is_empty(), "{}\n\nTRANSSHIP_BLESS=1 cargo test --test docs writes what is printed", faults.join("\n"));
}

#[test]
fn pages_of_packs_are_made_of_their_packs() {
    let (made, mut faults) = pages::all(&root());
    for page in &made {
        let have = fs::read_to_string(root().join(&page.path)).unwrap_or_default();
        if have != page.text() && is_blessing() {
            page.write(&root());
        } else if have != page.text() {
            faults.push(format!("{} is another page than its pack makes:\n{}", page.path, page.text()));
        }
    }
    let left = documents().into_iter().filter(|path| pages::is_made(path) && made.iter().all(|page| page.path != *path));
    faults.extend(left.map(|path| format!("{path} is the page of no pack")));
    assert!(faults.is_empty(), "{}\n\nTRANSSHIP_BLESS=1 cargo test --test docs writes them", faults.join("\n"));
}

/// What the playground says of files. Cargo builds examples beside the program, before the tests.
fn played(files: &BTreeMap<String, String>) -> serde_json::Value {
    let example = Path::new(env!("CARGO_BIN_EXE_transship")).with_file_name("examples").join("playground");
    let mut child = Command::new(example).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let asked = serde_json::json!({"today": "2026-11-29", "files": files});
    child.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success(), "{asked}");
    serde_json::from_slice(&done.stdout).unwrap()
}

#[test]
fn the_playground_shows_what_the_pages_that_lead_to_it_tell() {
    let of_page = |path: &String| {
        let links = Document::read(&root(), path).links();
        let all = links.iter().filter_map(|link| playground::files(link.split_once('#')?.1));
        all.map(|files| (path.clone(), played(&files))).collect::<Vec<_>>()
    };
    let all: Vec<_> = documents().par_iter().flat_map_iter(of_page).collect();
    assert!(all.len() >= transship::config::packs().len() + 15, "{} links to the playground", all.len());
    let is_wrong = |(path, said): &&(String, serde_json::Value)| {
        let findings = said["findings"].as_str().unwrap_or_default();
        // A lint's page leads to its finding, and a pack's page to what it finds. Residue is told in one line.
        let wanted = match path.strip_prefix("docs/lints/").and_then(|name| name.strip_suffix(".md")) {
            Some("residue") => "still names".to_owned(),
            Some(lint) => format!("[{lint}]: "),
            None => "[".to_owned(),
        };
        !said["error"].is_null() || !findings.contains(&wanted)
    };
    let faults: Vec<String> = all.iter().filter(is_wrong).map(|(path, said)| format!("{path}: {said}")).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_book_has_every_page() {
    let summary = Document::read(&root(), "docs/SUMMARY.md");
    let linked = summary.links();
    let pages = documents().into_iter().filter_map(|path| Some(path.strip_prefix("docs/")?.to_owned()));
    let missing: Vec<String> = pages.filter(|page| page != "SUMMARY.md" && !linked.contains(page)).collect();
    assert!(missing.is_empty(), "docs/SUMMARY.md does not name {missing:?}");
}

#[test]
fn tables_are_those_of_the_rules() {
    let _alone = WRITING.lock();
    let mut faults = Vec::new();
    for (path, name, wanted) in tables::all(&root()) {
        let mut document = Document::read(&root(), &path);
        match document.between(name) {
            Some(have) if have == wanted => {}
            Some(_) if is_blessing() => {
                document.replace_between(name, &wanted);
                document.write(&root());
            }
            Some(have) => faults.push(format!("{path}, `{name}`: shown\n{have}\nwanted\n{wanted}")),
            None => faults.push(format!("{path} has no `<!-- {name} -->` … `<!-- end {name} -->`")),
        }
    }
    assert!(faults.is_empty(), "{}\n\nTRANSSHIP_BLESS=1 cargo test --test docs writes them", faults.join("\n"));
}

#[test]
fn every_format_document_explains_every_word() {
    let document = fs::read_to_string(root().join("docs/formats.md")).unwrap();
    let missing: Vec<String> = tables::words_of_formats().into_iter().filter(|word| !document.contains(&format!("`{word}`"))).collect();
    assert!(missing.is_empty(), "docs/formats.md does not explain {missing:?}");
}

#[test]
fn every_mapping_document_explains_every_word() {
    let pages = ["docs/reference.md", "docs/mappings.md", "docs/lints.md"].map(|page| fs::read_to_string(root().join(page)).unwrap());
    let missing: Vec<String> =
        tables::words_of_rule_files().into_iter().filter(|word| pages.iter().all(|page| !page.contains(&format!("`{word}`")))).collect();
    assert!(missing.is_empty(), "docs/reference.md, docs/mappings.md and docs/lints.md do not explain {missing:?}");
}

#[test]
fn links_lead_somewhere() {
    let mut faults = Vec::new();
    for path in documents() {
        let document = Document::read(&root(), &path);
        let folder = Path::new(&path).parent().unwrap().to_owned();
        for link in document.links() {
            let (file, heading) = link.split_once('#').map_or((link.as_str(), None), |(file, heading)| (file, Some(heading)));
            let target = if file.is_empty() { PathBuf::from(&path) } else { folder.join(file) };
            if !root().join(&target).exists() {
                faults.push(format!("{path}: nothing is at `{link}`"));
            } else if let Some(heading) = heading
                && playground::files(heading).is_none()
                && !Document::read(&root(), target.to_str().unwrap()).anchors().contains(heading)
            {
                faults.push(format!("{path}: no heading is at `{link}`"));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
