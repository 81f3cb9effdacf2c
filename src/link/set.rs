//! Owns what holds the files of a set together, and locating them as one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use crate::format::{Formats, Surroundings};
use crate::locate::{File, Linked, Located, locate, locate_as, locate_linked};
use crate::occurrence::{Occurrence, Role};
use crate::reference::Part;

use super::chart::{self, Chart, ChartFile, Extent};
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
        let mut together = match self {
            Self::Alone => apart(files, formats),
            Self::Compose => compose(files, formats),
            Self::Overlays => kustomize::locate(files, formats),
            Self::Chart => rendered(files, formats, apart(files, formats), Extent::All, LeftOut::Asked),
            Self::ChartAtAGlance => at_a_glance(files, formats),
        };
        built_here(&mut together.located.occurrences);
        together
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
