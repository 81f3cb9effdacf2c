//! Owns what holds the files of a set together, and locating them as one.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::format::{Formats, Surroundings};
use crate::link::chart::{self, Chart, ChartFile, Extent};
use crate::link::env;
use crate::link::kustomize::{EntryId, Fate, Graph, Overlay, is_kustomization};
use crate::locate::{File, Linked, Located, locate, locate_as, locate_linked};
use crate::occurrence::{Caution, Class, Confidence, Keep, Occurrence, Origin, Piece, Role, Spelling};
use crate::plan::Link;
use crate::reference::{HOLE, Part};
use crate::text::Span;

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
    /// The files of a Helm chart, rendered only where a template puts text before a value, or gives an image its tag: to list what is there,
    /// the values' own keys say the same otherwise, at a hundredth of the cost.
    ChartAtAGlance,
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
        match self {
            Self::Alone => apart(files, formats),
            Self::Compose => compose(files, formats),
            Self::Overlays => overlays(files, formats),
            Self::Chart => rendered(files, formats, apart(files, formats), Extent::All, LeftOut::Asked),
            Self::ChartAtAGlance => at_a_glance(files, formats),
        }
    }

    /// The same set, when it is only to be listed.
    #[must_use]
    pub const fn to_list(self) -> Self {
        match self {
            Self::Chart => Self::ChartAtAGlance,
            other => other,
        }
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

fn gathered(all: impl Iterator<Item = Located>) -> Located {
    all.fold(Located::default(), |mut sum, mut one| {
        sum.occurrences.append(&mut one.occurrences);
        sum.faults.append(&mut one.faults);
        sum
    })
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

fn overlays(files: &[File<'_>], formats: &Formats) -> Together {
    let read = |file: &File<'_>| {
        if is_kustomization(file.path) {
            Overlay::read(file.path, file.bytes, file.id).into_iter().collect()
        } else {
            Overlay::read_applied(file.path, file.bytes, file.id)
        }
    };
    let graph = Graph::new(files.iter().flat_map(read).collect());
    let mut together = apart(files, formats);
    let paths: BTreeMap<_, _> = files.iter().map(|file| (file.id, file.path)).collect();
    let mut matchers: BTreeMap<EntryId, usize> = BTreeMap::new();
    for index in 0..together.shown {
        let Some(fate) =
            together.located.occurrences.get(index).and_then(|occurrence| fate(&graph, occurrence, paths.get(&occurrence.place.file)?))
        else {
            continue;
        };
        if fate.replaced {
            if let Some(occurrence) = together.located.occurrences.get_mut(index) {
                occurrence.cautions.push(Caution::Keep(Keep::Placeholder));
            }
            continue;
        }
        for entry in fate.matched {
            let matcher = *matchers.entry(entry).or_insert_with(|| matcher(&graph, entry, &mut together));
            together.links.push(Link { matcher, matched: index });
        }
    }
    let entries =
        graph.overlays().iter().enumerate().flat_map(|(overlay, found)| (0..found.entries.len()).map(move |entry| (overlay, entry)));
    for entry in entries.filter(|entry| !matchers.contains_key(entry)) {
        write_new_name(&graph, entry, &mut together);
    }
    together
}

/// An entry without a new name that matches nothing in sight: the base is elsewhere, and its name stays. The new name can be written.
fn write_new_name(graph: &Graph, (overlay, entry): EntryId, together: &mut Together) {
    let entry = graph.overlays().get(overlay).and_then(|overlay| overlay.entries.get(entry));
    let Some(entry) = entry.filter(|entry| entry.new_name.is_none()) else { return };
    let Some((at, before)) = &entry.room else { return };
    let is_its = |occurrence: &&mut Occurrence| occurrence.place == entry.span;
    let Some(occurrence) = together.located.occurrences.iter_mut().find(is_its) else { return };
    let Some(first) = occurrence.pieces.first_mut().filter(|first| first.text == entry.name) else { return };
    first.span = *at;
    first.origin = Origin::Unwritten { before: before.as_str().into() };
    first.spelling = Spelling::Encoded;
    occurrence.cautions.retain(|caution| *caution != Caution::Keep(Keep::Matcher));
}

/// What becomes of an image, or of a kustomization's new name, on its way to the roots.
fn fate(graph: &Graph, occurrence: &Occurrence, path: &str) -> Option<Fate> {
    let reference = occurrence.reference().ok()?;
    let name = &reference.as_str()[..reference.range(Part::Path)?.end];
    let entry = graph.overlays().iter().enumerate().find_map(|(overlay, found)| {
        let is_its = |entry: &crate::link::kustomize::Entry| entry.new_name.as_ref().is_some_and(|(_, span)| *span == occurrence.place);
        found.entries.iter().position(is_its).map(|entry| (overlay, entry))
    });
    Some(entry.map_or_else(|| graph.fate(path, name), |entry| graph.fate_of_entry(entry)))
}

/// The occurrence of an entry's `name`, which has to follow what it matches: the one that was found, or a new one that is not shown.
fn matcher(graph: &Graph, (overlay, entry): EntryId, together: &mut Together) -> usize {
    let entry = graph.overlays().get(overlay).and_then(|overlay| overlay.entries.get(entry));
    let place = entry.map_or(Span::new(crate::text::FileId(u32::MAX), 0..0), |entry| entry.span);
    let found = together.located.occurrences.iter().position(|occurrence| occurrence.place == place);
    if let Some(index) = found {
        if let Some(occurrence) = together.located.occurrences.get_mut(index) {
            occurrence.cautions.retain(|caution| *caution != Caution::Keep(Keep::Matcher));
        }
        return index;
    }
    let name = entry.map(|entry| entry.name.clone()).unwrap_or_default();
    let piece = Piece { text: name, span: place, origin: Origin::Sibling { key: "name".into() }, spelling: Spelling::Plain };
    together.located.occurrences.push(Occurrence {
        format: "kustomization".into(),
        site: "image-name".into(),
        role: Role::Pull,
        class: Class::Deploy,
        confidence: Confidence::High,
        place,
        pieces: vec![piece, Piece::implied(format!(":{HOLE}"), Span { start: place.end, ..place })],
        platform: None,
        cautions: Vec::new(),
    });
    together.located.occurrences.len() - 1
}

/// When it is asked what a chart would render if what is off were on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LeftOut {
    /// Always.
    Asked,
    /// Where a value has no use without it that says which image it is.
    AskedWhereOpen,
}

/// A chart, rendered only where its values alone do not say the same.
fn at_a_glance(files: &[File<'_>], formats: &Formats) -> Together {
    let found = apart(files, formats);
    let joins = files.iter().any(puts_text_before_a_value);
    let has_own_keys = files.iter().any(takes_an_image_from_another_key);
    let is_open = |occurrence: &Occurrence| occurrence.lacks_tag() || chart::is_open(occurrence);
    if joins || has_own_keys || found.located.occurrences.iter().any(is_open) {
        let left_out = if has_own_keys { LeftOut::Asked } else { LeftOut::AskedWhereOpen };
        rendered(files, formats, found, if joins { Extent::All } else { Extent::AboutImages }, left_out)
    } else {
        found
    }
}

/// A chart of which `found` stands in the files one by one.
fn rendered(files: &[File<'_>], formats: &Formats, found: Together, extent: Extent, asked: LeftOut) -> Together {
    let Located { occurrences, faults } = found.located;
    let chart = read_chart(files, 4).unwrap_or_default();
    // Where only a tag is looked for, no value is joined to anything.
    let preceded = if extent == Extent::All { chart::preceded(&chart) } else { Vec::new() };
    let rendering = chart::Rendering::new(&chart);
    let images = rendering.images(formats, extent);
    let needs_rest = |occurrence: &Occurrence| chart::needs_rest(occurrence, &images, &preceded);
    let is_asked = asked == LeftOut::Asked || occurrences.iter().any(needs_rest);
    let left_out = if is_asked { rendering.left_out(formats, &images) } else { Vec::new() };
    let mut occurrences = chart::combine(occurrences, images, left_out, &preceded);
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

/// Whether a template has a line about an image with text right before a value: `quay.io/a/{{`, `"quay.io/%s"`.
fn puts_text_before_a_value(file: &File<'_>) -> bool {
    let is_text = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let line_of = |at: usize| {
        let start = memchr::memrchr(b'\n', &file.bytes[..at]).map_or(0, |line| line + 1);
        let end = memchr::memchr(b'\n', &file.bytes[at..]).map_or(file.bytes.len(), |line| at + line);
        &file.bytes[start..end]
    };
    let ends = ["/{{", "/%s"].into_iter().flat_map(|needle| memchr::memmem::find_iter(file.bytes, needle.as_bytes()));
    let near = |at: usize| {
        let line = line_of(at);
        memchr::memmem::find(line, b"mage").is_some() && memchr::memmem::find(line, b"://").is_none()
    };
    ends.into_iter().any(|at| at > 0 && is_text(file.bytes.get(at - 1)) && file.bytes.get(at.wrapping_sub(2)) != Some(&b'%') && near(at))
        && file.surroundings == Surroundings::ChartTemplates
}

/// The key of a value that starts an image in a template: `name` in `image: {{ .Values.exporter.image.name }}`.
static FIRST_KEY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?m)^[^#\n]*\bimage:\s*["']?\{\{-?[^.\n}]*\.(?:[A-Za-z0-9_]+\.)*([A-Za-z0-9_]+)[ |)"'}]"#).ok());

/// Whether a template takes an image from a value whose key does not say that it is one: its values do not tell the image by themselves.
fn takes_an_image_from_another_key(file: &File<'_>) -> bool {
    if file.surroundings != Surroundings::ChartTemplates || memchr::memmem::find(file.bytes, b"image:").is_none() {
        return false;
    }
    let words = ["mage", "epository", "egistry", "hub"];
    let (Some(first), Ok(text)) = (FIRST_KEY.as_ref(), std::str::from_utf8(file.bytes)) else { return false };
    let keys = first.captures_iter(text).filter_map(|captures| captures.get(1));
    keys.map(|key| key.as_str()).any(|key| !words.iter().any(|word| key.contains(word)))
}
