//! Each lint of images fires where it should, and not where something is nearly the same; levels decide which findings are told, and how.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and its data needs no care")]

#[path = "support/program.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod program;

use std::fs;

use program::{json, repository, say};
use tempfile::TempDir;

/// The findings of a run: path, line, lint and severity.
fn found(folder: &TempDir, arguments: &[&str]) -> Vec<String> {
    let arguments: Vec<&str> = ["check", "--format", "json"].iter().chain(arguments).copied().collect();
    let read = json(&say(folder, &arguments));
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let line =
        |one: &serde_json::Value| format!("{}:{} {} {}", text(&one["path"]), one["line"], text(&one["lint"]), text(&one["severity"]));
    read["diagnostics"].as_array().unwrap().iter().map(line).collect()
}

const DIGEST: &str = "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

#[test]
fn opinions_are_told_where_somebody_asks_for_them() {
    let folder = repository(&[("Dockerfile", "FROM nginx\n")]);
    let quiet = say(&folder, &["check", "--map", "quay.io/=r.example.com/"]);
    assert_eq!(
        (quiet.code, quiet.out.as_str()),
        (0, "1 file, 0 occurrences in the 0 that may concern the mappings: 0 findings, 0 fixable, 0 refused, 0 unreadable\n")
    );
    let all = ["--lint", "unqualified=warn", "--lint", "unpinned=deny", "--lint", "floating-tag=warn"];
    assert_eq!(
        found(&folder, &all),
        ["Dockerfile:1 floating-tag warning", "Dockerfile:1 unpinned error", "Dockerfile:1 unqualified warning"]
    );
}

#[test]
fn a_tag_floats_unless_it_says_a_version_or_a_digest_does() {
    let image = |name: &str| format!("FROM {name}\n");
    let texts = ["a/b", "a/b:latest", "a/b:stable-slim", "a/b:1.2", &format!("a/b:latest{DIGEST}"), "a/b:${V}", "a/b:nightly-2026-01-01"];
    let folder = repository(&[("Dockerfile", &(String::from("ARG V\n") + &texts.map(image).concat()))]);
    let want = [2, 3, 4].map(|line| format!("Dockerfile:{line} floating-tag warning"));
    assert_eq!(found(&folder, &["--lint", "floating-tag=warn"]), want);
}

#[test]
fn what_is_built_here_and_stages_are_no_findings() {
    let compose = "services:\n  web: {build: ., image: acme/web}\n  job: {image: acme/web}\n  db: {image: postgres}\n";
    let folder = repository(&[("compose.yaml", compose), ("Dockerfile", "FROM a.example.com/x:1 AS base\nFROM base\n")]);
    assert_eq!(found(&folder, &["--lint", "unqualified=warn"]), ["compose.yaml:4 unqualified warning"]);
}

#[test]
fn names_are_spelled_out_by_fix_and_shared_text_only_together() {
    let text = "FROM nginx:1 AS a\nFROM docker.io/library/redis\nFROM acme/web\nFROM quay.io/a/b\nFROM localhost/x\n";
    let folder =
        repository(&[("Dockerfile", text), ("b/Dockerfile", "ARG I=nginx\nFROM ${I}:1\n# transship: ignore[unqualified]\nFROM ${I}:2\n")]);
    let said = say(&folder, &["fix", "--lint", "unqualified=warn"]);
    assert_eq!(said.code, 0, "{}", said.out);
    let want =
        "FROM docker.io/library/nginx:1 AS a\nFROM docker.io/library/redis\nFROM docker.io/acme/web\nFROM quay.io/a/b\nFROM localhost/x\n";
    assert_eq!(fs::read_to_string(folder.path().join("Dockerfile")).unwrap(), want);
    let shared = fs::read_to_string(folder.path().join("b/Dockerfile")).unwrap();
    assert!(shared.starts_with("ARG I=nginx\n"), "{shared}");
}

#[test]
fn a_name_that_a_mapping_covers_is_moved_and_not_spelled_out() {
    let folder = repository(&[("Dockerfile", "FROM nginx:1\nFROM acme/web:1\n")]);
    let arguments = ["--map", "acme/=r.example.com/acme/", "--lint", "unqualified=warn"];
    assert_eq!(found(&folder, &arguments), ["Dockerfile:1 unqualified warning", "Dockerfile:2 old-registry error"]);
}

