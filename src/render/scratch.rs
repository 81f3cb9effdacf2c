//! Owns scratch copies of a tree, the only place where renderers run: of the working tree, of a commit, with planned edits in them.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use ignore::WalkBuilder;
use rayon::prelude::*;
use tempfile::TempDir;

use super::copy::{clone, link, resolve, write};
use super::lay::{Charts, Laid};
use super::listing;
use super::unit::{Kind, Unit};
use super::units::{self, ValuesFiles};
use crate::disk::{self, Disk};
use crate::process::{Begun, begin};

/// Bytes of a file that is copied at most: Helm reads none over 5 MiB, a `ConfigMap` holds 1 MiB.
const LARGEST: u64 = 32 << 20;

/// A scratch copy of a tree. It is deleted with the value.
#[derive(Debug)]
pub struct Scratch {
    /// Deletes the folder when it goes.
    #[expect(dead_code, reason = "held for its drop")]
    folder: TempDir,
    /// Deletes it when the run is interrupted.
    #[expect(dead_code, reason = "held for its drop")]
    begun: Begun,
    real: PathBuf,
    has_links: bool,
    /// What was left out, from the tree's root, with the reason.
    left_out: Vec<(PathBuf, &'static str)>,
    laid: Vec<Laid>,
}

/// Why a scratch copy could not be made.
#[derive(Debug, thiserror::Error)]
pub enum NoScratch {
    /// A file could not be read or written.
    #[error("`{}`: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// Git said no; its own words.
    #[error("git: {0}")]
    Git(String),
    /// An edit names a place outside the tree.
    #[error("`{}` is outside the tree", .0.display())]
    Outside(PathBuf),
}

/// Adds the path to an error of the system.
fn at(path: &Path) -> impl FnOnce(io::Error) -> NoScratch + '_ {
    |source| NoScratch::File { path: path.to_path_buf(), source }
}

impl Scratch {
    /// Copies what a renderer could read of a folder: charts, kustomizations, Compose files and all that they name. Of what git ignores, packed
    /// dependencies (`charts/`) and `.env` files come along. `.git` and links that lead out of the folder stay behind.
    ///
    /// # Errors
    /// [`NoScratch`] when a file cannot be read or written.
    pub fn copy(root: &Path) -> Result<Self, NoScratch> {
        let mut scratch = Self::empty()?;
        scratch.take(root, &listing::relevant(root, listing::files(root)))?;
        scratch.drop_links_out()?;
        Ok(scratch)
    }

    /// A second copy, of links to the files of this one: renderers only read, and [`Scratch::put`] makes a new file. To be made before
    /// [`Scratch::prepare`].
    ///
    /// # Errors
    /// [`NoScratch`] when a link cannot be made.
    pub fn twin(&self) -> Result<Self, NoScratch> {
        let scratch = Self::empty()?;
        clone(&self.root(), &scratch.root(), 0).map_err(at(&scratch.root()))?;
        Ok(Self { left_out: self.left_out.clone(), has_links: self.has_links, ..scratch })
    }

