//! What a run passes by is counted, and named when somebody asks; what belongs to another repository is not changed from outside.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and its data needs no care")]

#[path = "support/program.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod program;

use std::fs;

use program::{repository, say};

const OLD: &str = "services:\n  web:\n    image: quay.io/acme/web:1\n";
const MAP: [&str; 2] = ["--map", "quay.io/=mirror.example.com/quay/"];

#[test]
fn folders_that_are_left_out_are_counted_and_named() {
    let files = ["compose.yaml", "vendor/a/compose.yaml", "build/out/compose.yaml", "web/node_modules/b/compose.yaml", "web/compose.yaml"];
    let all: Vec<(&str, &str)> = files.iter().map(|path| (*path, OLD)).chain([(".gitignore", "build/\n")]).collect();
    let folder = repository(&all);
    let said = say(&folder, &[&["check"], &MAP[..]].concat());
    assert!(
        said.out.ends_with("2 files, 2 occurrences: 2 findings, 2 fixable, 0 refused, 3 folders left out, 0 unreadable\n"),
        "{}",
        said.out
    );
    assert_eq!(said.errors, "", "without being asked nothing is named");
    let named = say(&folder, &[&["check", "--verbose"], &MAP[..]].concat()).errors;
    let vendored = "a package manager or a build fills it; `--include-vendored` enters it";
    let want = [
        "note: `build` is left out: ignore files name it; name it to look into it".to_owned(),
        format!("note: `vendor` is left out: {vendored}"),
        format!("note: `web/node_modules` is left out: {vendored}"),
    ];
    assert_eq!(named.lines().filter(|line| line.contains(" is left out")).collect::<Vec<_>>(), want);
    let entered = say(&folder, &[&["check", "-v", "--include-vendored", "web"], &MAP[..]].concat());
    assert!(!entered.errors.contains("left out"), "{}", entered.errors);
}

#[test]
fn a_folder_that_was_named_tells_only_of_what_lies_in_it() {
    let folder = repository(&[
        ("Chart.yaml", "name: a\n"),
        ("charts/b/Chart.yaml", "name: b\n"),
        ("vendor/x/a.yaml", OLD),
        ("deploy/vendor/a.yaml", OLD),
    ]);
    let said = say(&folder, &[&["check", "-v", "deploy"], &MAP[..]].concat());
    assert_eq!(said.errors.lines().filter(|line| line.contains("left out")).count(), 1, "{}", said.errors);
}

#[test]
fn what_lies_in_another_repository_changes_only_when_that_is_named() {
    let folder = repository(&[("compose.yaml", OLD), ("parts/sub/compose.yaml", OLD), ("parts/sub/deep/compose.yaml", OLD)]);
    fs::create_dir(folder.path().join("parts/sub/.git")).unwrap();
    let read = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
    let said = say(&folder, &[&["fix"], &MAP[..]].concat());
    assert_eq!(said.code, 1, "{}{}", said.out, said.errors);
    assert!(said.out.contains("it stands in a repository of its own, in `parts/sub`: the change belongs there"), "{}", said.out);
    assert!(read("compose.yaml").contains("mirror.example.com"));
    assert_eq!((read("parts/sub/compose.yaml").as_str(), read("parts/sub/deep/compose.yaml").as_str()), (OLD, OLD));
    let said = say(&folder, &[&["fix", "parts/sub"], &MAP[..]].concat());
    assert_eq!(said.code, 0, "{}{}", said.out, said.errors);
    assert!(read("parts/sub/deep/compose.yaml").contains("mirror.example.com"));
}

#[test]
fn a_submodule_is_another_repository() {
    let folder = repository(&[("compose.yaml", OLD), ("sub/compose.yaml", OLD), ("sub/.git", "gitdir: ../.git/modules/sub\n")]);
    let said = say(&folder, &[&["fix"], &MAP[..]].concat());
    assert!(said.out.contains("in `sub`: the change belongs there"), "{}", said.out);
    assert_eq!(fs::read_to_string(folder.path().join("sub/compose.yaml")).unwrap(), OLD);
}
