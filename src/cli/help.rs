//! Owns what is said when nothing tells what becomes of what.

use std::fmt::Write as _;
use std::path::Path;

use super::options::{Edited, Mappings};
use crate::config::{self, Config, Governed, Options, packs};
use crate::disk::trees;
use crate::judge::Rules;
use crate::source::{Files, Memory, Vendored};

use super::{Exit, World};

/// Loads the configuration; without one, says how to choose one.
///
/// # Errors
/// The code to end with, when there is none or it has faults; both are said already.
pub(super) fn required(mappings: &Mappings, command: &str, world: &mut World<'_>) -> Result<Config, Exit> {
    let config = optional(mappings, world)?.map(Governed::all);
    Ok(wanted(config, mappings, command, world)?.whole().clone())
}

/// What was loaded; without anything, says how to choose it.
///
/// # Errors
/// The code to end with, when there is nothing; that is said already.
pub(super) fn wanted(
    loaded: Option<Governed<Config>>,
    mappings: &Mappings,
    command: &str,
    world: &mut World<'_>,
) -> Result<Governed<Config>, Exit> {
    let asked = !mappings.lints.is_empty();
    let Some(configs) = loaded.or_else(|| asked.then(Governed::default)) else {
        world.say(&how_to_choose(command));
        return Err(Exit::Failed);
    };
    let says_none = |config: &Config| {
        let lists_none = config.registries.allow.is_empty() && config.registries.deny.is_empty();
        let moves_none = config.mappings.is_empty() && config.chart_mappings.is_empty();
        lists_none && moves_none && config.retired.is_empty() && config.levels.is_empty()
    };
    if configs.iter().all(says_none) && !asked {
        world.say("warning: the rule file has no mappings, registries or lints: there is nothing to look for\nhelp: add a mapping, or a pack under `extends`\n");
    }
    Ok(configs)
}

/// Loads the configuration, if there is one.
///
/// # Errors
/// The code to end with, when it has faults; they are said already.
pub(super) fn optional(mappings: &Mappings, world: &mut World<'_>) -> Result<Option<Config>, Exit> {
    at(mappings, mappings.file(&world.start).as_deref(), world)
}

/// Loads the configuration with that rule file.
///
/// # Errors
/// As [`optional`].
pub(super) fn at(mappings: &Mappings, file: Option<&Path>, world: &mut World<'_>) -> Result<Option<Config>, Exit> {
    let tree = file.and_then(|file| trees(&[file.to_owned()], Vendored::Skip, &world.start, &|_| None).into_iter().next());
    match &tree {
        Some(tree) => load(&mappings.options(tree.scope.roots.first().cloned()), &tree.files, world),
        None => load(&mappings.options(None), &Memory::default(), world),
    }
}

/// Loads what `options` name, if anything, with rule files of `files`.
///
/// # Errors
/// As [`optional`].
pub(super) fn load(options: &Options, files: &dyn Files, world: &mut World<'_>) -> Result<Option<Config>, Exit> {
    config::load(options, files).map_err(|faults| {
        world.say(&format!("{faults}\n"));
        Exit::Failed
    })
}

/// What the configuration judges by, on the day that the command line names.
pub(super) fn rules(config: Config, mappings: &Mappings) -> Rules {
    rules_of(Governed::all(config), mappings)
}

/// The same for configurations that hold in folders each.
pub(super) fn rules_of(configs: Governed<Config>, mappings: &Mappings) -> Rules {
    let configs = configs.map(|config| {
        let classes = config.classes.clone().and(mappings.classes.iter().flat_map(|Edited(classes)| classes.iter().copied()));
        let levels = config.levels.clone().behind(mappings.lints.iter().copied());
        Config { levels, classes, ..config }
    });
    Rules::governed(configs, mappings.today())
}

/// Columns of a narrow screen.
const WIDTH: usize = 80;

/// One screen: what is missing, and the three ways to give it.
fn how_to_choose(command: &str) -> String {
    let mut out = include_str!("../../rules/texts/how-to-choose.txt").replace("{command}", command);
    out.push_str("Packs (`transship rules list` says what each of them moves):\n");
    let mut line = String::from(" ");
    for pack in packs() {
        if line.len() + pack.name.len() >= WIDTH {
            let _ = writeln!(out, "{line}");
            line.truncate(1);
        }
        let _ = write!(line, " {}", pack.name);
    }
    let _ = writeln!(out, "{line}");
    out
}
