//! Wrong rule files say all that is wrong: `fixtures/rules/<case>/` is loaded and what is said compared with `expect.txt` (`loads` when nothing
//! is wrong). `TRANSSHIP_BLESS=1` writes what is said, to be read before it is kept.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may panic and write its own files"
)]

use std::path::{Path, PathBuf};
use std::{env, fs};

use proptest::prelude::*;
use transship::config::{Options, load};
use transship::disk::Disk;
use transship::source::{Memory, TreePath};

/// The options of a case: its `rules.yaml`, if there is one, and those of `options.txt`, one a line.
fn options(folder: &Path) -> Options {
    let rules = folder.join("rules.yaml");
    let path = |path: &str| Some(TreePath::new(path).unwrap());
    let mut options = Options { config: rules.to_str().filter(|_| rules.is_file()).and_then(path), ..Options::default() };
    for line in fs::read_to_string(folder.join("options.txt")).unwrap_or_default().lines() {
        match line.split_once(' ').unwrap() {
            ("--map", map) => options.maps.push(map.to_owned()),
            ("--pack", pack) => options.packs.push(pack.to_owned()),
            ("--config", path) => options.config = TreePath::new(path).ok(),
            ("--var", var) => {
                let (name, value) = var.split_once('=').unwrap();
                options.vars.insert(name.to_owned(), value.to_owned());
            }
            other => panic!("{other:?}"),
        }
    }
    options
}

#[test]
fn every_case_says_what_is_expected() {
    let mut folders: Vec<PathBuf> = fs::read_dir("fixtures/rules").unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    assert!(folders.len() > 25, "{}", folders.len());
    let mut wrong = Vec::new();
    let here = env::current_dir().unwrap();
    let files = Disk::new(&here, &here);
    for folder in folders {
        let said = match load(&options(&folder), &files) {
            Ok(_) => "loads".to_owned(),
            Err(faults) => faults.to_string(),
        };
        // The system's own words for a missing file are not ours.
        let said = format!("{}\n", said.trim_end()).replace('\\', "/");
        let expect = folder.join("expect.txt");
        if env::var("TRANSSHIP_BLESS").is_ok() {
            fs::write(&expect, &said).unwrap();
        }
        let expected = fs::read_to_string(&expect).unwrap_or_default();
        if said != expected {
            wrong.push(format!("== {}\n{said}-- expected\n{expected}", folder.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The rule files of all cases and packs, to be spoiled.
fn texts() -> Vec<String> {
    let cases = fs::read_dir("fixtures/rules").unwrap().map(|entry| entry.unwrap().path().join("rules.yaml"));
    let packs = fs::read_dir("rules/mappings").unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = cases.chain(packs).filter(|path| path.is_file()).collect();
    paths.sort();
    paths.into_iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_spoiled_rule_file_is_told_never_a_panic(
        text in proptest::sample::select(texts()),
        spoils in proptest::collection::vec((any::<prop::sample::Index>(), 0_usize..6, "[-a-z:{}\\[\\]*/@'\"| \n#&?é0-9.]{0,3}"), 0..4),
    ) {
        let mut text = text;
        for (at, length, insert) in spoils {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let start = at.index(places.len());
            let end = (start + length).min(places.len() - 1);
            text.replace_range(places[start]..places[end], &insert);
        }
        let config = Some(TreePath::new("rules.yaml").unwrap());
        if let Err(faults) = load(&Options { config, ..Options::default() }, &Memory::from([("rules.yaml", text.as_str())])) {
            prop_assert!(!faults.is_empty());
            let shown = faults.to_string();
            prop_assert!(shown.starts_with("error: "), "{}", shown);
        }
    }
}
