//! Owns locating a set of files as one: each file once, with what the others give it, then what joins them.

use std::collections::{BTreeMap, BTreeSet};

use crate::format::{FormatRole, Formats};
use crate::locate::{Fault, File, Located, locate_known};
use crate::occurrence::{Occurrence, Role};
use crate::reference::Part;
use crate::source::{Memory, TreePath};
use crate::text::{FileId, Span};

use super::chart::{self, Chart, ChartFile, Told};
use super::given::Given;
use super::reach::reach;
use super::{Link, kustomize};

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

/// What was read of the charts of a set, file by file: what else holds files together is cheap to read again.
#[derive(Debug, Default)]
pub struct Recall<'a> {
    alone: BTreeMap<FileId, (&'a [u8], Located)>,
    chart: chart::Readings<'a>,
}

impl<'a> Recall<'a> {
    /// Reads the charts among the files.
    #[must_use]
    pub fn of(files: &[File<'a>], formats: &Formats) -> Self {
        let mut recall = Self::default();
        for chart in charts(files) {
            let mut known = BTreeMap::new();
            recall.chart.add(&read_chart(&chart, 4).unwrap_or_default(), &mut known);
            recall.alone.extend(chart.iter().map(|file| (file.id, (file.bytes, locate_known(file, formats, known.get(&file.id))))));
        }
        recall
    }

    fn get(&self, file: &File<'_>) -> Option<Located> {
        self.alone.get(&file.id).filter(|(bytes, _)| *bytes == file.bytes).map(|(_, located)| located.clone())
    }
}

/// Locates the references of files that hold together; what `recall` has of files with the same bytes is not read again.
#[must_use]
pub fn locate(files: &[File<'_>], formats: &Formats, recall: &Recall<'_>) -> Together {
    let named: Vec<(TreePath, &File<'_>)> = files.iter().filter_map(|file| Some((TreePath::new(file.path).ok()?, file))).collect();
    let starts = named.iter().flat_map(|(path, file)| {
        let linking = formats.of_name(file.path).filter(|format| !format.links.is_empty());
        linking.filter(|format| format.table.units.is_some() || format.may_link(file.bytes)).map(|format| (path.clone(), format))
    });
    let starts: Vec<_> = starts.collect();
    let mut tree = Memory::default();
    for (path, file) in named.into_iter().filter(|_| !starts.is_empty()) {
        tree.put(path, file.bytes.to_vec());
    }
    let readers = reach(starts, &tree, formats);
    let given = Given::new(files, &readers, formats);
    let mut together = Together::default();
    for file in files {
        let mut located = recall.get(file).filter(|_| given.is_alone(file.path)).unwrap_or_else(|| given.locate(file));
        together.located.occurrences.append(&mut located.occurrences);
        together.located.faults.append(&mut located.faults);
    }
    for chart in charts(files) {
        rendered(&chart, formats, recall, &mut together.located);
    }
    together.located.occurrences.sort_by_key(|occurrence| (occurrence.place, occurrence.pieces.first().map(|piece| piece.span)));
    together.shown = together.located.occurrences.len();
    together.links = listed_images(&together.located.occurrences, formats);
    kustomize::join(files, &readers, &mut together);
    built_here(&mut together.located.occurrences);
    together
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

/// The files of each outermost chart.
fn charts<'a>(files: &[File<'a>]) -> Vec<Vec<File<'a>>> {
    let folders =
        files.iter().filter_map(|file| file.path.strip_suffix("Chart.yaml").filter(|folder| folder.is_empty() || folder.ends_with('/')));
    let folders: BTreeSet<&str> = folders.collect();
    let is_inner = |folder: &str| folders.iter().any(|other| *other != folder && folder.starts_with(other));
    let outermost = folders.iter().filter(|folder| !is_inner(folder));
    outermost.map(|folder| files.iter().filter(|file| file.path.starts_with(folder)).copied().collect()).collect()
}

/// Puts what a chart renders beside, or in the place of, what stands in its files one by one.
fn rendered(files: &[File<'_>], formats: &Formats, recall: &Recall<'_>, located: &mut Located) {
    let ids: BTreeSet<FileId> = files.iter().map(|file| file.id).collect();
    let (own, others) = std::mem::take(&mut located.occurrences).into_iter().partition(|occurrence| ids.contains(&occurrence.place.file));
    let chart = read_chart(files, 4).unwrap_or_default();
    let chart::Images { on, off, told } = chart::Rendering::new(&chart, &recall.chart).images(formats);
    located.occurrences = others;
    located.occurrences.extend(chart::combine(own, on, off, &chart::preceded(&chart, &recall.chart)));
    let execution =
        (chart.metadata.map(|file| file.file).filter(|_| told == Told::Part), "the chart's templates do or print more than a chart may");
    let values = ids
        .iter()
        .map(|id| (Some(*id).filter(|id| recall.chart.told(*id) == Told::Part), "its aliases stand for more values than a chart may have"));
    let cut = std::iter::once(execution).chain(values).filter_map(|(file, why)| Some((file?, why)));
    let fault = |(file, why)| Fault { span: Span::new(file, 0..0), message: format!("{why}; the rest of the chart was not executed") };
    located.faults.extend(cut.map(fault));
}

/// A chart that checks its images against the list in its own annotations renders only when both say the same: they change together.
fn listed_images(occurrences: &[Occurrence], formats: &Formats) -> Vec<Link> {
    let Some(images) = formats.by_role(FormatRole::ChartImages) else { return Vec::new() };
    let name = |occurrence: &Occurrence| {
        let reference = occurrence.reference().ok()?;
        reference.range(Part::Path).map(|path| reference.as_str()[..path.end].to_owned())
    };
    let is_listed = |occurrence: &Occurrence| occurrence.format == images.id;
    let mut by_name: BTreeMap<String, [Vec<usize>; 2]> = BTreeMap::new();
    for (index, one) in occurrences.iter().enumerate() {
        let [listed, others] = by_name.entry(name(one).unwrap_or_default()).or_default();
        if is_listed(one) { listed.push(index) } else { others.push(index) }
    }
    // All of one name hang together by the first of each.
    let mut links = BTreeSet::new();
    for [listed, others] in by_name.values() {
        let (Some(&matcher), Some(&matched)) = (listed.first(), others.first()) else { continue };
        links.extend(listed.iter().map(|matcher| Link { matcher: *matcher, matched }));
        links.extend(others.iter().map(|matched| Link { matcher, matched: *matched }));
    }
    links.into_iter().collect()
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
