//! `mirror`: plans the copies of what is missing or differs, for the program that makes them.

use std::fmt::Write as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::apply::{self, Existing, Mode};
use crate::mirror::{CopyPlan, Engine, File, HarborSide, Kind, Options, Runtime, Syntax, Written, plan, write};
use crate::pipeline::Rules;
use crate::report::summary::count;

use super::asking::{self, Asking, Ends, Memory};
use super::collect::collect;
use super::copies::{self, Copies, Left};
use super::help;
use super::lock::{self, Locked};
use super::registry_args::{EngineArgs, MirrorArgs, RuntimeName, Side, SyntaxName};
use super::work::Judging;
use super::world::{Exit, World};

/// Runs the command.
pub(super) fn run(args: &MirrorArgs, world: &mut World<'_>) -> Exit {
    mirrored(args, world).unwrap_or_else(|exit| exit)
}

fn mirrored(args: &MirrorArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    let judging = Judging::from(&args.mappings);
    let rules = help::rules(help::required(&judging, "mirror", world)?, &judging, world)?;
    let locked = if args.locked { Some(lock::read(args.lock_file.as_deref(), &args.place, &args.sought, world)?) } else { None };
    let mut collected = collect(&args.place, &args.sought, &rules, world)?;
    if let Some(Locked { lock, .. }) = &locked {
        collected.targets.take_sources(lock);
    }
    asking::doubt(&args.rows.platform, world);
    let copies = if args.rows.all {
        copies::of_all(&collected.targets, &args.rows.platform)
    } else {
        let hosts = asking::hosts(&args.registries, &rules, Ends::Both);
        let asking = Asking::new(&args.registries, &hosts, Memory::Fresh, world)?;
        copies::of_missing(&collected.targets, &args.rows.platform, &asking, &asking::options(args.place.jobs))
    };
    let Copies { rows, left, undecided, notes } = copies;
    for note in &notes {
        world.say(&format!("note: {note}\n"));
    }
    let copies = plan(rows).map_err(|conflicts| {
        for conflict in &conflicts {
            world.fail(&conflict.to_string(), "");
        }
        world.say("help: give each source a target of its own\n");
        Exit::Failed
    })?;
    let written = write(args.engine, &copies, &options(&args.surroundings, &args.registries.plain_http, &rules));
    tell(&copies, &written, &left, &undecided, args.engine, world);
    output(&args.output, &written, args.engine, world)?;
    let is_whole = args.rows.partial || (left.is_empty() && written.left_out.is_empty());
    Ok(match (collected.tally.unreadable, is_whole, undecided.is_empty()) {
        (1.., ..) => Exit::Failed,
        (0, false, _) => Exit::Findings,
        (0, true, false) => Exit::Undecided,
        (0, true, true) => Exit::Clean,
    })
}

fn options(args: &EngineArgs, plain_http: &[String], rules: &Rules) -> Options {
    Options {
        plain_http: plain_http.iter().cloned().collect(),
        harbors: args.harbor.iter().cloned().collect(),
        harbor: match args.harbor_side {
            Side::Target => HarborSide::Target,
            Side::Source => HarborSide::Source,
        },
        runtime: match args.runtime {
            RuntimeName::Docker => Runtime::Docker,
            RuntimeName::Crictl => Runtime::Crictl,
            RuntimeName::Ctr => Runtime::Ctr,
        },
        syntax: match args.syntax {
            SyntaxName::Json => Syntax::Json,
            SyntaxName::Yaml => Syntax::Yaml,
        },
        rules: Some(digest(rules)),
    }
}

/// The digest of what the mappings say, wherever they were read.
fn digest(rules: &Rules) -> String {
    let mut hash = Sha256::new();
    for mapping in rules.mappings().iter() {
        hash.update(format!("{:?}\n", (&mapping.id, &mapping.from, &mapping.to, &mapping.except, mapping.conditions())));
    }
    hash.finalize().iter().fold("sha256:".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Says what is planned, and everything that is not, with its reason.
fn tell(copies: &CopyPlan, written: &Written, left: &[Left], undecided: &[Left], engine: Engine, world: &mut World<'_>) {
    for out in &written.left_out {
        let row = &out.row;
        world.say(&format!("left out: {} -> {}\n  {engine}: {}\n", row.source().canonical(), row.target().canonical(), out.reason));
    }
    for out in left {
        world.say(&format!("left out: {}\n  {}\n  at: {}\n", out.what, out.why, out.places));
    }
    for out in undecided {
        world.say(&format!("undecided: {}\n  {}\n  at: {}\n", out.what, out.why, out.places));
    }
    if copies.is_empty() && left.is_empty() && undecided.is_empty() {
        world.say("nothing to copy: every target exists\n");
        if !copies_images(engine) {
            world.say(&format!("help: `--all` plans what {engine} does for every reference that a mapping covers\n"));
        }
        return;
    }
    let planned = copies.rows().len() - written.left_out.len();
    let out = written.left_out.len() + left.len();
    world.say(&format!("{} planned for {engine}, {out} left out, {} undecided\n", count(planned, "row"), undecided.len()));
}

/// Whether an engine makes copies, or is there for what is copied already.
const fn copies_images(engine: Engine) -> bool {
    !matches!(
        engine,
        Engine::RegistriesConf
            | Engine::Containerd
            | Engine::K3s
            | Engine::Kyverno
            | Engine::BackendAi
            | Engine::NodePull
            | Engine::NodeClean
    )
}

fn output(output: &Path, written: &Written, engine: Engine, world: &mut World<'_>) -> Result<(), Exit> {
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
    let folder = world.start.join(output);
    for file in &written.files {
        save(&folder, file).map_err(|error| {
            world.fail(
                &format!("`{}` was not written: {}", crate::walk::shown(&output.join(&file.name)), crate::diagnostic::reason(&error)),
                "",
            )
        })?;
        world.say(&format!("wrote {}\n", crate::walk::shown(&output.join(&file.name))));
    }
    Ok(())
}

fn save(folder: &Path, file: &File) -> std::io::Result<()> {
    let path = folder.join(&file.name);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mode = match file.kind {
        Kind::Script => Mode::Script,
        Kind::Data => Mode::Data,
    };
    apply::create_as(&path, file.text.as_bytes(), Existing::Replace, mode)
}
