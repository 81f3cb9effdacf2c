//! Owns where the files of a copy plan go, and which of those that are there already may be replaced.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::apply::{self, Existing, Mode};
use crate::disk::{Disk, holding, told};
use crate::mirror::{Engine, File, Kind, Written, is_marked, lacking, vouches};
use crate::source::LIMIT;
use crate::text::harmless;

use super::{Exit, World};

/// Writes a plan into the folder `output`, or its only file to standard output if that is `-`.
pub(super) fn save_all(output: &Path, written: &Written, engine: Engine, world: &mut World<'_>) -> Result<(), Exit> {
    if output.as_os_str() == "-" {
        return match written.files.as_slice() {
            [] => Ok(()),
            [only] => {
                let _ = world.out(|out| out.write_all(only.text.as_bytes()));
                Ok(())
            }
            many => {
                let names: Vec<&str> = many.iter().map(|file| file.name.as_str()).collect();
                Err(world.fail(
                    &format!("{engine} writes {} files: {}", many.len(), names.join(", ")),
                    "name a folder for them with `--output DIR`",
                ))
            }
        };
    }
    let (tree, folder) = (holding(&output.join("x"), &world.start), world.start.join(output));
    let shown = |name: &Path| harmless(&crate::disk::shown(&output.join(name)));
    // Everything is looked at before anything is written.
    let standings: Vec<Standing> = written.files.iter().map(|file| standing(&tree, &folder, file, written)).collect();
    for (file, standing) in written.files.iter().zip(&standings) {
        if let Standing::Foreign(why) = standing {
            let shown = shown(Path::new(&file.name));
            return Err(
                world.fail(&format!("`{shown}` is there, and not {why}"), "name another folder with `--output DIR`, or move it away")
            );
        }
    }
    for (file, standing) in written.files.iter().zip(&standings) {
        let shown = shown(Path::new(&file.name));
        if let Standing::Kept(lacks) = standing {
            world.tell(&format!("`{shown}` is kept as it is{lacks}"));
            continue;
        }
        save(&tree, &folder, file).map_err(|error| world.fail(&format!("`{shown}` was not written: {}", told(&error)), ""))?;
        world.say(&format!("wrote {shown}\n"));
    }
    for name in
        stale(&tree, &folder, Path::new(""), engine).iter().filter(|name| written.files.iter().all(|file| Path::new(&file.name) != **name))
    {
        world.tell(&format!("`{}` is of an earlier plan, and not of this one", shown(name)));
    }
    Ok(())
}

/// What stands where a file of a plan shall go.
enum Standing {
    /// Nothing, or what an earlier plan wrote.
    Free,
    /// A skeleton that somebody has filled in; what it has no entry for, for people.
    Kept(String),
    /// Something else; what it is not.
    Foreign(&'static str),
}

fn standing(tree: &Disk, folder: &Path, file: &File, written: &Written) -> Standing {
    let path = folder.join(&file.name);
    let Some(there) = read(tree, &path, LIMIT as u64) else { return Standing::Free };
    let name = Path::new(&file.name).file_name().unwrap_or_default().to_string_lossy();
    let is_beside = |other: &&File| Path::new(&other.name).parent() == Path::new(&file.name).parent();
    let mut beside = written.files.iter().filter(is_beside).filter_map(|other| head(tree, &folder.join(&other.name)));
    if there == file.text.as_bytes() || beside.any(|head| vouches(&head, &name, &there)) {
        return Standing::Free;
    }
    let there = String::from_utf8_lossy(&there);
    match file.kind {
        Kind::Skeleton => Standing::Kept(lacks(&there, &file.text)),
        Kind::Script | Kind::Data if !is_marked(&file.text) => Standing::Foreign("as transship has made it"),
        Kind::Script | Kind::Data if head(tree, &path).is_some_and(|head| is_marked(&head)) => Standing::Free,
        Kind::Script | Kind::Data => Standing::Foreign("made by transship"),
    }
}

fn lacks(there: &str, wanted: &str) -> String {
    let Some(keys) = lacking(there, wanted) else { return "; its entries cannot be read".to_owned() };
    if keys.is_empty() {
        return String::new();
    }
    let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    format!("; it has no entry for {}", keys.join(", "))
}

/// Where the mark and what stands beside it are found, in bytes.
const HEAD: u64 = 4_096;

/// The files of plans for an engine in a folder and below, by name.
fn stale(tree: &Disk, root: &Path, below: &Path, engine: Engine) -> Vec<PathBuf> {
    let mark = format!(": mirror --engine {engine}\n");
    let mut names = Vec::new();
    // Plans lie two folders deep at most (`certs.d/HOST/hosts.toml`).
    if below.components().count() > 2 {
        return names;
    }
    for entry in std::fs::read_dir(root.join(below)).into_iter().flatten().flatten() {
        let name = below.join(entry.file_name());
        let is_ours = || head(tree, &root.join(&name)).is_some_and(|head| is_marked(&head) && head.contains(&mark));
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => names.extend(stale(tree, root, &name, engine)),
            Ok(kind) if kind.is_file() && is_ours() => names.push(name),
            _ => {}
        }
    }
    names.sort();
    names
}

fn head(tree: &Disk, path: &Path) -> Option<String> {
    read(tree, path, HEAD).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// The first bytes of a file of the tree; nothing that cannot be read is of ours.
fn read(tree: &Disk, path: &Path, most: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    tree.open(path).ok()?.take(most).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn save(tree: &Disk, folder: &Path, file: &File) -> std::io::Result<()> {
    let path = folder.join(&file.name);
    let mode = match file.kind {
        Kind::Script => Mode::Script,
        Kind::Data | Kind::Skeleton => Mode::Data,
    };
    apply::create(tree, &path, file.text.as_bytes(), Existing::Replace, mode)
}
