//! Owns where the targets of a run come from: a scan, a list of references, or what renderers say will be pulled.

use std::ops::ControlFlow;
use std::path::Path;

use crate::diagnostic::Tally;
use crate::disk::Disk;
use crate::judge::{Found, Look, Place, Reading, Rules, Targets, Unasked, Unmapped, Why, found};
use crate::reference::Reference;
use crate::render::{Image, Origin};
use crate::report::Report;
use crate::report::human::Human;
use crate::text::clean;

use super::found::others;
use super::registry_args::SoughtArgs;
use super::work::{Input, input};
use super::{Exit, World, drive, images};

/// What was collected.
#[derive(Default)]
pub(super) struct Collected {
    pub(super) targets: Targets,
    /// What a scan counted; what could not be read or rendered is in `unreadable`, and said already.
    pub(super) tally: Tally,
    /// The registries that the user's own list names.
    pub(super) hosts: Vec<String>,
}

/// Collects the targets that the options ask for.
///
/// # Errors
/// The code to end with; why is said already.
pub(super) fn collect(sought: &SoughtArgs, rules: &Rules, world: &mut World<'_>) -> Result<Collected, Exit> {
    match &sought.refs {
        Some(path) => of_list(path, rules, world),
        None if sought.rendered => of_renderers(sought, rules, world),
        None => of_scan(&input(&sought.place, sought.stdin_filename.as_deref()).searched_by(rules), rules, Scan::Everything, world),
    }
}

/// What a scan is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// Everything that must exist, also where it has moved already.
    Everything,
    /// What a fix would write. The fix itself tells what it cannot read, later.
    BeforeFix,
}

/// The targets of the references that files name.
pub(super) fn of_scan(input: &Input, rules: &Rules, scan: Scan, world: &mut World<'_>) -> Result<Collected, Exit> {
    let (unmapped, prefilter) = match scan {
        Scan::Everything => (Unmapped::by(rules), None),
        Scan::BeforeFix => (Unmapped::Nothing, Some(&rules.prefilter)),
    };
    let mut collected = Collected::default();
    let mut human = Human::new(world.error_colour());
    let question = |reading: &Reading<'_>, _: &Disk| (found(reading, rules, unmapped), drive::broken(reading));
    drive::each(input, rules, prefilter, world, question, |world, look| {
        let (diagnostics, sources) = match look {
            Look::Done((found, broken)) => {
                collected.tally.files += 1;
                collected.tally.occurrences += found.len();
                collected.tally.unreadable += broken.0.len();
                collected.targets.take(found);
                broken
            }
            other => others(other, &mut collected.tally),
        };
        if scan == Scan::Everything {
            world.errors(|errors| human.findings(&diagnostics, &sources, errors));
        }
        ControlFlow::Continue(())
    })?;
    Ok(collected)
}

/// The references of a list, one a line; empty lines and those that start with `#` are passed over.
fn of_list(path: &Path, rules: &Rules, world: &mut World<'_>) -> Result<Collected, Exit> {
    let is_input = path.as_os_str() == "-";
    let name = if is_input { "standard input".to_owned() } else { crate::disk::shown(path) };
    let bytes = if is_input { world.read_input() } else { std::fs::read(world.start.join(path)) };
    let bytes = bytes.map_err(|error| world.fail(&format!("`{name}` was not read: {}", crate::diagnostic::reason(&error)), ""))?;
    let Ok(text) = String::from_utf8(bytes) else { return Err(world.fail(&format!("`{name}` is not UTF-8"), "")) };
    let mut collected = Collected::default();
    let mut wrong = false;
    for (index, line) in text.trim_start_matches('\u{FEFF}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (shown, path) = (name.as_str().into(), name.as_str().into());
        let place = Place { shown, path, line: index + 1, column: 1, platform: None };
        match Reference::parse(line) {
            Ok(reference) => {
                collected.hosts.push(reference.name().domain.into_owned());
                collected.tally.occurrences += 1;
                collected.targets.take_reference(&reference, place, rules, Unmapped::All);
            }
            Err(invalid) => {
                wrong = true;
                world.fail(&format!("{name}:{}: `{}`: {invalid}", index + 1, clean(line)), "");
            }
        }
    }
    if collected.targets.is_empty() && !wrong {
        world.tell(&format!("{name} names no reference"));
    }
    if wrong { Err(Exit::Failed) } else { Ok(collected) }
}

/// The images that renderers say will be pulled.
fn of_renderers(sought: &SoughtArgs, rules: &Rules, world: &mut World<'_>) -> Result<Collected, Exit> {
    let found = images::found(&sought.place, &sought.renderers(), &rules.chart_options, world)?;
    if found.times.runs == 0 && found.unrendered.is_empty() {
        world.tell("there is no chart, kustomization or Compose file to render; without `--rendered` all files are read");
    }
    let mut collected = Collected::default();
    for (unit, failure) in &found.unrendered {
        collected.tally.unreadable += 1;
        world.fail(&format!("{unit} was not rendered: {}", clean(&failure.to_string())), "");
    }
    for image in &found.images {
        collected.tally.occurrences += 1;
        match Reference::parse(&image.image) {
            Ok(reference) => collected.targets.take_reference(&reference, place_of(image), rules, Unmapped::by(rules)),
            Err(invalid) => {
                let unasked = Unasked { reference: image.image.clone(), why: Why::Invalid(invalid) };
                collected.targets.take([Found::Unasked(unasked, place_of(image))]);
            }
        }
    }
    Ok(collected)
}

/// The line that spells an image, or the unit that composes it.
fn place_of(image: &Image) -> Place {
    let (path, line) = match &image.origin {
        Some(Origin::Key { path, line, .. } | Origin::Line { path, line }) => (crate::disk::shown(path), *line),
        Some(Origin::Packed { path } | Origin::Template { path }) => (crate::disk::shown(path), 1),
        Some(Origin::Remote { .. }) | None => (crate::disk::shown(&image.unit.path), 1),
    };
    Place { shown: path.as_str().into(), path: path.into(), line, column: 1, platform: image.platform.clone() }
}
