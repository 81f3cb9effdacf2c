//! The rules as others decide by them: whatever the tests of all packs say moves is denied, and nothing else.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test may panic, and says what it did not do"
)]

#[path = "support/go_tools.rs"]
mod go_tools;
#[path = "support/program.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod program;

use std::fs;
use std::process::Command;

use program::{finish, repository, say};
use regex::Regex;
use serde_json::{Value, json};
use transship::config::{Options, load, packs};
use transship::mapping::{Decision, Mapping};
use transship::reference::{HOLE, Reference};
use transship::source::Memory;

/// What a reference is, as policies spell it out.
fn canonical(reference: &Reference) -> String {
    reference.canonical()
}

/// The first mapping whose expressions fit, as a policy finds it.
fn decides<'m>(mappings: impl Iterator<Item = &'m Mapping>, name: &str) -> Option<&'m Mapping> {
    let fits = |text: &String| Regex::new(text).unwrap_or_else(|error| panic!("{text}: {error}")).is_match(name);
    mappings
        .filter_map(|mapping| Some((mapping, mapping.expression().ok()?)))
        .find(|(_, one)| fits(&one.covers) && !one.except.iter().any(fits))
        .map(|(mapping, _)| mapping)
}

#[test]
fn expressions_cover_what_mappings_cover_for_the_tests_of_every_pack() {
    let mut asked = 0;
    for pack in packs().into_iter().filter(|pack| pack.required.is_empty()) {
        let options = Options { packs: vec![pack.name.to_owned()], ..Options::default() };
        let config = load(&options, &Memory::default()).unwrap().unwrap();
        // Where a condition says more than the reference, a policy says nothing.
        if config.mappings.iter().any(|mapping| mapping.expression().is_err()) {
            continue;
        }
        for test in &config.mappings.tests {
            let context = transship::mapping::Context { format: "kubernetes", path: "", class: transship::occurrence::Class::Deploy };
            let decision = config.mappings.decide(&test.given, &context);
            let by_mapping = match &decision {
                // Only spelled in another way, it stays.
                Decision::Mapped(target) if target.candidates[0].canonical() == test.given.canonical() => None,
                Decision::Mapped(target) => Some(target.mapping.to_string()),
                Decision::Refused { mapping, .. } | Decision::Undecided { mapping, .. } => Some(mapping.to_string()),
                Decision::Unchanged => None,
            };
            let name = canonical(&test.given);
            assert!(!name.contains(HOLE));
            let deciding = decides(config.mappings.iter(), &name).filter(|mapping| !mapping.to.contains(&mapping.from));
            let by_expression = deciding.map(|mapping| mapping.id.to_string());
            assert_eq!(by_expression, by_mapping, "pack {}: {name}", pack.name);
            asked += 1;
        }
    }
    assert!(asked > 100, "{asked}");
}

/// A rule file with a little of everything, and images with what is to be said of each: `move`, `denied`, `unlisted` or nothing.
const RULES: &str = "mappings:\n- {id: keep, from: quay.io/keep/, to: quay.io/keep/}\n- {id: quay, from: quay.io/, to: m.example.com/quay/, except: [quay.io/own/]}\n\
    - {id: hub, from: acme/, to: m.example.com/acme/}\n- {id: one, from: 'nginx:1.25', to: 'm.example.com/nginx:1.25'}\n\
    - {id: some, from: 'gcr.io/*/pause', to: 'registry.k8s.io/{name}'}\n- {id: later, from: ghcr.io/old/, to: m.example.com/old/, until: 2999-01-01}\n\
    registries:\n  allow: [m.example.com, docker.io, quay.io, '*.internal.example', ghcr.io]\n  deny: [docker.io/evil, quay.io/own/bad]\n";

const IMAGES: [(&str, &str); 24] = [
    ("quay.io:8443/a/b:1", "unlisted"),
    ("ghcr.io:4430/a/b:1", "unlisted"),
    ("quay.io/a/b:1", "move"),
    ("QUAY.io/a/b:1", "move"),
    ("quay.io:443/a/b", "move"),
    ("quay.io/keep/b:1", ""),
    ("quay.io/own/b:1", ""),
    ("quay.io/own/bad/x:1", "denied"),
    ("quay.io.evil.com/a/b:1", "unlisted"),
    ("acme/web:1", "move"),
    ("docker.io/acme/web", "move"),
    ("index.docker.io/acme/web@sha256:0000000000000000000000000000000000000000000000000000000000000000", "move"),
    ("acme2/web:1", ""),
    ("nginx:1.25", "move"),
    ("docker.io/library/nginx:1.25", "move"),
    ("nginx:1.26", ""),
    ("nginx", ""),
    ("gcr.io/team/pause:3", "move"),
    ("gcr.io/team/x/pause:3", "unlisted"),
    ("evil/x", "denied"),
    ("a.b.internal.example:5000/x", "unlisted"),
    ("a.b.internal.example/x", ""),
    ("localhost/x", "unlisted"),
    ("ghcr.io/old/x:1", ""),
];

