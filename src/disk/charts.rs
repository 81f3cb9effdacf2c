//! Owns folders of charts outside of a tree: packed ones (`redis-18.0.0.tgz`), and unpacked ones (`redis/`).

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::locate::Tree;
use crate::source::{Charts, TreePath, unpacked};
use crate::version::{Version, chosen};

/// Entries of a folder that are looked at.
const ENTRIES: usize = 100_000;
/// The most bytes of an archive, and of the files of a chart that is unpacked.
const LARGEST: u64 = 32 << 20;
/// How deep, and how many, these are.
const DEEP: usize = 16;
const FILES: usize = 4096;

/// Folders of charts, of which an earlier one goes before the later ones. They are read when a chart is first asked for.
#[derive(Clone, Debug, Default)]
pub struct ChartFolders {
    folders: Vec<PathBuf>,
    /// What lies in each folder.
    known: OnceLock<Vec<Contents>>,
}

/// Charts by their names, then by their versions.
type Contents = BTreeMap<String, BTreeMap<String, PathBuf>>;

impl ChartFolders {
    /// These folders; one that is not there has no charts.
    #[must_use]
    pub fn new(folders: Vec<PathBuf>) -> Self {
        Self { folders, known: OnceLock::new() }
    }

    /// Whether none of the folders is there.
    pub fn is_empty(&self) -> bool {
        self.folders.iter().all(|folder| !folder.is_dir())
    }

    /// Where the chart of that name lies, in the version that Helm takes where `wanted` is asked for: a folder or an archive.
    pub fn place(&self, name: &str, wanted: &str) -> Option<&Path> {
        let known = self.known.get_or_init(|| self.folders.iter().map(|folder| contents(folder)).collect());
        known.iter().filter_map(|charts| charts.get(name)).find_map(|versions| {
            let version = chosen(wanted, versions.keys().map(String::as_str))?;
            versions.get(version).map(PathBuf::as_path)
        })
    }
}

impl Charts for ChartFolders {
    fn files(&self, name: &str, wanted: &str) -> Option<Vec<(TreePath, Vec<u8>)>> {
        let place = self.place(name, wanted)?;
        if place.is_dir() {
            let mut files = Vec::new();
            below(place, &TreePath::new(name).ok()?, DEEP, &mut files)?;
            return Some(files);
        }
        let mut bytes = Vec::new();
        fs::File::open(place).ok()?.take(LARGEST).read_to_end(&mut bytes).ok()?;
        unpacked(&bytes).ok()
    }
}

/// The charts in a folder.
fn contents(folder: &Path) -> Contents {
    let mut charts = Contents::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten().take(ENTRIES) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let found = match name.strip_suffix(".tgz") {
            Some(stem) => of_archive(stem),
            None => of_folder(&entry.path()),
        };
        if let Some((name, version)) = found {
            charts.entry(name).or_default().entry(version).or_insert_with(|| entry.path());
        }
    }
    charts
}

/// The name and version in the name of an archive: the version begins behind the first dash behind which one reads.
fn of_archive(stem: &str) -> Option<(String, String)> {
    let parts = stem.match_indices('-').map(|(at, _)| (&stem[..at], &stem[at + 1..]));
    // Of three numbers: a name may end with one.
    let is_whole = |version: &str| version.split(['-', '+']).next().is_some_and(|numbers| numbers.contains('.'));
    let found = parts.into_iter().find(|(_, version)| is_whole(version) && Version::parse(version).is_some())?;
    Some((found.0.to_owned(), found.1.to_owned()))
}

fn of_folder(folder: &Path) -> Option<(String, String)> {
    let mut text = String::new();
    fs::File::open(folder.join("Chart.yaml")).ok()?.take(1 << 20).read_to_string(&mut text).ok()?;
    let tree = Tree::read(&text).ok()?;
    let said = |key: &str| tree.get(tree.root()?, key).and_then(|node| tree.scalar(node)).map(|scalar| scalar.text.to_string());
    said("name").zip(said("version"))
}

/// The files of a folder and those below; links are left out. `None` where there are too many, or too large ones.
fn below(folder: &Path, path: &TreePath, deep: usize, files: &mut Vec<(TreePath, Vec<u8>)>) -> Option<()> {
    let deep = deep.checked_sub(1)?;
    for entry in fs::read_dir(folder).ok()?.flatten() {
        let (Ok(kind), Ok(path)) = (entry.file_type(), path.join(&entry.file_name().to_string_lossy())) else { continue };
        if kind.is_dir() {
            below(&entry.path(), &path, deep, files)?;
        } else if kind.is_file() {
            let held: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
            let mut bytes = Vec::new();
            fs::File::open(entry.path()).ok()?.take(LARGEST).read_to_end(&mut bytes).ok()?;
            if files.len() >= FILES || (held + bytes.len()) as u64 >= LARGEST {
                return None;
            }
            files.push((path, bytes));
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_where_a_version_begins() {
        for (stem, name, version) in [
            ("redis-18.0.0", "redis", "18.0.0"),
            ("kube-prometheus-stack-58.1.2-rc.1", "kube-prometheus-stack", "58.1.2-rc.1"),
            ("cert-manager-v1.14.0", "cert-manager", "v1.14.0"),
            ("k8s-2-x-1.0.0+b.1", "k8s-2-x", "1.0.0+b.1"),
        ] {
            assert_eq!(of_archive(stem), Some((name.to_owned(), version.to_owned())));
        }
        assert_eq!(of_archive("redis"), None);
    }
}
