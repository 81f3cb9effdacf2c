//! `campaign sync`: looks how the pull requests stand.

use std::collections::BTreeMap;

use crate::campaign::forge::{Forge, Pull, Standing};
use crate::campaign::{Forking, Home, Name, PLAN, Planned, STATE, Settings, State, Store, Trouble, body_mark};

use super::{Campaign, Exit, World, failed, forge_of, now, track};

/// Runs the command.
pub(super) fn run(store: &Store, world: &mut World<'_>) -> Result<Exit, Exit> {
    let campaign = Campaign::read(store, world)?;
    let forge = forge_of(&campaign.settings, store, 60, world)?;
    let states = states(&campaign.names, store).map_err(|trouble| failed(&trouble, world))?;
    let known: Vec<(Name, u64)> = states.iter().filter_map(|(name, state)| Some((name.clone(), state.pull.as_ref()?.number))).collect();
    let (mut numbers, mut failures) = (BTreeMap::<Standing, usize>::new(), 0);
    for ((name, _), answer) in known.iter().zip(forge.all_pulls(&known)) {
        let mut state = states.get(name).cloned().unwrap_or_else(|| State::new(name.clone()));
        match answer {
            Ok(pull) => {
                let fork = state.pull.as_ref().and_then(|shown| shown.fork.clone());
                state.note(&pull, now(), fork.as_ref());
                *numbers.entry(pull.standing).or_default() += 1;
            }
            Err(trouble) => {
                world.complain(&format!("{name}: {trouble}"));
                state.trouble = Some(trouble);
                failures += 1;
            }
        }
        store.write(&store.place_of(name, STATE), &state).map_err(|trouble| failed(&trouble, world))?;
    }
    failures += lost(&campaign, &states, store, &*forge, &mut numbers, world)?;
    let of = |standing| numbers.get(&standing).copied().unwrap_or(0);
    let (open, merged, closed) = (of(Standing::Open), of(Standing::Merged), of(Standing::Closed));
    let _ = world.out(|out| writeln!(out, "{open} open, {merged} merged, {closed} closed"));
    failures += usize::from(!track::run(&campaign, &*forge, store, world));
    Ok(if failures > 0 { Exit::Failed } else { Exit::Clean })
}

/// What is known of each repository of which something is.
pub(super) fn states(names: &[Name], store: &Store) -> Result<BTreeMap<Name, State>, Trouble> {
    let state = |name: &Name| Ok(store.read::<State>(&store.place_of(name, STATE))?.map(|state| (name.clone(), state)));
    names.iter().filter_map(|name| state(name).transpose()).collect()
}

/// Looks for pull requests of which the files know nothing any more; how many could not be asked for.
fn lost(
    campaign: &Campaign,
    states: &BTreeMap<Name, State>,
    store: &Store,
    forge: &dyn Forge,
    numbers: &mut BTreeMap<Standing, usize>,
    world: &mut World<'_>,
) -> Result<usize, Exit> {
    let mut failures = 0;
    for name in &campaign.names {
        let is_known = states.get(name).is_some_and(|state| state.pull.is_some());
        let planned: Option<Planned> = store.read(&store.place_of(name, PLAN)).map_err(|trouble| failed(&trouble, world))?;
        let changes = planned.is_some_and(|planned| planned.plan().is_some_and(|plan| !plan.is_empty()));
        if is_known || !changes {
            continue;
        }
        match found(&campaign.settings, forge, name) {
            Ok(None) => {}
            Ok(Some((pull, home))) => {
                let mut state = states.get(name).cloned().unwrap_or_else(|| State::new(name.clone()));
                state.note(&pull, now(), home.fork());
                *numbers.entry(pull.standing).or_default() += 1;
                store.write(&store.place_of(name, STATE), &state).map_err(|trouble| failed(&trouble, world))?;
            }
            Err(trouble) => {
                world.complain(&format!("{name}: {trouble}"));
                failures += 1;
                if trouble.is_of_all() {
                    break;
                }
            }
        }
    }
    Ok(failures)
}

fn found(settings: &Settings, forge: &dyn Forge, name: &Name) -> Result<Option<(Pull, Home)>, Trouble> {
    // Only where there may be forks something is to be asked first.
    let home = match settings.fork {
        Forking::Never => Home::Own,
        Forking::WhereDenied | Forking::Always => Home::of(forge, settings, &forge.repository(name)?, None)?,
    };
    if home == Home::NoFork {
        return Ok(None);
    }
    let newest = forge.pulls(name, home.head(&settings.branch()), &body_mark(settings))?.into_iter().next();
    Ok(newest.map(|pull| (pull, home)))
}
