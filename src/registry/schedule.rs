//! Owns the order in which workers take questions: hosts in turn, each with its own limit and its own run of failures.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, PoisonError};

#[derive(Debug, Default)]
struct Host {
    waiting: VecDeque<usize>,
    inside: usize,
    failed_in_a_row: usize,
}

#[derive(Debug, Default)]
struct Schedule {
    hosts: BTreeMap<String, Host>,
    /// The host that was served last; the next in the order is served next.
    last: Option<String>,
}

impl Schedule {
    /// The next question, its host, and the host's failures in a row so far. Questions of one host are taken in their order.
    fn take(&mut self, per_host: usize) -> Option<(usize, String, usize)> {
        let free = |host: &Host| host.inside < per_host && !host.waiting.is_empty();
        let after = self.last.as_ref().and_then(|last| {
            let later = (std::ops::Bound::Excluded(last.clone()), std::ops::Bound::Unbounded);
            self.hosts.range(later).find(|(_, host)| free(host)).map(|(name, _)| name.clone())
        });
        let name = after.or_else(|| self.hosts.iter().find(|(_, host)| free(host)).map(|(name, _)| name.clone()))?;
        let host = self.hosts.get_mut(&name)?;
        let index = host.waiting.pop_front()?;
        host.inside += 1;
        let failed = host.failed_in_a_row;
        self.last = Some(name.clone());
        Some((index, name, failed))
    }

    fn is_done(&self) -> bool {
        self.hosts.values().all(|host| host.waiting.is_empty())
    }
}

/// Calls `work` once for each index of `hosts`, with its host's failures in a row so far, and returns the results in the order of `hosts`.
/// `work` tells with its result whether the host failed.
pub(super) fn each<T: Send>(
    hosts: &[String],
    jobs: usize,
    per_host: usize,
    work: impl Fn(usize, usize) -> Option<(T, bool)> + Sync,
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
            let (index, name, failed) = loop {
                match state.take(per_host) {
                    Some(taken) => break taken,
                    None if state.is_done() => return,
                    None => state = changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                }
            };
            drop(state);
            let result = work(index, failed);
            let mut state = schedule.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(host) = state.hosts.get_mut(&name) {
                host.inside = host.inside.saturating_sub(1);
                let failed = result.as_ref().is_some_and(|(_, failed)| *failed);
                host.failed_in_a_row = if failed { host.failed_in_a_row + 1 } else { 0 };
            }
            drop(state);
            changed.notify_all();
            if let Some(place) = results.lock().unwrap_or_else(PoisonError::into_inner).get_mut(index) {
                *place = result.map(|(result, _)| result);
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
            let results = each(&hosts, jobs, 2, |index, _| Some((index * 2, false)));
            assert_eq!(results, (0..200).map(|n| Some(n * 2)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn one_host_never_gets_more_than_its_limit() {
        let hosts = vec!["one".to_owned(); 64];
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        each(&hosts, 16, 3, |_, _| {
            most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            std::thread::yield_now();
            now.fetch_sub(1, Ordering::SeqCst);
            Some(((), false))
        });
        assert!(most.load(Ordering::SeqCst) <= 3);
    }
}
