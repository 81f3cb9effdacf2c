//! Owns who writes to a forge: one at a time for each identity, and what each has written lately, whatever campaign it was for.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::pace::{Rate, Window};
use super::trouble::{Cause, Trouble};
use crate::apply::{Existing, Mode, create};
use crate::disk::Disk;
use crate::registry::digest;

/// What an identity has written.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Written {
    /// When, in seconds since 1970, in order.
    times: Vec<u64>,
}

/// The right to write, as long as it is held.
#[derive(Debug)]
pub struct Ledger {
    disk: Disk,
    place: PathBuf,
    written: Written,
    rate: Rate,
    window: Option<Window>,
    #[expect(dead_code, reason = "held for its lock")]
    lock: File,
}

impl Ledger {
    /// Takes the right to write as `identity`; the files are kept in the folder `folder`.
    ///
    /// # Errors
    /// [`Trouble`] where somebody else has it, or a file cannot be used.
    pub fn take(folder: &Path, identity: &str, rate: Rate, window: Option<Window>) -> Result<Self, Trouble> {
        let failed = |what: &str, fault: &std::io::Error| {
            Trouble::new(Cause::State, format!("{what} in `{}`: {}", folder.display(), crate::diagnostic::reason(fault)))
        };
        fs::create_dir_all(folder).map_err(|fault| failed("nothing can be kept", &fault))?;
        // The identity may hold what no file is called by.
        let key = digest(identity.as_bytes(), None).replace(':', "-");
        let lock = File::options().create(true).append(true).open(folder.join(format!("{key}.lock")));
        let lock = lock.map_err(|fault| failed("no lock can be made", &fault))?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => {
                return Err(Trouble::new(Cause::Limited, format!("another run writes as {identity} now; the forge counts both together")));
            }
            // Where there are no locks, nobody can be kept out.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let place = folder.join(format!("{key}.json"));
        let written = match fs::read_to_string(&place) {
            // What cannot be read says nothing of what was written: nobody is stopped for ever by it.
            Ok(text) => serde_json::from_str(&text).unwrap_or_default(),
            Err(_) => Written::default(),
        };
        Ok(Self { disk: Disk::new(folder, folder), place, written, rate, window, lock })
    }

    /// Seconds until something more may be written; zero means now.
    #[must_use]
    pub fn wait(&self, now: u64) -> u64 {
        let closed = self.window.map_or(0, |window| window.wait(now));
        closed.max(self.rate.wait(&self.written.times, now))
    }

    /// Notes that something is written now. It is noted before it is done: one that is killed in between has counted one too many.
    ///
    /// # Errors
    /// [`Trouble`] where it cannot be noted.
    pub fn note(&mut self, now: u64) -> Result<(), Trouble> {
        self.written.times.push(now);
        self.written.times.sort_unstable();
        let recent = self.rate.recent(&self.written.times, now).to_vec();
        self.written.times = recent;
        let text = serde_json::to_string(&self.written).unwrap_or_default() + "\n";
        create(&self.disk, &self.place, text.as_bytes(), Existing::Replace, Mode::Data).map_err(|fault| {
            Trouble::new(Cause::State, format!("`{}` was not written: {}", self.place.display(), crate::disk::told(&fault)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_has_one_writer_and_is_remembered() {
        let folder = tempfile::TempDir::new().unwrap();
        let rate = Rate { number: 2, seconds: 100 };
        let mut first = Ledger::take(folder.path(), "forge me", rate, None).unwrap();
        assert_eq!(Ledger::take(folder.path(), "forge me", rate, None).unwrap_err().cause, Cause::Limited);
        assert!(Ledger::take(folder.path(), "forge you", rate, None).is_ok());
        first.note(1_000).unwrap();
        first.note(1_010).unwrap();
        drop(first);
        let again = Ledger::take(folder.path(), "forge me", rate, None).unwrap();
        assert_eq!((again.wait(1_020), again.wait(1_100)), (80, 0));
        let window = Some("10:00-11:00".parse().unwrap());
        drop(again);
        assert_eq!(Ledger::take(folder.path(), "forge me", rate, window).unwrap().wait(9 * 3600), 3600);
    }
}
