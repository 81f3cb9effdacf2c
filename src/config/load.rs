//! Owns the way from options to a configuration: which files, their vars, their mappings, and all checks.

use super::allowed::allowed;
use super::baseline::baseline;
use super::charts::charts;
use super::classes::classes;
use super::covered::covered;
use super::files::Files;
use super::formats::formats;
use super::levels::levels;
use super::packs::{ALL_PACKS, together};
use super::registries::{Entry, Judgement, check as check_entry};
use super::{Campaigns, Config, Options, Reason, Registries, vars};
use crate::mapping::{
    COMMAND_LINE, ChartMappings, Date, Fault, Faults, Mapping, MappingSet, Node, Place, RuleFile, Standing, Test, Vars, check,
};
use crate::reference::Scheme;

/// Layer of the rule file.
const FILE: usize = 1;
/// Layer of the packs that the command line names: that of the packs that the file extends.
const PACKS: usize = 2;

/// Loads what `options` name; rule files come from `tree`. `None` when nothing is named.
///
/// # Errors
/// Every fault of every rule file at once.
pub fn load(options: &Options, tree: &dyn crate::source::Files) -> Result<Option<Config>, Faults> {
    let path = &options.config;
    if path.is_none() && options.packs.is_empty() && options.maps.is_empty() {
        return Ok(None);
    }
    let mut files = Files::new(tree, options.voice);
    let root = path.as_ref().and_then(|path| files.load_file(path, &[]));
    let packs = load_packs(&mut files, options, root);
    let mut roots: Vec<(usize, usize)> = packs.into_iter().map(|pack| (pack, PACKS)).collect();
    roots.extend(root.map(|root| (root, FILE)));
    files.set_layers(&roots);

    let given = vars::given(&mut files, &options.vars);
    let values = vars::resolve(&mut files, &given);
    vars::check_given(&mut files, &given, &options.maps, &values);
    let mappings = compile(&mut files, &values, &given, options, root);
    let ends = ends(&mut files, &values);
    let (registries, suppression_reason) = settings(&mut files, &values);
    let allowed = allowed(&mut files, suppression_reason);
    let formats = formats(&mut files);
    let classes = classes(&mut files);
    let levels = levels(&mut files);
    let charts = charts(&mut files);
    let covered = covered(&mut files);
    let (baseline, ours) = baseline(&mut files).unzip();
    let ours = ours.into_iter().collect();
    let campaigns = campaigns(&files);

    let mut faults = std::mem::take(&mut files.faults);
    let tests = tests(&files, &values, &mut faults);
    let tested = if tests.iter().all(|(_, tests)| tests.is_empty()) { Vec::new() } else { mappings.clone() };
    let (of_charts, mappings): (Vec<Mapping>, Vec<Mapping>) = mappings.into_iter().partition(|mapping| mapping.charts.is_some());
    let mut set = MappingSet::new(mappings);
    let chart_mappings = ChartMappings::new(of_charts);
    let all_tests: Vec<Test> = tests.iter().flat_map(|(_, tests)| tests.clone()).collect();
    // Whatever the day is: only what is allowed ends.
    let denied = |reference: &_| match registries.judge(reference, NEVER) {
        Judgement::Denied(entry) => Some(entry.name),
        _ => None,
    };
    check(&set, &all_tests, &denied, &mut faults);
    for scheme in [Scheme::Index, Scheme::Registry] {
        check(chart_mappings.of(scheme), &[], &denied, &mut faults);
    }
    // A mapping that could not be read would fail tests that are right.
    if faults.is_empty() {
        set.tests = run(&files, [&tested, &ends], &tests);
        faults.extend(set.tests.iter().filter_map(crate::mapping::TestResult::fault));
    }
    if faults.is_empty() {
        let path = path.as_ref().map(|path| tree.shown(path));
        let order = files.outwards_in();
        let sources = order.iter().filter_map(|index| files.all.get(*index)).map(|loaded| loaded.file.source.name.clone()).collect();
        let retired = MappingSet::new(ends);
        let dated = files.all.iter().filter_map(|loaded| loaded.file.dated()).collect();
        Ok(Some(Config {
            path,
            mappings: set,
            chart_mappings,
            retired,
            registries,
            levels,
            dated,
            suppression_reason,
            allowed,
            classes,
            formats,
            charts,
            covered,
            sources,
            baseline,
            ours,
            campaigns,
        }))
    } else {
        Err(Faults::new(faults))
    }
}

/// The packs of the command line. With a rule file they count as extended by it, so that its vars reach them.
fn load_packs(files: &mut Files<'_>, options: &Options, root: Option<usize>) -> Vec<usize> {
    let mut packs = Vec::new();
    for name in &options.packs {
        let source = files.source("--pack", name);
        let place = Place { span: 0..name.len(), source };
        let names = if name == ALL_PACKS { together().collect() } else { vec![name.as_str()] };
        packs.extend(names.into_iter().filter_map(|name| files.load_pack(name, &place, &[])));
    }
    if let Some(root) = root.and_then(|root| files.all.get_mut(root)) {
        let more: Vec<usize> = packs.iter().copied().filter(|pack| !root.extends.contains(pack)).collect();
        root.extends.extend(more);
    }
    packs
}

