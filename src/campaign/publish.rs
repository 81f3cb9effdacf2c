//! Owns the way of one plan to the forge: a branch, a pull request, and what is known of both. Each step looks first at what is there, so that it can
//! be begun again after any other.

use std::path::Path;

use super::body;
use super::dress::Dress;
use super::forge::{Forge, Pull, Repository, Request, Stage, Standing};
use super::git::{Clone, Tip};
use super::home::Home;
use super::name::Name;
use super::plan::{Drawn, Planner, clone_in, mark, may_change};
use super::planned::{Outcome, Plan, Planned, VERSION};
use super::settings::Settings;
use super::state::{State, Work};
use super::store::{BODY, PATCH, PLAN, STATE, Store};
use super::targets::Targets;
use super::trouble::{Cause, Trouble};
use crate::mapping::Mapping;

/// What is published by.
pub struct Publisher<'a> {
    /// The campaign's folder.
    pub store: &'a Store,
    /// The forge.
    pub forge: &'a dyn Forge,
    /// Plans anew what has changed.
    pub planner: &'a Planner<'a>,
    /// What registries said.
    pub targets: &'a Targets,
    /// The user's template of the body.
    pub template: Option<&'a str>,
    /// The mappings, for the body.
    pub mappings: &'a [&'a Mapping],
    /// Where clones are kept.
    pub cache: &'a Path,
    /// The time, in seconds since 1970.
    pub now: u64,
}

/// What was done for one repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Done {
    /// A pull request was opened.
    Opened,
    /// Its branch or its body is another now.
    Updated,
    /// It is as it should be.
    Unchanged,
    /// It was closed, since nothing is left to do.
    Closed,
    /// There is nothing to do, and nothing was shown to anybody.
    Nothing,
    /// Somebody else's commits are on the branch: it was left as it is.
    Theirs,
    /// Somebody closed the pull request: none is opened again.
    Declined,
    /// It would have been opened, and must wait.
    Waits,
}

/// What there is to do for a repository, before anything is written.
pub enum Step {
    /// Nothing is written.
    Done(Done),
    /// Something is.
    Write(Box<Ready>),
}

/// What is known of a repository before something is written.
pub struct Ready {
    repository: Repository,
    home: Home,
    clone: Clone,
    plan: Plan,
    state: State,
    open: Option<Pull>,
    tip: Tip,
    act: Act,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Open,
    Update,
    Close,
}

impl Ready {
    /// Whether a pull request would be opened.
    #[must_use]
    pub fn opens(&self) -> bool {
        self.act == Act::Open
    }
}

