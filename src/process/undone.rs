//! Owns what is undone when a run is interrupted: files that are begun and not in their place yet.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

type Undo = Box<dyn FnOnce() + Send>;

/// What is to be undone, by numbers of its own. Whoever holds it knows that nothing is begun meanwhile.
static BEGUN: Mutex<(u64, BTreeMap<u64, Undo>)> = Mutex::new((0, BTreeMap::new()));

fn begun() -> MutexGuard<'static, (u64, BTreeMap<u64, Undo>)> {
    BEGUN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Something that is begun. Dropped, it is done, or undone by whoever holds it: an interruption has nothing to do with it any more.
#[derive(Debug)]
pub(crate) struct Begun(u64);

impl Drop for Begun {
    fn drop(&mut self) {
        let undo = begun().1.remove(&self.0);
        drop(undo);
    }
}

/// Begins something, which an interruption undoes.
///
/// # Errors
/// What `begin` says; then there is nothing to undo.
pub(super) fn begin<T>(begin: impl FnOnce() -> io::Result<T>, undo: impl FnOnce() + Send + 'static) -> io::Result<(T, Begun)> {
    let mut begun = begun();
    let made = begin()?;
    begun.0 += 1;
    let number = begun.0;
    begun.1.insert(number, Box::new(undo));
    Ok((made, Begun(number)))
}

/// Undoes everything. As long as the answer is held, nothing is begun.
#[cfg(unix)]
pub(super) fn undo_all() -> impl Drop {
    let mut begun = begun();
    for undo in std::mem::take(&mut begun.1).into_values() {
        undo();
    }
    begun
}
