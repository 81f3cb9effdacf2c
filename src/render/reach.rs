//! Owns what a unit reads: its own files, and those that it names; what it wants from elsewhere is told before a program is started.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::programs::Network;
use super::run::Failure;
use super::scratch::resolve;
use super::unit::{Kind, Unit};
use super::units::KUSTOMIZATION;
use super::yaml::{self, Plain};

/// Files and folders that are followed at most, and how many from one to the next.
const MOST: usize = 20_000;
const DEEPEST: usize = 100;

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

/// What a kustomization names in a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry {
    /// A manifest or another kustomization.
    Resource,
    /// The configuration of a generator, a transformer or a validator.
    Config,
}

impl Reach {
    /// Follows what `unit` names in the scratch copy at `root`.
    pub(super) fn of(root: &Path, unit: &Unit) -> Self {
        let mut reach = Self::default();
        match unit.kind {
            Kind::Helm => reach.paths.extend(std::iter::once(unit.path.clone()).chain(unit.values.clone())),
            Kind::Kustomize => reach.kustomization(root, &unit.path, 0),
            Kind::Compose => reach.compose(root, &unit.path, 0),
        }
        reach
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

    /// Whether to stop: then more may be read than is known.
    fn is_enough(&mut self, depth: usize) -> bool {
        let is_enough = self.paths.len() >= MOST || depth > DEEPEST;
        self.is_vague |= is_enough;
        is_enough
    }

    fn kustomization(&mut self, root: &Path, folder: &Path, depth: usize) {
        let Some(file) = KUSTOMIZATION.iter().map(|name| folder.join(name)).find(|file| root.join(file).exists()) else { return };
        if self.is_enough(depth) || !self.paths.insert(file.clone()) {
            return;
        }
        let said = yaml::read(&root.join(&file));
        // What kustomize reads (`api/types/kustomization.go`). Entries of the first list may be folders or remote.
        for key in ["resources", "bases", "components", "generators", "transformers", "validators", "crds", "configurations"] {
            let configures = matches!(key, "generators" | "transformers" | "validators");
            for entry in said.get(key).map(Plain::items).unwrap_or_default().iter().filter_map(Plain::text) {
                self.resource(root, folder, entry, if configures { Entry::Config } else { Entry::Resource }, depth);
            }
        }
        let mut files: Vec<&str> = Vec::new();
        for (list, keys) in [
            ("patches", &["path"][..]),
            ("patchesJson6902", &["path"]),
            ("replacements", &["path"]),
            ("configMapGenerator", &["files", "envs", "env"]),
            ("secretGenerator", &["files", "envs", "env"]),
        ] {
            for item in said.get(list).map(Plain::items).unwrap_or_default() {
                keys.iter().filter_map(|key| item.get(key)).for_each(|value| value.texts(&mut files));
            }
        }
        said.get("patchesStrategicMerge").unwrap_or(&Plain::Nothing).texts(&mut files);
        said.get("openapi").unwrap_or(&Plain::Nothing).texts(&mut files);
        for file in files.into_iter().filter(|text| !text.contains('\n')) {
            // A generator's `key=path`.
            let file = file.split_once('=').map_or(file, |(_, path)| path);
            if is_remote(file) {
                self.remote.get_or_insert_with(|| file.to_owned());
            } else {
                self.file(folder, file);
            }
        }
    }

    fn resource(&mut self, root: &Path, folder: &Path, entry: &str, kind: Entry, depth: usize) {
        if entry.contains('\n') {
            return;
        }
        let Some(path) = self.file(folder, entry) else { return };
        let there = root.join(&path);
        if there.is_dir() {
            self.kustomization(root, &path, depth + 1);
        } else if !there.exists() {
            if is_remote(entry) {
                self.remote.get_or_insert_with(|| entry.to_owned());
            }
        } else if kind == Entry::Config {
            // A generator's own file may name others by any key.
            let config = yaml::read(&there);
            let mut texts = Vec::new();
            config.texts(&mut texts);
            for text in texts.into_iter().filter(|text| !text.contains(['\n', ' ']) && text.contains('/')) {
                let text = text.split_once('=').map_or(text, |(_, path)| path);
                self.file(folder, text);
            }
        }
    }

    fn compose(&mut self, root: &Path, file: &Path, depth: usize) {
        if self.is_enough(depth) || !self.paths.insert(file.to_path_buf()) {
            return;
        }
        let folder = file.parent().unwrap_or(Path::new(""));
        self.paths.insert(folder.join(".env"));
        let said = yaml::read(&root.join(file));
        let (mut projects, mut texts) = (Vec::new(), Vec::new());
        for include in said.get("include").map(Plain::items).unwrap_or_default() {
            include.get("path").unwrap_or(include).texts(&mut projects);
            include.get("env_file").unwrap_or(&Plain::Nothing).texts(&mut texts);
            self.is_vague |= include.get("project_directory").is_some();
        }
        for (_, service) in said.get("services").map(Plain::pairs).unwrap_or_default() {
            service.get("extends").and_then(|extends| extends.get("file")).unwrap_or(&Plain::Nothing).texts(&mut projects);
            service.get("env_file").unwrap_or(&Plain::Nothing).texts(&mut texts);
        }
        for text in texts {
            let path = self.compose_file(folder, text);
            self.paths.extend(path);
        }
        for text in projects {
            if is_remote(text) {
                self.remote.get_or_insert_with(|| text.to_owned());
            } else if let Some(path) = self.compose_file(folder, text) {
                self.compose(root, &path, depth + 1);
            }
        }
    }

    fn compose_file(&mut self, folder: &Path, text: &str) -> Option<PathBuf> {
        if text.contains('$') {
            self.is_vague = true;
            return None;
        }
        let path = resolve(folder, Path::new(text));
        if path.is_none() {
            self.outside.get_or_insert_with(|| text.to_owned());
        }
        path
    }

    fn file(&mut self, folder: &Path, text: &str) -> Option<PathBuf> {
        let path = resolve(folder, Path::new(text));
        match &path {
            Some(path) => _ = self.paths.insert(path.clone()),
            None => _ = self.outside.get_or_insert_with(|| text.to_owned()),
        }
        path
    }
}

/// Whether an entry that is no file of the tree names a repository or a web page (kustomize `api/internal/git/repospec.go`).
fn is_remote(text: &str) -> bool {
    text.contains("://") || text.contains("?ref=") || text.starts_with("git@") || text.starts_with("github.com") || text.contains(".git//")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::scratch::write;

    fn reach(files: &[(&str, &str)], unit: &Unit) -> Reach {
        let tree = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = tree.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            write(&path, text.as_bytes()).unwrap();
        }
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

    #[test]
    fn a_compose_project_reaches_its_includes_and_env_files() {
        let unit = Unit { kind: Kind::Compose, path: "app/compose.yaml".into(), values: None };
        let found = reach(
            &[
                ("app/compose.yaml", "include: [db.yaml]\nservices: {a: {env_file: [{path: a.env}]}}\n"),
                ("app/db.yaml", "services: {b: {env_file: b.env}}\n"),
            ],
            &unit,
        );
        for path in ["app/.env", "app/a.env", "app/db.yaml", "app/b.env"] {
            assert!(found.paths.contains(Path::new(path)), "{path}");
        }
        assert!(!found.is_vague && found.allowed(Network::Off).is_ok());
    }
}
