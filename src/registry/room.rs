//! Owns how many large bodies are in memory at one time, whatever the number of workers and hosts.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Bodies up to this size need no seat.
pub(super) const SMALL: usize = 256 * 1024;

/// Large bodies at a time. With the cap of a manifest (4 MiB) this is 16 MiB.
const SEATS: usize = 4;

/// The seats.
#[derive(Debug)]
pub(super) struct Room(Arc<(Mutex<usize>, Condvar)>);

/// A seat for one large body; dropping it with the body frees it.
#[derive(Debug)]
pub(super) struct Seat(Arc<(Mutex<usize>, Condvar)>);

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new((Mutex::new(SEATS), Condvar::new())))
    }
}

impl Room {
    /// A seat, if one is free.
    pub(super) fn free_seat(&self) -> Option<Seat> {
        let mut free = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        *free = free.checked_sub(1)?;
        Some(Seat(Arc::clone(&self.0)))
    }

    /// Waits for a seat. Nobody may hold one while asking for another.
    pub(super) fn seat(&self) -> Seat {
        let (free, changed) = &*self.0;
        let mut free = changed
            .wait_while(free.lock().unwrap_or_else(PoisonError::into_inner), |free| *free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Seat(Arc::clone(&self.0))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let (free, changed) = &*self.0;
        *free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        changed.notify_one();
    }
}
