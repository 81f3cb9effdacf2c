//! Which rule file counts for which file, what is looked into, and which registries may be used.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test may panic, and writes its scratch files")]

#[path = "support/program.rs"]
mod program;

use std::fs;

use program::{Said, command, finish, json, repository, say};
use serde_json::Value;
use tempfile::TempDir;

const TOP: &str = "mappings:\n- {id: top, from: quay.io/, to: top.example.com/}\n";
const BLUE: &str = "mappings:\n- {id: blue, from: quay.io/blue/, to: blue.example.com/}\n";

/// A repository with a rule file at the top, and one in `teams/blue`.
fn nested(blue: &str) -> TempDir {
    repository(&[
        (".transship.yaml", TOP),
        ("Dockerfile", "FROM quay.io/blue/a:1\n"),
        ("teams/Dockerfile", "FROM quay.io/blue/b:1\n"),
        ("teams/blue/.transship.yaml", blue),
        ("teams/blue/Dockerfile", "FROM quay.io/blue/c:1\nFROM quay.io/red/d:1\n"),
        ("teams/blue/deep/compose.yaml", "services: {web: {image: 'quay.io/blue/e:1'}}\n"),
    ])
}

fn at(folder: &TempDir, below: &str, arguments: &[&str]) -> Said {
    finish(command(folder.path(), arguments).current_dir(folder.path().join(below)), b"")
}

/// The targets of the findings of a check, in order.
fn targets(said: &Said) -> Vec<String> {
    let text = |one: &Value| one["target"].as_str().unwrap_or("-").to_owned();
    json(said)["diagnostics"].as_array().unwrap_or_else(|| panic!("{said:?}")).iter().map(text).collect()
}

const CHECK: [&str; 3] = ["check", "--format", "json"];

fn check(folder: &TempDir, below: &str, more: &[&str]) -> Vec<String> {
    targets(&at(folder, below, &[&CHECK[..], more].concat()))
}

#[test]
fn the_closest_rule_file_counts_wherever_one_stands() {
    let folder = nested(BLUE);
    let all = ["top.example.com/blue/a:1", "top.example.com/blue/b:1", "blue.example.com/c:1", "blue.example.com/e:1"];
    assert_eq!(check(&folder, "", &[]), all);
    assert_eq!(check(&folder, "teams", &[".."]), all);
    assert_eq!(check(&folder, "teams/blue", &["../.."]), all);
    assert_eq!(check(&folder, "teams/blue", &[]), all[2..]);
    assert_eq!(check(&folder, "teams/blue/deep", &["../../Dockerfile", "compose.yaml"]), [all[1], all[3]]);
    assert_eq!(check(&folder, "", &["teams/blue/Dockerfile"]), all[2..3]);
    let piped = finish(
        &mut command(folder.path(), &["check", "-", "--format", "json", "--stdin-filename", "teams/blue/x/Dockerfile"]),
        b"FROM quay.io/blue/c:1\n",
    );
    assert_eq!(targets(&piped), all[2..3]);
    // What is named counts for all of them.
    assert_eq!(
        check(&folder, "teams/blue", &["--config", "../../.transship.yaml", "Dockerfile"]),
        ["top.example.com/blue/c:1", "top.example.com/red/d:1"]
    );
    assert_eq!(check(&folder, "", &["--map", "quay.io/red/=red.example.com/", "teams/blue/Dockerfile"]), [all[2], "red.example.com/d:1"]);
}

#[test]
fn a_rule_file_in_a_vendored_folder_governs_nothing_unless_the_folder_is_named() {
    let files = [(".transship.yaml", TOP), ("vendor/.transship.yaml", BLUE), ("vendor/Dockerfile", "FROM quay.io/blue/a:1\n")];
    let folder = repository(&files);
    assert_eq!(check(&folder, "", &["--include-vendored"]), ["top.example.com/blue/a:1"]);
    for paths in [&["vendor"][..], &["vendor/Dockerfile"], &[".", "vendor/Dockerfile"], &[".", "vendor"]] {
        for more in [&[][..], &["--include-vendored"]] {
            assert_eq!(check(&folder, "", &[paths, more].concat()), ["blue.example.com/a:1"], "{paths:?} {more:?}");
        }
    }
}

