//! Owns doing work on many items in parallel while the results come out in the order of the items.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Items that a worker takes at once. One lock for each file would cost more than looking at most files does.
const BATCH: usize = 32;

/// Batches that may wait for an earlier one, for each worker: what bounds the memory.
const AHEAD: usize = 8;

/// Why a run ended before its items did.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The operating system gave no threads.
    #[error("no threads for `--jobs {jobs}`: {reason}")]
    Threads {
        /// How many were asked for.
        jobs: usize,
        /// Why, as the system says it.
        reason: String,
    },
}

/// Calls `work` on every item in `jobs` threads, each with a state of its own made by `state`, and hands the results to `emit` on the calling
/// thread in the order of the items. `emit` may end the run. At most some hundred results a thread wait for their turn, however many items
/// there are; the items are drawn one at a time.
///
/// # Errors
/// [`Stopped`] when no threads can be made.
pub fn ordered<I, S, T>(
    items: I,
    jobs: NonZeroUsize,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, I::Item) -> T + Sync,
    mut emit: impl FnMut(T) -> ControlFlow<()>,
) -> Result<(), Stopped>
where
    I: Iterator + Send,
    T: Send,
{
    if jobs.get() == 1 {
        let mut own = state();
        for item in items {
            if emit(work(&mut own, item)).is_break() {
                break;
            }
        }
        return Ok(());
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs.get()).thread_name(|n| format!("worker-{n}")).build();
    let pool = pool.map_err(|error| Stopped::Threads { jobs: jobs.get(), reason: error.to_string() })?;
    let source = Mutex::new(Source { items, next: 0 });
    let window = Window {
        queue: Mutex::new(Queue { ready: BTreeMap::new(), next: 0, workers: jobs.get(), over: Over::No }),
        filled: Condvar::new(),
        drained: Condvar::new(),
        ahead: jobs.get() * AHEAD,
    };
    pool.in_place_scope(|scope| {
        for _ in 0..jobs.get() {
            scope.spawn(|_| {
                let _leaves = Leaves(&window);
                let mut own = state();
                while let Some((number, batch)) = draw(&source) {
                    if window.wait_for_turn(number).is_break() {
                        break;
                    }
                    let results = batch.into_iter().map(|item| work(&mut own, item)).collect();
                    window.put(number, results);
                }
            });
        }
        while let Some(results) = window.take() {
            if results.into_iter().try_for_each(&mut emit).is_break() {
                window.end();
                break;
            }
        }
    });
    Ok(())
}

struct Source<I> {
    items: I,
    next: usize,
}

/// The next batch and its number; `None` when there are no more items.
fn draw<I: Iterator>(source: &Mutex<Source<I>>) -> Option<(usize, Vec<I::Item>)> {
    let mut source = lock(source);
    let batch: Vec<I::Item> = source.items.by_ref().take(BATCH).collect();
    if batch.is_empty() {
        return None;
    }
    let number = source.next;
    source.next += 1;
    Some((number, batch))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Over {
    No,
    Yes,
}

struct Queue<T> {
    ready: BTreeMap<usize, Vec<T>>,
    next: usize,
    workers: usize,
    over: Over,
}

/// The results that wait for earlier ones.
struct Window<T> {
    queue: Mutex<Queue<T>>,
    filled: Condvar,
    drained: Condvar,
    ahead: usize,
}

impl<T> Window<T> {
    /// Waits until batch `number` is near enough to the one that is due. The due batch never waits, so the run goes on.
    fn wait_for_turn(&self, number: usize) -> ControlFlow<()> {
        let far = |queue: &mut Queue<T>| queue.over == Over::No && number >= queue.next + self.ahead;
        let queue = self.drained.wait_while(lock(&self.queue), far).unwrap_or_else(PoisonError::into_inner);
        if queue.over == Over::Yes { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn put(&self, number: usize, results: Vec<T>) {
        lock(&self.queue).ready.insert(number, results);
        self.filled.notify_one();
    }

    /// The batch that is due; `None` when all workers have left and nothing is due any more.
    fn take(&self) -> Option<Vec<T>> {
        let waits = |queue: &mut Queue<T>| queue.workers > 0 && !queue.ready.contains_key(&queue.next);
        let mut queue = self.filled.wait_while(lock(&self.queue), waits).unwrap_or_else(PoisonError::into_inner);
        let next = queue.next;
        let results = queue.ready.remove(&next)?;
        queue.next += 1;
        self.drained.notify_all();
        Some(results)
    }

    fn end(&self) {
        lock(&self.queue).over = Over::Yes;
        self.drained.notify_all();
    }
}

/// Counts a worker out, also when it panics, so that nobody waits for it.
struct Leaves<'a, T>(&'a Window<T>);

impl<T> Drop for Leaves<'_, T> {
    fn drop(&mut self) {
        let mut queue = lock(&self.0.queue);
        queue.workers -= 1;
        if std::thread::panicking() {
            queue.over = Over::Yes;
        }
        drop(queue);
        self.0.filled.notify_one();
        self.0.drained.notify_all();
    }
}

/// A lock that a panic left behind guards nothing half-done here: the panic goes on in the calling thread anyway.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jobs(n: usize) -> NonZeroUsize {
        NonZeroUsize::new(n).unwrap()
    }

    #[test]
    fn results_come_in_the_order_of_the_items_at_any_thread_count() {
        for n in [1, 2, 7] {
            let mut seen = Vec::new();
            // Early items cost most, so that later ones are ready first.
            let work = |(): &mut (), item: u64| {
                let rounds = if item.is_multiple_of(64) { 20_000 } else { 1 };
                (item, (0..rounds).fold(item, |sum: u64, k| sum.wrapping_mul(31).wrapping_add(k))).0
            };
            ordered(
                0..5_000,
                jobs(n),
                || (),
                work,
                |item| {
                    seen.push(item);
                    ControlFlow::Continue(())
                },
            )
            .unwrap();
            assert_eq!(seen, (0..5_000).collect::<Vec<_>>(), "{n} threads");
        }
    }

    #[test]
    fn the_run_ends_when_nobody_listens_any_more() {
        for n in [1, 4] {
            let mut seen = 0;
            ordered(
                0u64..,
                jobs(n),
                || (),
                |(): &mut (), item| item,
                |_| {
                    seen += 1;
                    if seen == 100 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                },
            )
            .unwrap();
            assert_eq!(seen, 100);
        }
    }

    #[test]
    fn few_results_wait_however_many_items_there_are() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let (made, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let mut emitted = 0;
        let work = |(): &mut (), _: usize| made.fetch_add(1, Ordering::SeqCst);
        ordered(
            0..20_000,
            jobs(3),
            || (),
            work,
            |_| {
                emitted += 1;
                most.fetch_max(made.load(Ordering::SeqCst) - emitted, Ordering::SeqCst);
                ControlFlow::Continue(())
            },
        )
        .unwrap();
        assert!(most.into_inner() <= (3 * AHEAD + 4) * BATCH);
    }
}
