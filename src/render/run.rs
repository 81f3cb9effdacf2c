//! Owns one run of a program: bounded in time, memory and output, and killed with all its children.

use std::ffi::OsString;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::programs::Program;
use crate::process;

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
    /// Its folder or file is not in the tree.
    #[error("it is not there any more")]
    Gone,
}

/// What a run gave, and how long it took by the clock.
pub(super) struct Run {
    pub(super) output: Result<Vec<u8>, Failure>,
    pub(super) took: Duration,
}

/// Runs `program` in `folder` with nothing but `environment`.
pub(super) fn run(program: &Program, arguments: &[OsString], folder: &Path, environment: &[(OsString, OsString)], limits: &Limits) -> Run {
    let started = Instant::now();
    let mut command = limited(program, limits);
    command.args(arguments).current_dir(folder).env_clear().envs(environment.iter().cloned());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = match command.spawn() {
        Ok(child) => watch(child, limits, started),
        Err(error) => Err(Failure::NoStart { program: program.path.display().to_string(), reason: error.to_string() }),
    };
    Run { output, took: started.elapsed() }
}

/// A shell sets the limit and becomes the program, as no safe call of the standard library can. A system without this limit goes on without.
#[cfg(unix)]
fn limited(program: &Program, limits: &Limits) -> Command {
    let mut command = if limits.memory == 0 {
        Command::new(&program.path)
    } else {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "ulimit -v \"$0\" 2>/dev/null; exec \"$@\""]).arg((limits.memory >> 10).to_string()).arg(&program.path);
        shell
    };
    process::in_group(&mut command);
    command
}

#[cfg(not(unix))]
fn limited(program: &Program, _limits: &Limits) -> Command {
    Command::new(&program.path)
}

/// Bytes of what a program says about its failure that are kept.
const WORDS: u64 = 64 << 10;

fn watch(mut child: Child, limits: &Limits, started: Instant) -> Result<Vec<u8>, Failure> {
    let deadline = started + limits.time;
    let output = read(child.stdout.take(), limits.output + 1);
    let words = read(child.stderr.take(), WORDS);
    let Ok(output) = output.recv_timeout(deadline.saturating_duration_since(Instant::now())) else {
        process::end(&mut child);
        return Err(Failure::TimedOut(limits.time));
    };
    if output.len() as u64 > limits.output {
        process::end(&mut child);
        return Err(Failure::TooMuchOutput(limits.output));
    }
    let Some(status) = wait(&mut child, deadline) else {
        process::end(&mut child);
        return Err(Failure::TimedOut(limits.time));
    };
    if status.success() {
        return Ok(output);
    }
    let words = words.recv_timeout(Duration::from_secs(1)).unwrap_or_default();
    let words = String::from_utf8_lossy(&words).trim().to_owned();
    Err(Failure::Refused(if words.is_empty() { format!("it ended with {status} and said nothing") } else { words }))
}

/// Reads a pipe to its end in a thread of its own and hands over at most `most` bytes. Past those, it reads on and forgets, but for the
/// output, whose reader is stopped by the kill that follows.
fn read<R: Read + Send + 'static>(pipe: Option<R>, most: u64) -> Receiver<Vec<u8>> {
    let (send, receive) = channel();
    thread::spawn(move || {
        let mut kept = Vec::new();
        let Some(mut pipe) = pipe else { return };
        let _ = pipe.by_ref().take(most).read_to_end(&mut kept);
        let _ = send.send(kept);
        let _ = std::io::copy(&mut pipe, &mut std::io::sink());
    });
    receive
}

/// Waits for a program that has closed its output, which nearly always means that it has ended.
fn wait(child: &mut Child, deadline: Instant) -> Option<ExitStatus> {
    let mut pause = Duration::from_micros(50);
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        if Instant::now() >= deadline {
            return None;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}
