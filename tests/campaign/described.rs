//! Owns what GitHub publishes of its requests (`scripts/github-requests` writes it down, and its day), and what of a request is not in that. GraphQL has no
//! part in it: its fields were compared with @octokit/graphql-schema 15.26.1 on 2026-11-30.

use std::sync::LazyLock;

use serde_json::Value;

use crate::server::Seen;

static PUBLISHED: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(include_str!("../data/github-requests.json")).unwrap());

/// Asserts that GitHub publishes such a request: its method and path, each parameter, each value of its body.
pub(crate) fn assert_is_published(seen: &Seen) {
    let body = if seen.body.is_empty() { Value::Null } else { serde_json::from_str(&seen.body).unwrap() };
    let faults = faults(&seen.method, &seen.path, &body);
    assert!(faults.is_empty(), "{} {}: {faults:?}", seen.line(), seen.body);
}

/// What of a request is not published.
fn faults(method: &str, path: &str, body: &Value) -> Vec<String> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let all = PUBLISHED["operations"].as_array().unwrap();
    let Some(operation) = all.iter().find(|one| one["method"] == method && fits(one["path"].as_str().unwrap(), path)) else {
        return vec!["no such request".to_owned()];
    };
    let mut faults = Vec::new();
    let known = operation["query"].as_object().unwrap();
    let given: Vec<(&str, &str)> = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap()).collect();
    for (name, value) in &given {
        match known.get(*name) {
            None => faults.push(format!("no parameter `{name}`")),
            Some(about) if about["enum"].as_array().is_some_and(|words| !words.iter().any(|word| word == value)) => {
                faults.push(format!("`{name}` is never `{value}`"));
            }
            Some(about) if about["type"] == "integer" && value.parse::<u64>().is_err() => faults.push(format!("`{name}` is a number")),
            Some(_) => {}
        }
    }
    let missing = known.iter().filter(|(name, about)| about["required"] == true && !given.iter().any(|(given, _)| given == name));
    faults.extend(missing.map(|(name, _)| format!("`{name}` is missing")));
    match (&operation["body"], body) {
        (Value::Null, Value::Null) => {}
        (Value::Null, _) => faults.push("it has a body".to_owned()),
        (_, Value::Null) if operation["is_body_required"] == true => faults.push("it has no body".to_owned()),
        (_, Value::Null) => {}
        (schema, body) => faults.extend(unlike(schema, body, "body")),
    }
    faults
}

/// Whether a path is of a template: `{…}` stands for one part.
fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(&path).all(|(wanted, part)| wanted == part || (wanted.starts_with('{') && !part.is_empty()))
}

/// What of a value is not as a schema says it. A key that the schema does not name is a fault, though schemas let it be.
fn unlike(schema: &Value, value: &Value, at: &str) -> Vec<String> {
    if value.is_null() && schema["nullable"] == true {
        return Vec::new();
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(ways) = schema[key].as_array() {
            let best = ways.iter().map(|way| unlike(way, value, at)).min_by_key(Vec::len);
            return best.unwrap_or_default();
        }
    }
    let length = |value: &Value| value.as_array().map_or(0, |all| all.len() as u64);
    let mut faults = Vec::new();
    let is_right = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array() && schema["minItems"].as_u64().is_none_or(|least| length(value) >= least),
        Some("string") => value.is_string(),
        Some("integer") => value.is_u64(),
        Some("boolean") => value.is_boolean(),
        _ => true,
    };
    if !is_right || schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        faults.push(format!("`{at}` is {value}"));
    }
    if schema["format"] == "repo.nwo" && value.as_str().is_none_or(|name| !name.contains('/')) {
        faults.push(format!("`{at}` is no `owner/name`"));
    }
    for (key, inner) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(key) {
            Some(schema) => faults.extend(unlike(schema, inner, &format!("{at}.{key}"))),
            None => faults.push(format!("no `{at}.{key}`")),
        }
    }
    for inner in value.as_array().into_iter().flatten() {
        faults.extend(unlike(&schema["items"], inner, &format!("{at}[]")));
    }
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    faults.extend(required.filter(|key| value.get(key).is_none()).map(|key| format!("`{at}.{key}` is missing")));
    faults
}

#[test]
fn what_is_not_published_is_told() {
    let of = |method: &str, path: &str, body: Value| faults(method, path, &body);
    let none = Value::Null;
    assert!(of("GET", "/repos/a/b", none.clone()).is_empty());
    assert_eq!(of("GET", "/repos/a", none.clone()), ["no such request"]);
    assert_eq!(of("GET", "/repos/a/b/pulls?state=any&per_page=x&nothing=1", none.clone()).len(), 3);
    assert_eq!(of("GET", "/repos/a/b", serde_json::json!({})), ["it has a body"]);
    assert_eq!(of("POST", "/repos/a/b/pulls", none), ["it has no body"]);
    assert_eq!(of("POST", "/repos/a/b/pulls", serde_json::json!({"head": "x", "base": 1})), ["`body.base` is 1"]);
    assert_eq!(of("POST", "/repos/a/b/pulls", serde_json::json!({"head": "x"})), ["`body.base` is missing"]);
    let odd = serde_json::json!({"head": "x", "base": "y", "head_repo": "b", "colour": 1});
    assert_eq!(of("POST", "/repos/a/b/pulls", odd), ["no `body.colour`", "`body.head_repo` is no `owner/name`"]);
    assert_eq!(of("POST", "/repos/a/b/issues/1/labels", serde_json::json!({"labels": []})).len(), 1);
    assert_eq!(of("PUT", "/repos/a/b/pulls/1/merge", serde_json::json!({"merge_method": "octopus"})).len(), 1);
}
