//! A run: trees are looked through, their sets read in parallel, and the answers come in the order of the files.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use rayon::prelude::*;

use crate::disk::Tree;
use crate::judge::{Judge, Look, Prefilter, Reading, Rules};
use crate::link::{Set, sets};
use crate::source::Files;

/// Sets that each thread reads before the answers are put out: what bounds the memory.
const AHEAD: usize = 128;

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
        let mut left = sets(&tree.files, &tree.scope, &tree.around, &self.rules.formats).into_iter();
        loop {
            let batch: Vec<Set> = left.by_ref().take(jobs * AHEAD).collect();
            if batch.is_empty() {
                return Ok(ControlFlow::Continue(()));
            }
            let judge = || Judge::new(&tree.files, self.rules).filtered(self.prefilter);
            let looks = pool.install(|| batch.into_par_iter().map_init(judge, |judge, set| judge.look(set, &question)).collect::<Vec<_>>());
            if looks.into_iter().flatten().try_for_each(&mut answer).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }
}
