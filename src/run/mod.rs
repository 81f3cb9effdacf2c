//! A run: trees are looked through, their sets read in parallel, and the answers come in the order of the files.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::disk::Tree;
use crate::judge::{Judge, Look, Prefilter, Reading, Rules};
use crate::link::{Set, sets};
use crate::source::Files;

/// Sets that each thread reads before the answers are put out.
const AHEAD: usize = 128;

/// Bytes of answers, by what their readings weigh, that wait to be put out: while there are more, no other set is begun.
const WAITING: usize = 16 << 20;

/// The most threads that a run has, whatever it is asked for: what they read ahead is held.
const JOBS: usize = 256;

/// Bytes of each thread's stack. Everything that goes down by a document's depth is bounded; this is what the bounds are measured by.
const STACK: usize = 8 << 20;

/// Why a run ended before its files did.
#[derive(Debug, thiserror::Error)]
#[error("no threads for `--jobs {jobs}`: {reason}")]
pub struct Stopped {
    /// How many were asked for.
    jobs: usize,
    /// Why, as the system says it.
    reason: String,
}

/// What a run asks of each file.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The rules.
    pub rules: &'a Rules,
    /// What a file must hold to be parsed; `None` parses all of them.
    pub prefilter: Option<&'a Prefilter>,
    /// In how many threads.
    pub jobs: NonZeroUsize,
}

impl Run<'_> {
    /// Asks `question` of every set of `tree`, and hands what came of it to `answer`, in the order of the files, on this thread. `answer` may
    /// end the run; memory does not grow with the tree.
    ///
    /// # Errors
    /// [`Stopped`] when no threads can be made.
    pub fn each<T: Send>(
        &self,
        tree: &Tree<impl Files>,
        question: impl Fn(&Reading<'_>) -> T + Sync,
        mut answer: impl FnMut(Look<T>) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Stopped> {
        let jobs = self.jobs.get().min(JOBS);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).stack_size(STACK).thread_name(|n| format!("worker-{n}")).build();
        let pool = pool.map_err(|error| Stopped { jobs, reason: error.to_string() })?;
        let sets = sets(&tree.files, &tree.scope, &tree.around, &self.rules.formats);
        tree.files.announce(&mut sets.iter().flat_map(|set| &set.members).map(|(_, met)| met.path()));
        let mut left = sets.into_iter().map(Step::Next);
        let mut steps: Vec<Step<T>> = Vec::new();
        loop {
            let missing = (jobs * AHEAD).saturating_sub(steps.len());
            steps.extend(left.by_ref().take(missing));
            if steps.is_empty() {
                return Ok(ControlFlow::Continue(()));
            }
            let waiting = AtomicUsize::new(steps.iter().map(Step::weight).sum());
            let take = |judge: &mut Judge<'_>, (number, step): (usize, Step<T>)| match step {
                // The first is what the others wait for.
                Step::Next(set) if number == 0 || waiting.load(Ordering::Relaxed) < WAITING => {
                    let mut weight = 0;
                    let looks = judge.look(set, |reading| {
                        weight = reading.weight();
                        waiting.fetch_add(weight, Ordering::Relaxed);
                        question(reading)
                    });
                    (number, Step::Done(looks, weight))
                }
                step => (number, step),
            };
            let judge = || Judge::new(&tree.files, self.rules).filtered(self.prefilter).about(&tree.scope);
            // Threads take the sets in their order, so that little waits for one that is not done.
            let mut taken: Vec<_> = pool.install(|| steps.into_iter().enumerate().par_bridge().map_init(judge, take).collect());
            taken.sort_unstable_by_key(|(number, _)| *number);
            steps = Vec::new();
            for (_, step) in taken {
                match step {
                    Step::Done(looks, _) if steps.is_empty() => {
                        if looks.into_iter().try_for_each(&mut answer).is_break() {
                            return Ok(ControlFlow::Break(()));
                        }
                    }
                    step => steps.push(step),
                }
            }
        }
    }
}

/// What becomes of a set.
enum Step<T> {
    /// It is not read yet.
    Next(Set),
    /// Its answers wait to be put out, and what they weigh.
    Done(Vec<Look<T>>, usize),
}

impl<T> Step<T> {
    const fn weight(&self) -> usize {
        match self {
            Self::Next(_) => 0,
            Self::Done(_, weight) => *weight,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Options, load};
    use crate::mapping::Date;
    use crate::source::{Memory, Scope, TreePath};

    #[test]
    fn answers_that_wait_weigh_no_more_than_a_few_files() {
        let services: Vec<String> = (0..2_000).map(|number| format!("  s{number}: {{image: 'quay.io/a/b{number}:1'}}\n")).collect();
        let services = services.concat();
        let mut files = Memory::default();
        for number in 0..64 {
            files.put(TreePath::new(&format!("{number}.compose.yaml")).unwrap(), format!("services:\n{services}").into_bytes());
        }
        let options = Options { maps: vec!["quay.io/=m.io/".to_owned()], ..Options::default() };
        let rules = Rules::new(load(&options, &files).unwrap().unwrap(), Date { year: 2026, month: 1, day: 1 });
        let tree = Tree { files, scope: Scope { roots: vec![TreePath::default()], ..Scope::default() }, around: Vec::new() };
        let run = Run { rules: &rules, prefilter: None, jobs: NonZeroUsize::new(2).unwrap() };
        let (begun, put_out, most) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        let question = |reading: &Reading<'_>| {
            assert!(reading.weight() > 2 << 20);
            let begun = begun.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(begun - put_out.load(Ordering::SeqCst), Ordering::SeqCst);
        };
        let answer = |look: Look<()>| {
            assert_eq!(look, Look::Done(()));
            put_out.fetch_add(1, Ordering::SeqCst);
            ControlFlow::Continue(())
        };
        assert!(run.each(&tree, question, answer).unwrap().is_continue());
        assert_eq!(put_out.load(Ordering::SeqCst), 64);
        assert!(most.load(Ordering::SeqCst) <= 10, "{most:?}");
    }
}
