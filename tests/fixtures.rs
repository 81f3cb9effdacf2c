//! Every case under `fixtures/` does what its folder says, by the built program. `TRANSSHIP_BLESS=1` rewrites the expectations; read the diff.
//! `TRANSSHIP_CASE=NAME,NAME` judges only the cases of these names.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and writes only into folders of its own")]

mod support;

use std::path::Path;

use support::case::{self, Case};
use support::tool::{self, Edit, Found, Seen};
use support::tree::{Tree, Variant};
use support::{compare, values};

/// One test a format, so that a failure names it; [`every_format_with_cases_is_tested`] keeps the list whole.
macro_rules! formats {
    ($($test:ident: $format:literal,)*) => {
        const FORMATS: &[&str] = &[$($format),*];
        $(#[test] fn $test() { all_cases_hold($format); })*
    };
}

formats! {
    ansible_cases_hold: "ansible",
    blocks_cases_hold: "blocks",
    cloud_cases_hold: "cloud",
    codefresh_cases_hold: "codefresh",
    compose_cases_hold: "compose",
    containerd_cases_hold: "containerd",
    devcontainer_cases_hold: "devcontainer",
    devspace_cases_hold: "devspace",
    dockerfile_cases_hold: "dockerfile",
    fleet_bundle_cases_hold: "fleet-bundle",
    github_workflow_cases_hold: "github-workflow",
    gitlab_ci_cases_hold: "gitlab-ci",
    goreleaser_cases_hold: "goreleaser",
    helm_chart_cases_hold: "helm-chart",
    helm_template_cases_hold: "helm-template",
    helm_values_cases_hold: "helm-values",
    helmfile_cases_hold: "helmfile",
    keyed_yaml_cases_hold: "keyed-yaml",
    kubernetes_cases_hold: "kubernetes",
    kustomization_cases_hold: "kustomization",
    linked_cases_hold: "link",
    mirror_list_cases_hold: "mirror-list",
    pipelines_cases_hold: "pipelines",
    program_call_cases_hold: "program-call",
    residue_cases_hold: "residue",
    script_include_cases_hold: "script-include",
    text_cases_hold: "text",
}

#[test]
fn every_format_with_cases_is_tested() {
    assert_eq!(case::formats(), FORMATS, "add the format to `formats!`");
}

#[test]
fn every_case_says_what_it_is_about() {
    for format in case::formats() {
        for case in case::of_format(&format) {
            let about = std::fs::read_to_string(case.folder.join("expect.txt")).unwrap_or_default();
            assert!(about.starts_with("# "), "{format}/{}: the first line of expect.txt says what the case is about", case.name);
        }
    }
}

#[test]
fn every_case_agrees_with_itself() {
    let mut faults = Vec::new();
    for format in case::formats() {
        for case in case::of_format(&format) {
            let own = disagreements(&case);
            faults.extend(own.into_iter().map(|fault| format!("{format}/{}: {fault}", case.name)));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// What is wrong with a case as it was written, whatever the program does.
fn disagreements(case: &Case) -> Vec<String> {
    if case.before.0.keys().ne(case.after.0.keys()) {
        return vec![String::from("before/ and after/ hold different files")];
    }
    let mut faults = Vec::new();
    let mut expected = Vec::new();
    for line in case.expected.iter().filter(|line| !line.ends_with(" broken")) {
        let found = Found::expected(line).filter(|found| case.before.lines(&found.path) >= found.line);
        match found {
            Some(found) => expected.push(found),
            None => faults.push(format!("expect.txt: no occurrence of the case: {line}")),
        }
    }
    faults.extend(values::unexplained(&case.before, &case.after, &expected));
    faults
}

#[test]
fn holes_of_a_target_are_those_of_its_reference() {
    let hole = '\u{FFFC}';
    assert_eq!(tool::shown_target(&format!("a.example/b:{hole}-x"), "c/b:{TAG}-x"), "a.example/b:{TAG}-x");
    assert_eq!(tool::shown_target(&format!("a.example/b:{hole}"), "c/b"), "a.example/b", "a tag that comes from elsewhere");
    assert_eq!(tool::shown_target("a.example/b:1", "c/b:1"), "a.example/b:1");
}

#[test]
fn edits_are_applied_from_the_files_beginning() {
    let tree = Tree([(String::from("f"), b"one two three".to_vec())].into());
    let edit = |start, end, text: &str| Edit { path: String::from("f"), start, end, text: text.to_owned() };
    let done = tool::apply(&tree, &[edit(0, 3, "1"), edit(4, 4, "x "), edit(8, 13, "3")]).unwrap();
    assert_eq!(done.0["f"], b"1 x two 3");
    assert!(tool::apply(&tree, &[edit(0, 5, "1"), edit(4, 6, "2")]).is_err(), "they overlap");
    assert!(tool::apply(&tree, &[edit(0, 99, "1")]).is_err(), "it lies outside");
}

fn all_cases_hold(format: &str) {
    let mut faults = Vec::new();
    let cases = case::of_format(format);
    assert!(!cases.is_empty(), "fixtures/{format} holds no case");
    let chosen = std::env::var("TRANSSHIP_CASE").ok();
    let is_chosen = |case: &Case| chosen.as_ref().is_none_or(|names| names.split(',').any(|name| name == case.name));
    for mut case in cases.into_iter().filter(is_chosen) {
        let found = judge(&mut case).unwrap_or_else(|fault| vec![fault]);
        faults.extend(found.into_iter().map(|fault| format!("── {format}/{} ── {fault}", case.name)));
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// Everything that is wrong with a case.
fn judge(case: &mut Case) -> Result<Vec<String>, String> {
    if std::env::var_os("TRANSSHIP_BLESS").is_some() {
        let folder = unpack(&case.before);
        let seen = tool::observe(folder.path(), &case.config, case.told)?;
        fix(folder.path(), &case.config)?;
        case.bless(seen.lines, Tree::read(folder.path()));
    }
    let mut faults = Vec::new();
    for variant in Variant::ALL {
        let found = judge_variant(case, variant)?;
        faults.extend(found.into_iter().map(|fault| format!("{variant:?}: {fault}")));
    }
    faults.extend(stays_without_mappings(case)?);
    faults.extend(keeps_secrets(case)?);
    Ok(faults)
}

fn judge_variant(case: &Case, variant: Variant) -> Result<Vec<String>, String> {
    let (before, after) = (case.before.variant(variant), case.after.variant(variant));
    let folder = unpack(&before);
    let seen = tool::observe(folder.path(), &case.config, case.told)?;
    let planned = tool::apply(&before, &seen.edits)?;
    fix(folder.path(), &case.config)?;
    let fixed = Tree::read(folder.path());
    fix(folder.path(), &case.config)?;
    let twice = Tree::read(folder.path());

    let mut faults = Vec::new();
    faults.extend(compare::texts("other occurrences than expect.txt says", &joined(&case.expected), &joined(&seen.lines)));
    faults.extend(compare::trees("fix writes something else than after/", &after, &fixed));
    faults.extend(compare::trees("fix changes bytes outside of its edits", &planned, &fixed));
    faults.extend(compare::trees("a second fix changes something", &fixed, &twice));
    faults.extend(wrong_spans(&before, &seen));
    faults.extend(values::unexplained(&before, &fixed, &seen.found).into_iter().map(|fault| format!("another value changed: {fault}")));
    Ok(faults)
}

/// Spans that do not cut out what is said to be written there, or that lie on another line or column.
fn wrong_spans(before: &Tree, seen: &Seen) -> Vec<String> {
    let mut faults = Vec::new();
    for found in &seen.found {
        let slice = before.0.get(&found.path).and_then(|bytes| bytes.get(found.start..found.end));
        if slice != Some(found.written.as_bytes()) {
            let slice = slice.map(String::from_utf8_lossy);
            faults.push(format!("{}: bytes {}..{} are {slice:?}, not `{}`", found.path, found.start, found.end, found.written));
        }
        let place = before.line_and_column(&found.path, found.start);
        if place != Some((found.line, found.column)) {
            faults.push(format!("{}: byte {} stands at {place:?}, not {:?}", found.path, found.start, (found.line, found.column)));
        }
    }
    faults
}

fn stays_without_mappings(case: &Case) -> Result<Option<String>, String> {
    let folder = unpack(&case.before);
    let rules = tempfile::tempdir().unwrap();
    let config = rules.path().join("none.yaml");
    std::fs::write(&config, "mappings: []\n").unwrap();
    fix(folder.path(), &config)?;
    Ok(compare::trees("changed without any mapping", &case.before, &Tree::read(folder.path())))
}

/// Only the patch of `fix --diff` shows lines around a change; everything else shows the line of a finding.
fn keeps_secrets(case: &Case) -> Result<Vec<String>, String> {
    if case.never_printed.is_empty() {
        return Ok(Vec::new());
    }
    let folder = unpack(&case.before);
    let config = case.config.to_str().unwrap();
    let mut faults = Vec::new();
    for arguments in [
        &["list", "."][..],
        &["list", "--format", "json", "."],
        &["check", "--config", config, "."],
        &["check", "--config", config, "--format", "json", "."],
        &["fix", "--config", config, "."],
    ] {
        let output = tool::run(folder.path(), arguments)?;
        for secret in &case.never_printed {
            if output.stdout.contains(secret) || output.stderr.contains(secret) {
                faults.push(format!("`transship {}` prints a secret", arguments.join(" ")));
            }
        }
    }
    Ok(faults)
}

fn unpack(tree: &Tree) -> tempfile::TempDir {
    // The name must not start with a dot: hidden folders are walked by other rules.
    let folder = tempfile::Builder::new().prefix("case-").tempdir().unwrap();
    // It is a repository, so that no rule file and no ignore file above it counts.
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    tree.write(folder.path());
    folder
}

fn fix(folder: &Path, config: &Path) -> Result<(), String> {
    let config = config.to_str().ok_or("the path of the configuration is no text")?;
    tool::run(folder, &["fix", "--config", config, "."]).map(drop)
}

fn joined(lines: &[String]) -> String {
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}
