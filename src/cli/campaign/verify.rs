//! `campaign verify`: asks registries once for every target of the whole campaign.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::campaign::{Allowance, Name, PLAN, Plan, Planned, Store, TARGETS, Target, Targets, Trouble, public, wanted};
use crate::cli::asking::{self, Asking, Ends, Memory};
use crate::cli::help;
use crate::cli::options::Mappings;
use crate::cli::registry_args::AsksArgs;
use crate::credentials::Credentials;
use crate::registry::verify::{Compare, Wanted, all};
use crate::registry::{Client, Verdict};
use crate::text::count;

use super::args::VerifyArgs;
use super::{Campaign, Exit, World, failed, now};

/// Runs the command.
pub(super) fn run(args: &VerifyArgs, store: &Store, world: &mut World<'_>) -> Result<Exit, Exit> {
    let campaign = Campaign::read(store, world)?;
    let config = campaign.config(store, world)?;
    let plans = plans(store, &campaign.names).map_err(|trouble| failed(&trouble, world))?;
    let rules = help::rules(config, &Mappings::default());
    let AsksArgs { depth, registries } = &args.asks;
    asking::doubt(&depth.platform, world);
    let ends = if args.compare { Ends::Both } else { Ends::Targets };
    let asking = Asking::new(registries, &rules, ends, &[], Memory::Fresh, world)?;
    let compare = if args.compare { Compare::Source } else { Compare::Nothing };
    let options = crate::registry::verify::Options { compare, ..asking::options_at(depth, None) };
    let wanted: BTreeMap<String, Wanted> =
        wanted(plans.iter()).into_iter().map(|(name, one)| (name, Wanted { platforms: depth.platform.clone(), ..one })).collect();
    let checked = asking.check(wanted.clone(), &options);
    let mut targets: BTreeMap<String, Target> = checked.iter().map(|(name, checked)| (name.clone(), Target::new(checked))).collect();
    if !campaign.settings.allows(Allowance::Login) {
        let shown = public(plans.iter());
        let shown = wanted.into_iter().filter(|(name, _)| shown.contains(name.as_str())).collect();
        anonymously(args, &rules, shown, &mut targets, world)?;
    }
    let written = store.write(&store.place(TARGETS), &Targets { at: now(), targets: targets.clone() });
    written.map_err(|trouble| failed(&trouble, world))?;
    Ok(tell(&targets, world))
}

/// The plans that change something.
pub(super) fn plans(store: &Store, names: &[Name]) -> Result<Vec<Plan>, Trouble> {
    let plan = |name: &Name| {
        let planned: Option<Planned> = store.read(&store.place_of(name, PLAN))?;
        Ok(planned.and_then(|planned| planned.plan().cloned()).filter(|plan| !plan.is_empty()))
    };
    names.iter().filter_map(|name| plan(name).transpose()).collect()
}

/// Asks again for what public repositories name, as anybody would.
fn anonymously(
    args: &VerifyArgs,
    rules: &crate::judge::Rules,
    wanted: BTreeMap<String, Wanted>,
    targets: &mut BTreeMap<String, Target>,
    world: &mut World<'_>,
) -> Result<(), Exit> {
    if wanted.is_empty() {
        return Ok(());
    }
    let registries = &args.asks.registries;
    let hosts = asking::known_hosts(registries, rules, Ends::Targets, &[], world)?;
    let settings = asking::settings(registries, hosts, asking::limits(registries), world);
    let client = Client::new(settings, Arc::new(Credentials::default()));
    let client = client.map_err(|fault| world.fail(&fault.to_string(), "give a file of certificates in PEM"))?;
    let (names, wanted): (Vec<String>, Vec<Wanted>) = wanted.into_iter().unzip();
    let options = asking::options_at(&args.asks.depth, None);
    let checks = all(&client, &wanted, &options, &|_, _| ());
    for (index, name) in names.iter().enumerate() {
        if let (Some(target), Some(checked)) = (targets.get_mut(name), checks.of(index)) {
            target.anonymous = Some(checked.presence.outcome());
        }
    }
    Ok(())
}

fn tell(targets: &BTreeMap<String, Target>, world: &mut World<'_>) -> Exit {
    let of = |verdict| targets.values().filter(|target| target.verdict == verdict).count();
    let (good, findings, undecided) = (of(Verdict::Good), of(Verdict::Finding), of(Verdict::Undecided));
    for (name, target) in targets.iter().filter(|(_, target)| target.verdict != Verdict::Good) {
        let _ = world.out(|out| writeln!(out, "{name}: {} ({})", target.outcome, target.why));
    }
    let _ = world.out(|out| writeln!(out, "{}: {good} exist, {findings} do not, {undecided} undecided", count(targets.len(), "target")));
    match (findings, undecided) {
        (1.., _) => Exit::Findings,
        (0, 1..) => Exit::Undecided,
        (0, 0) => Exit::Clean,
    }
}
