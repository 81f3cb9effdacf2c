//! `charts pull`: fetches the charts that files name and that are not in the tree.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use crate::apply::{self, Existing, Mode};
use crate::charts::{Again, Came, NAME, NoRecord, Outcome, Pull, Record, Sought};
use crate::disk::{Absent, Disk, holding, shown, told, trees};
use crate::judge::{Place, Rules};
use crate::link::fetched::{Place as From, WantedChart, wanted};
use crate::report::fetched::{Fetched, Row};
use crate::source::{Files, Tracked, TreePath};

use super::asking::{self, Ends};
use super::options::{Answers, Where};
use super::registry_args::{ChartsArgs, ChartsCommand, PullArgs};
use super::{Exit, World, bar, governed};

/// Runs the command.
pub(super) fn run(args: &ChartsArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    let ChartsCommand::Pull(args) = &args.command;
    let rules = governed::rules(&args.mappings, &governed::asked(&args.place, None), world)?;
    let wanted = all_wanted(&args.place, &rules, world);
    let folder = Folder::open(&args.charts, world)?;
    let rows = if args.dry_run { listed(&wanted, &folder) } else { pulled(args, &wanted, &folder, &rules, world)? };
    let fetched = Fetched { folder: shown(&args.charts), rows };
    let _ = world.out(|out| match args.format {
        Answers::Human => fetched.write(out),
        Answers::Json => fetched.write_json(out),
    });
    Ok(fetched.exit().into())
}

/// Charts that are wanted, with the places that name them.
pub(super) type Wanted = BTreeMap<WantedChart, Vec<Place>>;

/// What files of all trees want, with the places that name it.
pub(super) fn all_wanted(place: &Where, rules: &Rules, world: &World<'_>) -> Wanted {
    let vendored = place.vendored();
    let mut all = Wanted::new();
    for mut tree in trees(&place.paths, vendored, &world.start, &|name| rules.formats.head(name)) {
        tree.scope.tracked = if place.no_tracked { Tracked::Ignore } else { Tracked::Read };
        for (chart, places) in wanted(&tree.files, &tree.scope, &tree.around, &rules.formats) {
            all.entry(chart).or_default().extend(places.into_iter().map(|(path, at)| place_at(&tree.files, &path, at)));
        }
    }
    for places in all.values_mut() {
        places.sort();
    }
    all
}

/// A byte of a file as a place for people.
fn place_at(files: &Disk, path: &TreePath, at: usize) -> Place {
    let mut bytes = Vec::new();
    let _ = files.read(path, &mut bytes);
    let before = String::from_utf8_lossy(bytes.get(..at).unwrap_or_default()).into_owned();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Place { shown: files.shown(path).into(), path: path.as_str().into(), line, column, platform: None }
}

/// The folder of charts.
struct Folder {
    tree: Disk,
    path: std::path::PathBuf,
    record: Record,
}

/// The most bytes of a record, and of a chart that is there.
const LARGEST: u64 = 64 << 20;

impl Folder {
    /// Reads its record. A folder that is not there is empty.
    fn open(folder: &Path, world: &mut World<'_>) -> Result<Self, Exit> {
        let path = world.start.join(folder);
        let mut opened = Self { tree: holding(folder, &world.start), path, record: Record::default() };
        let Some(bytes) = opened.read(NAME) else { return Ok(opened) };
        match Record::parse(&String::from_utf8_lossy(&bytes)) {
            Ok(record) => opened.record = record,
            Err(fault @ NoRecord::Later(_)) => {
                return Err(world.fail(&format!("`{}` is left as it is: {fault}", shown(&folder.join(NAME))), "update transship"));
            }
            Err(fault) => {
                world.tell(&format!("`{}` is no record of charts, and is written anew: {fault}", shown(&folder.join(NAME))));
            }
        }
        Ok(opened)
    }

    fn read(&self, name: &str) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let file = self.tree.stand(&self.path.join(name), Absent::Fault).ok()?.open().ok()?;
        file.take(LARGEST).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        apply::create(&self.tree, &self.path.join(name), bytes, Existing::Replace, Mode::Data).map_err(|fault| told(&fault))
    }
}

/// What is there of what is wanted.
fn listed(wanted: &Wanted, folder: &Folder) -> Vec<Row> {
    let row = |(chart, places): (&WantedChart, &Vec<Place>)| Row {
        sought: Pull::known(chart, &folder.record, &|name| folder.read(name)),
        places: places.clone(),
    };
    wanted.iter().map(row).collect()
}

/// Fetches what is wanted, and writes the record.
fn pulled(args: &PullArgs, wanted: &Wanted, folder: &Folder, rules: &Rules, world: &mut World<'_>) -> Result<Vec<Row>, Exit> {
    let hosts = asking::hosts(&args.registries, rules, Ends::Targets, &[], world)?.and_others_anonymously();
    let strange: Vec<&str> = wanted.keys().filter_map(|chart| host(&chart.place)).filter(|host| !hosts.is_trusted(host)).collect();
    if !strange.is_empty() {
        let mut strange: Vec<String> = strange.into_iter().map(|host| format!("`{host}`")).collect();
        strange.sort();
        strange.dedup();
        world.tell(&format!(
            "only files of this tree name {}: asked without credentials, and at public addresses alone; `--allow-host HOST` trusts one",
            strange.join(", ")
        ));
    }
    let client = asking::client(&args.registries, hosts, asking::limits(&args.registries), world)?;
    let mut pull = Pull::new(&client, &folder.record, if args.update { Again::Yes } else { Again::No });
    let mut rows: Vec<Row> = bar::shown("fetched", |show| {
        let fetch = |(number, (chart, places)): (usize, (&WantedChart, &Vec<Place>))| {
            let sought = pull.fetch(chart, &|name| folder.read(name), &mut |name, bytes| folder.write(name, bytes));
            show(number + 1, wanted.len());
            Row { sought, places: places.clone() }
        };
        // Those of one place follow each other, so that what they have in common need not be held.
        let mut order: Vec<_> = wanted.iter().collect();
        order.sort_by_key(|(chart, _)| &chart.place);
        order.into_iter().enumerate().map(fetch).collect()
    });
    rows.sort_by(|a, b| a.sought.wanted.cmp(&b.sought.wanted));
    let is_wanted = |name: &str, version: &str| wanted.keys().any(|chart| chart.name == name && chart.version == version);
    let known = folder.record.entries().iter().filter(|entry| !is_wanted(&entry.name, &entry.wanted)).cloned();
    let here = rows.iter().filter_map(|row| if let Outcome::Here(entry, _) = &row.sought.outcome { Some((**entry).clone()) } else { None });
    let record = Record::new(known.chain(here).collect());
    if record != folder.record && rows.iter().any(|row| matches!(row.sought, Sought { outcome: Outcome::Here(_, Came::Now), .. })) {
        let written = folder.write(NAME, record.text().as_bytes());
        written.map_err(|fault| world.fail(&format!("`{}` was not written: {fault}", shown(&args.charts.join(NAME))), ""))?;
    }
    Ok(rows)
}

/// The host that is asked first.
fn host(place: &From) -> Option<&str> {
    match place {
        From::Index(address) | From::Archive(address) => address.split("://").nth(1)?.split('/').next(),
        From::Registry(name) => name.split('/').next(),
        From::Unknown(_) => None,
    }
}
