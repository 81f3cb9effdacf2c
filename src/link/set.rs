//! Owns locating a set of files as one: each file once, with what the others give it, then what joins them.

use std::cell::{Cell, OnceCell};
use std::collections::{BTreeMap, BTreeSet};

use crate::format::{FormatRole, Formats, How};
use crate::locate::{Fault, File, Located, PLACES, Sharing, TEXT, class_of, locate_known, weight};
use crate::occurrence::{Class, Home, Occurrence};
use crate::reference::Part;
use crate::source::{Held, TreePath};
use crate::text::{FileId, Span};

use super::chart::{self, Chart, ChartFile, Layer, Told};
use super::distinct::Distinct;
use super::given::Given;
use super::many::keep_those_of_images;
use super::reach::{Reader, reach};
use super::taken::{Looked, Taken};
use super::{Bond, Link, absent, behind, beside, built, elsewhere, feeds, kustomize, layers};

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
    /// The files of packed charts, which no edit changes.
    packed: Vec<File<'a>>,
    chart: chart::Readings<'a>,
    wholes: chart::Wholes,
}

impl<'a> Recall<'a> {
    /// Reads the charts among the files, with those that are `packed`.
    #[must_use]
    pub fn of(files: &[File<'a>], packed: Vec<File<'a>>, formats: &Formats) -> Self {
        let mut recall = Self { packed, ..Self::default() };
        for chart in charts(files) {
            let mut known = BTreeMap::new();
            let whole = recall.with_packed(&chart);
            recall.chart.add(&read_chart(&whole, formats, 4).unwrap_or_default(), &mut known);
            recall.alone.extend(chart.iter().map(|file| (file.id, (file.bytes, locate_known(file, formats, known.get(&file.id))))));
        }
        recall
    }

    /// The files of a chart, with those of the charts that lie packed in it.
    fn with_packed<'b>(&self, chart: &[File<'b>]) -> Vec<File<'b>>
    where
        'a: 'b,
    {
        let root = head(chart).and_then(|head| head.strip_suffix("Chart.yaml")).unwrap_or_default();
        let is_packed = chart.iter().all(|file| file.id.is_packed());
        chart.iter().chain(self.packed.iter().filter(|file| !is_packed && file.path.starts_with(root))).copied().collect()
    }

    fn get(&self, file: &File<'_>) -> Option<Located> {
        self.alone.get(&file.id).filter(|(bytes, _)| *bytes == file.bytes).map(|(_, located)| located.clone())
    }
}

/// What texts say beside the occurrences that documents hold, which it may make sure; by which of them see each other's variables.
pub type Texts<'t> = dyn Fn(&mut [Occurrence], &Sharing) -> Located + 't;