    /// Takes the files of a commit of the repository that `root` is in, below `root` only, through git's own index and filters; nothing is
    /// written to the repository. What git ignores is taken from `root` as in [`Scratch::copy`], as no commit has it.
    ///
    /// # Errors
    /// [`NoScratch`] when git cannot, or a file cannot be written.
    pub fn commit(root: &Path, reference: &str) -> Result<Self, NoScratch> {
        let mut scratch = Self::empty()?;
        let index = scratch.side("index");
        let git = |folder: &Path, arguments: &[&str]| git(folder, &index, arguments);
        let top = PathBuf::from(git(root, &["rev-parse", "--show-toplevel"])?);
        let below = git(root, &["rev-parse", "--show-prefix"])?;
        let commit = git(root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{reference}^{{commit}}")])
            .map_err(|_| NoScratch::Git(format!("`{reference}` is no commit of this repository")))?;
        git(&top, &["read-tree", &format!("{commit}:{below}")])?;
        git(&top, &["checkout-index", "--all", "--force", &format!("--prefix={}/", scratch.root().display())])?;
        let tracked: BTreeSet<PathBuf> = git(root, &["ls-files", "-z"])?.split('\0').map(PathBuf::from).collect();
        let is_ignored = |path: &PathBuf| listing::is_extra(path) && !tracked.contains(path) && !scratch.root().join(path).exists();
        let ignored = listing::relevant(root, listing::files(root)).into_iter().filter(is_ignored).collect();
        scratch.take(root, &ignored)?;
        // Git makes links, too.
        scratch.has_links = true;
        scratch.drop_links_out()?;
        Ok(scratch)
    }

    fn empty() -> Result<Self, NoScratch> {
        let place: Arc<OnceLock<PathBuf>> = Arc::default();
        let known = Arc::clone(&place);
        let make = || {
            let folder = tempfile::Builder::new().prefix("transship-").tempdir()?;
            Ok((known.set(folder.path().to_owned()), folder).1)
        };
        let (folder, begun) =
            begin(make, move || drop(place.get().map(fs::remove_dir_all))).map_err(at(Path::new("a temporary folder")))?;
        // Programs say the real path, which may differ from the one asked for (macOS has /tmp behind a link).
        let real = fs::canonicalize(folder.path()).map_err(at(folder.path()))?;
        let scratch = Self { folder, begun, real, has_links: false, left_out: Vec::new(), laid: Vec::new() };
        for side in ["tree", "home", "home/tmp", "home/empty"] {
            let path = scratch.side(side);
            fs::create_dir(&path).map_err(at(&path))?;
        }
        Ok(scratch)
    }

    /// Puts a planned text in the place of a file; of a file that no renderer could read, nothing happens.
    ///
    /// # Errors
    /// [`NoScratch`] when the path leads out of the tree, or cannot be written.
    pub fn put(&self, path: &Path, text: &[u8]) -> Result<(), NoScratch> {
        let inside = resolve(Path::new(""), path).ok_or_else(|| NoScratch::Outside(path.to_path_buf()))?;
        let file = self.root().join(inside);
        if file.exists() { write(&file, text).map_err(at(&file)) } else { Ok(()) }
    }

    /// Finds the units within `folders` ([`Unit::is_within`]), then lays in what their charts lack. To be called once, when all texts are in
    /// place.
    ///
    /// # Errors
    /// [`NoScratch`] when a dependency cannot be laid in.
    pub fn prepare(&mut self, values: &ValuesFiles, folders: &[PathBuf]) -> Result<Vec<Unit>, NoScratch> {
        let found = units::find(&self.root());
        let charts = Charts::read(&self.root(), found.charts.iter().cloned());
        let mut units = found.into_units(&charts, values);
        units.retain(|unit| unit.is_within(folders));
        // A kustomization may render any chart of the tree.
        let needs_all = units.iter().any(|unit| unit.kind == Kind::Kustomize);
        let rendered: BTreeSet<&Path> = units.iter().map(|unit| unit.path.as_path()).collect();
        let is_rendered = |folder: &Path| needs_all || rendered.contains(folder);
        let root = self.root();
        self.laid = charts.lay(&root, values.charts(), is_rendered).map_err(at(&root))?;
        // A link in a chart leads elsewhere from where the chart is laid.
        self.drop_links_out()?;
        Ok(units)
    }

    /// The copy's root.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.side("tree")
    }

    /// An empty folder beside the copy, for what programs think is their user's.
    pub(super) fn home(&self) -> PathBuf {
        self.side("home")
    }

    fn side(&self, name: &str) -> PathBuf {
        self.real.join(name)
    }

