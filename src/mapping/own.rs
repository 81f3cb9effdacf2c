//! Owns what of a text is the rule language's own, as far as the text tells that cannot be read.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value as Json;

use super::fault::nearest;
use super::shape::{SCHEMA, list};

/// The keys of a rule file.
fn of_file() -> impl Iterator<Item = &'static str> {
    SCHEMA["properties"].as_object().into_iter().flatten().map(|(key, _)| key.as_str())
}

/// The same for people.
pub(super) fn keys() -> String {
    list(&of_file().collect::<Vec<_>>())
}

/// Every key of the language.
static WORDS: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let mut words = BTreeSet::new();
    let mut open = vec![&*SCHEMA];
    while let Some(schema) = open.pop() {
        if let Json::Object(table) = schema {
            words.extend(table.get("properties").and_then(Json::as_object).into_iter().flatten().map(|(key, _)| key.as_str()));
            open.extend(table.values());
        } else if let Json::Array(all) = schema {
            open.extend(all);
        }
    }
    words
});

/// The key that a line begins with, behind dashes, braces and quotes.
fn key(line: &str) -> &str {
    let line = line.trim_start_matches(['\u{feff}', '-', '{', '[', ' ', '\t']);
    line.split_once(':').map_or("", |(key, _)| key.trim().trim_matches(['"', '\'']))
}

/// Whether a text begins as a rule file does: with one of its keys, or one that was meant to be one. A text of nothing but comments is a rule file that
/// says nothing.
pub(super) fn begins(text: &str) -> bool {
    let says = |line: &&str| {
        let line = line.trim_start_matches('\u{feff}').trim();
        !(line.is_empty() || line.starts_with(['#', '%']) || line == "---" || line == "{" || line == "{}" || line == "...")
    };
    text.lines().find(says).is_none_or(|line| !key(line).is_empty() && nearest(key(line), of_file()).is_some())
}

/// Whether the line of this byte begins with a key of the language.
pub(super) fn is_line(text: &str, at: usize) -> bool {
    let from = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    text.get(from..).and_then(|rest| rest.lines().next()).is_some_and(|line| WORDS.contains(key(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_file_begins_with_a_key_of_its_own() {
        for text in ["", "# x\n", "\u{feff}---\n# x\nextends: [a]\n", "{\"mappings\": []}", "mapings:\n", "{\n  \"vars\": {}\n}\n"] {
            assert!(begins(text), "{text}");
        }
        for text in
            ["TOKEN=hunter2\n", "root:x:0:0:\n", "-----BEGIN KEY-----\n", "apiVersion: v1\n", "hunter2\nmappings:\n", "{\"auths\": {}}"]
        {
            assert!(!begins(text), "{text}");
        }
    }

    #[test]
    fn a_line_is_known_by_its_key() {
        let text = "mappings:\n  - from: \"x\n    password: y\n";
        assert!(is_line(text, 15) && !is_line(text, 30) && is_line(text, 0));
    }
}
