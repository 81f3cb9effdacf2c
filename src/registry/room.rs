//! Owns how many large bodies are in memory at one time, whatever the number of workers and hosts.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Bodies up to this size need no seat.
pub(super) const SMALL: usize = 256 * 1024;

/// Large bodies at a time. With the cap of a manifest (4 MiB) this is 16 MiB.
const SEATS: usize = 4;

/// The seats that are free, each with the memory of the body that had it last.
type Free = Arc<(Mutex<Vec<Vec<u8>>>, Condvar)>;

/// The seats.
#[derive(Debug)]
pub(super) struct Room(Free);

/// A seat for one large body; dropping it frees it. Its memory goes from body to body: given back by many threads, it would stay with each.
#[derive(Debug)]
pub(super) struct Seat {
    free: Free,
    memory: Vec<u8>,
}

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new((Mutex::new(vec![Vec::new(); SEATS]), Condvar::new())))
    }
}

impl Room {
    /// A seat, if one is free.
    pub(super) fn free_seat(&self) -> Option<Seat> {
        let memory = self.0.0.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        Some(Seat { free: Arc::clone(&self.0), memory })
    }

    /// Waits for a seat. Nobody may hold one while asking for another.
    pub(super) fn seat(&self) -> Seat {
        let (free, changed) = &*self.0;
        let mut free = free.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(memory) = free.pop() {
                return Seat { free: Arc::clone(&self.0), memory };
            }
            free = changed.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Seat {
    /// Its memory, empty.
    pub(super) fn memory(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.memory)
    }

    /// Takes the memory back, to be given to the next.
    pub(super) fn give_back(&mut self, mut memory: Vec<u8>) {
        memory.clear();
        self.memory = memory;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let (free, changed) = &*self.free;
        free.lock().unwrap_or_else(PoisonError::into_inner).push(std::mem::take(&mut self.memory));
        changed.notify_one();
    }
}
