//! Owns what holds the files of a set together, and locating them as one.

use std::collections::{BTreeMap, BTreeSet};

use crate::format::Formats;
use crate::locate::{File, Linked, Located, locate, locate_as, locate_linked};
use crate::occurrence::{Occurrence, Role};
use crate::reference::Part;
use crate::text::FileId;

use super::chart::{self, Chart, ChartFile};
use super::{Link, env, kustomize};

/// Why files are looked at together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bond {
    /// They are not: there is one file.
    #[default]
    Alone,
    /// Compose files and the `.env` beside them.
    Compose,
    /// Kustomizations and the files that they reach.
    Overlays,
    /// The files of a Helm chart, rendered.
    Chart,
}

/// What was found in a set of files.
#[derive(Clone, Debug, Default)]
pub struct Together {
    /// The references and faults of all files. Those from [`Together::shown`] on only have to follow others: they are planned, not shown.
    pub located: Located,
    /// How many references are shown.
    pub shown: usize,
    /// Which of them match which.
    pub links: Vec<Link>,
}

impl Bond {
    /// Locates the references of the set.
    #[must_use]
    pub fn locate(self, files: &[File<'_>], formats: &Formats) -> Together {
        self.locate_again(files, formats, &Recall::of(self, files, formats))
    }

    /// Locates the references of the set; what `recall` has of files with the same bytes is not read again.
    #[must_use]
    pub fn locate_again(self, files: &[File<'_>], formats: &Formats, recall: &Recall<'_>) -> Together {
        let mut together = match self {
            Self::Alone => apart(files, formats),
            Self::Compose => compose(files, formats),
            Self::Overlays => kustomize::locate(files, formats),
            Self::Chart => rendered(files, formats, recall),
        };
        built_here(&mut together.located.occurrences);
        together
    }
}

impl From<Located> for Together {
    fn from(located: Located) -> Self {
        Self { shown: located.occurrences.len(), links: Vec::new(), located }
    }
}

fn apart(files: &[File<'_>], formats: &Formats) -> Together {
    gathered(files.iter().map(|file| locate(file, formats))).into()
}

pub(super) fn gathered(all: impl Iterator<Item = Located>) -> Located {
    all.fold(Located::default(), |mut sum, mut one| {
        sum.occurrences.append(&mut one.occurrences);
        sum.faults.append(&mut one.faults);
        sum
    })
}

/// What the same files build under a name is not pulled by that name: whoever else uses it there gets what was built.
fn built_here(occurrences: &mut [Occurrence]) {
    let name = |occurrence: &Occurrence| occurrence.reference().ok().map(|reference| reference.whole());
    let built: BTreeSet<String> = occurrences.iter().filter(|one| one.role == Role::Push).filter_map(name).collect();
    if built.is_empty() {
        return;
    }
    let uses = occurrences.iter_mut().filter(|one| one.role == Role::Pull);
    uses.filter(|one| name(one).is_some_and(|name| built.contains(&name))).for_each(|one| one.role = Role::Push);
}

/// Whether a file name is that of a project's variables.
fn is_env(path: &str) -> bool {
    path.rsplit('/').next() == Some(".env")
}

/// The format of Compose files.
const COMPOSE: &str = "compose";

fn compose(files: &[File<'_>], formats: &Formats) -> Together {
    let variables = files.iter().find(|file| is_env(file.path)).map(|file| env::read(file.bytes, file.id)).unwrap_or_default();
    let linked = Linked { variables };
    // A file that a project takes in is a Compose file, whatever its name is.
    let of_project = |file: &File<'_>| {
        if formats.may_be(file.path, COMPOSE) { locate_linked(file, formats, &linked) } else { locate_as(file, formats, &linked, COMPOSE) }
    };
    gathered(files.iter().filter(|file| !is_env(file.path)).map(of_project)).into()
}

/// What was read of the files of a set one by one.
#[derive(Debug, Default)]
pub struct Recall<'a> {
    alone: BTreeMap<FileId, (&'a [u8], Located)>,
    chart: chart::Readings<'a>,
}

impl<'a> Recall<'a> {
    /// Of a chart: what else holds files together is cheap to read again.
    #[must_use]
    pub fn of(bond: Bond, files: &[File<'a>], formats: &Formats) -> Self {
        if bond != Bond::Chart {
            return Self::default();
        }
        let alone = files.iter().map(|file| (file.id, (file.bytes, locate(file, formats)))).collect();
        Self { alone, chart: chart::Readings::of(&read_chart(files, 4).unwrap_or_default()) }
    }

    fn locate(&self, file: &File<'_>, formats: &Formats) -> Located {
        let known = self.alone.get(&file.id).filter(|(bytes, _)| *bytes == file.bytes);
        known.map_or_else(|| locate(file, formats), |(_, located)| located.clone())
    }
}

/// A chart: what stands in the files one by one, and what it renders.
fn rendered(files: &[File<'_>], formats: &Formats, recall: &Recall<'_>) -> Together {
    let Located { occurrences, faults } = gathered(files.iter().map(|file| recall.locate(file, formats)));
    let chart = read_chart(files, 4).unwrap_or_default();
    let chart::Images { on, off } = chart::Rendering::new(&chart, &recall.chart).images(formats);
    let mut occurrences = chart::combine(occurrences, on, off, &chart::preceded(&chart, &recall.chart));
    occurrences.sort_by_key(|occurrence| (occurrence.place, occurrence.pieces.first().map(|piece| piece.span)));
    let links = listed_images(&occurrences);
    Together { shown: occurrences.len(), links, located: Located { occurrences, faults } }
}

/// A chart that checks its images against the list in its own annotations renders only when both say the same: they change together.
fn listed_images(occurrences: &[Occurrence]) -> Vec<Link> {
    let name = |occurrence: &Occurrence| {
        let reference = occurrence.reference().ok()?;
        reference.range(Part::Path).map(|path| reference.as_str()[..path.end].to_owned())
    };
    let is_listed = |occurrence: &Occurrence| &*occurrence.format == "helm-chart-images";
    let names: Vec<Option<String>> = occurrences.iter().map(name).collect();
    let mut links = Vec::new();
    for (matcher, _) in occurrences.iter().enumerate().filter(|(_, occurrence)| is_listed(occurrence)) {
        let same = |index: &usize| names.get(*index) == names.get(matcher) && !occurrences.get(*index).is_some_and(is_listed);
        links.extend((0..occurrences.len()).filter(same).map(|matched| Link { matcher, matched }));
    }
    links
}

/// The outermost chart of the files and, in it, those in `charts/`.
fn read_chart<'a>(files: &[File<'a>], depth: u8) -> Option<Chart<'a>> {
    let depth = depth.checked_sub(1)?;
    let metadata = files.iter().filter(|file| file.path.rsplit('/').next() == Some("Chart.yaml")).min_by_key(|file| file.path.len())?;
    let root = metadata.path.strip_suffix("Chart.yaml").unwrap_or_default();
    let mut chart = Chart { metadata: Some(chart_file(metadata, "Chart.yaml")), ..Chart::default() };
    let mut inner: BTreeMap<&str, Vec<File<'a>>> = BTreeMap::new();
    for file in files {
        let Some(path) = file.path.strip_prefix(root) else { continue };
        match path.split_once('/') {
            None if path == "values.yaml" => chart.values = Some(chart_file(file, path)),
            Some(("templates", _)) => chart.templates.push(chart_file(file, path)),
            Some(("charts", rest)) => inner.entry(rest.split('/').next().unwrap_or_default()).or_default().push(*file),
            _ => {}
        }
    }
    chart.subcharts = inner.values().filter_map(|files| read_chart(files, depth)).collect();
    Some(chart)
}

const fn chart_file<'a>(file: &File<'a>, path: &'a str) -> ChartFile<'a> {
    ChartFile { path, file: file.id, bytes: file.bytes }
}