#[test]
fn what_is_pushed_to_the_old_place_is_told_apart() {
    let files = [
        ("compose.yaml", "services:\n  web: {build: ., image: quay.io/acme/web}\n  db: {image: quay.io/acme/db}\n"),
        ("release.sh", "docker build -t quay.io/acme/a .\ndocker push quay.io/acme/a\ndocker pull quay.io/acme/b\n"),
        ("docker-bake.hcl", "target \"a\" {\n  tags = [\"quay.io/acme/c:1\"]\n}\n"),
        ("b/Dockerfile", "FROM scratch\n"),
    ];
    let folder = repository(&files);
    let map = ["--map", "quay.io/acme/=r.example.com/acme/"];
    assert_eq!(
        found(&folder, &map),
        [
            "compose.yaml:2 pushed-to-old warning",
            "compose.yaml:3 old-registry error",
            "docker-bake.hcl:2 pushed-to-old warning",
            "release.sh:1 pushed-to-old warning",
            "release.sh:2 pushed-to-old warning",
            "release.sh:3 old-registry error",
        ]
    );
    let denied = [map[0], map[1], "--lint", "pushed-to-old=deny", "--lint", "old-registry=allow"];
    assert_eq!(found(&folder, &denied).iter().filter(|line| line.ends_with("pushed-to-old error")).count(), 4);
    assert!(!found(&folder, &denied).iter().any(|line| line.contains("old-registry")));
}

#[test]
fn what_a_level_allows_is_neither_told_nor_fixed() {
    let rules = "mappings: [{from: quay.io/, to: r.example.com/}]\nlints:\n  old-registry: [{level: allow, files: 'attic/**'}, {level: warn, files: 'dev/**'}]\n";
    let docker = "FROM quay.io/a/b:1\n";
    let folder =
        repository(&[(".transship.yaml", rules), ("attic/Dockerfile", docker), ("dev/Dockerfile", docker), ("Dockerfile", docker)]);
    assert_eq!(found(&folder, &[]), ["Dockerfile:1 old-registry error", "dev/Dockerfile:1 old-registry warning"]);
    assert_eq!(say(&folder, &["fix"]).code, 0);
    let read = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
    assert_eq!((read("attic/Dockerfile").as_str(), read("dev/Dockerfile").as_str()), (docker, "FROM r.example.com/a/b:1\n"));
}

#[test]
fn a_retired_image_is_told_before_and_after_its_day_also_where_it_moves_to_a_mirror() {
    let rules = "mappings: [{id: hub, from: docker.io/, to: m.example.com/}, {id: next, from: acme/old, to: r.example.com/new, digest: drop}]\n\
                 retired:\n  - {image: 'acme/*', except: [acme/kept], since: 2026-06-01, why: it is gone, alternatives: [acme/next, a rest]}\n";
    let folder = repository(&[(".transship.yaml", rules), ("Dockerfile", "FROM acme/a:1\nFROM acme/kept:1\nFROM acme/old:1\n")]);
    let before = say(&folder, &["check", "--at", "2026-05-31"]);
    assert!(before.out.contains("warning[retired-image]: `acme/a` will be retired on 2026-06-01: it is gone"), "{}", before.out);
    assert!(before.out.contains("help: use `acme/next`, or a rest instead"), "{}", before.out);
    assert!(before.out.contains("On 2026-05-31, nothing here leads to what has ended"), "{}", before.out);
    let after = say(&folder, &["check", "--at", "2026-06-01"]);
    assert!(after.out.contains("`acme/a` has been retired since 2026-06-01"), "{}", after.out);
    assert_eq!(after.out.matches("[retired-image]").count(), 1, "neither what is excepted, nor what has a successor: {}", after.out);
    assert!(
        after.out.contains("On 2026-06-01, 1 place that leads to what has ended:\n  2026-06-01  retired, 1 place in 1 file\n"),
        "{}",
        after.out
    );
}

#[test]
fn one_image_from_two_registries_is_told_once_for_each_and_not_where_the_fix_mends_it() {
    let files = [
        ("a/Dockerfile", "FROM quay.io/acme/web:1\nFROM quay.io/acme/web:2\n"),
        ("b/Dockerfile", "FROM ghcr.io/acme/web:1\nFROM ghcr.io/web\n"),
        ("c/Dockerfile", "FROM ghcr.io/acme/web:1\nFROM quay.io/web\nFROM r.example.com/acme/web\n"),
    ];
    let folder = repository(&files);
    let asked = ["--lint", "mixed-registry=deny"];
    assert_eq!(found(&folder, &asked), ["b/Dockerfile:1 mixed-registry error", "c/Dockerfile:3 mixed-registry error"]);
    let moved = [asked[0], asked[1], "--map", "quay.io/acme/=ghcr.io/acme/", "--map", "r.example.com/=ghcr.io/"];
    assert!(!found(&folder, &moved).iter().any(|line| line.contains("mixed")), "{:?}", found(&folder, &moved));
    assert_eq!(say(&folder, &["check", "--lint", "mixed-registry=deny"]).code, 1);
}