    /// What was left out, from the tree's root, with the reason.
    #[must_use]
    pub fn left_out(&self) -> &[(PathBuf, &'static str)] {
        &self.left_out
    }

    /// The chart dependencies that were laid in.
    #[must_use]
    pub fn laid(&self) -> &[Laid] {
        &self.laid
    }

    /// Copies files, as many at a time as there are cores: each costs more by its making than by its bytes.
    fn take(&mut self, root: &Path, paths: &BTreeSet<PathBuf>) -> Result<(), NoScratch> {
        let to = self.root();
        let folders: BTreeSet<&Path> = paths.iter().filter_map(|path| path.parent()).collect();
        for folder in folders {
            let folder = to.join(folder);
            fs::create_dir_all(&folder).map_err(at(&folder))?;
        }
        let tree = Disk::new(root, Path::new(""));
        let taken = paths.par_iter().map(|path| take(&tree, &tree.root().join(path), &to.join(path)).map_err(at(&root.join(path))));
        let taken: Vec<Taken> = taken.collect::<Result<_, _>>()?;
        for (path, taken) in paths.iter().zip(taken) {
            match taken {
                Taken::File => {}
                Taken::Link => self.has_links = true,
                Taken::Not(reason) => self.left_out.push((path.clone(), reason)),
            }
        }
        Ok(())
    }

    /// Removes links that lead out of the copy. By their text and by where they end: a link through a link may end elsewhere than it reads.
    fn drop_links_out(&mut self) -> Result<(), NoScratch> {
        if !self.has_links {
            return Ok(());
        }
        let root = self.root();
        let real = fs::canonicalize(&root).map_err(at(&root))?;
        let files = WalkBuilder::new(&root).standard_filters(false).follow_links(false).build().flatten();
        for entry in files.filter(ignore::DirEntry::path_is_symlink) {
            let Ok(path) = entry.path().strip_prefix(&root) else { continue };
            let target = fs::read_link(entry.path()).map_err(at(entry.path()))?;
            if leads_out(path, &target) || fs::canonicalize(entry.path()).is_ok_and(|end| !end.starts_with(&real)) {
                fs::remove_file(entry.path()).map_err(at(entry.path()))?;
                self.left_out.push((path.to_path_buf(), "a link that leads out of the tree"));
            }
        }
        Ok(())
    }
}

enum Taken {
    File,
    Link,
    Not(&'static str),
}

fn take(tree: &Disk, from: &Path, to: &Path) -> io::Result<Taken> {
    let Ok(meta) = fs::symlink_metadata(from) else { return Ok(Taken::Not("it went away")) };
    if meta.is_symlink() {
        return link(&fs::read_link(from)?, to).map(|()| Taken::Link);
    }
    if !meta.is_file() {
        return Ok(Taken::Not("no file"));
    }
    let Ok(file) = tree.open(from) else { return Ok(Taken::Not("it may not be read")) };
    let copied = io::copy(&mut file.take(LARGEST + 1), &mut fs::File::create_new(to)?)?;
    if copied > LARGEST {
        fs::remove_file(to)?;
        return Ok(Taken::Not("larger than 32 MiB"));
    }
    Ok(Taken::File)
}

fn leads_out(link: &Path, target: &Path) -> bool {
    resolve(link.parent().unwrap_or(Path::new("")), target).is_none()
}

/// Runs git with an index of its own, and gives its output without the last line feed.
fn git(folder: &Path, index: &Path, arguments: &[&str]) -> Result<String, NoScratch> {
    let mut command = disk::git(folder, arguments);
    // The files of Git LFS come from the network.
    command.env("GIT_LFS_SKIP_SMUDGE", "1");
    if !arguments.contains(&"ls-files") {
        command.env("GIT_INDEX_FILE", index);
    }
    let done = command.output().map_err(|error| NoScratch::Git(format!("it could not be started: {error}")))?;
    if !done.status.success() {
        return Err(NoScratch::Git(String::from_utf8_lossy(&done.stderr).trim().to_owned()));
    }
    Ok(String::from_utf8_lossy(&done.stdout).trim_end_matches('\n').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::copy::tree;

    #[cfg(unix)]
    #[test]
    fn links_out_of_the_tree_stay_behind_and_ignored_dependencies_come_along() {
        let tree = tree(&[
            (".git/HEAD", ""),
            (".gitignore", "charts/\n.env\nbig\n"),
            ("app/Chart.yaml", "name: app\n"),
            (".env", "A=1\n"),
            ("compose.yaml", "services: {}\n"),
            ("big", "x"),
            ("app/charts/sub/Chart.yaml", "name: sub\n"),
        ]);
        let root = tree.path();
        link(Path::new("/etc/passwd"), &root.join("app/values.yaml")).unwrap();
        link(Path::new("../.gitignore"), &root.join("app/inside")).unwrap();
        let scratch = Scratch::copy(root).unwrap();
        let there = |path: &str| scratch.root().join(path).exists();
        assert!(there(".env") && there("app/charts/sub/Chart.yaml") && there("app/inside"));
        assert!(!there("big") && !there(".git") && !there("app/values.yaml"));
        assert_eq!(scratch.left_out().len(), 1);
    }
}
