//! Owns the shape of a rule file, and how it is told what breaks it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use serde_json::Value as Json;

use super::fault::{Fault, Place, Quote, Source};
use super::node::{Content, Node, Text};

/// The JSON schema of a rule file. The text is the program's own: were it broken, every rule file of the tests would be refused.
pub(crate) static SCHEMA: LazyLock<Json> =
    LazyLock::new(|| serde_yaml::from_str(include_str!("../../rules/schema.yaml")).unwrap_or_default());

/// Says what is wrong with the shape of a file.
pub(super) struct Checker<'a> {
    pub(super) source: &'a Arc<Source>,
    pub(super) faults: &'a mut Vec<Fault>,
}

impl Checker<'_> {
    pub(super) fn fault(&self, span: &Range<usize>, message: impl Into<String>) -> Fault {
        Fault::new(Place { source: Arc::clone(self.source), span: span.clone() }, message)
    }

    pub(super) fn wrong(&mut self, node: &Node, name: &str, expected: &str) {
        let fault = self.fault(&node.span, format!("`{name}` is {}", kind(node)));
        self.faults.push(fault.label(format!("expected {expected}")).quoting(Quote::Before));
    }

    pub(super) fn twice(&mut self, entries: &[(Text, Node)]) {
        let mut first_of = BTreeMap::new();
        for (key, _) in entries {
            let first = *first_of.entry(&key.text).or_insert(key);
            if !std::ptr::eq(first, key) {
                self.faults.push(
                    self.fault(&key.span, format!("the key `{}` is there twice", key.text))
                        .label("again here")
                        .related(Place { source: Arc::clone(self.source), span: first.span.clone() }, "first here"),
                );
            }
        }
    }

    pub(super) fn unknown<'k>(&mut self, word: &str, span: &Range<usize>, known: impl Iterator<Item = &'k str>, what: &str) {
        let known: Vec<_> = known.collect();
        let fault = self.fault(span, format!("unknown {what} `{word}`"));
        let fault = fault.label(format!("expected {}", list(&known)));
        self.faults.push(fault.meant(word, known.into_iter()).quoting(Quote::Word));
    }
}

const fn kind(node: &Node) -> &'static str {
    match node.value {
        Content::Null => "empty",
        Content::Scalar(_) => "a text",
        Content::Sequence(_) => "a list",
        Content::Mapping(_) => "a mapping of keys",
    }
}

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