#[test]
fn a_closer_file_extends_those_above_it_only_where_it_says_so() {
    let folder = nested(&format!("extends: [../../.transship.yaml]\n{BLUE}"));
    assert_eq!(check(&folder, "", &["teams/blue/Dockerfile"]), ["blue.example.com/c:1", "top.example.com/red/d:1"]);
    let out = repository(&[("a/.transship.yaml", "extends: [../../elsewhere.yaml]\n"), ("a/Dockerfile", "FROM x\n")]);
    let said = say(&out, &["check"]);
    assert_eq!(said.code, 2);
    assert!(said.errors.contains("is not read"), "{said:?}");
}

#[test]
fn each_file_is_fixed_by_its_own_rules_and_listed_by_them() {
    let folder = nested(BLUE);
    let residual = say(&folder, &["list", "--residual"]).out;
    assert_eq!(residual.lines().filter(|line| line.contains("quay.io/blue/")).count(), 4, "{residual}");
    assert_eq!(at(&folder, "teams", &["fix", ".."]).code, 0);
    let read = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
    assert_eq!(read("Dockerfile"), "FROM top.example.com/blue/a:1\n");
    assert_eq!(read("teams/blue/Dockerfile"), "FROM blue.example.com/c:1\nFROM quay.io/red/d:1\n");
    assert_eq!(read("teams/blue/deep/compose.yaml"), "services: {web: {image: 'blue.example.com/e:1'}}\n");
    assert_eq!(say(&folder, &["check"]).code, 0);
}

#[test]
fn text_that_two_rule_files_would_change_apart_stays() {
    let folder = repository(&[
        (".transship.yaml", TOP),
        (".env", "REG=quay.io\n"),
        ("compose.yaml", "include: [blue/compose.yaml]\nservices: {a: {image: '${REG}/a/b:1'}}\n"),
        ("blue/.transship.yaml", "mappings:\n- {from: quay.io/, to: blue.example.com/}\n"),
        ("blue/compose.yaml", "services: {b: {image: 'quay.io/a/c:1'}}\n"),
    ]);
    let found = check(&folder, "", &[]);
    assert!(found.contains(&"top.example.com/a/b:1".to_owned()) && found.contains(&"blue.example.com/a/c:1".to_owned()), "{found:?}");
}

#[test]
fn formats_of_ones_own_stand_at_the_top() {
    let format = "formats:\n- {id: own, title: Own, engine: yaml, files: ['*.own'], sites: [{id: image, path: '$.image', shape: reference, role: pull}]}\n";
    let folder = nested(&format!("{format}{BLUE}"));
    let said = say(&folder, &["check"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.errors.contains("`teams/blue/.transship.yaml` has a format of its own, `own`"), "{said:?}");
}

#[test]
fn more_rule_files_than_anyone_has_are_told() {
    let names: Vec<String> = (0..257).map(|number| format!("{number}/.transship.yaml")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), TOP)).collect();
    let folder = repository(&files);
    for number in 0..257 {
        fs::write(folder.path().join(format!("{number}/Dockerfile")), "FROM a\n").unwrap();
    }
    let said = say(&folder, &["check"]);
    assert!(said.code == 2 && said.errors.contains("more than 256 files called `.transship.yaml`"), "{said:?}");
    assert_eq!(say(&folder, &["check", "--config", "0/.transship.yaml"]).code, 0);
}

#[test]
fn two_repositories_with_rule_files_of_their_own_are_asked_about_one_by_one() {
    let folder = TempDir::new().unwrap();
    for (name, rules) in [("a", TOP), ("b", BLUE)] {
        fs::create_dir_all(folder.path().join(name).join(".git")).unwrap();
        fs::write(folder.path().join(name).join(".transship.yaml"), rules).unwrap();
        fs::write(folder.path().join(name).join("Dockerfile"), "FROM quay.io/blue/a:1\n").unwrap();
    }
    let said = say(&folder, &["check", "a", "b"]);
    assert_eq!(said.code, 2);
    assert!(said.errors.contains("have rule files of their own") && said.errors.contains("`--config`"), "{said:?}");
    assert_eq!(check(&folder, "", &["b"]), ["blue.example.com/a:1"]);
    // Whoever keeps clones beside each other may keep one rule file with them.
    for name in ["a", "b"] {
        fs::remove_file(folder.path().join(name).join(".transship.yaml")).unwrap();
    }
    fs::write(folder.path().join(".transship.yaml"), TOP).unwrap();
    assert_eq!(check(&folder, "", &["a", "b"]).len(), 2);
}

