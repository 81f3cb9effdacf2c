//! `campaign impact`: says how many repositories packs concern, and writes nothing down.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::campaign::{Cache, Cause, Moved, Name, Once, Outcome, Plan, Planner, RulesAt, Settings, Store, Trouble};
use crate::cli::options::Answers;
use crate::config::ALL_PACKS;
use crate::text::count;

use super::args::ImpactArgs;
use super::plan::{Stop, clones, drawn, each, of_shard};
use super::{Campaign, Exit, World, forge_of, now, today};

/// Runs the command.
pub(super) fn run(args: &ImpactArgs, store: &Store, world: &mut World<'_>) -> Result<Exit, Exit> {
    let Campaign { settings, names } = Campaign::read(store, world)?;
    let packs = if args.pack.is_empty() { vec![ALL_PACKS.to_owned()] } else { args.pack.clone() };
    let settings = Settings { rules: RulesAt { packs, ..RulesAt::default() }, ..settings };
    let campaign = Campaign { settings, names };
    let config = campaign.config(store, world)?;
    let forge = forge_of(&campaign.settings, store, 60, world)?;
    let names = of_shard(&campaign.names, &args.reading, world)?;
    let cache = Cache::new(&clones(store), args.reading.cache_size.saturating_mul(1 << 20));
    let planner = Planner { settings: &campaign.settings, config: &config, today: today(&args.reading), now: now(), once: Once::default() };
    let stop = Stop::default();
    let told = each(&names, &args.reading, world, &|name| drawn(&*forge, &planner, &cache, &stop, name).outcome)?;
    let mut impact = Impact { today: today(&args.reading).to_string(), ..Impact::default() };
    for (name, outcome) in names.iter().zip(told) {
        match outcome {
            Outcome::Planned(plan) => impact.take(name, &plan),
            Outcome::OptedOut { .. } => impact.opted_out += 1,
            Outcome::Failed(trouble) => impact.fail(name, &trouble, world),
        }
    }
    impact.tell(names.len(), args.format, world);
    Ok(match (impact.failed.len(), impact.concerned.len()) {
        (1.., _) => Exit::Failed,
        (0, 1..) => Exit::Findings,
        (0, 0) => Exit::Clean,
    })
}

#[derive(Debug, Default)]
struct Impact {
    today: String,
    concerned: Vec<(Name, usize, usize)>,
    /// By pack: repositories and references.
    packs: BTreeMap<String, (usize, usize)>,
    /// The next day on which a name ends.
    next: Option<String>,
    opted_out: usize,
    failed: Vec<(Name, Cause)>,
}

impl Impact {
    fn take(&mut self, name: &Name, plan: &Plan) {
        let references = plan.references.len() + plan.refused.len();
        if references + plan.retired.len() == 0 {
            return;
        }
        self.concerned.push((name.clone(), references, plan.retired.len()));
        let mut packs: BTreeMap<&str, usize> = BTreeMap::new();
        for Moved { pack, mapping, .. } in &plan.references {
            *packs.entry(pack.as_deref().or(mapping.as_deref()).unwrap_or_default()).or_default() += 1;
        }
        for (pack, number) in packs {
            let known = self.packs.entry(pack.to_owned()).or_default();
            *known = (known.0 + 1, known.1 + number);
        }
        let days =
            plan.references.iter().filter_map(|one| one.ends.as_ref()).chain(plan.retired.iter().filter_map(|one| one.since.as_ref()));
        // A day as text compares as the day does.
        let first = days.filter(|day| **day >= self.today).min().cloned();
        self.next = self.next.take().into_iter().chain(first).min();
    }

    fn fail(&mut self, name: &Name, trouble: &Trouble, world: &mut World<'_>) {
        world.complain(&format!("{name}: {trouble}"));
        self.failed.push((name.clone(), trouble.cause));
    }

    fn tell(&self, all: usize, format: Answers, world: &mut World<'_>) {
        let references: usize = self.concerned.iter().map(|(_, references, _)| references).sum();
        let retired: usize = self.concerned.iter().map(|(.., retired)| retired).sum();
        if format == Answers::Json {
            let each = |(name, references, retired): &(Name, usize, usize)| serde_json::json!({"repository": name, "references": references, "retired": retired});
            let packs: serde_json::Map<String, serde_json::Value> = self
                .packs
                .iter()
                .map(|(pack, (repositories, references))| {
                    (pack.clone(), serde_json::json!({"repositories": repositories, "references": references}))
                })
                .collect();
            world.json(&serde_json::json!({
                "repositories": all,
                "concerned": self.concerned.iter().map(each).collect::<Vec<_>>(),
                "references": references,
                "retired": retired,
                "next": self.next,
                "packs": packs,
                "opted_out": self.opted_out,
                "failed": self.failed.iter().map(|(name, cause)| serde_json::json!({"repository": name, "cause": cause})).collect::<Vec<_>>(),
            }));
            return;
        }
        let mut text = String::new();
        for (name, references, retired) in &self.concerned {
            let _ = writeln!(text, "{name}: {}, {retired} retired", count(*references, "reference"));
        }
        for (pack, (of, references)) in &self.packs {
            let _ = writeln!(text, "pack {pack}: {} in {}", count(*references, "reference"), count(*of, "repository"));
        }
        let next = self.next.as_ref().map(|day| format!(", next date {day}")).unwrap_or_default();
        let concerned = self.concerned.len();
        let _ = writeln!(text, "{concerned} of {}, {}, {retired} retired{next}", count(all, "repository"), count(references, "reference"));
        let _ = world.out(|out| out.write_all(text.as_bytes()));
    }
}
