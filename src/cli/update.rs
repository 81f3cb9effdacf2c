//! `rules update`: takes a newer, signed file of a pack into the repository's own rules.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::apply::{self, Existing, Mode};
use crate::config::{Differs, Options, PACKS_FOLDER, PackFile, RULES};
use crate::disk::{holding, shown, told};
use crate::registry::{Hosts, digest};
use crate::source::{Memory, TreePath};
use crate::text::harmless;

use super::args::UpdateArgs;
use super::signature::{Key, has_digest};
use super::{Exit, World, asking, help};

/// The most bytes of a pack and of a signature.
const LARGEST: usize = 1 << 20;
const LARGEST_SIGNATURE: usize = 4 << 10;

/// The name of the file in which it is written down who signed which pack.
const RECORD: &str = "packs.json";

/// Runs the command.
pub(super) fn run(args: &UpdateArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    let name = wanted(args, world)?;
    let folder = folder(args, world);
    let (file, record) = (folder.join(format!("{name}.yaml")), folder.join(RECORD));
    let mut signers = signers(&record, world)?;
    let key = args.key.as_deref().map(|key| Key::read(key, &world.start)).transpose();
    let key = key.map_err(|fault| world.fail(&harmless(&fault), "name the file of a public key of minisign, or the key itself"))?;
    let key = known_key(key, signers.get(&name), &record, world)?;
    let bytes = fetched(&args.source, LARGEST, args, world)?;
    let signer = proven(&bytes, key, args, world)?;
    let Ok(text) = std::str::from_utf8(&bytes) else { return Err(refused(args, "it is not UTF-8", "", world)) };
    let there = std::fs::read_to_string(&file).ok();
    let old = there.as_deref().map(PackFile::read).or_else(|| PackFile::built_in(&name));
    let new = PackFile::read(text);
    if let Err(fault) = new.may_replace(&name, old.as_ref()) {
        return Err(refused(args, &fault.to_string(), "`--pack NAME` names the pack that is wanted", world));
    }
    loads(&name, text, &new, world)?;
    if there.as_deref() == Some(text) {
        world.tell(&format!("`{name}` is up to date"));
        return Ok(Exit::Clean);
    }
    let told = differences(&name, &new, old.as_ref());
    let _ = world.out(|out| out.write_all(told.as_bytes()));
    if args.dry_run {
        return Ok(Exit::Clean);
    }
    write(&file, &bytes, world)?;
    signers.insert(name.clone(), signer);
    let text = serde_json::to_string_pretty(&signers).unwrap_or_default() + "\n";
    write(&record, text.as_bytes(), world)?;
    let path = format!("{PACKS_FOLDER}/{name}.yaml");
    world.say(&format!(
        "wrote {}\nhelp: `extends: [{path}]` in {RULES} uses it, in the place of `{name}`\n",
        harmless(&shown_path(&file, world))
    ));
    Ok(Exit::Clean)
}

/// The pack that is wanted: as the user says, or as the file is called.
fn wanted(args: &UpdateArgs, world: &mut World<'_>) -> Result<String, Exit> {
    let last = args.source.split(['?', '#']).next().unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = last.strip_suffix(".yaml").or_else(|| last.strip_suffix(".yml")).unwrap_or(last);
    let name = args.pack.clone().unwrap_or_else(|| stem.to_owned());
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || !name.chars().all(is_name) {
        return Err(world.fail(&format!("`{}` is no name of a pack", harmless(&name)), "name it: `--pack NAME`"));
    }
    Ok(name)
}

/// The folder of the repository's own packs: beside its rule file, or here.
fn folder(args: &UpdateArgs, world: &World<'_>) -> PathBuf {
    let rules = args.config.clone().or_else(|| crate::disk::find(&world.start, RULES));
    let beside = rules.and_then(|rules| rules.parent().map(Path::to_path_buf)).unwrap_or_default();
    world.start.join(beside).join(PACKS_FOLDER)
}

/// Who signed which pack, as it was written down.
fn signers(record: &Path, world: &mut World<'_>) -> Result<BTreeMap<String, String>, Exit> {
    let Ok(text) = std::fs::read_to_string(record) else { return Ok(BTreeMap::new()) };
    let help = "it says which keys are trusted: mend it, or take it away";
    serde_json::from_str(&text).map_err(|_| world.fail(&format!("`{}` cannot be read", harmless(&shown_path(record, world))), help))
}

