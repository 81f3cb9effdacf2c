//! Reads Kyverno policies that replace a part of an image's name: calls of `regex_replace_all` with a regular expression that is a prefix.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::Imported;

/// A call: its regular expression and its replacement. Kyverno's texts stand in single quotes, or in double quotes behind backslashes.
static CALL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let text = r#"(?:'([^']*)'|"([^"]*)")"#;
    Regex::new(&format!(r"regex_replace_all(?:_literal)?\(\s*{text}\s*,[^,]*,\s*{text}\s*\)")).ok()
});

pub(super) fn import(policies: &[Value]) -> Imported {
    let mut imported = Imported::of("Kyverno policies");
    let mut calls = Vec::new();
    for policy in policies {
        collect(policy, &mut calls);
    }
    for (regex, replacement) in calls {
        match prefixes(&regex).zip(target(&replacement)) {
            Some((from, to)) => from.into_iter().for_each(|from| imported.copy(from, vec![to.clone()])),
            None => imported.leave(&regex, "this regular expression is no prefix; write a mapping by hand"),
        }
    }
    imported
}

fn collect(value: &Value, calls: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => {
            let text = text.replace("\\\"", "\"");
            let Some(call) = CALL.as_ref() else { return };
            for found in call.captures_iter(&text) {
                let either = |one, other| found.get(one).or_else(|| found.get(other)).map_or("", |text| text.as_str()).to_owned();
                let pair = (either(1, 2), either(3, 4));
                if !calls.contains(&pair) {
                    calls.push(pair);
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|one| collect(one, calls)),
        Value::Object(all) => all.values().for_each(|one| collect(one, calls)),
        _ => {}
    }
}

/// The prefixes that a regular expression covers; none when it covers something else.
fn prefixes(regex: &str) -> Option<Vec<String>> {
    let text = regex.strip_prefix('^')?.trim_end_matches('$');
    let text = ["(.*)", "(.+)", ".*", ".+"].iter().find_map(|rest| text.strip_suffix(rest)).unwrap_or(text);
    let plain = |text: &str| {
        let text = text.replace("\\.", ".").replace("\\/", "/").replace("\\-", "-");
        (!text.is_empty() && text.ends_with('/') && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"./_-:".contains(&b)))
            .then_some(text)
    };
    let Some(inner) = text.strip_prefix("(?:").or_else(|| text.strip_prefix('(')) else { return Some(vec![plain(text)?]) };
    // `(docker.io/)?x/`, which is one repository, and `(a|b)/`, which are two.
    let (group, rest) = inner.split_once(')')?;
    match rest.strip_prefix('?') {
        Some("") => Some(vec![plain(group)?]),
        Some(rest) => Some(vec![plain(rest)?]),
        None => group.split('|').map(|one| plain(&format!("{one}{rest}"))).collect(),
    }
}

/// What a replacement makes of a prefix.
fn target(replacement: &str) -> Option<String> {
    let text = ["${1}", "${2}", "$1", "$2"].iter().find_map(|rest| replacement.strip_suffix(rest)).unwrap_or(replacement);
    (text.ends_with('/') && !text.contains('$') && !text.contains("{{")).then(|| text.to_owned())
}
