//! Owns the way from the paths that people type to the trees that they lie in.

use std::path::{Path, PathBuf};

use crate::format::From;
use crate::source::{Scope, TreePath, Vendored};

use super::{Disk, normal};

/// A tree, and what of it a run looks into.
#[derive(Debug)]
pub struct Tree<F = Disk> {
    /// Its files.
    pub files: F,
    /// What was asked for.
    pub scope: Scope,
    /// What is looked through for files that hold together with those: a repository, or a folder with the head of a unit.
    pub around: Vec<TreePath>,
}

/// The trees of the paths in `given`, in order: the repository that a path lies in, where there is none the folder `start`, and outside of
/// that the folder itself. `head` tells by their names files that others belong to (`Chart.yaml`), and how far up these may lie.
#[must_use]
pub fn trees(given: &[PathBuf], vendored: Vendored, start: &Path, head: &dyn Fn(&str) -> Option<From>) -> Vec<Tree> {
    let mut given: Vec<&PathBuf> = given.iter().collect();
    given.sort();
    let mut known: Vec<PathBuf> = Vec::new();
    let mut trees: Vec<Tree> = Vec::new();
    for typed in given {
        let place = normal(&start.join(typed));
        // The same place under another name.
        let real = place.canonicalize().unwrap_or_else(|_| place.clone());
        if known.contains(&real) {
            continue;
        }
        known.push(real);
        let repository = repository(&place);
        let root = repository.unwrap_or_else(|| without_repository(&place, start));
        let found = trees.iter().position(|tree| tree.files.root() == root);
        let index = found.unwrap_or_else(|| {
            trees.push(Tree { files: Disk::new(root, start), scope: Scope::new(Vec::new(), vendored), around: Vec::new() });
            trees.len() - 1
        });
        let Some(tree) = trees.get_mut(index) else { continue };
        let Some(path) = tree.files.path(&place) else { continue };
        let top = repository.map(Path::to_owned).or_else(|| outermost(&place, tree.files.root(), head));
        let top = top.and_then(|top| tree.files.path(&top)).filter(|top| *top != path);
        tree.around.extend(top);
        tree.files.given.push((path.clone(), typed.clone()));
        tree.scope.roots.push(path);
    }
    for tree in &mut trees {
        tree.around.sort();
        tree.around.dedup();
    }
    trees
}

/// The tree that a file lies in, be it there or not, for people in the folder `start`.
#[must_use]
pub fn holding(typed: &Path, start: &Path) -> Disk {
    let place = normal(&start.join(typed));
    Disk::new(repository(&place).unwrap_or_else(|| without_repository(&place, start)), start)
}

/// The innermost repository that a place lies in. One that is seen through a link out of another is not where the place lies: whoever made the
/// link would choose the tree.
fn repository(place: &Path) -> Option<&Path> {
    let is_one = |folder: &&Path| folder.join(".git").exists();
    let outermost = place.ancestors().filter(is_one).last()?.canonicalize().ok()?;
    place.ancestors().filter(is_one).find(|folder| folder.canonicalize().is_ok_and(|real| real.starts_with(&outermost)))
}

fn without_repository<'p>(place: &'p Path, start: &'p Path) -> &'p Path {
    if place.starts_with(start) { start } else { folder_of(place) }
}

fn folder_of(place: &Path) -> &Path {
    place.ancestors().find(|folder| folder.is_dir()).unwrap_or(place)
}

/// The outermost folder above `place`, and in `root`, that holds a head, or the root itself where more than folders belong to one.
fn outermost(place: &Path, root: &Path, head: &dyn Fn(&str) -> Option<From>) -> Option<PathBuf> {
    let heads = |folder: &Path| {
        let names = folder.read_dir().into_iter().flatten().flatten();
        names.filter_map(|entry| head(entry.file_name().to_str()?)).max()
    };
    let folders = place.ancestors().take_while(|folder| folder.starts_with(root));
    let found: Vec<(&Path, From)> = folders.filter_map(|folder| Some((folder, heads(folder)?))).collect();
    let is_taken_in = found.iter().any(|(_, from)| *from == From::Above);
    if is_taken_in { Some(root.to_owned()) } else { found.last().map(|(folder, _)| folder.to_path_buf()) }
}
