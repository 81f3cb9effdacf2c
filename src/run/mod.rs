//! A run: trees are looked through, their sets read in parallel, and the answers come in the order of the files.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::disk::Tree;
use crate::format::Format;
use crate::judge::{Judge, Look, Prefilter, Reading, Rules, is_nothing};
use crate::link::{Set, Starts, may_take, sets_of};
use crate::source::{Files, TreePath, content};

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
        let mut nothing = HashSet::new();
        let sets = sets_of(&tree.files, &tree.scope, &tree.around, &self.rules.formats, &mut |starts| {
            pool.install(|| self.narrowed(&starts, &tree.files, &mut nothing))
        });
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
            let judge = || Judge::new(&tree.files, self.rules).filtered(self.prefilter).about(&tree.scope).knowing(&nothing);
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

    /// Those of `starts` that may take in others. What was seen of them on the way need not be looked for again: `nothing` are those that hold
    /// nothing of what concerns the run.
    fn narrowed<'f>(&self, starts: &[(TreePath, &'f Arc<Format>)], files: &impl Files, nothing: &mut HashSet<TreePath>) -> Starts<'f> {
        // Charts that are laid beside files may concern it.
        let prefilter = self.prefilter.filter(|_| self.rules.charts().is_none());
        files.announce(&mut starts.iter().map(|(path, _)| path));
        let look = |buffer: &mut Vec<u8>, (number, of_file): (usize, &[(TreePath, &'f Arc<Format>)])| {
            let path = of_file.first().map(|(path, _)| path)?;
            let content = content(files, path, buffer);
            let taking: Starts<'f> = of_file.iter().filter(|(_, format)| may_take(&content, format)).cloned().collect();
            let is_nothing = prefilter.is_some_and(|prefilter| is_nothing(&content, prefilter));
            Some((number, taking, is_nothing.then(|| path.clone())))
        };
        // Threads take them in their order, in which a tree may ask for several at once.
        let of_files = starts.chunk_by(|(a, _), (b, _)| a == b).enumerate().par_bridge();
        let mut seen: Vec<_> = of_files.map_init(Vec::new, look).flatten_iter().collect();
        seen.sort_unstable_by_key(|(number, _, _)| *number);
        nothing.extend(seen.iter_mut().filter_map(|(_, _, without)| without.take()));
        seen.into_iter().flat_map(|(_, taking, _)| taking).collect()
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

    fn rules(files: &Memory) -> Rules {
        let options = Options { maps: vec!["quay.io/=m.io/".to_owned()], ..Options::default() };
        Rules::new(load(&options, files).unwrap().unwrap(), Date { year: 2026, month: 1, day: 1 })
    }

    fn all_of(files: Memory) -> Tree<Memory> {
        Tree { files, scope: Scope { roots: vec![TreePath::default()], ..Scope::default() }, around: Vec::new() }
    }

    #[test]
    fn what_holds_nothing_by_itself_is_read_with_what_it_holds_together_with() {
        let image = "services: {a: {image: '${HOST}/a/b:1'}}\n";
        let files = Memory::from([("a/compose.yaml", image), ("a/.env", "HOST=quay.io\n"), ("b/compose.yaml", image)]);
        let (rules, tree) = (rules(&files), all_of(files));
        let run = Run { rules: &rules, prefilter: Some(&rules.prefilter), jobs: NonZeroUsize::MIN };
        let mut looks = Vec::new();
        let question = |reading: &Reading<'_>| reading.shown().map(|(_, one, _)| one.expanded()).collect::<Vec<_>>();
        let answer = |look: Look<Vec<String>>| {
            looks.push(look);
            ControlFlow::Continue(())
        };
        assert!(run.each(&tree, question, answer).unwrap().is_continue());
        assert_eq!(looks, [Look::Done(vec!["quay.io/a/b:1".to_owned()]), Look::Passed]);
    }

    #[test]
    fn answers_that_wait_weigh_no_more_than_a_few_files() {
        let services: Vec<String> = (0..2_000).map(|number| format!("  s{number}: {{image: 'quay.io/a/b{number}:1'}}\n")).collect();
        let services = services.concat();
        let mut files = Memory::default();
        for number in 0..64 {
            files.put(TreePath::new(&format!("{number}.compose.yaml")).unwrap(), format!("services:\n{services}").into_bytes());
        }
        let (rules, tree) = (rules(&files), all_of(files));
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
