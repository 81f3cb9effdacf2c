//! Owns what stands in for chart dependencies that are not in a chart's folder, as nothing is fetched.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use super::yaml;

/// Copies of charts that are laid in at most; a chart of charts of charts could ask for any number.
const MOST: usize = 4_000;
/// Bytes that those copies take at most.
const MOST_BYTES: u64 = 1 << 30;
/// How deep dependencies of dependencies are laid in.
const DEPTH: usize = 4;

/// A dependency that was laid into a chart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Laid {
    /// Where it was laid, from the tree's root (`app/charts/redis`).
    pub at: PathBuf,
    /// The chart of the tree that it is a copy of; `None` for an empty chart.
    pub from: Option<PathBuf>,
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
    needs: Vec<String>,
    is_library: bool,
}

impl Charts {
    /// Reads the `Chart.yaml` of each folder in `folders`; one without a name is no chart.
    pub(super) fn read(root: &Path, folders: impl IntoIterator<Item = PathBuf>) -> Self {
        let mut charts = Self::default();
        for folder in folders {
            let about = yaml::read(&root.join(&folder).join("Chart.yaml"));
            let Some(name) = about.get("name").and_then(yaml::Plain::text) else { continue };
            let mut needs = dependencies(&about);
            if needs.is_empty() {
                needs = dependencies(&yaml::read(&root.join(&folder).join("requirements.yaml")));
            }
            let is_library = about.get("type").and_then(yaml::Plain::text) == Some("library");
            charts.by_name.entry(name.to_owned()).or_default().push(folder.clone());
            charts.by_folder.insert(folder, Chart { needs, is_library });
        }
        charts
    }

    /// The folders of the charts that render something of their own.
    pub(super) fn renderable(&self) -> impl Iterator<Item = &Path> {
        self.by_folder.iter().filter(|(_, chart)| !chart.is_library).map(|(folder, _)| folder.as_path())
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

    /// Lays in what is missing, and makes any version of it do. `spare` is an empty folder for the charts as they were.
    pub(super) fn lay(&self, root: &Path, spare: &Path) -> io::Result<Vec<Laid>> {
        let missing = |folder: &Path| {
            let needs = self.by_folder.get(folder).map(|chart| chart.needs.as_slice()).unwrap_or_default();
            needs.iter().filter(|name| !is_there(&root.join(folder), name)).collect::<Vec<_>>()
        };
        let mut sources: BTreeSet<&Path> = BTreeSet::new();
        let mut next: Vec<&Path> = self.by_folder.keys().map(PathBuf::as_path).collect();
        while let Some(folder) = next.pop() {
            let picked = missing(folder).into_iter().filter_map(|name| self.pick(folder, name));
            next.extend(picked.filter(|source| sources.insert(source)));
        }
        for source in sources {
            copy(&root.join(source), &spare.join(source))?;
        }
        let mut laying = Laying { charts: self, spare, root, laid: Vec::new(), bytes: 0 };
        for folder in self.by_folder.keys() {
            laying.chart(folder, folder, 0)?;
        }
        laying.laid.sort();
        Ok(laying.laid)
    }
}

struct Laying<'a> {
    charts: &'a Charts,
    spare: &'a Path,
    root: &'a Path,
    laid: Vec<Laid>,
    bytes: u64,
}

impl Laying<'_> {
    /// Completes the chart at `at`, which is `chart` or a copy of it.
    fn chart(&mut self, at: &Path, chart: &Path, depth: usize) -> io::Result<()> {
        let Some(about) = self.charts.by_folder.get(chart) else { return Ok(()) };
        let here = self.root.join(at);
        let missing: Vec<&String> = about.needs.iter().filter(|name| is_plain_name(name)).collect();
        let mut changed = false;
        for name in missing {
            if is_there(&here, name) || self.laid.len() >= MOST {
                continue;
            }
            changed = true;
            let to = at.join("charts").join(name);
            let enough = depth >= DEPTH || self.bytes >= MOST_BYTES;
            let source = if enough { None } else { self.charts.pick(chart, name) };
            self.laid.push(Laid { at: to.strip_prefix(".").unwrap_or(&to).to_path_buf(), from: source.map(Path::to_path_buf) });
            if let Some(source) = source {
                self.bytes += copy(&self.spare.join(source), &self.root.join(&to))?;
                self.chart(&to, source, depth + 1)?;
            } else {
                fs::create_dir_all(self.root.join(&to))?;
                let about = format!("apiVersion: v2\nname: {name}\nversion: 0.0.0\n");
                super::scratch::write(&self.root.join(&to).join("Chart.yaml"), about.as_bytes())?;
            }
        }
        if changed { any_version(&here) } else { Ok(()) }
    }
}

/// Whether a dependency is in the chart's `charts`, unpacked or packed.
fn is_there(chart: &Path, name: &str) -> bool {
    let charts = chart.join("charts");
    let packed = |entry: fs::DirEntry| {
        let file = entry.file_name();
        let file = file.to_string_lossy();
        file.strip_prefix(name).is_some_and(|rest| rest.starts_with('-')) && file.ends_with(".tgz")
    };
    charts.join(name).exists() || fs::read_dir(&charts).is_ok_and(|entries| entries.flatten().any(packed))
}

/// A name that stays in its folder: `../x` would be written elsewhere.
fn is_plain_name(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
}

fn dependencies(about: &yaml::Plain) -> Vec<String> {
    let listed = about.get("dependencies").map(yaml::Plain::items).unwrap_or_default();
    listed.iter().filter_map(|one| one.get("name").and_then(yaml::Plain::text)).map(str::to_owned).collect()
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
        super::scratch::write(&path, format!("{before}{relaxed}").as_bytes())?;
    }
    for lock in ["Chart.lock", "requirements.lock"] {
        match fs::remove_file(chart.join(lock)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Copies a folder of a scratch tree, which holds no link that leads out of it; says how many bytes it took.
fn copy(from: &Path, to: &Path) -> io::Result<u64> {
    fs::create_dir_all(to)?;
    let mut bytes = 0;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, target) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            bytes += copy(&entry.path(), &target)?;
        } else if kind.is_file() {
            bytes += fs::copy(entry.path(), target)?;
        } else {
            super::scratch::link(&fs::read_link(entry.path())?, &target)?;
        }
    }
    Ok(bytes)
}
