//! Owns how many requests one host gets at a time, and the pauses that it asks for.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// After how many answers in a row a narrowed gate opens by one.
const RECOVERY: u32 = 16;

/// A gate that narrows when the host says "too many", and opens again slowly.
#[derive(Debug)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
    widest: usize,
}

#[derive(Debug)]
struct State {
    inside: usize,
    width: usize,
    answers: u32,
    closed_until: Option<Instant>,
}

/// One request's place inside; leaving is dropping it.
#[derive(Debug)]
pub(super) struct Inside<'a>(&'a Gate);

impl Gate {
    pub(super) fn new(width: usize) -> Self {
        let widest = width.max(1);
        Self { state: Mutex::new(State { inside: 0, width: widest, answers: 0, closed_until: None }), changed: Condvar::new(), widest }
    }

    /// Waits for a place, and for the end of a pause that the host asked for.
    pub(super) fn enter(&self) -> Inside<'_> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let left = state.closed_until.map_or(Duration::ZERO, |end| end.saturating_duration_since(Instant::now()));
            if left.is_zero() && state.inside < state.width {
                state.inside += 1;
                return Inside(self);
            }
            state = if left.is_zero() {
                self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
            } else {
                self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
            };
        }
    }

    /// The host wants fewer requests: half as many, and none for `pause`.
    pub(super) fn narrow(&self, pause: Duration) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.width = (state.width / 2).max(1);
        state.answers = 0;
        let end = Instant::now() + pause;
        state.closed_until = Some(state.closed_until.map_or(end, |earlier| earlier.max(end)));
    }

    /// The host answered as it should.
    pub(super) fn answered(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.width < self.widest {
            state.answers += 1;
            if state.answers >= RECOVERY {
                state.answers = 0;
                state.width += 1;
                self.changed.notify_all();
            }
        }
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.inside = state.inside.saturating_sub(1);
        drop(state);
        self.0.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrows_by_half_and_opens_by_one() {
        let gate = Gate::new(4);
        gate.narrow(Duration::ZERO);
        assert_eq!(gate.state.lock().unwrap().width, 2);
        (0..RECOVERY).for_each(|_| gate.answered());
        assert_eq!(gate.state.lock().unwrap().width, 3);
    }

    #[test]
    fn never_lets_more_in_than_its_width() {
        let gate = Gate::new(3);
        let most = Mutex::new((0_usize, 0_usize));
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    let _inside = gate.enter();
                    {
                        let mut most = most.lock().unwrap();
                        most.0 += 1;
                        most.1 = most.1.max(most.0);
                    }
                    std::thread::yield_now();
                    most.lock().unwrap().0 -= 1;
                });
            }
        });
        assert!(most.lock().unwrap().1 <= 3);
    }
}