impl Publisher<'_> {
    fn settings(&self) -> &Settings {
        self.planner.settings
    }

    fn branch_name(&self) -> String {
        self.settings().branch()
    }

    /// Looks what there is to do for a repository.
    ///
    /// # Errors
    /// [`Trouble`] that is this repository's, or one of all ([`Trouble::is_of_all`]).
    pub fn look(&self, name: &Name) -> Result<Step, Trouble> {
        let planned: Option<Planned> = self.store.read(&self.store.place_of(name, PLAN))?;
        let Some(Planned { outcome, .. }) = planned else {
            return Err(Trouble::new(Cause::Changed, "it is not planned yet; `transship campaign plan` does it"));
        };
        let known: Option<State> = self.store.read(&self.store.place_of(name, STATE))?;
        let state = known.unwrap_or_else(|| State::new(name.clone()));
        let plan = match outcome {
            Outcome::Failed(trouble) if trouble.is_meant() => return Ok(Step::Done(Done::Nothing)),
            Outcome::Failed(trouble) => return Err(trouble),
            Outcome::OptedOut { .. } => Plan::default(),
            Outcome::Planned(plan) => *plan,
        };
        if plan.is_empty() && !state.is_open() {
            return Ok(Step::Done(Done::Nothing));
        }
        let repository = self.forge.repository(name)?;
        may_change(&repository, self.settings())?;
        let home = Home::of(self.forge, self.settings(), &repository, Some(&state))?;
        let clone = home.clone(&clone_in(self.cache, name), &repository.name, self.forge)?;
        let plan = self.renewed(name, plan, &repository, &clone)?;
        let branch = self.branch_name();
        let mark = mark_of_commits(self.settings());
        // Without a fork there is nothing to look at yet.
        let (tip, pulls) = match home.branch(&branch, &mark) {
            Some(there) => (there.tip(&clone)?, self.forge.pulls(&repository.name, home.head(&branch), &body::mark(self.settings()))?),
            None => (Tip::None, Vec::new()),
        };
        self.judged(Seen { repository, home, clone, plan, state, tip }, &pulls)
    }

    /// The plan for the newest commit, made here: another machine's commits are made again, and have to come out with the same trees.
    fn renewed(&self, name: &Name, plan: Plan, repository: &Repository, clone: &Clone) -> Result<Plan, Trouble> {
        if plan.head.is_empty() {
            return Ok(plan);
        }
        let head = clone.head(&repository.branch)?;
        let is_here = plan.tip().is_none_or(|tip| clone.has(&tip.commit));
        if head == plan.head && is_here {
            return Ok(plan);
        }
        let drawn = self.planner.plan_commit(repository, clone, &head)?;
        let new = match &drawn.outcome {
            Outcome::Planned(new) => (**new).clone(),
            Outcome::OptedOut { .. } => Plan::default(),
            Outcome::Failed(trouble) => return Err(trouble.clone()),
        };
        let trees = |plan: &Plan| plan.tip().map(|tip| tip.tree.clone());
        if head == plan.head && trees(&new) != trees(&plan) {
            return Err(Trouble::new(
                Cause::Changed,
                "planned again, it comes to another change: the rules or the program are others now; plan again",
            ));
        }
        keep(self.store, name, drawn, self.now)?;
        Ok(new)
    }

    fn judged(&self, seen: Seen, pulls: &[Pull]) -> Result<Step, Trouble> {
        let Seen { repository, home, clone, plan, mut state, tip } = seen;
        let open = pulls.iter().find(|pull| pull.standing == Standing::Open).cloned();
        let newest = open.as_ref().or_else(|| pulls.first());
        if let Some(pull) = newest {
            state.note(pull, self.now, home.fork());
        }
        let done = |state: State, done| self.noted(state).map(|()| Step::Done(done));
        if plan.is_empty() {
            let is_ours = !matches!(tip, Tip::Theirs { .. });
            return match open {
                Some(_) if is_ours => Ok(Step::Write(Box::new(Ready { repository, home, clone, plan, state, open, tip, act: Act::Close }))),
                Some(_) => done(theirs(state), Done::Theirs),
                None => done(state, Done::Nothing),
            };
        }
        if open.is_none() && newest.is_some_and(|pull| pull.standing == Standing::Closed && !body::is_closed(&pull.body)) {
            return done(state, Done::Declined);
        }
        let asks = open.as_ref().is_some_and(|pull| body::asks_again(&pull.body));
        let is_current = matches!(&tip, Tip::Ours { change, .. } if *change == plan.change);
        if matches!(tip, Tip::Theirs { .. }) && !asks {
            return done(theirs(state), Done::Theirs);
        }
        self.targets.guard(&plan, self.settings())?;
        let wanted = self.body(&plan)?;
        let is_shown = open.as_ref().is_some_and(|pull| !asks && !body::differs(&pull.body, &wanted, self.settings()));
        let dress = Dress::of(self.settings(), &plan, repository.push);
        let is_dressed = state.pull.as_ref().is_some_and(|shown| dress.is_on(shown));
        if is_current && is_shown && is_dressed {
            if let Some(shown) = &mut state.pull {
                (shown.change, shown.references, shown.work) = (plan.change.clone(), plan.references.len(), Work::Ours);
            }
            return done(state, Done::Unchanged);
        }
        let act = if open.is_some() { Act::Update } else { Act::Open };
        Ok(Step::Write(Box::new(Ready { repository, home, clone, plan, state, open, tip, act })))
    }

    fn noted(&self, state: State) -> Result<(), Trouble> {
        let state = State { trouble: None, ..state };
        self.store.write(&self.store.place_of(&state.repository, STATE), &state)
    }

    fn body(&self, plan: &Plan) -> Result<String, Trouble> {
        body::body(self.settings(), self.template, plan, self.targets, self.mappings)
    }

    /// Writes what there is to write.
    ///
    /// # Errors
    /// As [`Publisher::look`].
    pub fn write(&self, work: Ready) -> Result<Done, Trouble> {
        let Ready { repository, home, mut clone, plan, mut state, open, tip, act } = work;
        // What is known is filed under the name of the list, whatever the forge calls the repository now.
        let (name, there) = (state.repository.clone(), repository.name.clone());
        let branch_name = self.branch_name();
        let mark = mark_of_commits(self.settings());
        if let (Act::Close, Some(pull)) = (act, &open) {
            let closed = close_pull(self.forge, &there, pull, "Nothing is left to change here: the campaign closes this pull request.")?;
            state.note(&closed, self.now, home.fork());
            home.branch(&branch_name, &mark).map_or(Ok(()), |branch| branch.delete(&clone, &tip))?;
            self.noted(state)?;
            return Ok(Done::Closed);
        }
        let is_new = home == Home::NoFork;
        let home = home.made(self.forge, self.settings(), &repository, &mut clone)?;
        // A fork that somebody had under another name may have the branch already.
        let tip = home.branch(&branch_name, &mark).filter(|_| is_new).map_or(Ok(tip), |branch| branch.tip(&clone))?;
        if let (true, Tip::Theirs { .. }) = (is_new, &tip) {
            self.noted(state)?;
            return Ok(Done::Theirs);
        }
        let wanted = self.body(&plan)?;
        self.store.write_text(&self.store.place_of(&name, BODY), wanted.as_bytes())?;
        if let Some(made) = plan.tip().filter(|_| !matches!(&tip, Tip::Ours { change, .. } if *change == plan.change)) {
            home.branch(&branch_name, &mark).map_or(Ok(()), |branch| branch.push(&clone, &made.commit, &tip))?;
        }
        let pull = match open {
            Some(pull) => {
                if body::asks_again(&pull.body) || body::differs(&pull.body, &wanted, self.settings()) {
                    self.forge.update(&there, pull.number, &self.settings().title(), &wanted)?;
                }
                pull
            }
            None => self.created(&home, &plan.base, &repository, &wanted)?,
        };
        state.note(&pull, self.now, home.fork());
        if let Some(shown) = &mut state.pull {
            (shown.change, shown.references, shown.work) = (plan.change.clone(), plan.references.len(), Work::Ours);
        }
        self.noted(state.clone())?;
        let dress = Dress::of(self.settings(), &plan, repository.push);
        let dressed = state.pull.as_mut().map_or(Ok(()), |shown| dress.put(self.forge, &there, shown));
        // What was given is known, whatever was not.
        self.noted(state)?;
        dressed?;
        Ok(if act == Act::Open { Done::Opened } else { Done::Updated })
    }

    /// Opens a pull request; one that is there already, since an answer was lost, is taken.
    fn created(&self, home: &Home, base: &str, repository: &Repository, body: &str) -> Result<Pull, Trouble> {
        let (name, settings) = (&repository.name, self.settings());
        let (title, branch) = (settings.title(), settings.branch());
        let base = if base.is_empty() { &repository.branch } else { base };
        let stage = if settings.draft { Stage::Draft } else { Stage::Ready };
        let head = home.head(&branch);
        let request = Request { title: &title, body, head, base, stage };
        self.forge.create(name, &request).or_else(|trouble| {
            if !matches!(trouble.cause, Cause::Changed | Cause::Unreachable) {
                return Err(trouble);
            }
            let there = self.forge.pulls(name, head, &body::mark(settings))?;
            there.into_iter().find(|pull| pull.standing == Standing::Open).ok_or(trouble)
        })
    }
}

