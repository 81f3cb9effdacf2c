//! Owns the order in which workers take questions: hosts in turn, each with its own limit.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, PoisonError};

#[derive(Debug, Default)]
struct Host {
    waiting: VecDeque<usize>,
    /// How many of its questions are in flight.
    inside: usize,
}

impl Host {
    /// Whether its next question may be taken. One that is none of `ready` waits only as long as others are in flight, since nothing else could
    /// change that.
    fn is_free(&self, per_host: usize, ready: &impl Fn(usize) -> bool) -> bool {
        self.inside < per_host && self.waiting.front().is_some_and(|next| self.inside == 0 || ready(*next))
    }
}

#[derive(Debug, Default)]
struct Schedule {
    hosts: BTreeMap<String, Host>,
    /// The host that was served last; the next in the order is served next.
    last: Option<String>,
    over: Over,
}

/// Whether nothing more is to be taken, though some is waiting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Over {
    #[default]
    No,
    Yes,
}

impl Schedule {
    /// The next question and its host. Questions of one host are taken in their order.
    fn take(&mut self, per_host: usize, ready: &impl Fn(usize) -> bool) -> Option<(usize, String)> {
        let free = |host: &Host| host.is_free(per_host, ready);
        let after = self.last.as_ref().and_then(|last| {
            let later = (std::ops::Bound::Excluded(last.clone()), std::ops::Bound::Unbounded);
            self.hosts.range(later).find(|(_, host)| free(host)).map(|(name, _)| name.clone())
        });
        let name = after.or_else(|| self.hosts.iter().find(|(_, host)| free(host)).map(|(name, _)| name.clone()))?;
        let host = self.hosts.get_mut(&name)?;
        let index = host.waiting.pop_front()?;
        host.inside += 1;
        self.last = Some(name.clone());
        Some((index, name))
    }

    fn is_done(&self) -> bool {
        self.over == Over::Yes || self.hosts.values().all(|host| host.waiting.is_empty())
    }
}

/// A question in flight. Dropping it takes it out of its host, also in a panic, so that nobody waits for it; the panic then ends the run, and
/// goes on in the calling thread.
struct InFlight<'a> {
    schedule: &'a Mutex<Schedule>,
    changed: &'a Condvar,
    host: String,
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let mut state = self.schedule.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = state.hosts.get_mut(&self.host) {
            host.inside -= 1;
        }
        if std::thread::panicking() {
            state.over = Over::Yes;
        }
        drop(state);
        self.changed.notify_all();
    }
}

/// Calls `work` once for each index of `hosts`, and returns the results in the order of `hosts`. One that is not `ready` waits for those of its
/// host that are in flight.
pub(super) fn each<T: Send>(
    hosts: &[String],
    jobs: usize,
    per_host: usize,
    ready: impl Fn(usize) -> bool + Sync,
    work: impl Fn(usize) -> Option<T> + Sync,
) -> Vec<Option<T>> {
    let mut schedule = Schedule::default();
    for (index, host) in hosts.iter().enumerate() {
        schedule.hosts.entry(host.clone()).or_default().waiting.push_back(index);
    }
    let per_host = per_host.max(1);
    let schedule = Mutex::new(schedule);
    let changed = Condvar::new();
    let results: Mutex<Vec<Option<T>>> = Mutex::new(hosts.iter().map(|_| None).collect());
    let worker = || {
        loop {
            let mut state = schedule.lock().unwrap_or_else(PoisonError::into_inner);
            let (index, host) = loop {
                if state.is_done() {
                    return;
                }
                match state.take(per_host, &ready) {
                    Some(taken) => break taken,
                    None => state = changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(state);
            let in_flight = InFlight { schedule: &schedule, changed: &changed, host };
            let result = work(index);
            drop(in_flight);
            if let Some(place) = results.lock().unwrap_or_else(PoisonError::into_inner).get_mut(index) {
                *place = result;
            }
        }
    };
    let workers = jobs.clamp(1, 64).min(hosts.len());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(worker);
        }
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn results_come_in_order_at_any_number_of_jobs() {
        let hosts: Vec<String> = (0..200).map(|n| format!("h{}", n % 7)).collect();
        for jobs in [1, 3, 16] {
            let results = each(&hosts, jobs, 2, |_| true, |index| Some(index * 2));
            assert_eq!(results, (0..200).map(|n| Some(n * 2)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn one_host_never_gets_more_than_its_limit() {
        let hosts = vec!["one".to_owned(); 64];
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = |_| {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            std::thread::yield_now();
            now.fetch_sub(1, Ordering::SeqCst);
            Some(())
        };
        each(&hosts, 16, 3, |_| true, work);
        assert!(most.load(Ordering::SeqCst) <= 3);
    }

    #[test]
    fn a_panic_ends_the_run_and_nobody_waits_for_it() {
        for (jobs, per_host) in [(1, 1), (4, 1), (4, 4)] {
            let work = |index: usize| if index == 3 { panic!("the third") } else { Some(index) };
            let run = std::panic::AssertUnwindSafe(|| each(&vec!["one".to_owned(); 64], jobs, per_host, |_| true, work));
            assert!(std::panic::catch_unwind(run).is_err(), "{jobs} jobs");
        }
    }

    #[test]
    fn what_is_never_ready_is_done_one_after_the_other() {
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = |index| {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            std::thread::yield_now();
            now.fetch_sub(1, Ordering::SeqCst);
            Some(index)
        };
        let results = each(&vec!["one".to_owned(); 64], 16, 3, |_| false, work);
        assert_eq!((most.load(Ordering::SeqCst), results), (1, (0..64).map(Some).collect()));
    }
}
