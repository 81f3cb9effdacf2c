//! Owns what is read off an answer of a forge besides its JSON: limits, what a refusal says, and where the next page is.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::registry::{Said, retry_after};

/// How long is waited where a forge limits and does not say how long (GitHub's best practices: a minute, and longer each time).
const A_MINUTE: Duration = Duration::from_secs(60);
/// How deep what a refusal says may lie in lists and objects.
const DEPTH: usize = 4;

/// How long a forge wants to be left alone that limits whoever asks; none where a refusal is no limit.
pub(super) fn limit(said: &Said, tried: u32, now: SystemTime) -> Option<Duration> {
    if let Some(wanted) = said.header("retry-after").and_then(|value| retry_after(value, now)) {
        return Some(wanted);
    }
    // GitHub, Gitea behind a proxy, and Bitbucket write `X-` before them, GitLab does not.
    let header = |name: &str| said.header(name).or_else(|| said.header(name.strip_prefix("x-")?));
    let number = |name: &str| header(name).and_then(|value| value.trim().parse::<u64>().ok());
    if number("x-ratelimit-remaining") == Some(0) {
        let reset = number("x-ratelimit-reset").map(|reset| UNIX_EPOCH + Duration::from_secs(reset));
        // A second more than is said, since clocks differ.
        let wait = reset.map(|reset| reset.duration_since(now).map_or(Duration::ZERO, |wait| wait + Duration::from_secs(1)));
        return Some(wait.unwrap_or(A_MINUTE));
    }
    let words = String::from_utf8_lossy(&said.body).to_ascii_lowercase();
    let is_limit = said.status == 429 || ["secondary rate limit", "abuse detection"].iter().any(|mark| words.contains(mark));
    is_limit.then(|| A_MINUTE.saturating_mul(tried))
}

/// What an answer that is no success says, in one line.
pub(super) fn message(status: u16, body: &[u8]) -> String {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let mut all = Vec::new();
    // GitHub and Gitea have `message`, and GitHub `errors`; GitLab `message`, be it a list or an object, or `error`; Bitbucket an object under `error`.
    for key in ["message", "error", "error_description", "errors"] {
        told(&value[key], DEPTH, &mut all);
    }
    let told = if all.is_empty() { String::new() } else { format!(": {}", all.join("; ")) };
    format!("the forge answers with status {status}{told}")
}

/// The texts of a refusal: of an object its message, or its code, or what it says of each of its fields.
fn told(value: &Value, depth: usize, all: &mut Vec<String>) {
    match value {
        Value::String(text) if !text.is_empty() => all.push(text.clone()),
        Value::Array(items) if depth > 0 => items.iter().for_each(|item| told(item, depth - 1, all)),
        Value::Object(fields) if depth > 0 => match fields.get("message").or_else(|| fields.get("code")) {
            Some(own) => {
                told(own, depth - 1, all);
                fields.get("detail").into_iter().for_each(|detail| told(detail, depth - 1, all));
            }
            None => {
                for (field, value) in fields {
                    let mut words = Vec::new();
                    told(value, depth - 1, &mut words);
                    all.extend(words.iter().map(|words| format!("{field} {words}")));
                }
            }
        },
        _ => {}
    }
}

/// The address of the next page in a header `Link`.
pub(super) fn next(header: &str) -> Option<String> {
    header.split(',').find_map(|link| {
        let (address, about) = link.trim().split_once(';')?;
        let is_next = about.split(';').any(|word| matches!(word.trim(), "rel=\"next\"" | "rel=next"));
        is_next.then(|| address.trim().trim_start_matches('<').trim_end_matches('>').to_owned())
    })
}

/// Scheme, host and port of an address.
pub(super) fn origin(url: &str) -> Option<&str> {
    let host = url.find("://")? + 3;
    let end = url.get(host..)?.find(['/', '?', '#']).map_or(url.len(), |at| host + at);
    // A user in an address would make it look like another.
    url.get(..end).filter(|origin| !origin.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_followed_on_the_forge_alone() {
        let header = "<https://api.example.com/a?page=1>; rel=\"prev\", <https://api.example.com/a?page=3>; rel=\"next\"";
        assert_eq!(next(header).as_deref(), Some("https://api.example.com/a?page=3"));
        assert_eq!(next("<https://a.example/>; rel=\"last\""), None);
        assert_eq!(origin("https://api.example.com:8443/a?b"), Some("https://api.example.com:8443"));
        assert_eq!(origin("https://api.example.com@evil.example/a"), None);
        assert_eq!(origin("nothing"), None);
    }

    #[test]
    fn each_forge_is_told_in_its_own_words() {
        let said = |body: &str| message(422, body.as_bytes()).strip_prefix("the forge answers with status 422").unwrap().to_owned();
        let github = r#"{"message": "Validation Failed", "errors": [{"code": "custom", "message": "exists"}, {"code": "missing"}, "odd"]}"#;
        assert_eq!(said(github), ": Validation Failed; exists; missing; odd");
        assert_eq!(said(r#"{"message": ["Another open merge request already exists"]}"#), ": Another open merge request already exists");
        assert_eq!(said(r#"{"message": {"title": ["can't be blank", "is odd"]}}"#), ": title can't be blank; title is odd");
        assert_eq!(said(r#"{"error": "insufficient_scope", "error_description": "needs api"}"#), ": insufficient_scope; needs api");
        let bitbucket = r#"{"type": "error", "error": {"message": "Bad request", "detail": "no such branch", "data": {"a": 1}}}"#;
        assert_eq!(said(bitbucket), ": Bad request; no such branch");
        assert_eq!((said("<html>"), said("")), (String::new(), String::new()));
        let deep = format!("{{\"message\": {}1{}}}", "[".repeat(100), "]".repeat(100));
        assert_eq!(said(&deep), "");
    }
}