fn compile(files: &mut Files<'_>, values: &[Vars], given: &Vars, options: &Options, root: Option<usize>) -> Vec<Mapping> {
    let mut mappings = Vec::new();
    for (index, (loaded, vars)) in files.all.iter().zip(values).enumerate() {
        mappings.extend(loaded.file.compile(vars, Standing { file: index, layer: loaded.layer }, &mut files.faults));
    }
    let mut of_options = root.and_then(|root| values.get(root)).cloned().unwrap_or_default();
    of_options.extend(given.clone());
    for (at, map) in options.maps.iter().enumerate() {
        let source = files.source("--map", map);
        let file = RuleFile::of_option(source, &mut files.faults);
        let standing = Standing { file: files.all.len() + at, layer: COMMAND_LINE };
        mappings.extend(file.compile(&of_options, standing, &mut files.faults));
    }
    mappings
}

/// What is said of retired images.
fn ends(files: &mut Files<'_>, values: &[Vars]) -> Vec<Mapping> {
    let mut ends = Vec::new();
    for (index, (loaded, vars)) in files.all.iter().zip(values).enumerate() {
        ends.extend(loaded.file.retired(vars, Standing { file: index, layer: loaded.layer }, &mut files.faults));
    }
    ends
}

fn settings(files: &mut Files<'_>, values: &[Vars]) -> (Registries, Reason) {
    let mut registries = Registries::default();
    let mut reason = None;
    let mut faults = Vec::new();
    for index in files.outwards_in() {
        let (Some(loaded), Some(vars)) = (files.all.get(index), values.get(index)) else { continue };
        let root = &loaded.file.root;
        for (key, list) in [("allow", &mut registries.allow), ("deny", &mut registries.deny)] {
            let entries = root.get("registries").and_then(|node| node.get(key)).map(Node::items).unwrap_or_default();
            for node in entries {
                let Some(text) = node.text().or_else(|| node.text_at("name")) else { continue };
                match loaded.file.filled(&text, vars, "names no registry", |entry| check_entry(entry).map(|()| entry.to_owned())) {
                    // The outer file has said it already.
                    Ok(name) if list.iter().any(|known| known.name == name) => {}
                    Ok(name) => list.push(entry_of(node, name, &loaded.file.source.name)),
                    Err(fault) => faults.push(*fault),
                }
            }
        }
        let word = root.get("suppressions").and_then(|node| node.text_at("reason")).map(|word| word.text);
        reason = reason.or(match word.as_deref() {
            Some("required") => Some(Reason::Required),
            Some("optional") => Some(Reason::Optional),
            _ => None,
        });
    }
    files.faults.extend(faults);
    (registries, reason.unwrap_or_default())
}

/// Whether the rule files want campaigns: the outermost that says it decides.
fn campaigns(files: &Files<'_>) -> Campaigns {
    let said = |index: usize| files.all.get(index)?.file.root.text_at("campaign").map(|word| word.text);
    match files.outwards_in().into_iter().find_map(said).as_deref() {
        Some("false") => Campaigns::Refused,
        _ => Campaigns::Welcome,
    }
}

fn entry_of(node: &Node, name: String, by: &str) -> Entry {
    let text = |key| node.text_at(key).map(|text| text.text);
    let until = text("until").and_then(|day| Date::parse(&day));
    Entry { name, until, reason: text("reason"), owner: text("owner"), link: text("link"), by: by.to_owned() }
}

/// A day before all others.
const NEVER: Date = Date { year: 0, month: 1, day: 1 };

fn tests(files: &Files<'_>, values: &[Vars], faults: &mut Vec<Fault>) -> Vec<(usize, Vec<Test>)> {
    let all = files.all.iter().zip(values).enumerate();
    all.map(|(index, (loaded, vars))| (index, loaded.file.tests(vars, faults))).collect()
}

/// Runs the tests of each file against what it and the files that it extends say, of what moves and of what is retired: what extends it may well decide
/// otherwise.
fn run(files: &Files<'_>, said: [&[Mapping]; 2], tests: &[(usize, Vec<Test>)]) -> Vec<crate::mapping::TestResult> {
    let mut results = Vec::new();
    for (index, tests) in tests.iter().filter(|(_, tests)| !tests.is_empty()) {
        let scope = files.reach(*index);
        let of_scope =
            |said: &[Mapping]| -> Vec<Mapping> { said.iter().filter(|mapping| scope.contains(&mapping.file)).cloned().collect() };
        let [own, retired] = said.map(of_scope);
        let (charts, own): (Vec<Mapping>, Vec<Mapping>) = own.into_iter().partition(|mapping| mapping.charts.is_some());
        let (own, charts, retired) = (MappingSet::new(own), ChartMappings::new(charts), MappingSet::new(retired));
        results.extend(tests.iter().map(|test| own.run(test, |scheme| charts.of(scheme), &retired)));
    }
    results
}
