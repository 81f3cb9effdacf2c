//! `campaign publish`: opens pull requests, and brings those that are open up to date; one writer at a time, no faster than it may.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::campaign::forge::Forge;
use crate::campaign::{Done, Ledger, Name, Once, PLAN, Planned, Planner, Publisher, STATE, State, Step, Store, Trouble};
use crate::cli::environment;
use crate::mapping::Date;
use crate::text::count;

use super::args::{PaceArgs, PublishArgs};
use super::plan::clones;
use super::{Campaign, Exit, World, failed, forge_of, mappings, now, targets, track};

/// Runs the command.
pub(super) fn run(args: &PublishArgs, store: &Store, world: &mut World<'_>) -> Result<Exit, Exit> {
    let campaign = Campaign::read(store, world)?;
    let config = campaign.config(store, world)?;
    let template = campaign.template(store, world)?;
    let targets = targets(store, world)?;
    let forge = forge_of(&campaign.settings, store, args.max_wait, world)?;
    let mut pen = Pen::take(&args.pace, &*forge, world)?;
    let time = now();
    let planner = Planner { settings: &campaign.settings, config: &config, today: Date::of_time(time), now: time, once: Once::default() };
    let all = mappings(&config);
    let publisher = Publisher {
        store,
        forge: &*forge,
        planner: &planner,
        targets: &targets,
        template: template.as_deref(),
        mappings: &all,
        cache: &clones(store),
        now: time,
    };
    let names = first(&campaign.names, args.first, store);
    let mut open = open(&campaign.names, store);
    let mut told = Told::default();
    for name in &names {
        let done = match publisher.look(name) {
            Ok(Step::Done(done)) => Ok(done),
            Ok(Step::Write(ready)) if ready.opens() && args.max_open.is_some_and(|most| open >= most) => Ok(Done::Waits),
            Ok(Step::Write(ready)) => match pen.dip(world) {
                Ok(Dipped::Ready) => publisher.write(*ready),
                Ok(Dipped::Dry(seconds)) => {
                    told.dry = Some(seconds);
                    Ok(Done::Waits)
                }
                Err(trouble) => Err(trouble),
            },
            Err(trouble) => Err(trouble),
        };
        match done {
            Ok(done) => {
                open += usize::from(done == Done::Opened);
                open -= usize::from(done == Done::Closed).min(open);
                told.done(name, done, world);
            }
            Err(trouble) => {
                note(store, name, &trouble, world)?;
                told.failed(name, &trouble, world);
                if trouble.is_of_all() {
                    world.complain("nothing more is asked of the forge for now; run it again later");
                    break;
                }
            }
        }
        if told.dry.is_some() {
            break;
        }
    }
    let exit = told.finish(world);
    Ok(if track::run(&campaign, &*forge, store, world) { exit } else { Exit::Failed })
}

/// Notes what stood in a repository's way.
pub(super) fn note(store: &Store, name: &Name, trouble: &Trouble, world: &mut World<'_>) -> Result<(), Exit> {
    let place = store.place_of(name, STATE);
    let known: Result<Option<State>, Trouble> = store.read(&place);
    // What cannot be read is not written over: it has been told already.
    let Ok(known) = known else { return Ok(()) };
    let state = known.unwrap_or_else(|| State::new(name.clone()));
    store.write(&place, &State { trouble: Some(trouble.clone()), ..state }).map_err(|trouble| failed(&trouble, world))
}

/// The first repositories that have something to change; those whose plan cannot be read are told when it is their turn.
fn first(names: &[Name], most: Option<usize>, store: &Store) -> Vec<Name> {
    let Some(most) = most else { return names.to_vec() };
    let changes = |name: &&Name| {
        let planned: Result<Option<Planned>, Trouble> = store.read(&store.place_of(name, PLAN));
        planned.map_or(true, |planned| planned.is_some_and(|planned| planned.plan().is_some_and(|plan| !plan.is_empty())))
    };
    names.iter().filter(changes).take(most).cloned().collect()
}

/// How many pull requests of the campaign are open, as far as is known.
fn open(names: &[Name], store: &Store) -> usize {
    let is_open = |name: &&Name| {
        let state: Result<Option<State>, Trouble> = store.read(&store.place_of(name, STATE));
        state.is_ok_and(|state| state.is_some_and(|state| state.is_open()))
    };
    names.iter().filter(is_open).count()
}

