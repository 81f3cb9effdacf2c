//! Owns which files of a working tree a renderer could read.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use super::copy::resolve;
use super::reach::Reach;
use super::units::head;
use super::{Kind, Unit};
use crate::disk::{fault_above, guard};

/// Folders in folders that are looked into.
const DEEPEST: usize = 100;
/// How often links are followed to further links.
const LINKS: usize = 8;

/// All that git does not ignore, hidden files included, without `.git`; of what it ignores, what renderers read beside the rest.
pub(super) fn files(root: &Path) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    // What cannot be entered is told by the commands that look through the tree.
    if fault_above(root, root).is_some() {
        return files;
    }
    let mut walk = WalkBuilder::new(root);
    walk.hidden(false).follow_links(false).max_depth(Some(DEEPEST));
    guard(&mut walk, root, |entry| entry.file_name() != ".git");
    for entry in walk.build().flatten() {
        let Ok(path) = entry.path().strip_prefix(root) else { continue };
        if entry.file_type().is_some_and(|kind| kind.is_dir()) {
            extras(root, path, &mut files);
        } else {
            files.insert(path.to_path_buf());
        }
    }
    files
}

/// Those of `files` that a chart, a kustomization or a Compose file could lead to: a file copied for nothing costs more than a page of reading.
pub(super) fn relevant(root: &Path, files: BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
    let mut wanted = BTreeSet::new();
    for path in &files {
        let Some(kind) = head(path) else { continue };
        let folder = path.parent().unwrap_or(Path::new(""));
        if kind == Kind::Compose {
            wanted.extend(children(&files, folder).filter(|file| file.parent() == Some(folder)).cloned());
        } else {
            wanted.insert(folder.to_path_buf());
        }
        let unit = if kind == Kind::Compose { path } else { folder };
        let reach = Reach::of(root, &Unit { kind, path: unit.to_path_buf(), values: None });
        if reach.vague().is_some() {
            return files;
        }
        wanted.extend(reach.paths);
    }
    let mut kept = within(&files, &wanted);
    // A link is of use only with what it leads to.
    for _ in 0..LINKS {
        let links = kept.iter().filter_map(|path| {
            let target = fs::read_link(root.join(path)).ok()?;
            resolve(path.parent().unwrap_or(Path::new("")), &target)
        });
        let further = within(&files, &links.collect());
        let before = kept.len();
        kept.extend(further);
        if kept.len() == before {
            break;
        }
    }
    kept
}

/// Files that are wanted, or lie in a wanted folder.
fn within(files: &BTreeSet<PathBuf>, wanted: &BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
    let is_wanted = |path: &&PathBuf| path.ancestors().any(|above| wanted.contains(above));
    files.iter().filter(is_wanted).cloned().collect()
}

/// The files at and below `folder`.
fn children<'a>(files: &'a BTreeSet<PathBuf>, folder: &'a Path) -> impl Iterator<Item = &'a PathBuf> {
    files.range(folder.to_path_buf()..).take_while(move |file| file.starts_with(folder))
}

/// What renderers read beside other files although git commonly ignores it.
fn extras(root: &Path, folder: &Path, files: &mut BTreeSet<PathBuf>) {
    let entries = fs::read_dir(root.join(folder)).into_iter().flatten().flatten();
    for entry in entries {
        let path = folder.join(entry.file_name());
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && entry.file_name() == "charts" && root.join(folder).join("Chart.yaml").exists() {
            let packed =
                WalkBuilder::new(root.join(&path)).standard_filters(false).max_depth(Some(DEEPEST)).follow_links(false).build().flatten();
            let packed = packed.filter(|entry| !entry.file_type().is_some_and(|kind| kind.is_dir()));
            files.extend(packed.filter_map(|entry| entry.path().strip_prefix(root).ok().map(Path::to_path_buf)));
        } else if !is_folder && is_env(&path) {
            files.insert(path);
        }
    }
}

/// Whether git may ignore the file and a renderer reads it nevertheless.
pub(super) fn is_extra(path: &Path) -> bool {
    is_env(path) || path.components().any(|part| part.as_os_str() == "charts")
}

fn is_env(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    name == ".env" || name.starts_with(".env.") || path.extension().is_some_and(|extension| extension == "env")
}