/// Locates the references of files that hold together, and what `texts` finds beside them; what `recall` has of files with the same bytes is not
/// read again.
#[must_use]
pub fn locate(files: &[File<'_>], formats: &Formats, recall: &Recall<'_>, texts: &Texts<'_>) -> Together {
    let named: Vec<(TreePath, &File<'_>)> = files.iter().filter_map(|file| Some((TreePath::new(file.path).ok()?, file))).collect();
    let starts = named.iter().flat_map(|(path, file)| {
        let linking = formats.of_name(file.path).chain(formats.callers(file.path)).filter(|format| !format.table.links.is_empty());
        linking.filter(|format| format.table.units.is_some() || format.may_link(file.bytes)).map(|format| (path.clone(), format))
    });
    let starts: Vec<_> = starts.collect();
    let held = Held(named.into_iter().map(|(path, file)| (path, file.bytes)).collect());
    let mut readers = reach(starts, &held, formats);
    layers::recognise(&mut readers, &files.iter().map(|file| file.path).filter(|path| path.ends_with("/Chart.yaml")));
    elsewhere::bind(&mut readers, &recall.packed);
    let given = Given::new(files, &readers, formats);
    let mut together = Together::default();
    together.located.faults.extend(not_followed(files, &readers));
    let mut room = PLACES;
    for file in files {
        let mut located = recall.get(file).filter(|_| given.is_alone(file.path)).unwrap_or_else(|| given.locate(file));
        located.keep_within(room, file.id);
        room -= weight(&located.occurrences);
        together.located.occurrences.append(&mut located.occurrences);
        together.located.faults.append(&mut located.faults);
    }
    let more = layers::given(&readers, files, formats);
    if !more.is_empty() {
        // A deployment's own format may have found what its chart's format finds in the values.
        let mut found = Distinct::by(|one, other| one.place == other.place && one.role == other.role);
        found.add(std::mem::take(&mut together.located.occurrences));
        found.add(more);
        together.located.occurrences = found.into_all();
    }
    let mut in_sight = Vec::new();
    let (left, overrides) = (Cell::new(DEPENDENCIES), OnceCell::new());
    let beside = beside::of(files, &readers, formats);
    let around = Around { beside: &beside, files, readers: &readers, formats, recall, left: &left, overrides: &overrides };
    // What a chart makes of others is known behind what they are by themselves.
    let (alone, others): (Vec<_>, Vec<_>) = charts(files).into_iter().partition(|chart| around.depends_on(chart).is_empty());
    for chart in alone.into_iter().chain(others) {
        rendered(&chart, around, &mut in_sight, &mut together.located);
    }
    for chart in elsewhere::charts(&recall.packed) {
        deployed(&chart, around, &mut together.located);
    }
    let overrides = overrides.get_or_init(|| layers::overrides(&readers, files));
    layers::spell_elsewhere((&readers, overrides), files, formats, &mut together.located.occurrences);
    layers::tell_elsewhere(&readers, files, formats, &in_sight, &mut together.located.occurrences);
    layers::drop_parts(formats, &mut together.located.occurrences);
    let mut more = texts(&mut together.located.occurrences, &shared(files, &readers));
    together.located.occurrences.append(&mut more.occurrences);
    together.located.faults.append(&mut more.faults);
    let mut behind = behind::take(files, &mut together.located.occurrences);
    feeds::tell(files, &readers, &mut together.located.occurrences);
    together.located.occurrences.sort_by_key(|occurrence| (occurrence.place, occurrence.pieces.first().map(|piece| piece.span)));
    together.shown = together.located.occurrences.len();
    together.located.occurrences.append(&mut behind);
    together.links = listed_images(&together.located.occurrences, formats);
    kustomize::join(files, &readers, &mut together);
    classed(files, &mut together.located.occurrences);
    built::stay(&mut together.located.occurrences);
    built::stand_in(&readers, files, &mut together.located.occurrences);
    together
}

/// What is made of several files is there for what the one is there for in which it is shown.
fn classed(files: &[File<'_>], occurrences: &mut [Occurrence]) {
    let classes: BTreeMap<FileId, Class> = files.iter().filter_map(|file| Some((file.id, class_of(file.path)?))).collect();
    for one in occurrences.iter_mut().filter(|one| &*one.format != TEXT) {
        one.class = classes.get(&one.place.file).copied().unwrap_or(one.class);
    }
}

/// Which files see each other's variables.
fn shared(files: &[File<'_>], readers: &[Reader<'_>]) -> Sharing {
    let scripts = |reader: &'_ Reader<'_>| reader.takes.iter().any(|taken| taken.how() == How::Script && taken.is_found());
    if !readers.iter().any(scripts) {
        return Sharing::default();
    }
    let ids: BTreeMap<&str, FileId> = files.iter().map(|file| (file.path, file.id)).collect();
    let mut pairs = Vec::new();
    for reader in readers {
        let taken = reader.takes.iter().filter(|taken| taken.how() == How::Script && taken.is_found()).flat_map(Taken::paths);
        pairs.extend(taken.filter_map(|path| ids.get(reader.path.as_str()).copied().zip(ids.get(path.as_str()).copied())));
    }
    Sharing::of(&pairs)
}

/// Which of the files take in more than is looked at.
fn not_followed(files: &[File<'_>], readers: &[Reader<'_>]) -> Vec<Fault> {
    let cut: BTreeSet<&str> = readers.iter().filter(|one| one.looked == Looked::AtSome).map(|one| one.path.as_str()).collect();
    let message = "it names more files, or with more variables, than are followed; what it lays over others may not all be known";
    let fault = |file: &File<'_>| Fault { span: Span::new(file.id, 0..0), message: message.to_owned() };
    files.iter().filter(|file| cut.contains(file.path)).map(fault).collect()
}

/// The files of each outermost chart.
fn charts<'a>(files: &[File<'a>]) -> Vec<Vec<File<'a>>> {
    let folders = layers::chart_folders(files.iter().map(|file| file.path));
    folders.iter().map(|folder| files.iter().filter(|file| file.path.starts_with(folder)).copied().collect()).collect()
}

