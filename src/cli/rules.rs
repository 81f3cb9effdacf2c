//! `rules`: the packs of the binary and the mappings of this repository.

use std::io::{self, Write};

use crate::config::{Config, Options};

use super::args::{Mappings, RulesArgs, RulesCommand};
use super::connect::{self, Pack, Passed, Shown};
use super::help;
use super::work::Judging;
use super::world::{Exit, World};
use crate::report::summary::count;

/// Runs the command.
pub(super) fn run(args: &RulesArgs, world: &mut World<'_>) -> Exit {
    match &args.command {
        RulesCommand::List(mappings) => list(mappings, world),
        RulesCommand::Show { name, mappings } => show(name, mappings, world),
        RulesCommand::Test(mappings) => test(mappings, world),
        RulesCommand::Lint(mappings) => lint(mappings, world),
    }
}

fn list(mappings: &Mappings, world: &mut World<'_>) -> Exit {
    let config = match help::optional(&mappings.into(), world) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    let packs = connect::packs();
    let shown = config.map(|config| connect::mappings(&config.mappings));
    let _ = world.out(|out| {
        let width = packs.iter().map(|pack| pack.name.len()).max().unwrap_or(0);
        writeln!(out, "Packs of the binary:")?;
        for pack in &packs {
            writeln!(out, "  {:<width$}  {}", pack.name, pack.about)?;
        }
        let Some(shown) = &shown else { return writeln!(out, "\nNo mappings here: there is no .transship.yaml here or above.") };
        writeln!(out, "\nMappings here, the most specific first:")?;
        shown.iter().try_for_each(|one| writeln!(out, "  {}: {} -> {}  ({})", one.id, one.from, one.to, one.place))
    });
    Exit::Clean
}

fn show(name: &str, mappings: &Mappings, world: &mut World<'_>) -> Exit {
    if let Some(pack) = connect::packs().into_iter().find(|pack| pack.name == name) {
        let _ = world.out(|out| out.write_all(pack.text.as_bytes()));
        return Exit::Clean;
    }
    let config = match help::optional(&mappings.into(), world) {
        Ok(config) => config.unwrap_or_default(),
        Err(exit) => return exit,
    };
    match connect::mappings(&config.mappings).into_iter().find(|one| one.id == name) {
        Some(one) => {
            let _ = world.out(|out| whole(&one, out));
            Exit::Clean
        }
        None => world.fail(&format!("there is no pack and no mapping `{name}`"), "`transship rules list` shows them"),
    }
}

fn whole(one: &Shown, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n  from     {}\n  to       {}", one.id, one.from, one.to)?;
    one.more.iter().try_for_each(|(word, value)| writeln!(out, "  {word:<8} {value}"))?;
    writeln!(out, "  written  {}", one.place)
}

/// The configuration here; without one, every pack by itself, since a pack has its tests too.
fn subjects(mappings: &Mappings, world: &mut World<'_>) -> Result<Vec<(String, Config)>, Exit> {
    let judging = Judging::from(mappings);
    if let Some(config) = help::optional(&judging, world)? {
        let name = config.path.as_ref().map_or_else(|| "command line".to_owned(), |path| crate::walk::shown(path));
        return Ok(vec![(name, config)]);
    }
    let options = judging.options(&world.start);
    let load = |pack: Pack| {
        let options = Options { packs: vec![pack.name.clone()], ..options.clone() };
        // A pack that needs a variable cannot be judged without it; `--pack NAME --var …` does that.
        crate::config::load(&options).ok().flatten().map(|config| (pack.name, config))
    };
    Ok(connect::packs().into_iter().filter_map(load).collect())
}

fn test(mappings: &Mappings, world: &mut World<'_>) -> Exit {
    let subjects = match subjects(mappings, world) {
        Ok(subjects) => subjects,
        Err(exit) => return exit,
    };
    let mut exit = Exit::Clean;
    for (name, config) in subjects {
        let tests = connect::tests(&config.mappings);
        let failed = tests.iter().filter(|test| test.passed == Passed::No).count();
        if failed > 0 {
            exit = Exit::Findings;
        }
        let _ = world.out(|out| {
            writeln!(out, "{name}: {}, {failed} failed", count(tests.len(), "test"))?;
            tests.iter().try_for_each(|test| {
                let sign = if test.passed == Passed::Yes { "ok    " } else { "FAILED" };
                writeln!(out, "  {sign} {}", test.text)
            })
        });
    }
    exit
}

fn lint(mappings: &Mappings, world: &mut World<'_>) -> Exit {
    let subjects = match subjects(mappings, world) {
        Ok(subjects) => subjects,
        Err(exit) => return exit,
    };
    let mut exit = Exit::Clean;
    for (name, config) in subjects {
        let unwise = connect::unwise(&config.mappings);
        if !unwise.is_empty() {
            exit = Exit::Findings;
        }
        let _ = world.out(|out| {
            writeln!(out, "{name}: {}, {}", count(connect::mappings(&config.mappings).len(), "mapping"), count(unwise.len(), "warning"))?;
            unwise.iter().try_for_each(|text| writeln!(out, "{text}"))
        });
    }
    exit
}
