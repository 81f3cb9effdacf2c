//! Whatever names a place, in every case and repository of the fixtures: it lies in its file, and holds the text that is named.
//! `TRANSSHIP_SPANS_DIR=/a/folder` asks it of the files of that folder instead.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};

use transship::config::{Options, load};
use transship::disk::Disk;
use transship::judge::{Judge, Look, Reading, Rules};
use transship::link::sets;
use transship::mapping::Date;
use transship::occurrence::{Caution, Occurrence, Origin, Piece, Spelling};
use transship::reference::HOLE;
use transship::source::{Files as _, Scope, TreePath, Vendored};
use transship::text::{FileId, Span};

/// The folder that is asked for, or every folder of the fixtures that holds files before a fix, with the rule file that it is judged by.
fn cases() -> Vec<(PathBuf, PathBuf)> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let usual = fixtures.join("transship.yaml");
    if let Some(folder) = std::env::var_os("TRANSSHIP_SPANS_DIR") {
        return vec![(folder.into(), usual)];
    }
    let mut cases = vec![(fixtures.join("demo"), usual.clone())];
    for format in std::fs::read_dir(&fixtures).unwrap().flatten().map(|entry| entry.path()).filter(|path| path.is_dir()) {
        for case in std::fs::read_dir(format).unwrap().flatten().map(|entry| entry.path()).filter(|case| case.join("before").is_dir()) {
            let own = case.join("transship.yaml");
            cases.push((case.join("before"), if own.is_file() { own } else { usual.clone() }));
        }
    }
    cases.sort();
    cases
}

fn rules(file: &Path) -> Rules {
    let disk = Disk::new(file.parent().unwrap(), Path::new("/"));
    let options = Options { config: Some(TreePath::new(file.file_name().unwrap().to_str().unwrap()).unwrap()), ..Options::default() };
    Rules::new(load(&options, &disk).unwrap().unwrap(), Date { year: 2026, month: 1, day: 1 })
}

/// What is wrong with the places of a reading.
fn faults(reading: &Reading<'_>, rules: &Rules) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |what: &str, span: Span, holds: &dyn Fn(&[u8]) -> bool| {
        // What a chart prints stands in no file.
        if span.file == FileId::NONE {
            return;
        }
        let bytes = reading.file(span.file).and_then(|file| file.bytes.get(span.range()));
        if !bytes.is_some_and(holds) {
            let text = bytes.map(String::from_utf8_lossy);
            faults.push(format!("{} {span:?}: {what}, but there is {text:?}", reading.path_of(span.file)));
        }
    };
    let files: Vec<&str> = reading.files.iter().filter_map(|file| file.path.rsplit('/').next()).collect();
    for one in &reading.located.occurrences {
        check("the place of a reference", one.place, &|_| true);
        for piece in &one.pieces {
            pieces(one, piece, &mut check);
        }
        for caution in &one.cautions {
            match caution {
                Caution::AlsoUsed { variable, places } | Caution::AlsoPushed { variable, places } => {
                    let name = variable.rsplit('.').next().unwrap();
                    for place in places {
                        let holds = |bytes: &[u8]| contains(bytes, name) || files.iter().any(|file| file.as_bytes() == bytes);
                        check(&format!("a use of `{variable}`"), *place, &holds);
                    }
                }
                Caution::Printed { value, places, .. } => {
                    for place in places.iter().chain([value]) {
                        check("a value that is printed elsewhere", *place, &|_| true);
                    }
                }
                Caution::Preceded { at, .. } => check("a text before it", *at, &|_| true),
                Caution::Chart(address) => {
                    check("how an address of charts begins", address.written, &|_| true);
                    if let Some(mark) = &address.mark {
                        check("what stands beside an address of charts", mark.at, &|_| true);
                    }
                }
                Caution::ChartElsewhere { .. }
                | Caution::Unwritten { .. }
                | Caution::Replaced
                | Caution::NotDeployed
                | Caution::Keep(_) => {}
            }
        }
    }
    for fault in &reading.located.faults {
        check(&fault.message, fault.span, &|_| true);
    }
    for found in reading.judge(rules).diagnostics {
        check(&found.message, found.place, &|_| true);
        for (span, said) in &found.related {
            check(said, *span, &|_| true);
        }
        for edit in found.fix.iter().flat_map(|fix| &fix.edits) {
            check(&format!("an edit to `{}`", edit.text), edit.span, &|_| true);
        }
    }
    faults
}

/// Is told what stands at a span, and what its bytes must be.
type Check<'a> = dyn FnMut(&str, Span, &dyn Fn(&[u8]) -> bool) + 'a;

fn pieces(one: &Occurrence, piece: &Piece, check: &mut Check<'_>) {
    let named = format!("the piece `{}` of `{}`", piece.shown(), one.expanded());
    match &piece.origin {
        Origin::Implied | Origin::Unwritten { .. } | Origin::Absent { .. } => check(&named, piece.span, &|_| true),
        Origin::Unset { variable } | Origin::Modified { variable, .. } => {
            // `$TAG` in a script is what an expression calls `env.TAG`.
            let name = variable.split(['|', ' ']).next().unwrap().trim_start_matches("env.");
            // A value of a chart has its name from the keys around it.
            let is_of_chart = name.starts_with(".Values.");
            check(&named, piece.span, &|bytes| bytes.is_empty() || is_of_chart || contains(bytes, name));
        }
        _ if piece.spelling == Spelling::Encoded || piece.text.contains(HOLE) => check(&named, piece.span, &|_| true),
        _ => check(&named, piece.span, &|bytes| bytes == piece.text.as_bytes()),
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(bytes).contains(text)
}

#[test]
fn every_place_lies_in_its_file_and_holds_what_is_named() {
    let mut all = Vec::new();
    let (cases, mut readings) = (cases(), 0);
    for (folder, config) in &cases {
        let (disk, rules) = (Disk::new(folder, Path::new("/")), rules(config));
        let scope = Scope::new(vec![TreePath::default()], Vendored::Include);
        let mut judge = Judge::new(&disk, &rules);
        for set in sets(&disk, &scope, &[], &rules.formats) {
            for look in judge.look(set, |reading| faults(reading, &rules)) {
                if let Look::Done(faults) = look {
                    readings += 1;
                    all.extend(faults);
                }
            }
        }
        assert!(!disk.list(&scope).is_empty(), "{} holds no files", folder.display());
    }
    let least = if cases.len() == 1 { 0 } else { 300 };
    assert!(readings > least, "only {readings} sets were read");
    assert!(all.is_empty(), "{} faults\n{}", all.len(), all.join("\n"));
}
