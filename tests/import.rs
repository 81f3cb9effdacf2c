//! What other tools are told of moves becomes a rule file that says the same, and what it cannot say is told.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test may panic, and writes its scratch files")]

#[path = "support/program.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod program;

use std::fs;

use program::{Said, command, finish, repository, say};

fn import(text: &str) -> Said {
    finish(&mut command(repository(&[]).path(), &["import", "-"]), text)
}

/// What references become by the rule file that is made of `text`.
fn becomes(text: &str, references: &[(&str, &str)]) -> Said {
    let said = import(text);
    assert_eq!(said.code, 0, "{said:?}");
    let folder = repository(&[(".transship.yaml", &said.out)]);
    for (given, want) in references {
        let mapped = say(&folder, &["map", given]);
        let first = mapped.out.lines().next().unwrap_or_default().to_owned();
        let got = first.split_once(" -> ").map_or("unchanged", |(_, got)| got);
        assert_eq!(got, *want, "{given}: {mapped:?}\n{}", said.out);
    }
    said
}

#[test]
fn image_syncers_list() {
    let list = r#"{
        "quay.io/acme/proxy": "r.example.com/acme/proxy",
        "gcr.io/tools/kit:v1,v2": ["r.example.com/kit", "s.example.com/kit"],
        "docker.io/acme/web:/^v[0-9]+$/": "r.example.com/acme/web",
        "docker.io/acme/db@sha256:aaaa": "r.example.com/acme/db"
    }"#;
    let said = becomes(
        list,
        &[
            ("quay.io/acme/proxy:7", "r.example.com/acme/proxy:7"),
            ("gcr.io/tools/kit:v2", "r.example.com/kit:v2"),
            ("gcr.io/tools/kit:v3", "unchanged"),
            ("acme/web:v12", "r.example.com/acme/web:v12"),
            ("acme/web:latest", "unchanged"),
        ],
    );
    assert!(said.errors.contains("4 mappings, 1 left out") && said.errors.contains("a digest stays as it is"), "{said:?}");
    becomes("quay.io/a/b: r.example.com/a/b\n", &[("quay.io/a/b:1", "r.example.com/a/b:1")]);
}

#[test]
fn registries_conf() {
    let conf = "unqualified-search-registries = ['docker.io']\n[[registry]]\nprefix = 'docker.io'\nlocation = 'docker.io'\n[[registry.mirror]]\nlocation = 'm.example.com/hub'\n\
                [[registry]]\nprefix = 'quay.io/acme/app'\nlocation = 'm.example.com/app'\n[[registry]]\nprefix = '*.old.example.com'\nlocation = 'new.example.com'\n\
                [[registry]]\nlocation = 'evil.example.com'\nblocked = true\n";
    let said = becomes(
        conf,
        &[
            ("nginx:1", "m.example.com/hub/library/nginx:1"),
            ("quay.io/acme/app:2", "m.example.com/app:2"),
            ("quay.io/acme/app/part:2", "m.example.com/app/part:2"),
            ("quay.io/acme/apple:2", "unchanged"),
        ],
    );
    assert!(said.out.contains("registries:\n  deny: [\"evil.example.com\"]\n"), "{said:?}");
    assert!(said.out.contains("# left out: `*.old.example.com`:"), "{said:?}");
}

#[test]
fn renovates_configuration() {
    let config = r#"{"registryAliases": {"quay.io": "m.example.com/quay", "stable": "https://charts.example.com"}, "packageRules": [
        {"matchDatasources": ["docker"], "matchPackageNames": ["acme/web", "/^acme/"], "replacementName": "ghcr.io/acme/web"},
        {"matchDatasources": ["docker"], "matchPackageNames": ["acme/java"], "replacementName": "acme/jre", "replacementVersion": "21"},
        {"matchDatasources": ["npm"], "matchPackageNames": ["left"], "replacementName": "right"},
        {"matchPackageNames": ["acme/x"], "automerge": true}]}"#;
    let wanted = [
        ("quay.io/a/b:1", "m.example.com/quay/a/b:1"),
        ("acme/web:1", "ghcr.io/acme/web:1"),
        ("acme/java:8", "acme/jre:21"),
        ("left:1", "unchanged"),
    ];
    let said = becomes(config, &wanted);
    assert!(said.errors.contains("3 mappings, 3 left out"), "{said:?}");
}

#[test]
fn kyvernos_policies() {
    let policy = r#"apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: replace}
spec:
  rules:
  - name: one
    mutate:
      foreach:
      - list: request.object.spec.containers
        patchStrategicMerge:
          spec:
            containers:
            - name: "{{ element.name }}"
              image: "{{ regex_replace_all('^docker\\.io/(.*)$', '{{element.image}}', 'm.example.com/hub/$1') }}"
      - list: request.object.spec.initContainers
        patchStrategicMerge: {spec: {initContainers: [{image: "{{ regex_replace_all('^[^/]+/', '{{element.image}}', 'm.example.com/') }}"}]}}
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: two}
spec: {rules: [{mutate: {x: "{{ regex_replace_all_literal('^(quay.io|gcr.io)/acme/', '{{image}}', 'm.example.com/acme/') }}"}}]}
"#;
    let wanted = [
        ("nginx:1", "m.example.com/hub/library/nginx:1"),
        ("quay.io/acme/a:1", "m.example.com/acme/a:1"),
        ("gcr.io/acme/a:1", "m.example.com/acme/a:1"),
        ("gcr.io/b/a:1", "unchanged"),
    ];
    let said = becomes(policy, &wanted);
    assert!(said.errors.contains("`^[^/]+/`: this regular expression is no prefix"), "{said:?}");
}

#[test]
fn dfcs_images() {
    let list = "images:\n  alpine: chainguard-base:latest\n  golang*: go\n  'a*b': x\npackages: {apt: {}}\n";
    let said = becomes(
        list,
        &[
            ("alpine:3", "cgr.dev/chainguard/chainguard-base:latest"),
            ("golang:1.22", "cgr.dev/chainguard/go:latest"),
            ("nginx:1", "unchanged"),
        ],
    );
    assert!(said.errors.contains("`a*b`: this pattern is not read"), "{said:?}");
}

#[test]
fn what_is_no_list_is_told_and_two_that_disagree_too() {
    for text in ["", "a: [", "x: 1\n", "- a\n", "services: {web: {image: nginx}}\n"] {
        let said = import(text);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{text}: {said:?}");
        assert!(said.errors.contains("was not imported: it is n"), "{text}: {said:?}");
    }
    let folder = repository(&[]);
    fs::write(folder.path().join("bad.json"), [0xff, 0xfe]).unwrap();
    assert!(say(&folder, &["import", "bad.json"]).errors.contains("is not UTF-8"));
    assert!(say(&folder, &["import", "none.json"]).errors.contains("was not read"));
    let twice = import(r#"{"quay.io/a/b": "r.example.com/x", "quay.io/a/b:": "r.example.com/y"}"#);
    assert_eq!(twice.code, 2, "{twice:?}");
}
