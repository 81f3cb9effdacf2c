//! `campaign plan`: reads every repository, and writes down what would change.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{io, thread};

use crate::campaign::forge::Forge;
use crate::campaign::{
    BODY, Cache, Cause, Drawn, Name, Once, Outcome, PLAN, Planned, Planner, STATE, Shard, State, Store, Targets, Trouble,
};
use crate::campaign::{body, clone_in, keep};
use crate::cli::{bar, environment};
use crate::diagnostic::reason;
use crate::mapping::Mapping;
use crate::text::count;

use super::args::{Part, ReadingArgs};
use super::{Campaign, Exit, World, forge_of, mappings, now, targets, today};

/// Which repositories are planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// All.
    All,
    /// Those without a plan.
    Unplanned,
}

/// The folder of clones in that of the campaign.
const CACHE: &str = ".cache";

/// Runs the command.
pub(super) fn run(args: &ReadingArgs, which: Which, store: &Store, world: &mut World<'_>) -> Result<Exit, Exit> {
    let campaign = Campaign::read(store, world)?;
    let config = campaign.config(store, world)?;
    let template = campaign.template(store, world)?;
    let targets = targets(store, world)?;
    let forge = forge_of(&campaign.settings, store, 60, world)?;
    let names = of_shard(&campaign.names, args, world)?;
    let names: Vec<Name> = match which {
        Which::All => names,
        Which::Unplanned => names.into_iter().filter(|name| !is_planned(store, name)).collect(),
    };
    let cache = Cache::new(&store.place(CACHE), args.cache_size.saturating_mul(1 << 20));
    let planner = Planner { settings: &campaign.settings, config: &config, today: today(args), now: now(), once: Once::default() };
    let work = Work {
        store,
        forge: &*forge,
        planner: &planner,
        targets: &targets,
        template: template.as_deref(),
        cache: &cache,
        stop: Stop::default(),
    };
    let mappings = mappings(&config);
    // Of a plan that is written down only its numbers are kept, however many there are.
    let told = each(&names, args, world, &|name| work.plan(name, &mappings).and_then(|outcome| Numbers::of(&outcome)))?;
    let mut numbers = Numbers::default();
    for (name, of_one) in names.iter().zip(told) {
        match of_one {
            Ok(more) => numbers.add(&more),
            Err(trouble) => {
                world.complain(&format!("{name}: {trouble}"));
                numbers.failed += 1;
            }
        }
    }
    Ok(numbers.finish(names.len(), world))
}

/// The repositories of the part that is asked for.
pub(super) fn of_shard(names: &[Name], args: &ReadingArgs, world: &mut World<'_>) -> Result<Vec<Name>, Exit> {
    let shard = match args.shard {
        None => return Ok(names.to_vec()),
        Some(Part::Is(shard)) => shard,
        Some(Part::Auto) => Shard::of_engine(environment::value).map_err(|fault| world.fail(&format!("`--shard auto`: {fault}"), ""))?,
    };
    Ok(names.iter().filter(|name| shard.takes(name)).cloned().collect())
}

fn is_planned(store: &Store, name: &Name) -> bool {
    let planned: Result<Option<Planned>, Trouble> = store.read(&store.place_of(name, PLAN));
    planned.is_ok_and(|planned| planned.is_some_and(|planned| !matches!(planned.outcome, Outcome::Failed(_))))
}

/// Does something for each repository, several at a time; what came of it, in their order.
pub(super) fn each<T: Send>(
    names: &[Name],
    args: &ReadingArgs,
    world: &mut World<'_>,
    work: &(dyn Fn(&Name) -> T + Sync),
) -> Result<Vec<T>, Exit> {
    let jobs = args.jobs.or_else(|| std::thread::available_parallelism().ok()).map_or(1, std::num::NonZeroUsize::get).min(64);
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let all = bar::shown("read", |show| {
        let take = || {
            let numbers = std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
            let some = numbers.map_while(|number| Some((number, names.get(number)?)));
            let told = some.map(|(number, name)| {
                let told = work(name);
                show(done.fetch_add(1, Ordering::Relaxed) + 1, names.len());
                (number, told)
            });
            told.collect::<Vec<_>>()
        };
        // No pool: whoever waits in one for the reading of a repository begins the next meanwhile, on the same stack.
        thread::scope(|scope| {
            let begin = |number| thread::Builder::new().name(format!("repository-{number}")).spawn_scoped(scope, take);
            let begun: io::Result<Vec<_>> = (0..jobs).map(begin).collect();
            if begun.is_err() {
                next.store(names.len(), Ordering::Relaxed);
            }
            let ended = |one: thread::ScopedJoinHandle<'_, Vec<(usize, T)>>| one.join().unwrap_or_else(|panic| resume_unwind(panic));
            begun.map(|begun| begun.into_iter().flat_map(ended).collect::<Vec<_>>())
        })
    });
    let mut all = all.map_err(|error| world.fail(&format!("no threads for `--jobs {jobs}`: {}", reason(&error)), "ask for fewer"))?;
    all.sort_unstable_by_key(|(number, _)| *number);
    Ok(all.into_iter().map(|(_, told)| told).collect())
}

