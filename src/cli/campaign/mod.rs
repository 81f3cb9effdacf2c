//! `campaign`: one migration over many repositories.

mod act;
pub(super) mod args;
mod forge;
mod history;
mod impact;
mod init;
mod plan;
mod publish;
mod report;
mod sync;
mod token;
mod track;
mod verify;

use std::time::{SystemTime, UNIX_EPOCH};

use crate::campaign::forge::Forge;
use crate::campaign::{Name, Settings, Store, Targets, Trouble};
use crate::config::{Config, Options};
use crate::mapping::{Date, Mapping, Voice};
use crate::source::TreePath;

use super::{Exit, World, help};
use args::{CampaignArgs, CampaignCommand, PlanArgs, ReadingArgs};

/// Runs the command.
pub(super) fn run(args: &CampaignArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    let store = Store::new(&args.folder, &world.start);
    match &args.command {
        CampaignCommand::Init(options) => init::run(options, &store, world),
        CampaignCommand::Plan(PlanArgs { reading, unplanned }) => {
            let which = if *unplanned { plan::Which::Unplanned } else { plan::Which::All };
            plan::run(reading, which, &store, world)
        }
        CampaignCommand::Impact(options) => impact::run(options, &store, world),
        CampaignCommand::Verify(options) => verify::run(options, &store, world),
        CampaignCommand::Publish(options) => publish::run(options, &store, world),
        CampaignCommand::Sync => sync::run(&store, world),
        CampaignCommand::Merge(options) => act::merge(options, &store, world),
        CampaignCommand::Close(options) => act::close(options, &store, world),
        CampaignCommand::Report(options) => report::run(options, &store, world),
    }
}

/// A campaign, as its files say it.
struct Campaign {
    settings: Settings,
    names: Vec<Name>,
}

impl Campaign {
    /// Reads the files.
    fn read(store: &Store, world: &mut World<'_>) -> Result<Self, Exit> {
        let read = || Ok(Self { settings: store.settings()?, names: store.names()? });
        read().map_err(|trouble: Trouble| failed(&trouble, world))
    }

    /// What becomes what.
    fn config(&self, store: &Store, world: &mut World<'_>) -> Result<Config, Exit> {
        let rules = &self.settings.rules;
        let path = rules.config.as_deref().map(TreePath::new).transpose().map_err(|fault| {
            world.fail(&format!("campaign.yaml: `config`: {fault}"), "name a file in the campaign's folder, seen from there")
        })?;
        let options =
            Options { config: path, voice: Voice::User, packs: rules.packs.clone(), maps: rules.maps.clone(), vars: rules.vars.clone() };
        Ok(help::load(&options, store.disk(), world)?.unwrap_or_default())
    }

    /// The user's template of the body.
    fn template(&self, store: &Store, world: &mut World<'_>) -> Result<Option<String>, Exit> {
        let Some(file) = &self.settings.body else { return Ok(None) };
        let place = store.place(file);
        match store.text(&place) {
            Ok(Some(text)) => Ok(Some(text)),
            Ok(None) => Err(world.fail(&format!("`{}` is not there", place.display()), "campaign.yaml names it under `body`")),
            Err(trouble) => Err(failed(&trouble, world)),
        }
    }
}

/// What registries said of the targets, as far as they were asked.
fn targets(store: &Store, world: &mut World<'_>) -> Result<Targets, Exit> {
    let read = store.read(&store.place(crate::campaign::TARGETS));
    read.map(Option::unwrap_or_default).map_err(|trouble| failed(&trouble, world))
}

/// The mappings of a configuration, for bodies.
fn mappings(config: &Config) -> Vec<&Mapping> {
    config.mappings.iter().chain(config.chart_mappings.iter()).collect()
}

/// The forge of a campaign.
fn forge_of(settings: &Settings, store: &Store, max_wait: u64, world: &mut World<'_>) -> Result<Box<dyn Forge>, Exit> {
    forge::open(&settings.forge, store, max_wait).map_err(|trouble| failed(&trouble, world))
}

/// Says what stopped the command.
fn failed(trouble: &Trouble, world: &mut World<'_>) -> Exit {
    world.fail(&trouble.message, "")
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// The day by which is judged.
fn today(args: &ReadingArgs) -> Date {
    args.at.unwrap_or_else(|| Date::of_time(now()))
}
