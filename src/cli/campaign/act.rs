//! `campaign merge` and `campaign close`: what is done with pull requests that are open.

use crate::campaign::forge::{Forge, Pull, Standing};
use crate::campaign::git::{Branch, Clone, Tip};
use crate::campaign::{Cause, Home, Name, STATE, State, Store, Trouble, body_mark, clone_in, close_pull, mark_of_commits};

use super::args::{ActArgs, CloseArgs};
use super::plan::clones;
use super::publish::{Dipped, Pen, duration, note};
use super::track;
use super::{Campaign, Exit, World, forge_of, now};

/// Runs `campaign merge`.
pub(super) fn merge(args: &ActArgs, store: &Store, world: &mut World<'_>) -> Result<Exit, Exit> {
    each(args, store, world, "merged", &|one| match &one.tip {
        Tip::Ours { commit, .. } => one.forge.merge(one.name, one.pull.number, commit).map(|()| Standing::Merged),
        Tip::None => Err(Trouble::new(Cause::Changed, "its branch is gone")),
        Tip::Theirs { .. } => Err(Trouble::new(Cause::Changed, "others have commits on its branch: they merge it")),
    })
}

/// Runs `campaign close`.
pub(super) fn close(args: &CloseArgs, store: &Store, world: &mut World<'_>) -> Result<Exit, Exit> {
    each(&args.act, store, world, "closed", &|one| {
        close_pull(one.forge, one.name, &one.pull, &args.why)?;
        if matches!(one.tip, Tip::Ours { .. }) {
            one.branch.delete(&one.clone, &one.tip)?;
        }
        Ok(Standing::Closed)
    })
}

/// One open pull request, and what is known of its branch.
struct One<'a> {
    forge: &'a dyn Forge,
    name: &'a Name,
    pull: Pull,
    branch: Branch<'a>,
    clone: Clone,
    tip: Tip,
    home: Home,
}

/// The open pull request of a repository, and its branch.
fn open<'a>(
    campaign: &Campaign,
    forge: &'a dyn Forge,
    store: &Store,
    name: &'a Name,
    (branch, mark): (&'a str, &'a str),
) -> Result<Option<One<'a>>, Trouble> {
    let state: Option<State> = store.read(&store.place_of(name, STATE))?;
    let Some(shown) = state.and_then(|state| state.pull) else { return Ok(None) };
    let home = shown.fork.map_or(Home::Own, Home::Fork);
    let pulls = forge.pulls(name, home.head(branch), &body_mark(&campaign.settings))?;
    let Some(pull) = pulls.into_iter().find(|pull| pull.standing == Standing::Open) else { return Ok(None) };
    let Some(branch) = home.branch(branch, mark) else { return Ok(None) };
    let clone = home.clone(&clone_in(&clones(store), name), name, forge)?;
    let tip = branch.tip(&clone)?;
    Ok(Some(One { forge, name, pull, branch, clone, tip, home }))
}

/// What came of one repository.
enum Came {
    /// There is nothing open.
    Nothing,
    /// It is done.
    Done,
    /// The pace lets nothing be written for so many seconds.
    Dry(u64),
}

type Act<'a> = &'a dyn Fn(&One<'_>) -> Result<Standing, Trouble>;

fn each(args: &ActArgs, store: &Store, world: &mut World<'_>, done: &str, act: Act<'_>) -> Result<Exit, Exit> {
    let campaign = Campaign::read(store, world)?;
    let names = chosen(&campaign.names, &args.only, world)?;
    let forge = forge_of(&campaign.settings, store, 60, world)?;
    let mut pen = Pen::take(&args.pace, &*forge, world)?;
    let (branch, mark) = (campaign.settings.branch(), mark_of_commits(&campaign.settings));
    let (mut number, mut failures, mut dry) = (0, 0_usize, None);
    for name in &names {
        if args.first.is_some_and(|most| number >= most) {
            break;
        }
        let mut one = || {
            let Some(one) = open(&campaign, &*forge, store, name, (&branch, &mark))? else { return Ok(Came::Nothing) };
            if let Dipped::Dry(seconds) = pen.dip(world)? {
                return Ok(Came::Dry(seconds));
            }
            let standing = act(&one)?;
            noted(store, &one, standing).map(|()| Came::Done)
        };
        match one() {
            Ok(Came::Nothing) => {}
            Ok(Came::Done) => {
                number += 1;
                let _ = world.out(|out| writeln!(out, "{name}: {done}"));
            }
            Ok(Came::Dry(seconds)) => {
                dry = Some(seconds);
                break;
            }
            Err(trouble) => {
                failures += 1;
                world.complain(&format!("{name}: {trouble}"));
                note(store, name, &trouble, world)?;
                if Trouble::is_of_all(&trouble) {
                    break;
                }
            }
        }
    }
    let _ = world.out(|out| writeln!(out, "{number} {done}, {failures} failed"));
    failures += usize::from(!track::run(&campaign, &*forge, store, world));
    if let Some(seconds) = dry {
        world.tell(&format!("the pace lets nothing more be written for {}", duration(seconds)));
    }
    Ok(match (failures, dry) {
        (1.., _) => Exit::Failed,
        (0, Some(_)) => Exit::Findings,
        (0, None) => Exit::Clean,
    })
}

/// The repositories that are named, or all.
fn chosen(all: &[Name], only: &[String], world: &mut World<'_>) -> Result<Vec<Name>, Exit> {
    if only.is_empty() {
        return Ok(all.to_vec());
    }
    let known = |text: &String| all.iter().find(|name| name.as_str() == text).cloned();
    let known = |text: &String| known(text).ok_or_else(|| world.fail(&format!("`{text}` is not in the list of the campaign"), ""));
    only.iter().map(known).collect()
}

fn noted(store: &Store, one: &One<'_>, standing: Standing) -> Result<(), Trouble> {
    let place = store.place_of(one.name, STATE);
    let mut state = store.read::<State>(&place)?.unwrap_or_else(|| State::new(one.name.clone()));
    state.note(&Pull { standing, ..one.pull.clone() }, now(), one.home.fork());
    state.trouble = None;
    store.write(&place, &state)
}
