//! Owns the independent judgement that a rewrite changed nothing but references: another YAML reader, values compared by their place.

use serde_json::Value;

use super::tool::Found;
use super::tree::Tree;

/// Every value that changed and is not one of the planned references.
pub(crate) fn unexplained(before: &Tree, after: &Tree, found: &[Found]) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, old) in &before.0 {
        let Some(new) = after.0.get(path) else {
            faults.push(format!("{path} is gone"));
            continue;
        };
        // What this reader does not take (templates, duplicate keys, tags of its own) is judged by the other checks alone.
        let Some(old) = parse(old) else { continue };
        let Some(new) = parse(new) else {
            faults.push(format!("{path} was YAML and is none any more"));
            continue;
        };
        compare(path, &Value::Array(old), &Value::Array(new), found, &mut faults);
    }
    faults
}

fn parse(bytes: &[u8]) -> Option<Vec<Value>> {
    serde_yaml::from_multiple(std::str::from_utf8(bytes).ok()?).ok()
}

fn compare(at: &str, old: &Value, new: &Value, found: &[Found], faults: &mut Vec<String>) {
    match (old, new) {
        // An entry of a kustomization whose base is elsewhere gains a `newName`, a target of its own.
        (Value::Object(a), Value::Object(b))
            if a.keys().eq(b.iter().filter(|(key, new)| a.contains_key(*key) || !comes(key, new)).map(|(key, _)| key)) =>
        {
            for (key, old) in a {
                let Some(new) = b.get(key).filter(|new| !is_mark(key, new)) else { continue };
                compare(&format!("{at}.{key}"), old, new, found, faults);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (old, new)) in a.iter().zip(b).enumerate() {
                compare(&format!("{at}[{index}]"), old, new, found, faults);
            }
        }
        (Value::String(a), Value::String(b)) if a.lines().count() == b.lines().count() => {
            let differing = a.lines().zip(b.lines()).filter(|(old, new)| old != new);
            faults.extend(
                differing.filter(|(old, new)| !is_planned(old, new, found)).map(|(old, new)| format!("{at}: `{old}` became `{new}`")),
            );
        }
        _ if old == new => {}
        _ => faults.push(format!("{at}: `{old}` became `{new}`")),
    }
}

/// Whether a key comes with a move.
fn comes(key: &str, new: &Value) -> bool {
    key == "newName" || is_mark(key, new)
}

/// Whether a key says beside an address of charts that a registry serves them.
fn is_mark(key: &str, new: &Value) -> bool {
    key == "type" && new == "oci" || key == "oci" && *new == Value::Bool(true)
}

/// Whether a line of a value holds a part of a reference that a fix changes, and afterwards holds a part of its target.
fn is_planned(old: &str, new: &str, found: &[Found]) -> bool {
    found.iter().any(|f| {
        let Some(target) = f.outcome.strip_prefix("-> ") else { return false };
        parts(&f.reference).any(|part| old.contains(part)) && parts(target).any(|part| new.contains(part))
    })
}

/// The text before the first slash, and from each slash on, up to the first hole, tag and digest: the domain, and ends of the path.
fn parts(reference: &str) -> impl Iterator<Item = &str> {
    let first = reference.split('/').next();
    let ends = reference.match_indices('/').filter_map(|(at, _)| reference.get(at + 1..));
    first.into_iter().chain(ends).map(|part| part.split(['{', ':', '@']).next().unwrap_or_default()).filter(|part| !part.is_empty())
}
