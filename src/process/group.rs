//! Owns the programs that run now, each with its children in a group of its own, and how such a group is ended.

use std::collections::BTreeSet;
use std::io;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// The groups of all programs that run, by the number of their first process. Whoever holds it knows that no group comes or goes: programs are
/// started, waited for and ended under it, so that none is missed, and no number that the system has given to another is used.
static RUNNING: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

fn running() -> MutexGuard<'static, BTreeSet<u32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A program that runs, and its children. Dropped, they are ended.
#[derive(Debug)]
pub(super) struct Group {
    child: Child,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Running,
    /// The system was told that we know of its end; its number may be another's.
    Over,
}

impl Group {
    /// Starts a program in a group of its own.
    pub(super) fn start(command: &mut Command) -> io::Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let mut running = running();
        let child = command.spawn()?;
        running.insert(child.id());
        Ok(Self { child, state: State::Running })
    }

    /// Its pipes, which can be had once.
    pub(super) fn pipes(&mut self) -> (Option<ChildStdin>, Option<ChildStdout>, Option<ChildStderr>) {
        (self.child.stdin.take(), self.child.stdout.take(), self.child.stderr.take())
    }

    /// How the program ended; none while it runs.
    pub(super) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        let mut running = running();
        let status = self.child.try_wait();
        // A fault says that the system has no such child any more.
        if !matches!(status, Ok(None)) {
            running.remove(&self.child.id());
            self.state = State::Over;
        }
        status
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if self.state == State::Running {
            let running = running();
            kill(self.child.id());
            // It may have left its group; and elsewhere than on Unix there is none.
            let _ = self.child.kill();
            drop(running);
        }
        while self.state == State::Running {
            if matches!(self.ended(), Ok(None)) {
                thread::sleep(Duration::from_millis(1));
            }
        }
    }
}

/// Ends every program that runs. As long as the answer is held, no other is started.
#[cfg(unix)]
pub(super) fn end_all() -> MutexGuard<'static, BTreeSet<u32>> {
    let running = running();
    for process in running.iter() {
        kill(*process);
    }
    running
}

/// Kills a group whose first process nobody has waited for: until then its number cannot be another's.
#[cfg(unix)]
fn kill(process: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Some(group) = i32::try_from(process).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
}

#[cfg(not(unix))]
const fn kill(_process: u32) {}
