//! `rules`: the packs of the binary and the mappings of this repository.

use std::io::{self, Write};

use crate::config::{Config, Judgement, Options, packs};
use crate::mapping::{Digest, Flatten, Mapping, TestResult, TestVerdict, lint, test_rules};
use crate::report::summary::{count, first_line};
use crate::source::Memory;

use super::args::{Mappings, RulesArgs, RulesCommand};
use super::help;
use super::work::Judging;
use super::world::{Exit, World};

/// Runs the command.
pub(super) fn run(args: &RulesArgs, world: &mut World<'_>) -> Exit {
    let ended = match &args.command {
        RulesCommand::List(mappings) => list(mappings, world),
        RulesCommand::Show { name, mappings } => show(name, mappings, world),
        RulesCommand::Test(mappings) => subjects(mappings, world).map(|subjects| test(&subjects, world)),
        RulesCommand::Lint(mappings) => subjects(mappings, world).map(|subjects| warnings(&subjects, world)),
    };
    ended.unwrap_or_else(|exit| exit)
}

fn list(mappings: &Mappings, world: &mut World<'_>) -> Result<Exit, Exit> {
    let config = help::optional(&mappings.into(), world)?;
    let packs = packs();
    let _ = world.out(|out| {
        let width = packs.iter().map(|pack| pack.name.len()).max().unwrap_or(0);
        writeln!(out, "Packs of the binary:")?;
        for pack in &packs {
            writeln!(out, "  {:<width$}  {}", pack.name, first_line(&pack.about))?;
        }
        let Some(config) = &config else { return writeln!(out, "\nNo mappings here: there is no .transship.yaml here or above.") };
        writeln!(out, "\nMappings here, the most specific first:")?;
        config.mappings.iter().try_for_each(|one| writeln!(out, "  {}: {} -> {}  ({})", one.id, one.from, one.to.join(", "), place(one)))
    });
    Ok(Exit::Clean)
}

fn place(one: &Mapping) -> String {
    format!("{}:{}", one.place.source.name, one.place.position().line)
}

fn show(name: &str, mappings: &Mappings, world: &mut World<'_>) -> Result<Exit, Exit> {
    if let Some(pack) = packs().into_iter().find(|pack| pack.name == name) {
        let _ = world.out(|out| out.write_all(pack.text.as_bytes()));
        return Ok(Exit::Clean);
    }
    let config = help::optional(&mappings.into(), world)?.unwrap_or_default();
    let Some(one) = config.mappings.get(name) else {
        return Err(world.fail(&format!("there is no pack and no mapping `{name}`"), "`transship rules list` shows them"));
    };
    let _ = world.out(|out| whole(one, out));
    Ok(Exit::Clean)
}

/// Everything that was said of a mapping.
fn whole(one: &Mapping, out: &mut dyn Write) -> io::Result<()> {
    let some = |text: String| (!text.is_empty()).then_some(text);
    let digest = match one.digest {
        Digest::Keep => None,
        Digest::Drop => Some("drop".to_owned()),
        Digest::Refuse => Some("refuse".to_owned()),
    };
    let flatten = one.flatten.map(|flatten| match flatten {
        Flatten::All => "all".to_owned(),
        Flatten::Levels(levels) => levels.to_string(),
    });
    let rows = [
        ("from", some(one.from.clone())),
        ("to", some(one.to.join(", "))),
        ("except", some(one.except.join(", "))),
        ("digest", digest),
        ("flatten", flatten),
        ("until", one.until.map(|until| until.to_string())),
        ("about", one.about.clone()),
        ("written", Some(place(one))),
    ];
    writeln!(out, "{}", one.id)?;
    rows.into_iter().filter_map(|(word, value)| value.map(|value| (word, value))).try_for_each(|(word, value)| {
        let value = value.trim_end().replace('\n', "\n           ");
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
    let judging = Judging::from(mappings);
    if let Some(config) = help::optional(&judging, world)? {
        let name = config.path.clone().unwrap_or_else(|| "command line".to_owned());
        return Ok(vec![Subject::Loaded { name, config: Box::new(config) }]);
    }
    let mut subjects = Vec::new();
    for pack in packs() {
        let options = judging.options(None);
        let missing: Vec<String> = pack.required.iter().filter(|name| !options.vars.contains_key(*name)).cloned().collect();
        let name = pack.name.to_owned();
        if !missing.is_empty() {
            subjects.push(Subject::Needs { name, required: missing });
            continue;
        }
        // A variable of one pack is not known to the others.
        let vars = options.vars.into_iter().filter(|(name, _)| pack.required.contains(name)).collect();
        let options = Options { packs: vec![name.clone()], vars, ..judging.options(None) };
        if let Some(config) = help::load(&options, &Memory::default(), world)? {
            subjects.push(Subject::Loaded { name, config: Box::new(config) });
        }
    }
    Ok(subjects)
}

fn needs(name: &str, required: &[String], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{name}: skipped, it needs {}", required.iter().map(|var| format!("--var {var}=VALUE")).collect::<Vec<_>>().join(" "))
}

fn test(subjects: &[Subject], world: &mut World<'_>) -> Exit {
    let mut exit = Exit::Clean;
    for subject in subjects {
        let (name, config) = match subject {
            Subject::Loaded { name, config } => (name, config),
            Subject::Needs { name, required } => {
                let _ = world.out(|out| needs(name, required, out));
                continue;
            }
        };
        let tests = test_rules(&config.mappings);
        let failed = tests.iter().filter(|test| test.verdict == TestVerdict::Failed).count();
        if failed > 0 {
            exit = Exit::Findings;
        }
        let _ = world.out(|out| {
            writeln!(out, "{name}: {}, {failed} failed", count(tests.len(), "test"))?;
            tests.iter().try_for_each(|test| tested(test, out))
        });
    }
    exit
}

fn tested(test: &TestResult, out: &mut dyn Write) -> io::Result<()> {
    match test.verdict {
        TestVerdict::Passed => writeln!(out, "  ok      {} -> {}", test.given, test.got.join(", ")),
        TestVerdict::Failed => {
            writeln!(out, "  FAILED  {} -> {}, not {}", test.given, test.got.join(", "), test.want.join(", "))
        }
    }
}

fn warnings(subjects: &[Subject], world: &mut World<'_>) -> Exit {
    let mut exit = Exit::Clean;
    for subject in subjects {
        let (name, config) = match subject {
            Subject::Loaded { name, config } => (name, config),
            Subject::Needs { name, required } => {
                let _ = world.out(|out| needs(name, required, out));
                continue;
            }
        };
        let unlisted = |target: &crate::reference::Reference| config.registries.judge(target) == Judgement::NotAllowed;
        let faults = lint(&config.mappings, &unlisted);
        if !faults.is_empty() {
            exit = Exit::Findings;
        }
        let _ = world.out(|out| {
            let (mappings, warnings) = (config.mappings.iter().count(), faults.as_slice().len());
            writeln!(out, "{name}: {}, {}", count(mappings, "mapping"), count(warnings, "warning"))?;
            if faults.is_empty() { Ok(()) } else { writeln!(out, "{}", faults.as_warnings()) }
        });
    }
    exit
}
