//! Owns one run of a program: bounded in time and output, and ended with all its children where it does not end by itself.

use std::io::{self, Read, Write as _};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::group::Group;

/// What a run may cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Time by the clock.
    pub(crate) time: Duration,
    /// Bytes of its standard output.
    pub(crate) output: u64,
}

/// A program that came to its end.
#[derive(Debug)]
pub(crate) struct Ended {
    /// How it ended.
    pub(crate) status: ExitStatus,
    /// Its standard output, whole.
    pub(crate) output: Vec<u8>,
    /// The beginning of its standard error, where it failed: nobody waits for the words of one that succeeded.
    pub(crate) words: Vec<u8>,
}

/// Why there is no end to tell of. The program and its children are gone.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// It could not be started, or the system lost it.
    Broken(io::Error),
    /// It took more than [`Bounds::time`].
    Late,
    /// It wrote more than [`Bounds::output`].
    TooMuch,
}

/// Bytes of a program's standard error that are kept.
const WORDS: u64 = 64 << 10;

/// Runs a program to its end, or ends it. It is given `input` as its standard input.
///
/// It counts as running until its output is closed: a child of its own that holds the output open may still write to it.
pub(crate) fn run(command: &mut Command, input: Vec<u8>, bounds: Bounds) -> Result<Ended, Stopped> {
    run_by(command, input, bounds, Group::start)
}

/// The same, where `start` starts it.
pub(super) fn run_by(
    command: &mut Command,
    input: Vec<u8>,
    bounds: Bounds,
    start: impl FnOnce(&mut Command) -> io::Result<Group>,
) -> Result<Ended, Stopped> {
    let deadline = Instant::now() + bounds.time;
    let stdin = if input.is_empty() { Stdio::null() } else { Stdio::piped() };
    command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
    // An interrupted run ends all that were started.
    #[cfg(unix)]
    super::signals::watch();
    // Whichever way this function is left, a group that is dropped is ended.
    let mut group = start(command).map_err(Stopped::Broken)?;
    let (stdin, stdout, stderr) = group.pipes();
    let output = pour(stdout, bounds.output + 1);
    let words = pour(stderr, WORDS);
    if let Some(mut stdin) = stdin {
        // In a thread of its own, as one that does not read would be waited for. One that ends without reading breaks the pipe; how it
        // ended tells more than the pipe does.
        thread::spawn(move || stdin.write_all(&input));
    }
    let mut read = Vec::new();
    gather(&output, deadline, &mut read).map_err(|Unclosed| Stopped::Late)?;
    if read.len() as u64 > bounds.output {
        return Err(Stopped::TooMuch);
    }
    let status = wait(&mut group, deadline)?;
    let mut said = Vec::new();
    if !status.success() {
        // What was said is worth having even where a child of the program keeps the pipe.
        let _ = gather(&words, deadline, &mut said);
    }
    Ok(Ended { status, output: read, words: said })
}

/// Reads a pipe to its end in a thread of its own and hands over its first `most` bytes. What comes after them is read and forgotten, so that
/// the program does not stand still.
fn pour<R: Read + Send + 'static>(pipe: Option<R>, most: u64) -> Receiver<Vec<u8>> {
    let (send, receive) = channel();
    thread::spawn(move || {
        let Some(mut pipe) = pipe else { return };
        let mut kept = pipe.by_ref().take(most);
        let mut buffer = vec![0; 32 << 10];
        loop {
            match kept.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => {
                    if send.send(buffer.get(..read).unwrap_or_default().to_owned()).is_err() {
                        break;
                    }
                }
                Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
        drop(send);
        let _ = io::copy(&mut pipe, &mut io::sink());
    });
    receive
}

/// A pipe that was still open at the deadline.
struct Unclosed;

/// Takes what a pipe gives, until its end.
fn gather(chunks: &Receiver<Vec<u8>>, deadline: Instant, kept: &mut Vec<u8>) -> Result<(), Unclosed> {
    loop {
        match chunks.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(chunk) => kept.extend(chunk),
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => return Err(Unclosed),
        }
    }
}

/// Waits for a program that has closed its output, which nearly always means that it has ended.
fn wait(group: &mut Group, deadline: Instant) -> Result<ExitStatus, Stopped> {
    let mut pause = Duration::from_micros(50);
    loop {
        if let Some(status) = group.ended().map_err(Stopped::Broken)? {
            return Ok(status);
        }
        if Instant::now() >= deadline {
            return Err(Stopped::Late);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}