/// What stands around a chart in its set.
#[derive(Clone, Copy)]
struct Around<'s, 'a> {
    files: &'s [File<'a>],
    readers: &'s [Reader<'s>],
    /// The files that may be laid over charts beside them, each with the chart's folder.
    beside: &'s [(&'a str, &'a str)],
    formats: &'s Formats,
    recall: &'s Recall<'a>,
    /// What patches change of objects that deploy charts.
    overrides: &'s OnceCell<Vec<Vec<layers::Override>>>,
    /// How many dependencies may still be read.
    left: &'s Cell<usize>,
}

/// How deep charts may lie in each other.
const DEEP: u8 = 4;

/// How many charts are read since others depend on them: each once for every way that leads to it, and there may be any number of ways.
const DEPENDENCIES: usize = 1 << 10;

impl<'s, 'a> Around<'s, 'a> {
    /// The folders of the charts elsewhere in the set that a chart depends on.
    fn depends_on(self, chart: &[File<'a>]) -> Vec<&'s str> {
        let Some(head) = head(chart) else { return Vec::new() };
        let folder = head.strip_suffix("Chart.yaml").unwrap_or_default();
        let inside = format!("{folder}charts/");
        let lists = |path: &str| path == head || path.strip_prefix(folder) == Some("requirements.yaml");
        let readers = self.readers.iter().filter(|reader| lists(reader.path.as_str()));
        let taken = readers.flat_map(|reader| &reader.takes).filter(|taken| taken.how() == How::Chart && taken.is_found());
        let folders = taken.flat_map(Taken::paths).filter_map(|path| path.as_str().strip_suffix("Chart.yaml"));
        let mut folders: Vec<&str> = folders.filter(|folder| !folder.starts_with(&inside)).collect();
        folders.dedup();
        folders
    }

    /// The charts elsewhere in the set that a chart depends on, and what they depend on, as far as they may be read.
    fn dependencies(self, chart: &[File<'a>], deep: u8) -> Vec<Chart<'a>> {
        let Some(deep) = deep.checked_sub(1) else { return Vec::new() };
        let read = |folder: &str| {
            self.left.set(self.left.get().checked_sub(1)?);
            let files: Vec<File<'a>> = self.files.iter().filter(|file| file.path.starts_with(folder)).copied().collect();
            let mut chart = read_chart(&self.recall.with_packed(&files), self.formats, deep)?;
            chart.subcharts.extend(self.dependencies(&files, deep));
            Some(chart)
        };
        self.depends_on(chart).into_iter().filter_map(read).collect()
    }
}

/// Puts what a chart renders beside, or in the place of, what stands in its files one by one. Notes the files that are in sight of it.
fn rendered<'a>(own_files: &[File<'a>], around: Around<'_, 'a>, in_sight: &mut Vec<FileId>, located: &mut Located) {
    let mut chart = read_chart(&around.recall.with_packed(own_files), around.formats, 4).unwrap_or_default();
    chart.subcharts.extend(around.dependencies(own_files, DEEP));
    let root = head(own_files).and_then(|head| head.strip_suffix("Chart.yaml"));
    let beside = around.beside.iter().filter(|(_, folder)| Some(*folder) == root).map(|(path, _)| *path);
    let file = |path: &str| around.files.iter().find(|file| file.path == path);
    chart.candidates.extend(beside.filter_map(file).map(|file| chart_file(file, file.path)));
    keep_those_of_images(&mut chart.candidates, around.formats);
    let overrides = around.overrides.get_or_init(|| layers::overrides(around.readers, around.files));
    let stacks = head(own_files).map(|head| layers::stacks(head, around.readers, (around.files, around.formats), overrides));
    let (stacks, faults) = stacks.unwrap_or_default();
    chart.stacks.extend(stacks);
    located.faults.extend(faults);
    if chart.stacks.len() >= layers::STACKS {
        chart.stacks.truncate(layers::STACKS);
        located.faults.extend(chart.metadata.map(|file| too_many_ways(file, layers::STACKS - 1)));
    }
    if around.left.get() == 0 {
        let message = format!("charts are read {DEPENDENCIES} times since others depend on them; there may be more that is not read");
        located.faults.extend(chart.metadata.map(|file| Fault { span: Span::new(file.file, 0..0), message }));
    }
    let readings = &around.recall.chart;
    let whole = around.recall.wholes.of(&chart, readings, around.formats);
    let mut ids: BTreeSet<FileId> = own_files.iter().map(|file| file.id).collect();
    ids.extend(chart.stacks.iter().flatten().flat_map(Layer::files).chain(whole.laid.iter().copied()));
    let values = own_files.iter().filter(|file| layers::is_called_so(file.path, around.formats));
    in_sight.extend(values.map(|file| file.id).chain(whole.laid.iter().copied()));
    let mut images = whole.images.clone();
    let spell = || whole.spelled(&chart, readings, around.formats);
    let values = chart.values.and_then(|values| own_files.iter().find(|file| file.id == values.file));
    place_absent(values.map(Home::of_file), around, None, &mut images, located);
    join(&chart, images, (&ids, &spell), around, located);
}

fn too_many_ways(chart: ChartFile<'_>, looked_at: usize) -> Fault {
    let message = format!("it is deployed in more than {looked_at} ways; so many of them were looked at");
    Fault { span: Span::new(chart.file, 0..0), message }
}

/// Puts in what a chart from elsewhere renders, in the deployments of the set.
fn deployed<'a>(own_files: &[File<'a>], around: Around<'_, 'a>, located: &mut Located) {
    let Some(chart) = read_chart(own_files, around.formats, 4) else { return };
    let Some(head) = head(own_files) else { return };
    let overrides = around.overrides.get_or_init(|| layers::overrides(around.readers, around.files));
    let (mut all, mut ids) = (chart::Images::default(), BTreeSet::new());
    let (mut named, mut spelled, budget) = (None, Vec::new(), chart::Budget::default());
    let releases = elsewhere::releases(head, around.readers, around.files);
    let is_more = releases.len() > layers::STACKS;
    for (reader, taken, place) in releases.into_iter().take(layers::STACKS) {
        let stacks = layers::stacks_of(head, (reader, taken), (around.readers, around.files), overrides, &mut located.faults);
        let chart = Chart { stacks, candidates: Vec::new(), named: Some(place), ..chart.clone() };
        ids.extend(chart.stacks.iter().flatten().flat_map(Layer::files).chain([place.file]));
        let rendering = chart::Rendering::new(&chart, &around.recall.chart);
        let mut images = rendering.images(around.formats, &budget);
        spelled.append(&mut rendering.spelled(around.formats));
        let home = elsewhere::home(reader, taken, place.start, around.files);
        place_absent(home, around, Some(&taken.typed), &mut images, located);
        all.add(images);
        named.get_or_insert(place);
    }
    let known = located.faults.len();
    located.faults.extend(chart.metadata.filter(|_| is_more).map(|file| too_many_ways(file, layers::STACKS)));
    join(&chart, all, (&ids, &|| spelled.clone()), around, located);
    // What is told of the chart is told where it is named.
    let place = named.map(|place| Span::new(place.file, place.start..place.start));
    for fault in located.faults.iter_mut().skip(known).filter(|fault| fault.span.file.is_packed()) {
        fault.span = place.unwrap_or(fault.span);
    }
}