struct Seen {
    repository: Repository,
    home: Home,
    clone: Clone,
    plan: Plan,
    state: State,
    tip: Tip,
}

fn theirs(mut state: State) -> State {
    if let Some(shown) = &mut state.pull {
        shown.work = Work::Theirs;
    }
    state
}

/// What the line of a commit begins with that is the campaign's, up to the words that differ.
#[must_use]
pub fn mark_of_commits(settings: &Settings) -> String {
    format!("{} ", mark(settings))
}

/// Writes down what was planned for a repository.
///
/// # Errors
/// [`Trouble`] where a file of the campaign cannot be written.
pub fn keep(store: &Store, name: &Name, drawn: Drawn, now: u64) -> Result<(), Trouble> {
    let Drawn { outcome, patch } = drawn;
    let place = store.place_of(name, PATCH);
    // The plan comes last: it says that the rest is there.
    if patch.is_empty() {
        store.remove(&place)?;
    } else {
        store.write_text(&place, &patch)?;
    }
    store.write(&store.place_of(name, PLAN), &Planned { version: VERSION, repository: name.clone(), at: now, outcome })
}

/// Closes a pull request, and says why in it.
///
/// # Errors
/// [`Trouble`] where that was not done.
pub fn close_pull(forge: &dyn Forge, name: &Name, pull: &Pull, why: &str) -> Result<Pull, Trouble> {
    if !body::is_closed(&pull.body) {
        forge.comment(name, pull.number, why)?;
        forge.update(name, pull.number, &pull.title, &body::closed(&pull.body))?;
    }
    forge.close(name, pull.number)?;
    Ok(Pull { standing: Standing::Closed, ..pull.clone() })
}