#[test]
fn what_is_excluded_is_passed_by_until_somebody_names_it() {
    let rules = format!("exclude: [old, '**/testdata']\n{TOP}");
    let folder = repository(&[
        (".transship.yaml", &rules),
        ("Dockerfile", "FROM quay.io/a/a:1\n"),
        ("old/Dockerfile", "FROM quay.io/a/b:1\n"),
        ("old/notes.txt", "docker pull quay.io/a/x:1\n"),
        ("app/testdata/Dockerfile", "FROM quay.io/a/c:1\n"),
        ("tmp/Dockerfile", "FROM quay.io/a/d:1\n"),
    ]);
    let [a, b, d] = ["a", "b", "d"].map(|name| format!("top.example.com/a/{name}:1"));
    assert_eq!(check(&folder, "", &[]), [&*a, &d]);
    assert_eq!(check(&folder, "app", &[".."]), [&*a, &d]);
    assert_eq!(check(&folder, "", &["--exclude", "tmp"]), [&*a]);
    assert_eq!(check(&folder, "", &["Dockerfile", "old/Dockerfile"]), [&*a, &b]);
    assert_eq!(check(&folder, "", &["--force-exclude", "Dockerfile", "old/Dockerfile"]), [&*a]);
    assert_eq!(check(&folder, "", &["old"]).first(), Some(&b));
    assert!(check(&folder, "", &["--force-exclude", "old"]).is_empty());
    let wrong = say(&folder, &["check", "--exclude", "a{"]);
    assert!(wrong.code == 2 && wrong.errors.contains("`--exclude`: the glob `a{` cannot be read"), "{wrong:?}");
    fs::write(folder.path().join(".transship.yaml"), format!("include: [tmp]\n{TOP}")).unwrap();
    assert_eq!(check(&folder, "", &[]), [&*d]);
    assert_eq!(say(&folder, &["fix"]).code, 0);
    assert_eq!(fs::read_to_string(folder.path().join("Dockerfile")).unwrap(), "FROM quay.io/a/a:1\n");
}

#[test]
fn a_base_that_is_excluded_is_still_read_for_its_overlay() {
    let folder = repository(&[
        (".transship.yaml", &format!("exclude: [base]\n{TOP}")),
        ("base/kustomization.yaml", "resources: [pod.yaml]\n"),
        ("base/pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: 'quay.io/a/b:1'}]}\n"),
        ("overlay/kustomization.yaml", "resources: [../base]\nimages: [{name: quay.io/a/b, newTag: '2'}]\n"),
    ]);
    let said = say(&folder, &["check"]);
    assert!(said.out.contains("overlay/kustomization.yaml") && !said.out.contains("--> base/"), "{said:?}");
}

#[test]
fn an_exception_ends_and_says_why_it_was_there() {
    let rules = "registries:\n  allow:\n  - r.example.com\n  - {name: 'quay.io/*/operators', until: 2026-06-01, reason: no mirror yet, owner: team blue, link: 'https://w.example.com/x'}\n  \
                 deny:\n  - {name: docker.io, until: 2026-06-01, reason: rate limits}\n";
    let folder = repository(&[(".transship.yaml", rules), ("Dockerfile", "FROM quay.io/a/operators/b:1\nFROM docker.io/a/b:1\n")]);
    let before = say(&folder, &["check", "--at", "2026-05-31"]);
    assert_eq!(before.code, 0, "{before:?}");
    assert!(before.out.contains("warning[denied-registry]"), "{before:?}");
    assert!(
        before.out.contains("`registries.deny` has `docker.io` (rate limits), and no mapping covers it, an error from 2026-06-01"),
        "{before:?}"
    );
    let after = say(&folder, &["check", "--at", "2026-06-01"]);
    assert_eq!(after.code, 1, "{after:?}");
    assert!(
        after.out.contains("`quay.io/*/operators` was allowed until 2026-06-01 (no mirror yet; ask team blue; https://w.example.com/x)"),
        "{after:?}"
    );
    assert!(after.out.contains("error[denied-registry]"), "{after:?}");
    for (entry, what) in
        [("{name: 'quay.io/team-*'}", "a whole label"), ("{until: 2026-01-01}", "name"), ("{name: quay.io, until: soon}", "day")]
    {
        fs::write(folder.path().join(".transship.yaml"), format!("registries: {{allow: [{entry}]}}\n")).unwrap();
        let wrong = say(&folder, &["check"]);
        assert!(wrong.code == 2 && wrong.errors.contains(what), "{entry}: {wrong:?}");
    }
}