#[test]
fn references_that_share_text_and_part_are_a_conflict() {
    let folder = repository(&[("Dockerfile", "ARG R=quay.io\nFROM ${R}/acme/web:1\nFROM ${R}/other/x:1\n")]);
    assert_eq!(found(&folder, &["--map", "quay.io/acme/=r.example.com/acme/"]), ["Dockerfile:2 split-conflict error"]);
}

#[test]
fn a_lock_that_its_chart_has_left_behind_is_told() {
    let chart =
        "apiVersion: v2\nname: web\nversion: 0.1.0\ndependencies:\n- {name: db, version: ^1.0.0, repository: 'https://new.example.com'}\n";
    let lock = |repository: &str| format!("dependencies:\n- name: db\n  repository: {repository}\n  version: 1.2.0\ndigest: sha256:00\n");
    let (stale, fresh) = (lock("https://old.example.com"), lock("https://new.example.com"));
    let files = [("a/Chart.yaml", chart), ("a/Chart.lock", &stale), ("b/Chart.yaml", chart), ("b/Chart.lock", &fresh)];
    let folder = repository(&files);
    assert_eq!(found(&folder, &["--lint", "stale-lock=warn"]), ["a/Chart.lock:2 stale-lock warning"]);
    let said = say(&folder, &["check", "--lint", "stale-lock=warn"]);
    assert!(said.out.contains("help: renew it: `helm dependency update a`"), "{}", said.out);
}

#[test]
fn all_packs_together_need_no_rule_file_and_are_summed_up() {
    let folder = repository(&[("Dockerfile", "FROM minio/minio:1\nFROM gcr.io/istio-release/pilot:1\nFROM nginx:1\n")]);
    let said = say(&folder, &["check", "--pack", "all", "--at", "2026-12-31"]);
    let want = "By pack:\n  istio  1 place in 1 file, ends on 2027-01-01\n  minio  1 place in 1 file, retired since 2025-10-15\n  minio  1 place in 1 file, ended on 2026-09-11\n";
    assert!(said.code == 1 && said.out.contains(want), "{} {}{}", said.code, said.out, said.errors);
    let none = repository(&[("Dockerfile", "FROM nginx:1\n")]);
    let said = say(&none, &["check", "--pack", "all"]);
    assert!(said.code == 0 && said.out.starts_with("No pack concerns a reference here.\n"), "{}{}", said.out, said.errors);
}

#[test]
fn old_sources_are_a_warning_of_rules_lint() {
    let rules = "as_of: 2025-03-01\nmappings: [{from: acme/, to: r.example.com/, tests: [{given: acme/a, want: r.example.com/a}]}]\n";
    let folder = repository(&[(".transship.yaml", rules)]);
    assert_eq!(say(&folder, &["rules", "lint", "--at", "2026-03-01"]).code, 0);
    let said = say(&folder, &["rules", "lint", "--at", "2026-03-02"]);
    assert!(said.code == 1 && said.out.contains("was read on 2025-03-01, more than a year ago"), "{}", said.out);
}

#[test]
fn a_lint_is_explained_by_its_code() {
    let folder = repository(&[("unpinned", "no lint\n")]);
    let said = say(&folder, &["explain", "floating-tag"]);
    assert!(said.out.starts_with("floating-tag (allow, until"), "{}", said.out);
    assert!(said.out.contains("$ transship check --lint floating-tag=deny"), "{}", said.out);
    let file = say(&folder, &["explain", "unpinned"]);
    assert!(file.out.starts_with("no format reads unpinned"), "a file of that name is meant: {}", file.out);
}

#[test]
fn words_that_are_no_levels_or_lints_are_told() {
    let folder = repository(&[("Dockerfile", "FROM nginx\n")]);
    for (word, says) in
        [("unpinned=maybe", "`maybe` is no level"), ("unpined=warn", "`unpined` is none of"), ("broken-document=allow", "is none of")]
    {
        let said = say(&folder, &["check", "--lint", word]);
        assert!(said.code == 2 && said.errors.contains(says), "{}", said.errors);
    }
    let rules = repository(&[(".transship.yaml", "lints: {unpined: warn}\n")]);
    let said = say(&rules, &["check"]);
    assert!(said.code == 2 && said.errors.contains("did you mean `unpinned`?"), "{}", said.errors);
}
