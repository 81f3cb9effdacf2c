//! `mirror`: plans the copies of what is missing or differs, for the program that makes them.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::apply::{self, Existing, Mode};
use crate::mirror::{self, CopyPlan, Engine, File, HarborSide, Kind, Options, Runtime, Syntax, Written, plan, write};
use crate::pipeline::Rules;
use crate::report::summary::count;

use super::asking::{self, Asking, Ends, Memory};
use super::collect::{Collected, collect};
use super::copies::{self, Copies, Differing, Left, Wish};
use super::help;
use super::lock::{self, Locked};
use super::registry_args::{MirrorArgs, RuntimeName, Side, SyntaxName};
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
    let wish = Wish {
        purpose: args.engine.purpose(),
        platforms: &args.rows.platform,
        differing: if args.rows.missing_only { Differing::Kept } else { Differing::Replaced },
    };
    let copies = if args.rows.all {
        copies::of_all(&collected.targets, wish)
    } else {
        let mut hosts = asking::hosts(&args.registries, &rules, Ends::Both);
        hosts.extend(collected.hosts.iter().cloned());
        let asking = Asking::new(&args.registries, &hosts, Memory::Fresh, world)?;
        copies::of_asked(&collected.targets, wish, &asking, &asking::options(args.place.jobs))
    };
    let Copies { rows, left, undecided, notes, absent } = copies;
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
    let written = write(args.engine, &copies, &options(args, &rules));
    let told = Told { copies: &copies, written: &written, left: &left, undecided: &undecided, absent };
    told.say(args, &collected, world);
    output(&args.output, &written, args.engine, world)?;
    let is_whole = args.rows.partial || (left.is_empty() && written.left_out.is_empty());
    Ok(match (collected.tally.unreadable, is_whole, undecided.is_empty()) {
        (1.., ..) => Exit::Failed,
        (0, false, _) => Exit::Findings,
        (0, true, false) => Exit::Undecided,
        (0, true, true) => Exit::Clean,
    })
}

fn options(args: &MirrorArgs, rules: &Rules) -> Options {
    let surroundings = &args.surroundings;
    Options {
        plain_http: args.registries.plain_http.iter().cloned().collect(),
        differing: if args.rows.missing_only { mirror::Differing::Kept } else { mirror::Differing::Replaced },
        harbors: surroundings.harbor.iter().cloned().collect(),
        harbor: match surroundings.harbor_side {
            Side::Target => HarborSide::Target,
            Side::Source => HarborSide::Source,
        },
        runtime: match surroundings.runtime {
            RuntimeName::Docker => Runtime::Docker,
            RuntimeName::Crictl => Runtime::Crictl,
            RuntimeName::Ctr => Runtime::Ctr,
        },
        syntax: match surroundings.syntax {
            SyntaxName::Json => Syntax::Json,
            SyntaxName::Yaml => Syntax::Yaml,
        },
        rules: Some(digest(rules)),
    }
}

/// The digest of what the mappings say, wherever they were read.
fn digest(rules: &Rules) -> String {
    let text = rules.mappings().iter().fold(String::new(), |mut text, mapping| {
        let _ = writeln!(text, "{:?}", (&mapping.id, &mapping.from, &mapping.to, &mapping.except, mapping.conditions()));
        text
    });
    mirror::sha256(text.as_bytes())
}

/// What is said of a plan.
struct Told<'a> {
    copies: &'a CopyPlan,
    written: &'a Written,
    left: &'a [Left],
    undecided: &'a [Left],
    absent: usize,
}