/// Says where what is not written of a chart's values can be added.
fn place_absent(home: Option<Home>, around: Around<'_, '_>, chart: Option<&str>, images: &mut chart::Images, located: &mut Located) {
    absent::place(home.as_ref(), around.files, chart, &mut images.on);
    absent::place(home.as_ref(), around.files, chart, &mut images.off);
    images.failures.iter_mut().for_each(|failure| failure.home = located.homes.len());
    located.homes.push(home);
}

/// Puts the images of a chart beside, or in the place of, what stands in the files `ids` one by one.
///
/// What all layers of each deployment spell together says `spell`.
fn join<'a>(
    chart: &Chart<'a>,
    images: chart::Images,
    (ids, spell): (&BTreeSet<FileId>, &dyn Fn() -> Vec<Occurrence>),
    around: Around<'_, 'a>,
    located: &mut Located,
) {
    let (own, others): (Vec<_>, Vec<_>) =
        std::mem::take(&mut located.occurrences).into_iter().partition(|occurrence| ids.contains(&occurrence.place.file));
    let readings = &around.recall.chart;
    let chart::Images { on, off, beside, words, preceded, guessed, elsewhere, mut printed, mut failures, told } = images;
    let (alone, own) = own.into_iter().partition(|one| layers::is_registry(one, around.formats));
    let evidence = chart::Evidence::new(&words, spell);
    let mut combined = chart::combine(own, on, off, &chart::preceded(chart, readings, &preceded), &evidence);
    combined.append(&mut evidence.sharing(&combined, &alone, around.formats));
    chart::tell(&beside, &mut combined);
    chart::tell_guessed(&guessed, &mut combined);
    layers::tell_missing(&elsewhere, around.formats, &mut combined);
    let mut combined = Located { occurrences: combined, ..Located::default() };
    if let Some(first) = ids.first() {
        combined.keep_within(PLACES.saturating_sub(weight(&others)), *first);
    }
    located.faults.append(&mut combined.faults);
    located.occurrences = others;
    located.occurrences.append(&mut combined.occurrences);
    located.occurrences.extend::<Vec<_>>(alone);
    located.printed.append(&mut printed);
    located.failures.append(&mut failures);
    located.faults.extend(cut(chart, told, ids, readings));
}

