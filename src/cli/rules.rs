//! `rules`: the packs of the binary and the mappings of this repository.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::config::{Config, Judgement, Options, packs};
use crate::mapping::{Date, Digest, Mapping, TestResult, lint, outdated};
use crate::report::rules_json;
use crate::report::summary::first_line;
use crate::source::Memory;
use crate::text::{count, harmless};

use super::args::{RulesArgs, RulesCommand};
use super::options::{Answers, Mappings};
use super::{Exit, World, help, update};

/// Runs the command.
pub(super) fn run(args: &RulesArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    match &args.command {
        RulesCommand::List(mappings) => list(mappings, args.format, world),
        RulesCommand::Show { name, mappings } => show(name, mappings, args.format, world),
        RulesCommand::Update(args) => update::run(args, world),
        RulesCommand::Test(mappings) => subjects(mappings, world).map(|subjects| each(&subjects, test, args.format, world)),
        RulesCommand::Lint(mappings) => subjects(mappings, world)
            .map(|subjects| each(&subjects, |name, config| warnings(name, config, mappings.today()), args.format, world)),
    }
}

fn list(mappings: &Mappings, format: Answers, world: &mut World<'_>) -> Result<Exit, Exit> {
    let config = help::optional(mappings, world)?;
    let packs = packs();
    if format == Answers::Json {
        let mut answer = rules_json::object("packs", packs.iter().map(|pack| rules_json::pack(pack, None)));
        answer["mappings"] = config.iter().flat_map(all).map(rules_json::mapping).collect();
        world.json(&answer);
        return Ok(Exit::Clean);
    }
    let _ = world.out(|out| {
        let width = packs.iter().map(|pack| pack.name.len()).max().unwrap_or(0);
        writeln!(out, "Packs of the binary:")?;
        for pack in &packs {
            writeln!(out, "  {:<width$}  {}", pack.name, first_line(&pack.about))?;
        }
        let Some(config) = &config else { return writeln!(out, "\nNo mappings here: there is no .transship.yaml here or above.") };
        writeln!(out, "\nMappings here, the most specific first:")?;
        all(config).try_for_each(|one| {
            let line = format!("{}: {} -> {}  ({})", one.id, one.from, one.to.join(", "), place(one));
            writeln!(out, "  {}", harmless(&line))
        })
    });
    Ok(Exit::Clean)
}

/// The mappings of images, then those of charts; what one entry says is one.
fn all(config: &Config) -> impl Iterator<Item = &Mapping> {
    let mut seen = BTreeSet::new();
    let charts = config.chart_mappings.iter().filter(move |one| seen.insert(Arc::clone(&one.id)));
    config.mappings.iter().chain(charts)
}

fn place(one: &Mapping) -> String {
    format!("{}:{}", one.place.source.name, one.place.position().line)
}

fn show(name: &str, mappings: &Mappings, format: Answers, world: &mut World<'_>) -> Result<Exit, Exit> {
    if let Some(pack) = packs().into_iter().find(|pack| pack.name == name) {
        match format {
            Answers::Human => drop(world.out(|out| out.write_all(pack.text.as_bytes()))),
            Answers::Json => world.json(&rules_json::object("packs", [rules_json::pack(&pack, Some(pack.text))])),
        }
        return Ok(Exit::Clean);
    }
    let config = help::optional(mappings, world)?.unwrap_or_default();
    let Some(one) = config.mappings.get(name).or_else(|| config.chart_mappings.get(name)) else {
        return Err(world.fail(&format!("there is no pack and no mapping `{name}`"), "`transship rules list` shows them"));
    };
    match format {
        Answers::Human => drop(world.out(|out| whole(one, out))),
        Answers::Json => world.json(&rules_json::object("mappings", [rules_json::mapping(one)])),
    }
    Ok(Exit::Clean)
}

/// Everything that was said of a mapping.
fn whole(one: &Mapping, out: &mut dyn Write) -> io::Result<()> {
    let some = |text: String| (!text.is_empty()).then_some(text);
    let rows = [
        ("from", some(one.from.clone())),
        ("to", some(one.to.join(", "))),
        ("except", some(one.except.join(", "))),
        ("digest", (one.digest != Digest::Keep).then(|| one.digest.to_string())),
        ("flatten", one.flatten.map(|flatten| flatten.to_string())),
        ("until", one.until.map(|until| until.to_string())),
        ("about", one.about.clone()),
        ("message", one.message.clone()),
        ("link", one.link.clone()),
        ("written", Some(place(one))),
    ];
    writeln!(out, "{}", harmless(&one.id))?;
    rows.into_iter().filter_map(|(word, value)| value.map(|value| (word, value))).try_for_each(|(word, value)| {
        let value = value.trim_end().lines().map(harmless).collect::<Vec<_>>().join("\n           ");
        writeln!(out, "  {word:<8} {value}")
    })
}

