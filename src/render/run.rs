//! Owns one run of a renderer: what it may cost, and what its end means.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::programs::Program;
use crate::process::cage::{self, Cage, Walls};
use crate::process::{Bounds, Stopped};

/// What one run of a renderer may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time by the clock; then the program and its children are killed.
    pub time: Duration,
    /// Bytes of output.
    pub output: u64,
    /// Bytes of address space, for each process; zero for no limit. A Go program reserves about 1 GiB at its start.
    pub memory: u64,
}

impl Default for Limits {
    /// A minute, 64 MiB of output, 4 GiB of address space.
    fn default() -> Self {
        Self { time: Duration::from_secs(60), output: 64 << 20, memory: 4 << 30 }
    }
}

/// Why a unit could not be rendered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The program for it was not found.
    #[error("`{0}` is not installed")]
    NoProgram(&'static str),
    /// The program could not be started.
    #[error("`{program}` could not be started: {reason}")]
    NoStart {
        /// The program.
        program: String,
        /// The system's words.
        reason: String,
    },
    /// The program said no; its own words.
    #[error("{0}")]
    Refused(String),
    /// It took longer than [`Limits::time`].
    #[error("it was stopped after {} seconds", .0.as_secs())]
    TimedOut(Duration),
    /// It wrote more than [`Limits::output`].
    #[error("it was stopped after {} MiB of output", .0 >> 20)]
    TooMuchOutput(u64),
    /// What it wrote could not be read.
    #[error("{0}")]
    Unreadable(#[from] super::values::Unreadable),
    /// It asks for something that only the network has, and the network is off.
    #[error("it needs the network for `{0}`")]
    Remote(String),
    /// It names a file outside the tree.
    #[error("it reads `{0}`, which is outside the tree")]
    Outside(String),
    /// It may read files that no path tells, and nothing keeps it from any.
    #[error("it may read more than its paths tell (`{0}`), and nothing keeps the program from files outside the tree here")]
    Unwalled(String),
    /// Its folder or file is not in the tree.
    #[error("it is not there any more")]
    Gone,
}

/// Runs `program` in `folder` with nothing but `environment`, in a cage.
pub(super) fn run(
    program: &Program,
    arguments: &[OsString],
    folder: &Path,
    environment: &[(OsString, OsString)],
    limits: &Limits,
    cage: &Cage,
) -> Result<Vec<u8>, Failure> {
    let mut command = limited(program, limits, cage.walls);
    command.args(arguments).current_dir(folder).env_clear().envs(environment.iter().cloned());
    let done = cage::run(&mut command, cage, Vec::new(), Bounds { time: limits.time, output: limits.output });
    match done {
        Ok(ended) if ended.status.success() => Ok(ended.output),
        Ok(ended) => {
            let words = String::from_utf8_lossy(&ended.words).trim().to_owned();
            let silent = || format!("it ended with {} and said nothing", ended.status);
            Err(Failure::Refused(if words.is_empty() { silent() } else { words }))
        }
        Err(Stopped::Broken(error)) => Err(Failure::NoStart { program: program.path.display().to_string(), reason: error.to_string() }),
        Err(Stopped::Late) => Err(Failure::TimedOut(limits.time)),
        Err(Stopped::TooMuch) => Err(Failure::TooMuchOutput(limits.output)),
    }
}

/// A shell sets the limits and becomes the program, as no safe call of the standard library can. A system without such a limit goes on without.
/// No file that is written may be larger than the output, and none tells of a crash.
#[cfg(unix)]
fn limited(program: &Program, limits: &Limits, walls: Walls) -> Command {
    let mut shell = Command::new("/bin/sh");
    let script =
        "ulimit -c 0 2>/dev/null; ulimit -f \"$1\" 2>/dev/null; [ \"$0\" = 0 ] || ulimit -v \"$0\" 2>/dev/null; shift; exec \"$@\"";
    // Memory is counted in KiB, files in blocks of 512 bytes (POSIX, `ulimit`).
    shell.args(["-c", script]).arg((limits.memory >> 10).to_string()).arg((limits.output >> 9).max(1).to_string());
    shell.args(cage::before(walls)).arg(&program.path);
    shell
}

#[cfg(not(unix))]
fn limited(program: &Program, _limits: &Limits, _walls: Walls) -> Command {
    Command::new(&program.path)
}