impl Told<'_> {
    /// Says what is planned, and everything that is not, with its reason.
    fn say(&self, args: &MirrorArgs, collected: &Collected, world: &mut World<'_>) {
        let engine = args.engine;
        for out in &self.written.left_out {
            let lines: Vec<String> =
                out.row.places().iter().map(|place| format!("{}:{}", crate::registry::clean(&place.path), place.line)).collect();
            world.say(&format!("left out: {}\n  {engine}: {}\n  at: {}\n", out.copy(), out.reason, lines.join(", ")));
        }
        for (word, outs) in [("left out", self.left), ("undecided", self.undecided)] {
            for out in outs {
                world.say(&format!("{word}: {}\n  {}\n  at: {}\n", out.what, out.why, out.places));
            }
        }
        if self.copies.is_empty() && self.left.is_empty() && self.undecided.is_empty() {
            world.say(nothing(args, collected));
        } else {
            let planned = self.copies.rows().len() - self.written.left_out.len();
            let out = self.written.left_out.len() + self.left.len();
            world.say(&format!("{} planned for {engine}, {out} left out, {} undecided\n", count(planned, "row"), self.undecided.len()));
        }
        let replaced = self.copies.rows().iter().filter(|row| row.replaces().is_some()).count();
        if replaced > 0 {
            let text = format!(
                "note: {} what the target holds now; `--missing-only` leaves it as it is\n",
                number(replaced, "row replaces", "rows replace")
            );
            world.say(&text);
        }
        if self.absent > 0 {
            let text = format!("note: {} not there yet: copy before the plan is used\n", number(self.absent, "target is", "targets are"));
            world.say(&text);
        }
        if !args.locked && collected.targets.iter().any(|(sought, _)| sought.source.is_none() && !sought.candidates.is_empty()) {
            let text = "note: files name targets of which nothing says what they are copies of; with `--locked` transship.lock does\n";
            world.say(text);
        }
    }
}

fn number(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Why there is nothing to plan, as far as it is known.
fn nothing(args: &MirrorArgs, collected: &Collected) -> &'static str {
    if collected.tally.unreadable > 0 {
        "nothing to plan in what could be read\n"
    } else if collected.targets.is_empty() {
        "nothing to plan: no reference is covered by a mapping\n"
    } else if args.rows.all {
        "nothing to plan: no reference that a mapping covers is left in the files\n"
    } else if args.rows.missing_only {
        "nothing to copy: no target is missing\n"
    } else {
        "nothing to copy: every target exists\n"
    }
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
    let shown = |name: &Path| crate::walk::shown(&output.join(name));
    // Everything is looked at before anything is written.
    if let Some(file) = written.files.iter().find(|file| is_of_another(&folder, file, written)) {
        let shown = shown(Path::new(&file.name));
        return Err(world
            .fail(&format!("`{shown}` is there, and not made by transship"), "name another folder with `--output DIR`, or move it away"));
    }
    for file in &written.files {
        save(&folder, file).map_err(|error| {
            world.fail(&format!("`{}` was not written: {}", shown(Path::new(&file.name)), crate::diagnostic::reason(&error)), "")
        })?;
        world.say(&format!("wrote {}\n", shown(Path::new(&file.name))));
    }
    for name in stale(&folder, Path::new(""), engine).iter().filter(|name| written.files.iter().all(|file| Path::new(&file.name) != **name))
    {
        world.say(&format!("note: `{}` is of an earlier plan, and not of this one\n", shown(name)));
    }
    Ok(())
}

/// What every file begins with that can hold a comment.
const MARK: &str = "made by transship ";

/// Where the mark stands, in bytes.
const HEAD: u64 = 400;

/// Whether a file is there that somebody else has made. One that can hold no comment is ours when a file of ours lies beside it.
fn is_of_another(folder: &Path, file: &File, written: &Written) -> bool {
    let Some(there) = head(&folder.join(&file.name)) else { return false };
    if file.text.contains(MARK) {
        return !there.contains(MARK);
    }
    let is_marked = |other: &File| other.text.contains(MARK) && head(&folder.join(&other.name)).is_some_and(|head| head.contains(MARK));
    !written.files.iter().any(is_marked)
}

/// The files of plans for an engine in a folder and below, by name.
fn stale(root: &Path, below: &Path, engine: Engine) -> Vec<PathBuf> {
    let mark = format!(": mirror --engine {engine}\n");
    let mut names = Vec::new();
    // Plans lie two folders deep at most (`certs.d/HOST/hosts.toml`).
    if below.components().count() > 2 {
        return names;
    }
    for entry in std::fs::read_dir(root.join(below)).into_iter().flatten().flatten() {
        let name = below.join(entry.file_name());
        let is_ours = || head(&root.join(&name)).is_some_and(|head| head.contains(MARK) && head.contains(&mark));
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => names.extend(stale(root, &name, engine)),
            Ok(kind) if kind.is_file() && is_ours() => names.push(name),
            _ => {}
        }
    }
    names.sort();
    names
}

fn head(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(HEAD).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
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