/// What planning needs.
struct Work<'a> {
    store: &'a Store,
    forge: &'a dyn Forge,
    planner: &'a Planner<'a>,
    targets: &'a Targets,
    template: Option<&'a str>,
    cache: &'a Cache,
    stop: Stop,
}

impl Work<'_> {
    /// Plans one repository, and writes that down.
    fn plan(&self, name: &Name, mappings: &[&Mapping]) -> Result<Outcome, Trouble> {
        let drawn = drawn(self.forge, self.planner, self.cache, &self.stop, name);
        let outcome = drawn.outcome.clone();
        if let Outcome::Failed(trouble) = &outcome
            && is_passing(trouble.cause)
            && is_planned(self.store, name)
        {
            // What was planned still stands; why it could not be looked at again is noted beside it.
            let place = self.store.place_of(name, STATE);
            let state = self.store.read::<State>(&place)?.unwrap_or_else(|| State::new(name.clone()));
            self.store.write(&place, &State { trouble: Some(trouble.clone()), ..state })?;
            return Ok(outcome);
        }
        let place = self.store.place_of(name, BODY);
        match &outcome {
            Outcome::Planned(plan) if !plan.is_empty() => {
                let text = body(self.planner.settings, self.template, plan, self.targets, mappings)?;
                self.store.write_text(&place, text.as_bytes())?;
            }
            _ => self.store.remove(&place)?,
        }
        keep(self.store, name, drawn, self.planner.now)?;
        // What stood in the way before is looked at anew.
        let place = self.store.place_of(name, STATE);
        if let Some(state) = self.store.read::<State>(&place)?.filter(|state| state.trouble.is_some()) {
            self.store.write(&place, &State { trouble: None, ..state })?;
        }
        Ok(outcome)
    }
}

/// A trouble that met one repository and would meet all: the others are not asked for.
#[derive(Debug, Default)]
pub(super) struct Stop(Mutex<Option<Trouble>>);

impl Stop {
    fn known(&self) -> MutexGuard<'_, Option<Trouble>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The plan of one repository.
pub(super) fn drawn(forge: &dyn Forge, planner: &Planner<'_>, cache: &Cache, stop: &Stop, name: &Name) -> Drawn {
    let failed = |trouble: Trouble| Drawn { outcome: Outcome::Failed(trouble), patch: Vec::new() };
    let known = stop.known().clone();
    if let Some(trouble) = known {
        return failed(trouble);
    }
    let clone = clone_in(cache.folder(), name);
    let drawn = match forge.repository(name) {
        Ok(repository) => cache.with(&clone, || planner.plan(&repository, &clone, &forge.access(&repository.name))),
        Err(trouble) => failed(trouble),
    };
    if let Outcome::Failed(trouble) = &drawn.outcome
        && trouble.is_of_all()
    {
        *stop.known() = Some(trouble.clone());
    }
    drawn
}

/// Whether the next try may come to something else.
const fn is_passing(cause: Cause) -> bool {
    matches!(cause, Cause::Unreachable | Cause::Limited | Cause::NoLogin | Cause::Git | Cause::State | Cause::Refused)
}

/// What came of planning.
#[derive(Debug, Default)]
struct Numbers {
    changed: usize,
    references: usize,
    refused: usize,
    left: usize,
    opted_out: usize,
    failed: usize,
}

impl Numbers {
    /// Those of one repository; what went wrong with it otherwise.
    fn of(outcome: &Outcome) -> Result<Self, Trouble> {
        match outcome {
            Outcome::Planned(plan) => Ok(Self {
                changed: usize::from(!plan.is_empty()),
                references: if plan.is_empty() { 0 } else { plan.references.len() },
                refused: plan.refused.len(),
                left: plan.left.len(),
                ..Self::default()
            }),
            Outcome::Failed(trouble) if !trouble.is_meant() => Err(trouble.clone()),
            Outcome::OptedOut { .. } | Outcome::Failed(_) => Ok(Self { opted_out: 1, ..Self::default() }),
        }
    }

    fn add(&mut self, more: &Self) {
        let Self { changed, references, refused, left, opted_out, failed } = more;
        self.changed += changed;
        self.references += references;
        self.refused += refused;
        self.left += left;
        self.opted_out += opted_out;
        self.failed += failed;
    }

    fn finish(&self, all: usize, world: &mut World<'_>) -> Exit {
        let Self { changed, references, refused, left, opted_out, failed } = self;
        let text = format!(
            "{changed} of {} would change: {}, {refused} refused, {left} left in texts; {opted_out} left out, {failed} failed\n",
            count(all, "repository"),
            count(*references, "reference"),
        );
        let _ = world.out(|out| out.write_all(text.as_bytes()));
        match (failed, changed + refused) {
            (1.., _) => Exit::Failed,
            (0, 1..) => Exit::Findings,
            (0, 0) => Exit::Clean,
        }
    }
}

/// The clones of a campaign, for whoever publishes.
pub(super) fn clones(store: &Store) -> std::path::PathBuf {
    store.place(CACHE)
}
