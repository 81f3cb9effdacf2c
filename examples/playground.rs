//! Judges the files that standard input holds (`{"today": "2026-01-31", "files": {PATH: TEXT}}`) and prints what there is to say of them, as one JSON
//! object: the playground of the documents, which a page in a browser runs as WebAssembly. The rule file is one of the files.
#![allow(clippy::print_stdout, reason = "it is a program that says something")]

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Read};

use serde::{Deserialize, Serialize};
use transship::config::{Options, load};
use transship::diagnostic::Tally;
use transship::judge::{Judge, Look, Reading, Rules};
use transship::link::sets;
use transship::mapping::Date;
use transship::plan::{Applicability, Plan, diff};
use transship::report::Report;
use transship::report::explained::{Decides, Explained};
use transship::report::human::{Colour, Human};
use transship::source::{Memory, Scope, TreePath, Unclaimed, Vendored};

/// What comes in.
#[derive(Deserialize)]
struct Asked {
    /// The day that `until` is compared with.
    today: String,
    files: BTreeMap<String, String>,
}

/// What goes out.
#[derive(Default, Serialize)]
struct Said {
    /// Why nothing else is said.
    error: Option<String>,
    /// The references, piece by piece, of each set of files.
    explained: Vec<Explained>,
    /// What `check` says.
    findings: String,
    /// What `fix --diff` says.
    diff: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut input = String::new();
    io::stdin().read_to_string(&mut input)?;
    let said = said(&input).unwrap_or_else(|error| Said { error: Some(error.to_string()), ..Said::default() });
    println!("{}", serde_json::to_string(&said)?);
    Ok(())
}

fn said(input: &str) -> Result<Said, Box<dyn Error>> {
    let asked: Asked = serde_json::from_str(input)?;
    let today = Date::parse(&asked.today).ok_or("`today` is no day")?;
    let mut files = Memory::default();
    for (path, text) in &asked.files {
        files.put(TreePath::new(path)?, text.as_bytes().to_vec());
    }
    let rule_file = TreePath::new(".transship.yaml")?;
    let config = Options { config: asked.files.contains_key(rule_file.as_str()).then_some(rule_file), ..Options::default() };
    let config = load(&config, &files).map_err(|faults| faults.to_string())?;
    let decides = if config.is_some() { Decides::Yes } else { Decides::No };
    let rules = Rules::new(config.unwrap_or_default(), today);
    let mut scope = Scope::new(vec![TreePath::default()], Vendored::Skip);
    scope.unclaimed = Unclaimed::Include;
    let (mut said, mut report, mut text, mut tally) = (Said::default(), Human::new(Colour::No), Vec::new(), Tally::default());
    let mut judge = Judge::new(&files, &rules);
    for set in sets(&files, &scope, &[], &rules.formats) {
        let judged = |reading: &Reading<'_>| {
            let judged = reading.judge(&rules);
            let explained = Explained::of(reading, &judged.plan, &|_, _| true, decides);
            (explained, patch(reading, &judged.plan), judged)
        };
        for look in judge.look(set, judged) {
            let Look::Done((explained, patch, judged)) = look else { continue };
            tally += judged.tally;
            report.findings(&judged.diagnostics, &judged.sources, &mut text)?;
            said.diff += &patch;
            said.explained.push(explained);
        }
    }
    report.finish(&tally, &mut text)?;
    said.findings = String::from_utf8_lossy(&text).into_owned();
    Ok(said)
}

/// The patch that the safe fixes come to.
fn patch(reading: &Reading<'_>, plan: &Plan) -> String {
    let edited = reading.files.iter().map(|file| (file, plan.edits_for(file.id, Applicability::Safe).apply(file.bytes)));
    edited.map(|(file, after)| String::from_utf8_lossy(&diff(file.path, file.bytes, &after)).into_owned()).collect()
}
