//! Owns what a unit reads: its own files, and those that it names; what it wants from elsewhere is told before a program is started.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::WalkBuilder;

use super::programs::Network;
use super::run::Failure;
use super::unit::{Kind, Restriction, Unit};
use super::units::FORMATS;
use crate::disk::Disk;
use crate::format::{Format, FormatRole, How};
use crate::link::{Looked, Reader, Taken, To, head_in, reach};
use crate::process::cage::Wall;
use crate::source::{Files, TreePath};

/// What a unit reads.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// Files, and folders as wholes, from the tree's root.
    pub(super) paths: BTreeSet<PathBuf>,
    remote: Option<String>,
    outside: Option<String>,
    /// By what more may be read than is known: a path with a variable, what was not looked at.
    vague: Option<String>,
    /// What is made by what no path tells: generators and transformers, which have files of their own.
    opaque: Option<String>,
    /// Which files a kustomization may read.
    pub(super) restriction: Restriction,
}

impl Reach {
    /// Follows what `unit` names in the scratch copy at `root`.
    pub(super) fn of(root: &Path, unit: &Unit) -> Self {
        let mut found = Self::default();
        if unit.kind == Kind::Helm {
            found.paths.extend(std::iter::once(unit.path.clone()).chain(unit.values.clone()));
            return found;
        }
        let files = Disk::new(root, Path::new(""));
        for reader in reach(start(unit, &files), &files, &FORMATS) {
            found.paths.insert(reader.path.as_str().into());
            if reader.looked != Looked::AtAll {
                found.vague.get_or_insert_with(|| reader.path.to_string());
            }
            let folder = real(root, &reader.path.folder());
            // What is built, and where charts are fetched from, is not read to be rendered.
            for taken in reader.takes.iter().filter(|taken| !matches!(taken.how(), How::Build | How::Repository)) {
                if taken.how() == How::Config {
                    found.paths.insert(reader.path.folder().as_str().into());
                    found.opaque.get_or_insert_with(|| taken.typed.lines().next().unwrap_or_default().to_owned());
                }
                for (typed, to) in std::iter::once((&taken.typed, &taken.to)).chain(taken.elsewhere.iter().map(|(typed, to)| (typed, to))) {
                    let place = match to {
                        To::Remote => &mut found.remote,
                        To::Outside => &mut found.outside,
                        To::Vague => &mut found.vague,
                        To::Paths(_) | To::Here => continue,
                    };
                    place.get_or_insert_with(|| typed.clone());
                }
                let is_beside = |path: &TreePath| {
                    real(root, path).is_some_and(|path| path.is_file() && folder.as_ref().is_some_and(|folder| !path.starts_with(folder)))
                };
                if taken.paths().iter().any(|path| !is_head(path, &reader, taken) && is_beside(path)) {
                    found.restriction = Restriction::None;
                }
                found.paths.extend(taken.paths().iter().chain(&taken.variables).map(|path| PathBuf::from(path.as_str())));
            }
        }
        found
    }

    /// The first thing that it wants from the network, as typed.
    pub(super) fn remote(&self) -> Option<&str> {
        self.remote.as_deref()
    }

    /// By what more may be read than is known.
    pub(super) fn vague(&self) -> Option<&str> {
        let opaque = self.opaque.as_deref().filter(|_| self.restriction == Restriction::None);
        self.vague.as_deref().or(opaque)
    }

    /// Refuses what must not, or cannot, be read. Where the system has no wall around files, every path must be known.
    pub(super) fn allowed(&self, network: Network, files: Wall) -> Result<(), Failure> {
        match (&self.outside, &self.remote, self.vague()) {
            (Some(path), ..) => Err(Failure::Outside(path.clone())),
            (None, Some(remote), _) if network == Network::Off => Err(Failure::Remote(remote.clone())),
            (None, _, Some(path)) if files == Wall::None => Err(Failure::Unwalled(path.to_owned())),
            _ => Ok(()),
        }
    }
}

/// A path as the system resolves it; none for what is not there.
fn real(root: &Path, path: &TreePath) -> Option<PathBuf> {
    root.join(path.as_str()).canonicalize().ok()
}

/// Whether what is taken in is another kustomization, which reads its own folder.
fn is_head(path: &TreePath, reader: &Reader<'_>, taken: &Taken<'_>) -> bool {
    taken.link.table.unit.is_some() && reader.path.folder().join(&taken.typed).is_ok_and(|folder| path.folder() == folder)
}

/// Whether helm may read what the schemas of a chart's values lead to: one in the chart, or in a chart in it, also a packed one.
pub(super) fn has_schema(chart: &Path) -> bool {
    let files = WalkBuilder::new(chart).standard_filters(false).follow_links(true).build().flatten();
    let is_one =
        |entry: ignore::DirEntry| entry.file_name() == "values.schema.json" || entry.path().extension().is_some_and(|end| end == "tgz");
    files.into_iter().any(is_one)
}

/// The head of a unit, and its format.
fn start(unit: &Unit, files: &dyn Files) -> Option<(TreePath, &'static Arc<Format>)> {
    let path = TreePath::new(&unit.path.to_string_lossy()).ok()?;
    if unit.kind == Kind::Compose {
        return Some((path, FORMATS.by_role(FormatRole::Compose)?));
    }
    let format = FORMATS.by_role(FormatRole::Kustomization)?;
    Some((head_in(&path, format, files)?, format))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::copy::tree;

    fn reach(files: &[(&str, &str)], unit: &Unit) -> Reach {
        let tree = tree(files);
        Reach::of(tree.path(), unit)
    }

    fn overlay(path: &str) -> Unit {
        Unit { kind: Kind::Kustomize, path: path.into(), values: None }
    }

    #[test]
    fn bases_are_followed_and_a_remote_base_of_a_base_is_told() {
        let found = reach(
            &[
                ("over/kustomization.yaml", "resources: [../base]\npatches: [{path: p.yaml}]\n"),
                ("base/kustomization.yaml", "# see https://example.com\nresources: [github.com/x/y//z?ref=v1, deploy.yaml]\n"),
            ],
            &overlay("over"),
        );
        assert!(found.paths.contains(Path::new("over/p.yaml")) && found.paths.contains(Path::new("base/deploy.yaml")));
        assert_eq!(found.allowed(Network::Off, Wall::None), Err(Failure::Remote("github.com/x/y//z?ref=v1".into())));
        assert_eq!(found.allowed(Network::Allowed, Wall::None), Ok(()));
    }

    #[test]
    fn a_file_outside_the_tree_is_refused_even_with_the_network() {
        let found = reach(&[("a/kustomization.yaml", "configMapGenerator: [{name: x, files: [k=../../../etc/passwd]}]\n")], &overlay("a"));
        assert_eq!(found.allowed(Network::Allowed, Wall::None), Err(Failure::Outside("../../../etc/passwd".into())));
    }
}
