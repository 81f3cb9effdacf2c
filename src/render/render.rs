//! Owns one rendering: a unit of a scratch copy becomes a list of values.

use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};

use super::programs::{Network, Program, Programs, environment};
use super::reach::{Reach, has_schema};
use super::run::{Failure, Limits, run};
use super::{Given, Kind, Rendered, Scratch, Unit};
use crate::process::cage::{Cage, Wall, Walls};

/// How renderers are run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The renderers.
    pub programs: Programs,
    /// The value of `PATH`: helm and kustomize look for git there.
    pub search: OsString,
    /// Variables that renderers get beside their own: what a Compose file takes from the shell, proxies when the network is allowed.
    /// Nothing else of the user's environment reaches them.
    pub extra: Vec<(OsString, OsString)>,
    /// Further arguments for helm: values, and what cluster it renders for.
    pub helm: Vec<OsString>,
    /// What some charts are given beside.
    pub given: Vec<Given>,
    /// What one run may cost.
    pub limits: Limits,
    /// Whether renderers may open connections.
    pub network: Network,
    /// How many run at a time; zero for as many as there are cores.
    pub workers: usize,
    /// What the system is to keep renderers from; [`walls`](super::walls) says what it can.
    pub walls: Walls,
}

/// What a rendering gave, and how long the program took by the clock.
#[derive(Debug)]
pub struct Rendering {
    /// The values, or why there are none.
    pub values: Result<Rendered, Failure>,
    /// Zero when no program was started.
    pub took: Duration,
}

/// Renders a unit in a scratch copy that is [prepared](Scratch::prepare).
pub fn render(unit: &Unit, scratch: &Scratch, settings: &Settings) -> Rendering {
    let reach = Reach::of(&scratch.root(), unit);
    let ready = settings.programs.of(unit.kind).ok_or(Failure::NoProgram(unit.kind.word()));
    let ready = ready.and_then(|program| reach.allowed(settings.network, settings.walls.files).map(|()| program));
    let root = scratch.root();
    let is_there = std::iter::once(&unit.path).chain(&unit.values).all(|path| root.join(path).exists());
    let ready = if is_there { ready } else { Err(Failure::Gone) };
    let program = match ready {
        Ok(program) => program,
        Err(failure) => return Rendering { values: Err(failure), took: Duration::ZERO },
    };
    let mut environment = environment(&scratch.home(), &settings.search, settings.network);
    environment.extend(settings.extra.iter().cloned());
    let started = Instant::now();
    let mut arguments = program.arguments(unit, reach.restriction);
    if unit.kind == Kind::Helm {
        // The last word counts, and that is the command line's.
        let given = settings.given.iter().filter(|given| given.is_for(&unit.path)).flat_map(|given| &given.arguments);
        arguments.extend(given.chain(&settings.helm).cloned());
    }
    if unit.kind == Kind::Helm && settings.walls.files == Wall::None && has_schema(&root.join(&unit.path)) {
        arguments.push("--skip-schema-validation".into());
    }
    let output = run(program, &arguments, &root, &environment, &settings.limits, &cage(program, scratch, settings));
    let took = started.elapsed();
    let output = output.map(|output| without_folder(output, &root)).map_err(|failure| in_the_tree(failure, &root));
    let values = output.and_then(|output| Ok(Rendered::read(&output)?));
    Rendering { values, took }
}

/// A renderer reads the copy, and writes in its home.
fn cage(program: &Program, scratch: &Scratch, settings: &Settings) -> Cage {
    let network = if settings.network == Network::Off { settings.walls.network } else { Wall::None };
    let walls = Walls { network, ..settings.walls };
    Cage { walls, read: vec![scratch.root()], run: vec![program.path.clone()], write: vec![scratch.home()] }
}

/// Compose makes some paths absolute. The two copies of a tree lie in two folders, which is no difference between them.
fn without_folder(output: Vec<u8>, root: &Path) -> Vec<u8> {
    let folder = root.as_os_str().as_encoded_bytes();
    let mut found = memchr::memmem::find_iter(&output, folder).peekable();
    if found.peek().is_none() {
        return output;
    }
    let (mut plain, mut kept) = (Vec::with_capacity(output.len()), 0);
    for at in found {
        plain.extend_from_slice(output.get(kept..at).unwrap_or_default());
        plain.push(b'.');
        kept = at + folder.len();
    }
    plain.extend_from_slice(output.get(kept..).unwrap_or_default());
    plain
}

/// A renderer's words name the scratch folder, which says nothing to anyone, and the time, which makes no two reports the same.
fn in_the_tree(failure: Failure, root: &Path) -> Failure {
    let Failure::Refused(words) = failure else { return failure };
    let folder = format!("{}/", root.display());
    let words = words.replace(&format!("{folder}./"), "").replace(&folder, "").replace(&*root.to_string_lossy(), ".");
    let lines: Vec<&str> = words.lines().map(without_time).collect();
    Failure::Refused(lines.join("\n"))
}

/// Compose begins its lines with `time="…" ` (logrus).
fn without_time(line: &str) -> &str {
    line.strip_prefix("time=\"").and_then(|rest| rest.split_once("\" ")).map_or(line, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lose_the_folder_and_the_time() {
        let words = "time=\"2026-11-21T06:45:32Z\" level=warning msg=\"x\"\nopen /tmp/t/tree/./a/b: no such file".to_owned();
        let told = in_the_tree(Failure::Refused(words), Path::new("/tmp/t/tree"));
        assert_eq!(told, Failure::Refused("level=warning msg=\"x\"\nopen a/b: no such file".into()));
    }

    #[test]
    fn absolute_paths_begin_at_the_tree() {
        let output = without_folder(b"a: /tmp/t/tree/x\nb: /tmp/t/tree\n".to_vec(), Path::new("/tmp/t/tree"));
        assert_eq!(output, b"a: ./x\nb: .\n");
    }
}
