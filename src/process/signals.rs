//! Owns what a run does when it is interrupted: it ends the programs that it started, undoes what it began, and then ends itself, as it would have
//! without us.
//!
//! They run in groups of their own, so that a terminal's Ctrl-C reaches the run alone.

use std::sync::Once;
use std::sync::mpsc::channel;
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::undone::undo_all;

/// Watches for interruptions from now on. Called before the first program is started and the first file begun, so that a run that does neither has
/// nothing to do with signals.
pub(super) fn watch() {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {
        let (ready, wait) = channel();
        // The thread is there before any signal is kept from ending the run: without it nobody would ever do so.
        let watcher = thread::Builder::new().name("signals".to_owned()).spawn(move || {
            let Ok(mut signals) = Signals::new(not_ignored()) else { return };
            let _ = ready.send(());
            for signal in signals.forever() {
                // Held until this process is gone, or another thread would start a program that is never ended, or a file that stays.
                #[cfg(feature = "registry")]
                let _running = super::group::end_all();
                let _begun = undo_all();
                let _ = emulate_default_handler(signal);
            }
        });
        if watcher.is_ok() {
            // It fails when the signals cannot be had: they then end the run as they always did.
            let _ = wait.recv();
        }
    });
}

/// The signals that end this process. `nohup`, and a shell for what runs behind it, start a program with some of them ignored; to handle those
/// would undo that.
fn not_ignored() -> Vec<i32> {
    let ignored = ignored();
    [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| ignored & (1 << (signal - 1)) == 0).collect()
}

/// The signals that this process ignores, one bit each (`SigIgn` in `proc_pid_status(5)`). Where the system does not tell, nobody can ask it
/// without unsafe code, and a hang-up counts as ignored: a run that outlives its terminal is worth more than a helper that is ended with it.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let told = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    told.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok()).unwrap_or(1 << (SIGHUP - 1))
}
