//! Owns what stands in for chart dependencies that are not in a chart's folder, as nothing is fetched.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use super::copy::{clone, write};
use super::yaml::{self, text};
use crate::disk::ChartFolders;
use crate::locate::{NodeId, Tree};

/// Copies of charts that are laid in at most; a chart of charts of charts could ask for any number.
const MOST: usize = 4_000;
/// Files that those copies hold at most.
const MOST_FILES: usize = 200_000;
/// How deep dependencies of dependencies are followed.
const DEPTH: usize = 32;

/// A dependency that was laid into a chart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Laid {
    /// Where it was laid, from the tree's root (`app/charts/redis`).
    pub at: PathBuf,
    /// The chart that it is a copy of: one of the tree, from its root, or one of the folder of charts; `None` for an empty chart.
    pub from: Option<PathBuf>,
}

impl Laid {
    /// The folder of the chart that lacked it, where nothing could stand in for it.
    pub fn lacking(&self) -> Option<&Path> {
        self.at.parent().and_then(Path::parent).filter(|_| self.from.is_none())
    }
}

/// What the tree's charts say of themselves.
#[derive(Debug, Default)]
pub(super) struct Charts {
    /// By folder, from the tree's root.
    by_folder: BTreeMap<PathBuf, Chart>,
    by_name: BTreeMap<String, Vec<PathBuf>>,
}

#[derive(Debug, Default)]
pub(super) struct Chart {
    needs: Vec<Need>,
    is_library: bool,
}

/// A chart that another one depends on.
#[derive(Debug)]
struct Need {
    name: String,
    version: String,
}

impl Charts {
    /// Reads the `Chart.yaml` of each folder in `folders`; one without a name is no chart.
    pub(super) fn read(root: &Path, folders: impl IntoIterator<Item = PathBuf>) -> Self {
        let mut charts = Self::default();
        for folder in folders {
            let about = |file: &str| {
                let look = |tree: &Tree<'_>, at| (text(tree, at, "name"), text(tree, at, "type"), dependencies(tree, at));
                yaml::read(&root.join(&folder).join(file), look)
            };
            let (Some(name), kind, mut needs) = about("Chart.yaml") else { continue };
            if needs.is_empty() {
                needs = about("requirements.yaml").2;
            }
            let is_library = kind.as_deref() == Some("library");
            charts.by_name.entry(name).or_default().push(folder.clone());
            charts.by_folder.insert(folder, Chart { needs, is_library });
        }
        charts
    }

    /// The folders of the charts that render something of their own.
    pub(super) fn renderable(&self) -> impl Iterator<Item = &Path> {
        self.by_folder.iter().filter(|(_, chart)| !chart.is_library).map(|(folder, _)| folder.as_path())
    }

    /// The chart in `folder`, and those in it.
    fn below<'a>(&'a self, folder: &'a Path) -> impl Iterator<Item = &'a Path> {
        let from = self.by_folder.range(folder.to_path_buf()..);
        from.map(|(path, _)| path.as_path()).take_while(move |path| path.starts_with(folder))
    }

    /// The chart that a file lies in; the innermost when they are nested.
    pub(super) fn nearest(&self, file: &Path) -> Option<&Path> {
        let above = file.ancestors().skip(1).map(|folder| if folder == Path::new("") { Path::new(".") } else { folder });
        above.filter_map(|folder| self.by_folder.get_key_value(folder)).map(|(folder, _)| folder.as_path()).next()
    }

    /// The chart of that name that is nearest to `folder`: in the same top folder, outside `charts/`, then the shallowest.
    fn pick(&self, folder: &Path, name: &str) -> Option<&Path> {
        let top = top(folder);
        let near = |other: &&PathBuf| {
            let spelled = other.to_string_lossy().into_owned();
            let nested = spelled.matches("/charts/").count();
            let its = self::top(other);
            (its != top, its.split('+').next() != top.split('+').next(), nested, other.components().count(), spelled)
        };
        self.by_name.get(name)?.iter().filter(|other| *other != folder).min_by_key(near).map(PathBuf::as_path)
    }

    /// Lays in what the charts that are `wanted` lack, of the folders `store` first, and makes any version of it do.
    pub(super) fn lay(&self, root: &Path, store: &ChartFolders, wanted: impl Fn(&Path) -> bool) -> io::Result<Vec<Laid>> {
        let mut laying = Laying { charts: self, root, store, laid: Vec::new(), files: 0, begun: BTreeSet::new() };
        for folder in self.by_folder.keys().filter(|folder| wanted(folder)) {
            laying.chart(folder, 0)?;
        }
        laying.laid.sort();
        Ok(laying.laid)
    }
}

struct Laying<'a> {
    charts: &'a Charts,
    root: &'a Path,
    store: &'a ChartFolders,
    laid: Vec<Laid>,
    files: usize,
    begun: BTreeSet<&'a Path>,
}

