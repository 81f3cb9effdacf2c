//! `prove`: renders before and after, with the user's own programs, and judges every value.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::disk::{Disk, normal};
use crate::judge::{Look, Reading, Rules};
use crate::mapping::{Context, Decision};
use crate::occurrence::Class;
use crate::plan::Applicability;
use crate::reference::Reference;
use crate::render::{Change, Pair, human, json, markdown, prove};

use super::args::{Proof, ProveArgs};
use super::rendering::{Rendering, root};
use super::work::input;
use super::{Exit, World, bar, drive, help};

/// Runs the command.
pub(super) fn run(options: &ProveArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    // A commit can be compared without mappings: then nothing may change.
    let config = if options.base.is_some() {
        help::optional(&options.mappings, world)?.unwrap_or_default()
    } else {
        help::required(&options.mappings, "prove", world)?
    };
    let rules = help::rules(config, &options.mappings);
    let rendering = Rendering::new(&options.renderers, world)?;
    let (root, within) = root(&options.place.paths, world)?;
    let planned = match &options.base {
        Some(_) => Vec::new(),
        None => planned(options, &rules, &root, world)?,
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
fn planned(options: &ProveArgs, rules: &Rules, root: &Path, world: &mut World<'_>) -> Result<Vec<(PathBuf, Vec<u8>)>, Exit> {
    let mut place = options.place.clone();
    place.paths = vec![root.to_owned()];
    let minimum = if options.not_only_safe { Applicability::Unsafe } else { Applicability::Safe };
    let root = normal(root);
    let changed = |reading: &Reading<'_>, disk: &Disk| {
        let plan = reading.judge(rules).plan;
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
