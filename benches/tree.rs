//! Bytes per second of whole runs over a generated tree of 20,000 files: walk, read, prefilter, locate, plan, prove, report.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs, reason = "a bench may panic, and its data needs no care")]

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use tempfile::TempDir;
use transship::cli::{World, run};

fn main() {
    divan::main();
}

const FILES: usize = 20_000;

/// The tree and its size in bytes: of ten files one is a Dockerfile, one a Compose file, four are manifests, four are nobody's; one in fifty
/// manifests names the old registry.
static TREE: LazyLock<(TempDir, usize)> = LazyLock::new(|| {
    let folder = TempDir::new().unwrap();
    let size = (0..FILES).map(|number| file(folder.path(), number)).sum();
    (folder, size)
});

fn file(root: &Path, number: usize) -> usize {
    let folder = root.join(format!("team{}/service{}", number % 40, number / 100));
    let registry = if number % 50 == 3 { "k8s.gcr.io" } else { "registry.example.com/platform" };
    let (name, text) = match number % 10 {
        0 => (
            format!("Dockerfile.{number}"),
            format!("FROM {registry}/base:1.{number} AS build\nRUN make {number}\n{}", "RUN true # step\n".repeat(40)),
        ),
        1 => (
            format!("compose.{number}.yaml"),
            format!("services:\n  a:\n    image: {registry}/a:{number}\n    environment:\n{}", "      - KEY=value\n".repeat(40)),
        ),
        2..=5 => (format!("deploy-{number}.yaml"), manifest(registry, number)),
        _ => (format!("code{number}.rs"), "fn main() { work(); }\n".repeat(60)),
    };
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), &text).unwrap();
    text.len()
}

fn manifest(registry: &str, number: usize) -> String {
    let container = format!(
        "        - name: c\n          image: {registry}/app:{number}\n          env:\n{}",
        "            - {name: KEY, value: text}\n".repeat(12)
    );
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d{number}\nspec:\n  template:\n    spec:\n      containers:\n{container}{container}"
    )
}

fn whole(bencher: Bencher<'_, '_>, arguments: &[&str]) {
    let (folder, size) = &*TREE;
    let arguments: Vec<OsString> = ["transship"].iter().chain(arguments).map(Into::into).chain([folder.path().into()]).collect();
    bencher.counter(BytesCount::new(*size)).counter(ItemsCount::new(FILES)).bench(|| {
        let mut world = World::new(std::io::empty(), std::io::sink(), std::io::sink(), folder.path().to_owned());
        run(arguments.clone(), &mut world)
    });
}

#[divan::bench(sample_count = 10)]
fn check_one_registry(bencher: Bencher<'_, '_>) {
    whole(bencher, &["check", "--map", "k8s.gcr.io/=registry.k8s.io/"]);
}

#[divan::bench(sample_count = 10)]
fn list_everything(bencher: Bencher<'_, '_>) {
    whole(bencher, &["list", "--format", "json"]);
}
