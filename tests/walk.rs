//! Which files a run meets, and in which order.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use transship::locate::Surroundings;
use transship::walk::{Around, Met, Named, Scope, Vendored, walk};

fn tree(files: &[&str]) -> TempDir {
    let tree = TempDir::new().unwrap();
    for file in files {
        put(tree.path(), file, "x");
    }
    tree
}

#[allow(clippy::disallowed_methods, reason = "test data needs no care")]
fn put(root: &Path, file: &str, text: &str) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn met(tree: &TempDir, roots: &[&str], vendored: Vendored) -> Vec<String> {
    let roots = roots.iter().map(|root| tree.path().join(root)).collect();
    let name = |path: &Path| path.strip_prefix(tree.path()).unwrap().components().collect::<PathBuf>().display().to_string();
    walk(&Scope { roots, vendored })
        .map(|met| match met {
            Met::File { path, named: Named::No } => name(&path),
            Met::File { path, named: Named::Yes } => format!("{} (named)", name(&path)),
            Met::Unread { path, reason } => format!("{}: {reason}", name(&path)),
        })
        .collect()
}

#[test]
fn hidden_folders_of_ci_are_walked_and_stores_are_not() {
    let tree = tree(&[".github/workflows/a.yml", ".gitlab-ci.yml", ".env", ".git/config", ".terraform/x.tf", "Dockerfile"]);
    assert_eq!(met(&tree, &[""], Vendored::Skip), [".env", ".github/workflows/a.yml", ".gitlab-ci.yml", "Dockerfile"]);
}

#[test]
fn ignore_files_are_obeyed_also_without_a_repository() {
    let tree = tree(&["a/Dockerfile", "b/Dockerfile", "b/c/Dockerfile"]);
    put(tree.path(), ".gitignore", "b/*\n!b/c\n");
    assert_eq!(met(&tree, &[""], Vendored::Skip), [".gitignore", "a/Dockerfile", "b/c/Dockerfile"]);
    assert_eq!(met(&tree, &["b"], Vendored::Skip), ["b/c/Dockerfile"], "the ignore file above counts too");
}

#[test]
fn vendored_trees_wait_to_be_asked_for() {
    let tree = tree(&["a/vendor/x/Dockerfile", "node_modules/y/Dockerfile", "Dockerfile"]);
    assert_eq!(met(&tree, &[""], Vendored::Skip), ["Dockerfile"]);
    assert_eq!(met(&tree, &[""], Vendored::Include), ["Dockerfile", "a/vendor/x/Dockerfile", "node_modules/y/Dockerfile"]);
    assert_eq!(met(&tree, &["node_modules"], Vendored::Skip), ["node_modules/y/Dockerfile"], "what is named is walked");
}

#[test]
fn files_come_folder_by_folder_in_byte_order() {
    let tree = tree(&["b", "a/z", "a.txt", "a/b/c", "B", "a-b"]);
    assert_eq!(met(&tree, &[""], Vendored::Skip), ["B", "a/b/c", "a/z", "a-b", "a.txt", "b"]);
}

#[test]
fn a_named_file_is_read_although_it_is_ignored() {
    let tree = tree(&["a/secret.yaml", "a/b.yaml"]);
    put(tree.path(), ".gitignore", "secret.yaml\n");
    assert_eq!(met(&tree, &["a", "a/secret.yaml"], Vendored::Skip), ["a/b.yaml", "a/secret.yaml (named)"]);
}

#[test]
fn overlapping_paths_are_walked_once() {
    let tree = tree(&["a/x", "a/b/y", "c/z"]);
    let each = met(&tree, &["a/b", "", "a", "a/b/y", "a/./b", ""], Vendored::Skip);
    let mut sorted = each.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(each.len(), 3, "{each:?}");
    assert_eq!(sorted.len(), 3, "{each:?}");
}

#[test]
fn a_path_that_is_not_there_is_told() {
    let tree = tree(&["a"]);
    assert_eq!(met(&tree, &["a", "b"], Vendored::Skip), ["a (named)", "b: no such file or directory"]);
}

#[cfg(unix)]
#[test]
fn symbolic_links_are_not_followed_unless_named() {
    let tree = tree(&["real/Dockerfile"]);
    std::os::unix::fs::symlink("real", tree.path().join("folder")).unwrap();
    std::os::unix::fs::symlink("real/Dockerfile", tree.path().join("link")).unwrap();
    std::os::unix::fs::symlink(".", tree.path().join("real/loop")).unwrap();
    assert_eq!(met(&tree, &[""], Vendored::Skip), ["real/Dockerfile"]);
    assert_eq!(met(&tree, &["link"], Vendored::Skip), ["link (named)"]);
}

#[test]
fn surroundings_are_those_of_the_nearest_chart() {
    let tree =
        tree(&["c/Chart.yaml", "c/templates/sub/a.yaml", "c/charts/d/Chart.yaml", "c/charts/d/values.yaml", "c/ci/values.yaml", "x/y"]);
    let mut around = Around::new(tree.path());
    let mut of = |path: &str| around.of(Path::new(path));
    assert_eq!(of("c/Chart.yaml"), Surroundings::ChartRoot);
    assert_eq!(of("c/templates/sub/a.yaml"), Surroundings::ChartTemplates);
    assert_eq!(of("c/charts/d/values.yaml"), Surroundings::ChartRoot);
    assert_eq!(of("c/ci/values.yaml"), Surroundings::InChart);
    assert_eq!(of("x/y"), Surroundings::Plain);
    assert_eq!(of("c/templates/a.yaml"), Surroundings::ChartTemplates, "after another folder");
}

#[test]
fn surroundings_end_where_a_repository_begins_whatever_was_seen_before() {
    let tree = tree(&["Chart.yaml", "sub/.git/HEAD", "sub/a/x.yaml", "y.yaml"]);
    let mut fresh = Around::new(tree.path());
    assert_eq!(fresh.of(Path::new("sub/a/x.yaml")), Surroundings::Plain);
    let mut used = Around::new(tree.path());
    assert_eq!(used.of(Path::new("y.yaml")), Surroundings::ChartRoot);
    assert_eq!(used.of(Path::new("sub/a/x.yaml")), Surroundings::Plain);
    assert_eq!(used.of(Path::new("y.yaml")), Surroundings::ChartRoot);
}
