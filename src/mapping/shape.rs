//! Owns the shape of a rule file, and the words for what stands in one.

use std::sync::LazyLock;

use serde_json::Value as Json;

use super::node::{Content, Node};

/// The JSON schema of a rule file. The text is the program's own: were it broken, every rule file of the tests would be refused.
pub(crate) static SCHEMA: LazyLock<Json> =
    LazyLock::new(|| serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/schema.json"))).unwrap_or_default());

/// What stands there, for people.
pub(super) const fn kind_of(node: &Node) -> &'static str {
    match node.value {
        Content::Null => "empty",
        Content::Scalar(_) => "a text",
        Content::Sequence(_) => "a list",
        Content::Mapping(_) => "a mapping of keys",
    }
}

/// Some of these words, for people.
pub(super) fn list(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::occurrence::Class;

    #[test]
    fn every_class_has_its_word() {
        let words = &SCHEMA["properties"]["mappings"]["items"]["properties"]["when"]["properties"]["classes"]["anyOf"][0]["enum"];
        let classes = words.as_array().unwrap().iter().map(|word| word.as_str().unwrap().parse::<Class>().unwrap().to_string());
        assert_eq!(classes.collect::<Vec<_>>(), words.as_array().unwrap().as_slice());
        let known = schemars::schema_for!(Class).to_value();
        assert_eq!(known["oneOf"].as_array().unwrap().len(), words.as_array().unwrap().len());
    }
}
