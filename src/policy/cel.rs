//! Writes a policy in CEL, with what binds it.

use std::fmt::Write as _;

use super::{Policy, hub};

/// What stands around the rules. Lines with a word in braces are filled in.
const TEMPLATE: &str = include_str!("../../rules/engines/validating-admission-policy.yaml");

/// A `ValidatingAdmissionPolicy` and its binding.
pub(super) fn policy(policy: &Policy) -> String {
    let left: String = policy.left.iter().fold(String::new(), |mut text, left| {
        let _ = writeln!(text, "# left out: {left}");
        text
    });
    let moves: Vec<String> = policy
        .moves
        .iter()
        .map(|one| {
            let [covers, to, id] = [&one.covers, &one.to, &one.id].map(|text| quoted(text));
            format!("{{\"covers\": [{covers}], \"except\": {}, \"to\": [{to}], \"id\": [{id}]}}", list(&one.except))
        })
        .collect();
    let denied: Vec<String> = policy.deny.iter().map(|one| one.covers.clone()).collect();
    TEMPLATE
        .replace("# {left}\n", &left)
        .replace("{moves}", &folded(&moves))
        .replace("{allow}", &list(&policy.allow))
        .replace("{denied}", &list(&denied))
        .replace("{hub}", &quoted(&hub()))
}

/// A list over lines, as it stands below the key of the template.
fn folded(all: &[String]) -> String {
    if all.is_empty() {
        return "[]".to_owned();
    }
    format!("[\n        {}]", all.join(",\n        "))
}

fn list(all: &[String]) -> String {
    format!("[{}]", all.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
}

/// A text of CEL: its escapes are those of JSON, as far as these are written here.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
