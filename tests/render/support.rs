//! Owns what the render tests share: the programs, a mapping, small trees.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use transship::reference::Reference;
use transship::render::{Change, Limits, Network, Pair, Programs, Report, Settings, ValuesFiles, prove, walls};

use crate::go_tools;

/// The renderers of `scripts/go-tools`; `None` when they are not built and need not be.
pub(crate) fn programs() -> Option<Programs> {
    Some(Programs::find(&go_tools::path()?, None))
}

/// `docker.io/ → mirror.example.com/hub/`.
pub(crate) fn hub(text: &str) -> Option<String> {
    let found = Reference::parse(text).ok().filter(Reference::is_docker_hub)?;
    Some(format!("mirror.example.com/hub/{}", found.canonical().strip_prefix("docker.io/")?))
}

pub(crate) fn settings(programs: &Programs) -> Settings {
    let search = std::env::var_os("PATH").unwrap_or_default();
    Settings {
        programs: programs.clone(),
        search,
        extra: Vec::new(),
        helm: Vec::new(),
        given: Vec::new(),
        limits: Limits::default(),
        network: Network::Off,
        workers: 0,
        walls: walls(),
    }
}

/// Files with their texts, by path.
pub(crate) fn read(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push((path.strip_prefix(root).unwrap().to_path_buf(), fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// A tree of these files.
pub(crate) fn tree(files: &[(&str, &str)]) -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    for (path, text) in files {
        put(tree.path(), path, text);
    }
    tree
}

#[allow(clippy::disallowed_methods, reason = "a test's own file")]
pub(crate) fn put(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub(crate) fn prove_change(root: &Path, change: Change<'_>, programs: &Programs) -> Report {
    let pair = Pair::new(root, change, &ValuesFiles::new([]).unwrap(), &[]).unwrap();
    prove(&pair.before, &pair.after, &pair.units, &settings(programs), &hub, &|_, _| {})
}

/// A chart of one pod that runs `image`, spelled as a template.
pub(crate) fn chart(image: &str) -> TempDir {
    let pod = format!("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n    - name: web\n      image: {image}\n");
    tree(&[
        ("Chart.yaml", "apiVersion: v2\nname: one\nversion: 1.0.0\n"),
        ("values.yaml", "image: docker.io/acme/web:1\n"),
        ("templates/pod.yaml", &pod),
    ])
}