#[test]
fn a_mapping_tells_its_message_and_link_beside_each_finding() {
    let rules = "mappings:\n- {from: quay.io/, to: m.example.com/, message: quay closes, link: 'https://w.example.com/quay'}\n";
    let folder = repository(&[(".transship.yaml", rules), ("Dockerfile", "FROM quay.io/a/b:1\n")]);
    let said = say(&folder, &["check"]);
    assert!(said.out.contains("mapping `quay.io/`: quay closes (https://w.example.com/quay)"), "{said:?}");
}

#[test]
fn config_show_says_which_file_decides_and_files_what_is_read() {
    let folder = nested(&format!("extends: [../../.transship.yaml]\nlints: {{unpinned: warn}}\nexclude: [teams/blue/deep]\n{BLUE}"));
    let shown = say(&folder, &["config", "show", ".", "teams/blue/Dockerfile"]);
    assert_eq!(shown.code, 0);
    let lines: Vec<&str> = shown.out.lines().map(str::trim).collect();
    assert!(lines.contains(&"teams/blue/Dockerfile: teams/blue/.transship.yaml"), "{}", shown.out);
    assert!(lines.contains(&".transship.yaml governs everything else"), "{}", shown.out);
    assert!(lines.contains(&"teams/blue/.transship.yaml governs teams/blue"), "{}", shown.out);
    assert!(lines.contains(&"lints      unpinned: warn  (teams/blue/.transship.yaml)"), "{}", shown.out);
    for line in [
        "extends    .transship.yaml",
        "mappings   1 mapping  (.transship.yaml)",
        "exclude    teams/blue/deep  (teams/blue/.transship.yaml)",
    ] {
        assert!(lines.contains(&line), "{line}\n{}", shown.out);
    }
    let read = json(&say(&folder, &["config", "show", "--format", "json"]));
    assert_eq!(read["configurations"][1]["folder"], "teams/blue");
    assert_eq!(read["configurations"][1]["sources"], serde_json::json!(["teams/blue/.transship.yaml", ".transship.yaml"]));

    let files = say(&folder, &["files"]);
    assert!(
        files.out.contains("teams/blue/Dockerfile: looked into as dockerfile, program-call; judged by teams/blue/.transship.yaml\n"),
        "{}",
        files.out
    );
    assert!(files.out.contains("teams/blue/deep/compose.yaml: left out by `exclude` or `include`"), "{}", files.out);
    let read = json(&say(&folder, &["files", "--format", "json", "Dockerfile"]));
    assert_eq!(
        read["files"][0],
        serde_json::json!({"path": "Dockerfile", "formats": ["dockerfile", "program-call"], "as": "read", "why": "looked into as dockerfile, program-call, since you name it", "rules": ".transship.yaml"})
    );
}

#[test]
fn the_schema_names_itself_and_init_leads_editors_to_it() {
    let folder = repository(&[("Dockerfile", "FROM quay.io/a/b:1\n")]);
    let schema = json(&say(&folder, &["schema"]));
    let address = schema["$id"].as_str().unwrap();
    assert!(address.starts_with("https://") && address.ends_with("/transship.schema.json"), "{address}");
    assert_eq!(say(&folder, &["init"]).code, 0);
    let written = fs::read_to_string(folder.path().join(".transship.yaml")).unwrap();
    assert_eq!(written.lines().next().unwrap(), format!("# yaml-language-server: $schema={address}"));
}
