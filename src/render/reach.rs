//! Owns what a unit reads: its own files, and those that it names; what it wants from elsewhere is told before a program is started.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::programs::Network;
use super::run::Failure;
use super::unit::{Kind, Unit};
use super::units::FORMATS;
use crate::disk::Disk;
use crate::format::{Format, FormatRole, How};
use crate::link::{To, head_in, reach};
use crate::source::{Files, TreePath};

/// What a unit reads.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// Files, and folders as wholes, from the tree's root.
    pub(super) paths: BTreeSet<PathBuf>,
    remote: Option<String>,
    outside: Option<String>,
    /// Whether a path holds a variable, so that more may be read than is known.
    pub(super) is_vague: bool,
}

impl Reach {
    /// Follows what `unit` names in the scratch copy at `root`.
    pub(super) fn of(root: &Path, unit: &Unit) -> Self {
        let mut found = Self::default();
        if unit.kind == Kind::Helm {
            found.paths.extend(std::iter::once(unit.path.clone()).chain(unit.values.clone()));
            return found;
        }
        let files = Disk::new(root, root);
        for reader in reach(start(unit, &files), &files, &FORMATS) {
            found.paths.insert(reader.path.as_str().into());
            // What is built is not read to be rendered.
            for taken in reader.takes.iter().filter(|taken| taken.how() != How::Build) {
                if taken.how() == How::Config {
                    found.paths.insert(reader.path.folder().as_str().into());
                }
                match &taken.to {
                    To::Remote => _ = found.remote.get_or_insert_with(|| taken.typed.clone()),
                    To::Outside => _ = found.outside.get_or_insert_with(|| taken.typed.clone()),
                    To::Vague => found.is_vague = true,
                    To::Paths(_) => {}
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

    /// Refuses what must not, or cannot, be read.
    pub(super) fn allowed(&self, network: Network) -> Result<(), Failure> {
        match (&self.outside, &self.remote) {
            (Some(path), _) => Err(Failure::Outside(path.clone())),
            (None, Some(remote)) if network == Network::Off => Err(Failure::Remote(remote.clone())),
            _ => Ok(()),
        }
    }
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
        assert_eq!(found.allowed(Network::Off), Err(Failure::Remote("github.com/x/y//z?ref=v1".into())));
        assert_eq!(found.allowed(Network::Allowed), Ok(()));
    }

    #[test]
    fn a_file_outside_the_tree_is_refused_even_with_the_network() {
        let found = reach(&[("a/kustomization.yaml", "configMapGenerator: [{name: x, files: [k=../../../etc/passwd]}]\n")], &overlay("a"));
        assert_eq!(found.allowed(Network::Allowed), Err(Failure::Outside("../../../etc/passwd".into())));
    }
}