/// A configuration to be judged, or a pack that cannot be without values for its variables.
enum Subject {
    Loaded { name: String, config: Box<Config> },
    Needs { name: String, required: Vec<String> },
}

/// The configuration here; without one, every pack by itself, since a pack has its tests too.
fn subjects(mappings: &Mappings, world: &mut World<'_>) -> Result<Vec<Subject>, Exit> {
    if let Some(config) = help::optional(mappings, world)? {
        let name = config.path.clone().unwrap_or_else(|| "command line".to_owned());
        return Ok(vec![Subject::Loaded { name, config: Box::new(config) }]);
    }
    let mut subjects = Vec::new();
    for pack in packs() {
        let options = mappings.options(None);
        let missing: Vec<String> = pack.required.iter().filter(|name| !options.vars.contains_key(*name)).cloned().collect();
        let name = pack.name.to_owned();
        if !missing.is_empty() {
            subjects.push(Subject::Needs { name, required: missing });
            continue;
        }
        // A variable of one pack is not known to the others.
        let vars = options.vars.into_iter().filter(|(name, _)| pack.required.contains(name)).collect();
        let options = Options { packs: vec![name.clone()], vars, ..mappings.options(None) };
        if let Some(config) = help::load(&options, &Memory::default(), world)? {
            subjects.push(Subject::Loaded { name, config: Box::new(config) });
        }
    }
    Ok(subjects)
}

/// What is said of a configuration: for people, and in a list of that name.
struct Said {
    exit: Exit,
    text: String,
    name: &'static str,
    items: Vec<Value>,
}

/// Says of each subject what `judge` finds.
fn each(subjects: &[Subject], judge: impl Fn(&str, &Config) -> Said, format: Answers, world: &mut World<'_>) -> Exit {
    let mut exit = Exit::Clean;
    let mut answers = Vec::new();
    for subject in subjects {
        let (text, answer) = match subject {
            Subject::Loaded { name, config } => {
                let said = judge(name, config);
                if said.exit != Exit::Clean {
                    exit = said.exit;
                }
                (said.text, json!({"name": name, "needs": [], said.name: said.items}))
            }
            Subject::Needs { name, required } => {
                let options: Vec<String> = required.iter().map(|var| format!("--var {var}=VALUE")).collect();
                (format!("{name}: skipped, it needs {}\n", options.join(" ")), json!({"name": name, "needs": required}))
            }
        };
        match format {
            Answers::Human => drop(world.out(|out| out.write_all(text.as_bytes()))),
            Answers::Json => answers.push(answer),
        }
    }
    if format == Answers::Json {
        world.json(&rules_json::object("subjects", answers));
    }
    exit
}

fn test(name: &str, config: &Config) -> Said {
    let tests = &config.mappings.tests;
    let failed = tests.iter().filter(|test| !test.has_passed()).count();
    let head = format!("{}: {}, {failed} failed\n", harmless(name), count(tests.len(), "test"));
    Said {
        exit: if failed > 0 { Exit::Findings } else { Exit::Clean },
        text: head + &tests.iter().map(tested).collect::<String>(),
        name: "tests",
        items: tests.iter().map(rules_json::test).collect(),
    }
}

fn tested(test: &TestResult) -> String {
    let (given, got) = (test.asked(), test.got.join(", "));
    let line = if test.has_passed() {
        format!("ok      {given} -> {got}")
    } else {
        format!("FAILED  {given} -> {got}, not {}", test.want.join(", "))
    };
    format!("  {}\n", harmless(&line))
}

fn warnings(name: &str, config: &Config, today: Date) -> Said {
    let unlisted = |target: &crate::reference::Reference| matches!(config.registries.judge(target, today), Judgement::NotAllowed(_));
    let faults = lint(&config.mappings, &unlisted).and(outdated(&config.dated, today));
    let (mappings, warnings) = (all(config).count(), faults.as_slice().len());
    let head = format!("{}: {}, {}\n", harmless(name), count(mappings, "mapping"), count(warnings, "warning"));
    Said {
        exit: if faults.is_empty() { Exit::Clean } else { Exit::Findings },
        text: if faults.is_empty() { head } else { format!("{head}{}\n", faults.as_warnings()) },
        name: "warnings",
        items: faults.as_slice().iter().map(rules_json::warning).collect(),
    }
}
