//! Writes a policy in Rego: for conftest as it is, for Gatekeeper inside of a template.

use std::fmt::Write as _;

use serde_json::Value;

use super::{Policy, hub};

/// What both have: how images are found, spelled out, and judged. `OBJECT` is what is looked into.
const BODY: &str = include_str!("../../rules/engines/policy.rego");

/// What stands around it in a cluster.
const TEMPLATE: &str = include_str!("../../rules/engines/gatekeeper.yaml");

/// A policy for `conftest test --policy FOLDER`.
pub(super) fn conftest(policy: &Policy) -> String {
    let head = "# Denies images that have to move, or that no registry may serve. conftest test --policy FOLDER manifest.yaml\n";
    let deny = "\ndeny contains msg if some msg in found\n";
    format!("{head}package main\n\nimport rego.v1\n\n{}{deny}", body(policy, "input"))
}

/// A template of constraints and the constraint, for `kubectl apply --filename`.
pub(super) fn gatekeeper(policy: &Policy) -> String {
    let violation = "\nviolation contains {\"msg\": msg} if some msg in found\n";
    let rego = format!("package transship\n\nimport rego.v1\n\n{}{violation}", body(policy, "input.review.object"));
    let indented: String =
        rego.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("            {line}\n") }).collect();
    TEMPLATE.replace("            {rego}\n", &indented)
}

fn body(policy: &Policy, object: &str) -> String {
    let mut out = String::new();
    for left in &policy.left {
        let _ = writeln!(out, "# left out: {left}");
    }
    out.push_str("moves := [\n");
    for one in &policy.moves {
        let except: Vec<String> = one.except.iter().map(|text| quoted(text)).collect();
        let [id, covers, to] = [&one.id, &one.covers, &one.to].map(|text| quoted(text));
        let _ = writeln!(out, "\t{{\"id\": {id}, \"covers\": {covers}, \"except\": [{}], \"to\": {to}}},", except.join(", "));
    }
    out.push_str("]\n\nallow := [");
    out.push_str(&policy.allow.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "));
    out.push_str("]\n\ndenied := [\n");
    for one in &policy.deny {
        let _ = writeln!(out, "\t{{\"covers\": {}, \"name\": {}}},", quoted(&one.covers), quoted(&one.name));
    }
    out.push_str("]\n\n");
    out + &BODY.replace("{hub}", &quoted(&hub())).replace("{object}", object)
}

/// A text of Rego, which is one of JSON.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
