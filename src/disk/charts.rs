//! Owns folders of charts beside those of a tree: packed ones (`redis-18.0.0.tgz`), and unpacked ones (`redis/`).

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::{Disk, normal};
use crate::locate::Tree;
use crate::source::{Charts, TreePath, unpacked};
use crate::version::{Version, chosen};

/// Entries of a folder that are looked at.
const ENTRIES: usize = 100_000;
/// The most bytes of an archive, and of the files of a chart that is unpacked.
const LARGEST: u64 = 32 << 20;
/// The most bytes of the `Chart.yaml` of one.
const LARGEST_HEAD: u64 = 1 << 20;
/// How deep, and how many, these are.
const DEEP: usize = 16;
const FILES: usize = 4096;

/// Folders of charts, of which an earlier one goes before the later ones. They are read when a chart is first asked for.
#[derive(Clone, Debug, Default)]
pub struct ChartFolders {
    folders: Vec<Folder>,
    /// What lies in each folder.
    known: OnceLock<Vec<Contents>>,
}

/// A folder of charts, and the tree that it lies in, beyond which nothing is read: the folder may be a stranger's.
#[derive(Clone, Debug)]
struct Folder {
    place: PathBuf,
    tree: Arc<Disk>,
}

/// Charts by their names, then by their versions.
type Contents = BTreeMap<String, BTreeMap<String, PathBuf>>;

impl ChartFolders {
    /// These folders, each with the tree that it lies in; one that is not there has no charts.
    #[must_use]
    pub fn new(folders: impl IntoIterator<Item = (PathBuf, Disk)>) -> Self {
        let folder = |(place, tree): (PathBuf, Disk)| Folder { place: normal(&tree.start.join(place)), tree: Arc::new(tree) };
        Self { folders: folders.into_iter().map(folder).collect(), known: OnceLock::new() }
    }

    /// Whether none of the folders is there.
    pub fn is_empty(&self) -> bool {
        self.folders.iter().all(|folder| !folder.is_there())
    }

    /// Where the chart of that name lies, in the version that Helm takes where `wanted` is asked for: a folder or an archive.
    pub fn place(&self, name: &str, wanted: &str) -> Option<&Path> {
        self.found(name, wanted).map(|(_, place)| place)
    }

    fn found(&self, name: &str, wanted: &str) -> Option<(&Folder, &Path)> {
        let known = self.known.get_or_init(|| self.folders.iter().map(Folder::contents).collect());
        self.folders.iter().zip(known).find_map(|(folder, charts)| {
            let versions = charts.get(name)?;
            let version = chosen(wanted, versions.keys().map(String::as_str))?;
            versions.get(version).map(|place| (folder, place.as_path()))
        })
    }
}

impl Charts for ChartFolders {
    fn files(&self, name: &str, wanted: &str) -> Option<Vec<(TreePath, Vec<u8>)>> {
        let (folder, place) = self.found(name, wanted)?;
        if place.is_dir() {
            let mut files = Vec::new();
            folder.below(place, &TreePath::new(name).ok()?, DEEP, &mut files)?;
            return Some(files);
        }
        unpacked(&folder.read(place, LARGEST)?).ok()
    }
}

impl Folder {
    /// Whether it is there, and no link out of the tree that it seems to lie in.
    fn is_there(&self) -> bool {
        self.place.is_dir() && self.tree.holds(&self.place)
    }

    /// The charts in it.
    fn contents(&self) -> Contents {
        let mut charts = Contents::new();
        let entries = self.is_there().then(|| fs::read_dir(&self.place).ok()).flatten();
        for entry in entries.into_iter().flatten().flatten().take(ENTRIES) {
            let (name, place) = (entry.file_name().to_string_lossy().into_owned(), entry.path());
            let found = match name.strip_suffix(".tgz") {
                Some(stem) => of_archive(stem),
                None => self.of_folder(&place),
            };
            // A link may lead to another chart in the tree.
            let Some((name, version)) = found.filter(|_| self.tree.holds(&place)) else { continue };
            charts.entry(name).or_default().entry(version).or_insert(place);
        }
        charts
    }

    fn of_folder(&self, folder: &Path) -> Option<(String, String)> {
        let text = String::from_utf8(self.read(&folder.join("Chart.yaml"), LARGEST_HEAD)?).ok()?;
        let tree = Tree::read(&text).ok()?;
        let said = |key: &str| tree.get(tree.root()?, key).and_then(|node| tree.scalar(node)).map(|scalar| scalar.text.to_string());
        said("name").zip(said("version"))
    }

    /// The first `most` bytes of a regular file in the tree.
    fn read(&self, place: &Path, most: u64) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        self.tree.open(place).ok()?.take(most).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    /// The files of a folder and those below; links are left out. `None` where there are too many, or too large ones.
    fn below(&self, folder: &Path, path: &TreePath, deep: usize, files: &mut Vec<(TreePath, Vec<u8>)>) -> Option<()> {
        let deep = deep.checked_sub(1)?;
        for entry in fs::read_dir(folder).ok()?.flatten() {
            let (Ok(kind), Ok(path)) = (entry.file_type(), path.join(&entry.file_name().to_string_lossy())) else { continue };
            if kind.is_dir() {
                self.below(&entry.path(), &path, deep, files)?;
            } else if kind.is_file() {
                let held: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
                let bytes = self.read(&entry.path(), LARGEST)?;
                if files.len() >= FILES || (held + bytes.len()) as u64 >= LARGEST {
                    return None;
                }
                files.push((path, bytes));
            }
        }
        Some(())
    }
}

/// The name and version in the name of an archive: the version begins behind the first dash behind which one reads.
fn of_archive(stem: &str) -> Option<(String, String)> {
    let parts = stem.match_indices('-').map(|(at, _)| (&stem[..at], &stem[at + 1..]));
    // Of three numbers: a name may end with one.
    let is_whole = |version: &str| version.split(['-', '+']).next().is_some_and(|numbers| numbers.contains('.'));
    let found = parts.into_iter().find(|(_, version)| is_whole(version) && Version::parse(version).is_some())?;
    Some((found.0.to_owned(), found.1.to_owned()))
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