/// What of a chart was not executed or read, since it asks for more than a chart may cost.
fn cut(chart: &Chart<'_>, told: Told, files: &BTreeSet<FileId>, readings: &chart::Readings<'_>) -> Vec<Fault> {
    let execution =
        (chart.metadata.map(|file| file.file).filter(|_| told == Told::Part), "the chart's templates do or print more than a chart may");
    let is_cut = |id: &FileId| Some(*id).filter(|id| readings.told(*id) == Told::Part);
    let values = files.iter().map(|id| (is_cut(id), "its aliases stand for more values than a chart may have"));
    let cut = std::iter::once(execution).chain(values).filter_map(|(file, why)| Some((file?, why)));
    let fault = |(file, why)| Fault { span: Span::new(file, 0..0), message: format!("{why}; the rest of the chart was not executed") };
    cut.map(fault).collect()
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
        links.extend(listed.iter().map(|matcher| Link { matcher: *matcher, matched, bond: Bond::Finds }));
        links.extend(others.iter().map(|matched| Link { matcher, matched: *matched, bond: Bond::Finds }));
    }
    links.into_iter().collect()
}

/// The path of the outermost chart's `Chart.yaml`.
fn head<'a>(files: &[File<'a>]) -> Option<&'a str> {
    let heads = files.iter().map(|file| file.path).filter(|path| path.rsplit('/').next() == Some("Chart.yaml"));
    heads.min_by_key(|path| path.len())
}

