//! Every folder of fixtures/render: `before` and the changed files of `fixed` and `damaged`; `expect.txt` says what the proof must find.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use transship::render::{Change, Outcome, Report, UnitReport, Verdict};

use crate::support::{programs, prove_change, read};

#[test]
fn every_trap_is_judged_as_its_note_says() {
    let Some(programs) = programs() else { return };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/render");
    let mut cases: Vec<_> = fs::read_dir(root).unwrap().map(|case| case.unwrap().path()).collect();
    cases.sort();
    let mut wrong = Vec::new();
    for case in &cases {
        assert!(case.join("note.txt").exists(), "{} has no note", case.display());
        let mut found = String::new();
        for variant in ["fixed", "damaged"].into_iter().filter(|variant| case.join(variant).exists()) {
            let texts = read(&case.join(variant));
            let report = prove_change(&case.join("before"), Change::Planned(&texts), &programs);
            found.push_str(&lines(variant, &report));
        }
        let expected = fs::read_to_string(case.join("expect.txt")).unwrap();
        if found != expected {
            wrong.push(format!("{}\n--- expected\n{expected}--- found\n{found}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases.len() >= 13);
}

fn lines(variant: &str, report: &Report) -> String {
    let lines: Vec<String> = report.units.iter().map(|unit| format!("{variant}: {}: {}\n", unit.unit, words(unit))).collect();
    lines.concat()
}

fn words(unit: &UnitReport) -> String {
    match &unit.verdict {
        Verdict::Broken(_) => return "broken".to_owned(),
        Verdict::Unrendered(failure) => return format!("unrendered: {failure}"),
        Verdict::New => return "new".to_owned(),
        Verdict::Judged(_) => {}
    }
    let mut words: Vec<String> =
        Outcome::ALL.iter().filter(|&&outcome| unit.count(outcome) > 0).map(|&outcome| word(unit, outcome)).collect();
    words.sort();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

fn word(unit: &UnitReport, outcome: Outcome) -> String {
    let missed = unit.findings().iter().filter(|finding| outcome == Outcome::Missed && finding.outcome == outcome);
    let origins: BTreeSet<String> = missed.filter_map(|finding| finding.origin.as_ref()).map(|origin| format!(" from {origin}")).collect();
    let origins: Vec<String> = origins.into_iter().collect();
    format!("{} {}{}", outcome.word(), unit.count(outcome), origins.join(","))
}