/// The right to write, and how fast.
pub(super) struct Pen {
    ledger: Ledger,
    pace: Pace,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pace {
    Waits,
    Ends,
}

/// Whether something may be written.
pub(super) enum Dipped {
    /// It may, and is noted.
    Ready,
    /// Not before so many seconds.
    Dry(u64),
}

impl Pen {
    /// Takes the right to write.
    pub(super) fn take(args: &PaceArgs, forge: &dyn Forge, world: &mut World<'_>) -> Result<Self, Exit> {
        let identity = forge.identity().map_err(|trouble| failed(&trouble, world))?;
        let Some(folder) = environment::forges() else {
            return Err(world.fail("there is no folder to keep what was written: HOME is not set", "set HOME or XDG_CACHE_HOME"));
        };
        let ledger = Ledger::take(&folder, &identity, args.rate, args.window).map_err(|trouble| failed(&trouble, world))?;
        Ok(Self { ledger, pace: if args.wait { Pace::Waits } else { Pace::Ends } })
    }

    /// Asks whether something may be written now.
    pub(super) fn dip(&mut self, world: &mut World<'_>) -> Result<Dipped, Trouble> {
        loop {
            let wait = self.ledger.wait(now());
            if wait == 0 {
                self.ledger.note(now())?;
                return Ok(Dipped::Ready);
            }
            if self.pace == Pace::Ends {
                return Ok(Dipped::Dry(wait));
            }
            world.tell(&format!("the pace asks for {}", duration(wait)));
            std::thread::sleep(Duration::from_secs(wait));
        }
    }
}

/// `90 s`, `34 min`, `5 h`.
pub(super) fn duration(seconds: u64) -> String {
    match seconds {
        0..=120 => format!("{seconds} s"),
        121..=7_200 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3_600)),
    }
}

/// What was done.
#[derive(Debug, Default)]
struct Told {
    done: BTreeMap<Done, usize>,
    failed: BTreeMap<crate::campaign::Cause, Vec<String>>,
    /// Seconds until something more may be written.
    dry: Option<u64>,
}

impl Told {
    fn done(&mut self, name: &Name, done: Done, world: &mut World<'_>) {
        *self.done.entry(done).or_default() += 1;
        let words = match done {
            Done::Opened => "opened",
            Done::Updated => "brought up to date",
            Done::Closed => "closed, since nothing is left to change",
            Done::Theirs => "left: others have commits on its branch; a box in the pull request asks for it anew",
            Done::Declined => "left: somebody closed its pull request",
            Done::Unchanged | Done::Nothing | Done::Waits => return,
        };
        let _ = world.out(|out| writeln!(out, "{name}: {words}"));
        world.flush();
    }

    fn failed(&mut self, name: &Name, trouble: &Trouble, world: &mut World<'_>) {
        world.complain(&format!("{name}: {trouble}"));
        self.failed.entry(trouble.cause).or_default().push(name.to_string());
    }

    fn finish(&self, world: &mut World<'_>) -> Exit {
        let of = |done| self.done.get(&done).copied().unwrap_or(0);
        let failed: usize = self.failed.values().map(Vec::len).sum();
        let (waits, left) = (of(Done::Waits), of(Done::Theirs) + of(Done::Declined));
        let mut text = String::new();
        for (cause, names) in &self.failed {
            let _ = writeln!(text, "{}: {}", cause.words(), names.join(", "));
        }
        let _ = writeln!(
            text,
            "{} opened, {} brought up to date, {} as they were, {} closed, {left} left to people, {failed} failed",
            of(Done::Opened),
            of(Done::Updated),
            of(Done::Unchanged),
            of(Done::Closed)
        );
        if let Some(seconds) = self.dry {
            let _ = writeln!(text, "the pace lets nothing more be written for {}: run it again then, or with `--wait`", duration(seconds));
        } else if waits > 0 {
            let _ = writeln!(text, "{} wait until fewer are open (`--max-open`)", count(waits, "repository"));
        }
        let _ = world.out(|out| out.write_all(text.as_bytes()));
        match (failed, waits + left) {
            (1.., _) => Exit::Failed,
            (0, 1..) => Exit::Findings,
            (0, 0) => Exit::Clean,
        }
    }
}
