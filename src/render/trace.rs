//! Owns the way back from a rendered image to the text that it most likely comes from.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use super::lay::archive;
use super::reach::Reach;
use super::trace_file::{Clue, TracedFile};
use super::{Finding, Kind, Origin, Outcome, Scratch, Unit};
use crate::reference::Reference;

/// Files of one unit that are searched at most, and bytes of each.
const MOST_FILES: usize = 3_000;
const LARGEST: u64 = 1 << 20;

/// Searches the files of one unit.
pub(super) struct Tracer<'a> {
    scratch: &'a Scratch,
    unit: &'a Unit,
    reach: Reach,
    files: Option<Vec<TracedFile>>,
    /// By image and by template.
    known: HashMap<(String, Option<String>), Option<Origin>>,
}

impl<'a> Tracer<'a> {
    /// A tracer for `unit`, which reads nothing until it is asked.
    pub(super) fn new(scratch: &'a Scratch, unit: &'a Unit) -> Self {
        Self { scratch, unit, reach: Reach::default(), files: None, known: HashMap::new() }
    }

    /// Fills in the origin of what should have come out otherwise.
    pub(super) fn trace(&mut self, findings: &mut [Finding]) {
        for finding in findings.iter_mut().filter(|finding| matches!(finding.outcome, Outcome::Missed | Outcome::Wrong)) {
            let image = finding.after.as_ref().or(finding.before.as_ref());
            finding.origin = image.and_then(|image| self.origin(image, finding.source.as_deref()));
        }
    }

    /// Where an image comes from; `source` is the template that made its object.
    pub(super) fn origin(&mut self, image: &str, source: Option<&str>) -> Option<Origin> {
        let asked = (image.to_owned(), source.map(str::to_owned));
        if let Some(known) = self.known.get(&asked) {
            return known.clone();
        }
        let found = self.search(image, source);
        self.known.insert(asked, found.clone());
        found
    }

    fn search(&mut self, image: &str, source: Option<&str>) -> Option<Origin> {
        let reference = Reference::parse(image).ok()?;
        let charts = source.map(|source| self.charts_of(source)).unwrap_or_default();
        let template = source.and_then(|source| self.template(source));
        if self.files.is_none() {
            self.files = Some(self.read());
        }
        let mut best: Option<(&Path, Clue, usize)> = None;
        for file in self.files.iter().flatten() {
            let Some(clue) = file.clue(&reference) else { continue };
            // The chart that made the object and those above it may set its values; a sister may not.
            let is_own = charts.is_empty() || charts.iter().any(|chart| belongs(&file.path, chart));
            let is_template = template.as_ref() == Some(&file.path);
            let weight = clue.weight + usize::from(is_own) * 30 + usize::from(is_template) * 3;
            if best.as_ref().is_none_or(|(.., most)| weight > *most) {
                best = Some((&file.path, clue, weight));
            }
        }
        // A weak clue in a sister chart says less than that the chart is packed.
        let packed = source.and_then(|source| self.packed(source));
        match best {
            Some((path, Clue { line, key, .. }, weight)) if packed.is_none() || weight >= 100 => {
                let path = self.original(path);
                Some(match key {
                    Some(key) => Origin::Key { path, line, key },
                    None => Origin::Line { path, line },
                })
            }
            _ => packed
                .map(|path| Origin::Packed { path })
                .or_else(|| template.map(|path| Origin::Template { path: self.original(&path) }))
                .or_else(|| self.reach.remote().map(|base| Origin::Remote { base: base.to_owned() })),
        }
    }

    /// A file of a dependency that was laid in is the file that it is a copy of.
    fn original(&self, path: &Path) -> PathBuf {
        let mut path = path.to_path_buf();
        // What was copied may hold copies.
        for _ in 0..8 {
            let taken = self.scratch.laid().iter().find_map(|laid| Some(laid.from.as_ref()?.join(path.strip_prefix(&laid.at).ok()?)));
            match taken {
                Some(taken) => path = taken,
                None => break,
            }
        }
        path
    }

    /// The unit's folder as files' paths begin.
    fn folder(&self) -> PathBuf {
        self.unit.path.strip_prefix(".").unwrap_or(&self.unit.path).to_path_buf()
    }

    /// The folders of the chart that made the object and of those above it, innermost last.
    fn charts_of(&self, source: &str) -> Vec<PathBuf> {
        let mut folder = self.folder();
        let mut folders = vec![folder.clone()];
        for sub in subcharts(source) {
            folder = folder.join("charts").join(sub);
            folders.push(folder.clone());
        }
        folders
    }

    fn template(&self, source: &str) -> Option<PathBuf> {
        let (_, below) = source.split_once('/')?;
        Some(self.folder().join(below))
    }

    /// The archive that holds the chart that made the object.
    fn packed(&self, source: &str) -> Option<PathBuf> {
        let mut folder = self.folder();
        for sub in subcharts(source) {
            let charts = folder.join("charts");
            folder = charts.join(sub);
            if self.scratch.root().join(&folder).is_dir() {
                continue;
            }
            return archive(&self.scratch.root().join(&charts), sub).map(|archive| charts.join(archive));
        }
        None
    }

    /// Reads the unit's files, those that override others first.
    fn read(&mut self) -> Vec<TracedFile> {
        let root = self.scratch.root();
        self.reach = Reach::of(&root, self.unit);
        let mut paths: Vec<PathBuf> = self.unit.values.iter().cloned().collect();
        for path in &self.reach.paths {
            let walk = WalkBuilder::new(root.join(path)).standard_filters(false).follow_links(false).sort_by_file_name(Ord::cmp).build();
            let files = walk.flatten().filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
            paths.extend(files.filter_map(|entry| entry.path().strip_prefix(&root).ok().map(Path::to_path_buf)));
        }
        if self.unit.kind == Kind::Helm {
            // Values of a chart override those of its subcharts, and templates come last.
            let rank = |path: &PathBuf| {
                let text = path.to_string_lossy();
                (self.unit.values.as_ref() != Some(path), text.contains("templates/"), text.matches("charts/").count())
            };
            paths.sort_by_cached_key(|path| (rank(path), path.clone()));
            paths.retain(|path| path.file_name().is_some_and(|name| name != "Chart.yaml"));
            let other_values =
                |path: &PathBuf| self.unit.values.as_ref() != Some(path) && path.components().any(|part| part.as_os_str() == "ci");
            paths.retain(|path| !other_values(path));
        }
        paths.dedup();
        let small = paths.into_iter().filter(|path| fs::metadata(root.join(path)).is_ok_and(|meta| meta.len() <= LARGEST));
        small.take(MOST_FILES).filter_map(|path| fs::read(root.join(&path)).ok().map(|bytes| TracedFile::read(path, &bytes))).collect()
    }
}

/// The names of the subcharts on the way to a template: `app/charts/a/charts/b/templates/x.yaml` has `a` and `b`.
fn subcharts(source: &str) -> impl Iterator<Item = &str> {
    let chart = source.split_once("/templates/").map_or(source, |(chart, _)| chart);
    chart.split("/charts/").skip(1)
}

/// Whether a file is a chart's own: in its folder, and not in that of a subchart.
fn belongs(file: &Path, chart: &Path) -> bool {
    file.strip_prefix(chart).is_ok_and(|below| !below.starts_with("charts"))
}
