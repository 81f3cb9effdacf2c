//! What the documents show is what the program does: sessions are run, examples load, tables are generated, links lead somewhere.
//! `TRANSSHIP_BLESS=1` writes sessions and tables.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and writes only what it was asked to bless")]

#[path = "docs/fences.rs"]
mod fences;
#[path = "docs/sessions.rs"]
mod sessions;
#[path = "docs/tables.rs"]
mod tables;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use fences::Document;

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
    let markdown = |folder: &'static str| {
        let entries = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let own: Vec<String> = entries.filter(|name| Path::new(name).extension().is_some_and(|end| end == "md")).collect();
        own.into_iter().map(move |name| if folder.is_empty() { name } else { format!("{folder}/{name}") })
    };
    let mut all: Vec<String> = markdown("").chain(markdown("docs")).collect();
    all.sort();
    all
}

#[test]
fn sessions_print_what_is_shown() {
    let _alone = WRITING.lock();
    let mut faults = Vec::new();
    let mut seen = 0;
    for path in documents() {
        let mut document = Document::read(&root(), &path);
        let sessions = document.fences("console").count();
        seen += sessions;
        if sessions > 0 {
            faults.extend(sessions::run(&mut document, &root()));
        }
        if is_blessing() {
            document.write(&root());
        }
    }
    assert!(seen >= 12, "{seen} sessions: fewer than there were");
    assert!(faults.is_empty(), "{}\n\nTRANSSHIP_BLESS=1 cargo test --test docs writes what is printed", faults.join("\n"));
}

#[test]
fn tables_are_those_of_the_rules() {
    let _alone = WRITING.lock();
    let mut faults = Vec::new();
    for (path, name, wanted) in tables::all(&root()) {
        let mut document = Document::read(&root(), path);
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
    let document = fs::read_to_string(root().join("docs/mappings.md")).unwrap();
    let missing: Vec<String> = tables::words_of_rule_files().into_iter().filter(|word| !document.contains(&format!("`{word}`"))).collect();
    assert!(missing.is_empty(), "docs/mappings.md does not explain {missing:?}");
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
                && !Document::read(&root(), target.to_str().unwrap()).anchors().contains(heading)
            {
                faults.push(format!("{path}: no heading is at `{link}`"));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
