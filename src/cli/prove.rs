//! `prove`: renders before and after, with the user's own programs, and judges every value.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::disk::{Disk, normal};
use crate::judge::{Look, Reading, Rules};
use crate::mapping::{Context, Decision};
use crate::occurrence::Class;
use crate::plan::Applicability;
use crate::reference::Reference;
use crate::render::{Change, Pair, Report, held, human, json, markdown, prove};

use super::args::{Proof, ProveArgs};
use super::options::{Renderers, Where};
use super::rendering::{Rendering, root};
use super::work::input;
use super::{Exit, World, bar, drive, governed};

/// Runs the command.
pub(super) fn run(options: &ProveArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    // A commit can be compared without mappings: then nothing may change.
    let asked = governed::asked(&options.place, None);
    let rules = if options.base.is_some() {
        governed::rules(&options.mappings, &asked, world)?
    } else {
        governed::required(&options.mappings, &asked, "prove", world)?
    };
    let rules = options.charts.seen_by(rules, world)?;
    let (root, within) = root(&options.place.paths, world)?;
    let rendering = Rendering::new(&options.renderers.seeing(&options.charts), &rules.chart_options, &root, world)?;
    let planned = match &options.base {
        Some(_) => Vec::new(),
        None => planned(&options.place, minimum(options.not_only_safe), &rules, &root, &BTreeMap::new(), world)?,
    };
    let change = options.base.as_deref().map_or(Change::Planned(&planned), Change::Since);
    let pair = Pair::new(&root, change, &rendering.values, &within).map_err(|fault| world.fail(&fault.to_string(), ""))?;
    let want = |image: &str| target(&rules, image);
    let report = bar::shown("rendered", |show| prove(&pair.before, &pair.after, &pair.units, &rendering.settings, &want, show));
    let text = match options.format {
        Proof::Human => human(&report),
        Proof::Json => format!("{:#}\n", json(&report)),
        Proof::Markdown => markdown(&report),
    };
    let _ = world.out(|out| out.write_all(text.as_bytes()));
    Ok(match report.exit_code() {
        0 => Exit::Clean,
        1 => Exit::Findings,
        _ => Exit::Failed,
    })
}

/// The least safe fixes that are made.
pub(super) fn minimum(not_only_safe: bool) -> Applicability {
    if not_only_safe { Applicability::Unsafe } else { Applicability::Safe }
}

/// What `fix` may write of what it would.
#[derive(Default)]
pub(super) struct Proved {
    /// The files that stay as they are, with the reason, by their whole paths.
    pub(super) held: BTreeMap<PathBuf, String>,
    /// What was found of the rest.
    pub(super) report: Option<Report>,
}

/// How often what is left is proved again: what is held back changes what the rest makes.
const ROUNDS: usize = 8;

/// Proves what `fix` would write, and holds back what is not proved, until the rest is.
pub(super) fn proved(
    place: &Where,
    minimum: Applicability,
    renderers: &Renderers,
    rules: &Rules,
    world: &mut World<'_>,
) -> Result<Proved, Exit> {
    let (root, within) = root(&place.paths, world)?;
    let rendering = Rendering::new(renderers, &rules.chart_options, &root, world)?;
    let want = |image: &str| target(rules, image);
    let whole = |path: &PathBuf| normal(&normal(&root).join(path));
    let mut proved = Proved::default();
    for round in 1..=ROUNDS {
        let planned = planned(place, minimum, rules, &root, &proved.held, world)?;
        let asked = |path: &Path| within.is_empty() || within.iter().any(|place| path.starts_with(place));
        let planned: Vec<(PathBuf, Vec<u8>)> = planned.into_iter().filter(|(path, _)| asked(path)).collect();
        if planned.is_empty() {
            break;
        }
        let pair =
            Pair::new(&root, Change::Planned(&planned), &rendering.values, &[]).map_err(|fault| world.fail(&fault.to_string(), ""))?;
        let report = bar::shown("rendered", |show| prove(&pair.before, &pair.after, &pair.units, &rendering.settings, &want, show));
        let changed: Vec<PathBuf> = planned.into_iter().map(|(path, _)| path).collect();
        let mut more = held(&report, &pair, &changed);
        proved.report.get_or_insert(report);
        if more.is_empty() {
            break;
        }
        if round == ROUNDS {
            let reason = "what is left was proved too often without an end";
            more = changed.into_iter().map(|path| (path, reason.to_owned())).collect();
        }
        proved.held.extend(more.into_iter().map(|(path, reason)| (whole(&path), reason)));
    }
    Ok(proved)
}

/// What an image must become, in the position of a manifest's image; none when no mapping decides.
pub(super) fn target(rules: &Rules, image: &str) -> Option<String> {
    let reference = Reference::parse(image).ok()?;
    let context = Context { format: "kubernetes", path: "", class: Class::Deploy };
    match rules.decide(&reference, &context) {
        Decision::Mapped(target) => target.candidates.first().map(|new| new.as_str().to_owned()),
        Decision::Unchanged | Decision::Undecided { .. } | Decision::Refused { .. } => None,
    }
}

/// The new texts of the files that `fix` would change, from the root.
fn planned(
    place: &Where,
    minimum: Applicability,
    rules: &Rules,
    root: &Path,
    held: &BTreeMap<PathBuf, String>,
    world: &mut World<'_>,
) -> Result<Vec<(PathBuf, Vec<u8>)>, Exit> {
    let mut place = place.clone();
    place.paths = vec![root.to_owned()];
    let root = normal(root);
    let changed = |reading: &Reading<'_>, disk: &Disk| {
        let plan = reading.judge_holding(rules, &|file| held.get(&normal(&disk.place_of(reading.path_of(file)))).cloned()).plan;
        let changed = reading.files.iter().filter_map(|file| {
            let edits = plan.edits_for(file.id, minimum);
            let path = disk.place_of(file.path).strip_prefix(&root).ok()?.to_owned();
            (!edits.is_empty()).then(|| (path, edits.apply(file.bytes)))
        });
        changed.collect::<Vec<_>>()
    };
    let mut texts = Vec::new();
    drive::each(&input(&place, None), rules, Some(&rules.prefilter), world, changed, |_, look| {
        if let Look::Done(changed) = look {
            texts.extend(changed);
        }
        ControlFlow::Continue(())
    })?;
    Ok(texts)
}
