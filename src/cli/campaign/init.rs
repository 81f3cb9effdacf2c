//! `campaign init`: writes campaign.yaml and repos.txt.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::apply::{self, Existing, Mode};
use crate::campaign::forge::Listing;
use crate::campaign::{FILE, ForgeAt, LIST, Name, RulesAt, Settings, Store, listed};
use crate::disk::told;
use crate::text::count;

use super::args::InitArgs;
use super::{Campaign, Exit, World, failed, forge};

/// What stands at the top of `campaign.yaml`.
const HEAD: &str = include_str!("../../../rules/texts/campaign.yaml");

/// Runs the command.
pub(super) fn run(args: &InitArgs, store: &Store, world: &mut World<'_>) -> Result<Exit, Exit> {
    let text = text(args, world)?;
    let settings = Settings::read(&text).map_err(|bad| world.fail(&bad.to_string(), ""))?;
    // What is wrong with the rules is said before anything is written.
    Campaign { settings: settings.clone(), names: Vec::new() }.config(store, world)?;
    for file in [FILE, LIST] {
        if store.place(file).exists() {
            return Err(
                world.fail(&format!("`{}` is there already", store.place(file).display()), "name another folder with `--folder DIR`")
            );
        }
    }
    let names = names(args, &settings, store, world)?;
    let list = names.iter().fold(String::from("# The repositories of the campaign, one a line.\n"), |text, name| format!("{text}{name}\n"));
    let made = std::fs::create_dir_all(store.root());
    made.map_err(|error| world.fail(&format!("`{}` was not made: {}", store.root().display(), told(&error)), ""))?;
    // A tree is opened as it is.
    let store = &Store::new(store.root(), &world.start);
    for (file, text) in [(".gitignore", "/.cache/\n"), (LIST, list.as_str()), (FILE, text.as_str())] {
        let written = apply::create(store.disk(), &store.place(file), text.as_bytes(), Existing::Refuse, Mode::Data);
        match written {
            Err(error) if file == ".gitignore" && error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(world.fail(&format!("`{}` was not written: {}", store.place(file).display(), told(&error)), "")),
            Ok(()) => {}
        }
    }
    let _ = world
        .out(|out| writeln!(out, "wrote {FILE} and {LIST}: {}", count(names.len(), "repository").replace("repositorys", "repositories")));
    Ok(Exit::Clean)
}

/// The text of `campaign.yaml`.
fn text(args: &InitArgs, world: &mut World<'_>) -> Result<String, Exit> {
    let mut vars = BTreeMap::new();
    for var in &args.var {
        let (name, value) = var.split_once('=').ok_or_else(|| world.fail(&format!("`--var {var}`: expected NAME=VALUE"), ""))?;
        vars.insert(name.to_owned(), value.to_owned());
    }
    let rules = RulesAt { config: args.config.clone(), packs: args.pack.clone(), maps: args.map.clone(), vars };
    let (at, git, org, topic) = (args.at.clone(), args.git.clone(), args.org.clone(), args.topic.clone());
    let forge = ForgeAt { kind: args.forge, at, git, org, topic };
    let mut text = HEAD.to_owned();
    // JSON is YAML, and quotes what has to be quoted.
    let _ = writeln!(text, "name: {}", serde_json::to_string(&args.name).unwrap_or_default());
    let _ = writeln!(text, "forge: {}", flow(&forge));
    let _ = writeln!(text, "rules: {}", flow(&rules));
    Ok(text)
}

/// A mapping in one line, with blanks where people write them.
fn flow(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    let fields = value.as_object().into_iter().flatten().map(|(key, value)| format!("{key}: {value}"));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
}

fn names(args: &InitArgs, settings: &Settings, store: &Store, world: &mut World<'_>) -> Result<Vec<Name>, Exit> {
    let Some(file) = &args.repos else {
        let forge = forge::open(&settings.forge, store, 60).map_err(|trouble| failed(&trouble, world))?;
        let listing = Listing { of: args.org.as_deref(), topic: args.topic.as_deref() };
        return forge.names(listing).map_err(|trouble| failed(&trouble, world));
    };
    let is_input = file.as_os_str() == "-";
    let bytes = if is_input { world.read_input() } else { std::fs::read(world.start.join(file)) };
    let shown = crate::disk::shown(file);
    let bytes = bytes.map_err(|error| world.fail(&format!("the list `{shown}` was not read: {}", told(&error)), ""))?;
    listed(&String::from_utf8_lossy(&bytes)).map_err(|faults| {
        for (line, fault) in faults {
            world.complain(&format!("{shown}:{line}: {fault}"));
        }
        Exit::Failed
    })
}