impl<'a> Laying<'a> {
    /// Completes a chart; first those that it needs, so that a copy of one is complete. A chart that needs itself in the end gets an empty one.
    fn chart(&mut self, chart: &'a Path, depth: usize) -> io::Result<()> {
        let charts = self.charts;
        let Some(about) = charts.by_folder.get(chart).filter(|_| self.begun.insert(chart)) else { return Ok(()) };
        let here = self.root.join(chart);
        let mut changed = false;
        for Need { name, version } in about.needs.iter().filter(|need| is_plain_name(&need.name)) {
            if is_there(&here, name) || self.laid.len() >= MOST {
                continue;
            }
            changed = true;
            if let Some(stored) = self.store.place(name, version).filter(|_| self.files < MOST_FILES) {
                let to = chart.join("charts").join(name);
                fs::create_dir_all(here.join("charts"))?;
                self.files += copied(stored, &here.join("charts").join(stored.file_name().unwrap_or_default()), DEPTH)?;
                self.laid.push(Laid { at: to.strip_prefix(".").unwrap_or(&to).to_path_buf(), from: Some(stored.to_path_buf()) });
                continue;
            }
            let source = charts.pick(chart, name).filter(|source| !self.is_open(source) && depth < DEPTH && self.files < MOST_FILES);
            // A copy has the charts in it, too.
            for folder in source.into_iter().flat_map(|source| charts.below(source)) {
                self.chart(folder, depth + 1)?;
            }
            let to = chart.join("charts").join(name);
            self.put(source, &to, name)?;
            self.laid.push(Laid { at: to.strip_prefix(".").unwrap_or(&to).to_path_buf(), from: source.map(Path::to_path_buf) });
        }
        if changed { any_version(&here) } else { Ok(()) }
    }

    /// Whether a chart is begun and not complete: only then can it hold, in the end, the one at hand.
    fn is_open(&self, chart: &Path) -> bool {
        let needs = self.charts.by_folder.get(chart).map(|about| about.needs.as_slice()).unwrap_or_default();
        self.begun.contains(chart) && needs.iter().any(|need| is_plain_name(&need.name) && !is_there(&self.root.join(chart), &need.name))
    }

    fn put(&mut self, source: Option<&Path>, to: &Path, name: &str) -> io::Result<()> {
        let there = self.root.join(to);
        if let Some(source) = source {
            self.files += clone(&self.root.join(source), &there, 0)?;
            return Ok(());
        }
        fs::create_dir_all(&there)?;
        let about = format!("apiVersion: v2\nname: {name}\nversion: 0.0.0\n");
        write(&there.join("Chart.yaml"), about.as_bytes())
    }
}

/// Whether a dependency is in the chart's `charts`, unpacked or packed.
fn is_there(chart: &Path, name: &str) -> bool {
    let charts = chart.join("charts");
    charts.join(name).exists() || archive(&charts, name).is_some()
}

/// Copies a file, or the files of a folder and those below; links are left out. Says how many files there are.
fn copied(from: &Path, to: &Path, depth: usize) -> io::Result<usize> {
    let about = fs::symlink_metadata(from)?;
    if about.is_file() {
        return fs::copy(from, to).map(|_| 1);
    }
    let Some(depth) = depth.checked_sub(1).filter(|_| about.is_dir()) else { return Ok(0) };
    fs::create_dir_all(to)?;
    let mut files = 0;
    for entry in fs::read_dir(from)?.take(MOST_FILES) {
        let entry = entry?;
        files += copied(&entry.path(), &to.join(entry.file_name()), depth)?;
    }
    Ok(files)
}

/// The first archive of that chart in a folder `charts`, by name.
pub(super) fn archive(charts: &Path, name: &str) -> Option<OsString> {
    let is_its = |file: &OsString| {
        let file = file.to_string_lossy();
        file.strip_prefix(name).is_some_and(|rest| rest.starts_with('-')) && file.ends_with(".tgz")
    };
    let entries = fs::read_dir(charts).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name()).filter(is_its).min()
}

/// A name that stays in its folder: `../x` would be written elsewhere.
fn is_plain_name(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
}

fn dependencies(tree: &Tree<'_>, at: NodeId) -> Vec<Need> {
    let listed = tree.get(at, "dependencies").map(|list| tree.items(list)).unwrap_or_default();
    let need = |one: &NodeId| Some(Need { name: text(tree, *one, "name")?, version: text(tree, *one, "version").unwrap_or_default() });
    listed.iter().filter_map(need).collect()
}

fn top(folder: &Path) -> String {
    folder.components().next().map(|first| first.as_os_str().to_string_lossy().into_owned()).unwrap_or_default()
}

/// The version that a dependency asks for, in the text after `dependencies:`.
static VERSION: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?m)^(\s+(?:- )?version:).*$").ok());

/// A copy from the tree may have another version than the one asked for, and helm leaves out what does not match.
fn any_version(chart: &Path) -> io::Result<()> {
    for file in ["Chart.yaml", "requirements.yaml"] {
        let path = chart.join(file);
        let Ok(bytes) = fs::read(&path) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        let Some(at) = text.find("dependencies:") else { continue };
        // The chart's own version below its dependencies would be taken for one of theirs.
        if file == "Chart.yaml" && text.rfind("\nversion:").is_some_and(|own| own > at) {
            continue;
        }
        let (before, listed) = text.split_at_checked(at).unwrap_or((&text, ""));
        let Some(version) = VERSION.as_ref() else { continue };
        let relaxed = version.replace_all(listed, "$1 \">=0.0.0-0\"");
        write(&path, format!("{before}{relaxed}").as_bytes())?;
    }
    for lock in ["Chart.lock", "requirements.lock"] {
        match fs::remove_file(chart.join(lock)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