/// The key that is asked: the user's, which is the one that was written down, or that one.
fn known_key(given: Option<Key>, recorded: Option<&String>, record: &Path, world: &mut World<'_>) -> Result<Option<Key>, Exit> {
    let recorded = recorded.filter(|signer| !signer.starts_with("sha256:"));
    match (given, recorded) {
        (Some(given), Some(recorded)) if given.as_str() != recorded => {
            let help = format!("if the new key is to be trusted, take the entry out of `{}` first", harmless(&shown_path(record, world)));
            Err(world.fail("the pack was signed with another key until now", &help))
        }
        (Some(given), _) => Ok(Some(given)),
        (None, Some(recorded)) => match Key::read(recorded, Path::new("")) {
            Ok(key) => Ok(Some(key)),
            Err(fault) => Err(world.fail(&harmless(&fault), "the key in the record of packs is none")),
        },
        (None, None) => Ok(None),
    }
}

/// What proves where the bytes come from, as it is written down: the key, or their digest.
fn proven(bytes: &[u8], key: Option<Key>, args: &UpdateArgs, world: &mut World<'_>) -> Result<String, Exit> {
    if let Some(known) = &args.sha256 {
        let same = has_digest(bytes, known);
        same.map_err(|own| refused(args, &own, "it is another file than the one whose digest you know", world))?;
        if args.key.is_none() && key.is_none() {
            return Ok(digest(bytes, None));
        }
    }
    let Some(key) = key else {
        let help = "name the key of whoever publishes it: `--key FILE|KEY`; or what you know of the file: `--sha256 DIGEST`";
        return Err(refused(args, "nothing says who made it", help, world));
    };
    let at = args.signature.clone().unwrap_or_else(|| format!("{}.minisig", args.source));
    let signature = fetched(&at, LARGEST_SIGNATURE, args, world)?;
    let fits = key.verify(bytes, &String::from_utf8_lossy(&signature));
    fits.map_err(|fault| refused(args, &fault, "nothing was changed; get the file and its signature anew, or ask who made it", world))?;
    Ok(key.as_str().to_owned())
}

/// The bytes of a file, or of what lies at an address.
fn fetched(source: &str, most: usize, args: &UpdateArgs, world: &mut World<'_>) -> Result<Vec<u8>, Exit> {
    let name = harmless(source);
    let bytes = if let Some((_, rest)) = source.split_once("://") {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        // The user has named the address.
        let hosts = Hosts::only(std::iter::once(host));
        let client = asking::client(&args.registries, hosts, asking::limits(&args.registries), world)?;
        client.page(source, most).map_err(|presence| presence.reason().message.clone())
    } else {
        match std::fs::read(world.start.join(source)) {
            Ok(bytes) if bytes.len() > most => Err(format!("it has more than {most} bytes")),
            Ok(bytes) => Ok(bytes),
            Err(error) => Err(crate::diagnostic::reason(&error)),
        }
    };
    bytes.map_err(|why| world.fail(&format!("`{name}` was not read: {}", harmless(&why)), ""))
}

/// Loads the file as a run would, with its tests.
fn loads(name: &str, text: &str, new: &PackFile, world: &mut World<'_>) -> Result<(), Exit> {
    let path = format!("{name}.yaml");
    let tree = Memory::from([(path.as_str(), text)]);
    let vars = new.required.iter().map(|var| (var.clone(), format!("{var}.invalid/x"))).collect();
    let options = Options { config: TreePath::new(&path).ok(), vars, ..Options::default() };
    help::load(&options, &tree, world).map(drop)
}

fn differences(name: &str, new: &PackFile, old: Option<&PackFile>) -> String {
    let nothing = PackFile::read("");
    let day = |file: &PackFile| file.as_of.map_or_else(|| "no day".to_owned(), |day| day.to_string());
    let was = old.map_or_else(|| "nothing".to_owned(), &day);
    let mut out = format!("{name}: {was} -> {}\n", day(new));
    for one in new.differences(old.unwrap_or(&nothing)) {
        let _ = match one {
            Differs::Comes(then) => writeln!(out, "  + {}", harmless(&then)),
            Differs::Goes(now) => writeln!(out, "  - {}", harmless(&now)),
            Differs::Changes { now, then } => writeln!(out, "  - {}\n  + {}", harmless(&now), harmless(&then)),
        };
    }
    out
}

fn write(path: &Path, bytes: &[u8], world: &mut World<'_>) -> Result<(), Exit> {
    let written = apply::create(&holding(path, &world.start), path, bytes, Existing::Replace, Mode::Data);
    written.map_err(|error| world.fail(&format!("`{}` was not written: {}", harmless(&shown_path(path, world)), told(&error)), ""))
}

fn shown_path(path: &Path, world: &World<'_>) -> String {
    shown(path.strip_prefix(&world.start).unwrap_or(path))
}

fn refused(args: &UpdateArgs, why: &str, help: &str, world: &mut World<'_>) -> Exit {
    world.fail(&format!("`{}` is not taken: {}", harmless(&args.source), harmless(why)), help)
}