/// The outermost chart of the files and, in it, those in `charts/`.
fn read_chart<'a>(files: &[File<'a>], formats: &Formats, depth: u8) -> Option<Chart<'a>> {
    let depth = depth.checked_sub(1)?;
    let head = head(files)?;
    let metadata = files.iter().find(|file| file.path == head)?;
    let root = metadata.path.strip_suffix("Chart.yaml").unwrap_or_default();
    let mut chart = Chart { metadata: Some(chart_file(metadata, "Chart.yaml")), ..Chart::default() };
    let (mut inner, mut layers) = (BTreeMap::<&str, Vec<File<'a>>>::new(), Vec::new());
    for file in files {
        let Some(path) = file.path.strip_prefix(root) else { continue };
        match path.split_once('/') {
            None if path == "values.yaml" => chart.values = Some(chart_file(file, path)),
            None if path == chart::SCHEMA => chart.schema = Some(chart_file(file, path)),
            None if path == "requirements.yaml" => chart.requirements = Some(chart_file(file, path)),
            Some(("templates", _)) => chart.templates.push(chart_file(file, path)),
            Some(("charts", rest)) => inner.entry(rest.split('/').next().unwrap_or_default()).or_default().push(*file),
            _ if layers::is_called_so(path, formats) => {
                layers.push(chart_file(file, path));
                chart.others.push(chart_file(file, path));
            }
            Some(("crds", _)) => {}
            _ if matches!(path.rsplit_once('.'), Some((_, "yaml" | "yml"))) || is_json_of_values(path) => {
                chart.candidates.push(chart_file(file, path));
            }
            _ if matches!(path.rsplit_once('.'), Some((_, "json"))) && file.bytes.len() <= READABLE => {
                chart.others.push(chart_file(file, path));
            }
            _ => {}
        }
    }
    chart.subcharts = inner.values().filter_map(|files| read_chart(files, formats, depth)).collect();
    keep_those_of_images(&mut layers, formats);
    chart.stacks = stacks(&layers);
    Some(chart)
}

/// Bytes of a file of JSON that templates may read: dashboards are longer, and hold no images.
const READABLE: usize = 64 << 10;

/// Whether a file is called as one of values that is written in JSON.
fn is_json_of_values(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.strip_suffix(".json").is_some_and(|stem| stem.split(['.', '-', '_']).any(|word| word == "values"))
}

/// Which of the values files in a chart's folder are used together when nothing says so: each alone, and `values-prod-eu.yaml` also over
/// `values-prod.yaml`.
fn stacks<'a>(own: &[ChartFile<'a>]) -> Vec<Vec<Layer<'a>>> {
    let stem = |layer: &ChartFile<'a>| layer.path.rsplit_once('.').map_or(layer.path, |(stem, _)| stem);
    let is_below = |above: &ChartFile<'a>, below: &ChartFile<'a>| {
        stem(above).strip_prefix(stem(below)).is_some_and(|rest| rest.starts_with(['-', '.', '_']))
    };
    let mut found = Vec::new();
    for layer in own.iter().take(layers::STACKS) {
        found.push(vec![Layer::File(*layer)]);
        let mut below: Vec<_> = own.iter().filter(|other| is_below(layer, other)).copied().collect();
        if !below.is_empty() {
            below.sort_by_key(|layer| layer.path.len());
            below.push(*layer);
            found.push(below.into_iter().map(Layer::File).collect());
        }
    }
    found
}

const fn chart_file<'a>(file: &File<'a>, path: &'a str) -> ChartFile<'a> {
    ChartFile { path, file: file.id, bytes: file.bytes }
}