/// A pod with one image, in each place where a pod has some in turn.
fn pod(image: &str, place: usize) -> Value {
    let one = json!([{"name": "a", "image": image}]);
    let fine = json!([{"name": "f", "image": "m.example.com/fine:1"}]);
    let spec = match place % 4 {
        0 => json!({"containers": one}),
        1 => json!({"containers": fine, "initContainers": one}),
        2 => json!({"containers": fine, "ephemeralContainers": one}),
        _ => json!({"containers": fine, "volumes": [{"name": "v", "image": {"reference": image}}, {"name": "e", "emptyDir": {}}]}),
    };
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec})
}

fn written(form: &str) -> String {
    let folder = repository(&[(".transship.yaml", RULES)]);
    let said = say(&folder, &["policy", "--for", form]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.errors.contains("left out: mapping `later`: it only warns until 2999-01-01"), "{said:?}");
    said.out
}

/// What Rego's judge says of each image by `query`; its input is made by `around`.
fn judged(opa: &std::path::Path, rego: &str, query: &str, around: impl Fn(Value) -> Value) -> Vec<String> {
    let folder = repository(&[("policy.rego", rego)]);
    let asked = IMAGES.iter().enumerate().map(|(number, (image, _))| {
        fs::write(folder.path().join("input.json"), around(pod(image, number)).to_string()).unwrap();
        let said = finish(
            Command::new(opa)
                .args(["eval", "--format", "json", "--data", "policy.rego", "--input", "input.json", query])
                .current_dir(folder.path()),
            b"",
        );
        assert_eq!(said.code, 0, "{said:?}");
        let read: Value = serde_json::from_str(&said.out).unwrap();
        let found = read["result"][0]["expressions"][0]["value"].to_string();
        let words = [("move", "has to move"), ("denied", "is denied"), ("unlisted", "is not allowed")];
        let all: Vec<&str> = words.iter().filter(|(_, text)| found.contains(text)).map(|(word, _)| *word).collect();
        all.join(" ")
    });
    asked.collect()
}

#[test]
fn rego_denies_what_the_rules_find() {
    let Some(opa) = go_tools::program("opa") else { return };
    let want: Vec<&str> = IMAGES.iter().map(|(_, want)| *want).collect();
    assert_eq!(judged(&opa, &written("conftest"), "data.main.deny", |pod| json!({"kind": "List", "items": [pod]})), want);
    let template = written("gatekeeper");
    let documents: Vec<Value> = template.split("\n---\n").map(|text| serde_yaml::from_str(text).unwrap()).collect();
    let code = &documents[0]["spec"]["targets"][0]["code"][0]["source"];
    assert_eq!((&code["version"], &documents[1]["kind"]), (&json!("v1"), &documents[0]["spec"]["crd"]["spec"]["names"]["kind"]));
    let rego = code["rego"].as_str().unwrap();
    assert_eq!(judged(&opa, rego, "data.transship.violation", |pod| json!({"review": {"object": pod}})), want);
}

#[test]
fn what_check_finds_is_what_policies_are_to_deny() {
    let manifests: Vec<String> = IMAGES
        .iter()
        .map(|(image, _)| {
            format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{containers: [{{name: a, image: '{image}'}}]}}\n")
        })
        .collect();
    for ((image, want), manifest) in IMAGES.iter().zip(&manifests) {
        let folder = repository(&[(".transship.yaml", RULES), ("pod.yaml", manifest)]);
        let found: Value = serde_json::from_str(&say(&folder, &["check", "--format", "json"]).out).unwrap();
        let lints: Vec<&str> = found["diagnostics"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["severity"] == "error")
            .map(|one| one["lint"].as_str().unwrap())
            .collect();
        let words: Vec<&str> = lints
            .iter()
            .map(|lint| match *lint {
                "old-registry" => "move",
                "denied-registry" => "denied",
                "unlisted-registry" => "unlisted",
                other => other,
            })
            .collect();
        assert_eq!(words.join(" "), *want, "{image}");
    }
}

#[test]
fn kubernetes_own_policy_denies_what_the_rules_find() {
    let text = written("validating-admission-policy");
    let documents: Vec<Value> = text.split("\n---\n").map(|text| serde_yaml::from_str(text).unwrap()).collect();
    let [policy, binding] = &documents[..] else { panic!("{text}") };
    assert_eq!(binding["spec"]["policyName"], policy["metadata"]["name"]);
    assert!(!text.contains("{hub}") && !text.contains("{moves}") && !text.contains("{left}"), "{text}");
    let Some(judge) = go_tools::program("cel-policy") else { return };
    let validations: Vec<&Value> = policy["spec"]["validations"].as_array().unwrap().iter().collect();
    let objects: Vec<Value> = IMAGES.iter().enumerate().map(|(number, (image, _))| pod(image, number)).collect();
    let expressions: Vec<&Value> = validations.iter().map(|one| &one["expression"]).collect();
    let asked = json!({"variables": policy["spec"]["variables"], "validations": expressions, "objects": objects});
    let said = finish(&mut Command::new(judge), asked.to_string());
    assert_eq!(said.code, 0, "{said:?}");
    for ((image, want), got) in IMAGES.iter().zip(said.out.lines()) {
        let number = ["move", "denied", "unlisted"].iter().position(|word| word == want);
        assert_eq!(got.trim(), number.map_or_else(String::new, |number| number.to_string()), "{image}");
    }
    assert_eq!(said.out.lines().count(), IMAGES.len());
}
