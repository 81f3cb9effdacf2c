//! Owns the shape of a rule file as one table: the JSON schema that it gives says what is read, what is refused and what editors offer.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value as Json, json};

use super::fault::{Fault, Place, Source};
use super::node::{Content, Node, Text};

/// What may stand at a key.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// A text; numbers and the like count as texts.
    Text,
    /// One of some words.
    Word(&'static [&'static str]),
    /// A day, `YYYY-MM-DD`.
    Date,
    /// `all`, or a number.
    Levels,
    /// A text, or a list of texts.
    Texts,
    /// One of some words, or a list of them.
    Words(&'static [&'static str]),
    /// A list of texts.
    TextList,
    /// Names with texts, or with nothing.
    Names,
    /// Keys with values.
    Table(&'static [Key]),
    /// A list of tables.
    Tables(&'static [Key]),
    /// A list of tables whose words another part of the program owns.
    Others,
}

/// A key of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    /// As typed.
    pub(crate) name: &'static str,
    /// What may stand there.
    pub(crate) shape: Shape,
    /// What it means, in one sentence.
    pub(crate) about: &'static str,
}

const fn key(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key { name, shape, about }
}

/// The classes that `when: {classes: …}` knows.
pub(crate) const CLASSES: &[&str] = &["deploy", "build", "ci", "script", "docs", "code", "test", "comment", "lock"];
const PRESENCE: &[&str] = &["present", "absent"];

/// A rule file.
pub(crate) const FILE: &[Key] = &[
    key("about", Shape::Text, "What the file is for and where its facts come from."),
    key(
        "extends",
        Shape::TextList,
        "Built-in packs by name, or rule files by a path relative to this one (with a `/`, or ending in `.yaml`).",
    ),
    key(
        "vars",
        Shape::Names,
        "Names that `{name}` stands for in this file. A name without a value must get one from `--var` or from a file that extends this one.",
    ),
    key("mappings", Shape::Tables(MAPPING), "What becomes what."),
    key("tests", Shape::Tables(TEST), "References and what the mappings of this file make of them; checked at every load."),
    key("registries", Shape::Table(REGISTRIES), "Which registries may be used."),
    key("suppressions", Shape::Table(SUPPRESSIONS), "What a suppression comment must say."),
    key("formats", Shape::Others, "Formats of your own, in the language of `rules/formats`, and what is added to theirs."),
];

/// A mapping.
pub(crate) const MAPPING: &[Key] = &[
    key("id", Shape::Text, "Its name in messages; without one, its `from`."),
    key("about", Shape::Text, "Why it is there."),
    key(
        "from",
        Shape::Text,
        "What it covers: `lablup/` (a prefix of whole segments), `k8s.gcr.io/pause` (a repository with any tag), `a/b:1` (one reference); `*` within a segment, `**` across segments, `{name}` to capture.",
    ),
    key(
        "match",
        Shape::Text,
        "Instead of `from`: a regular expression on the whole canonical name (domain and path, no tag); named groups can be used in `to`.",
    ),
    key(
        "to",
        Shape::Texts,
        "What it becomes: a prefix (the rest is appended) or a template of captures, vars, `{path}`, `{name}` (last segment) and `{tag}`; several are candidates, best first.",
    ),
    key("except", Shape::Texts, "What it does not cover, in the language of `from`."),
    key("when", Shape::Table(WHEN), "When it applies; all conditions must hold."),
    key(
        "digest",
        Shape::Word(&["keep", "drop", "refuse"]),
        "What happens to a digest; a mapping that changes the tag or the image must say.",
    ),
    key("until", Shape::Date, "A day: references are a warning before it and an error from it on."),
    key(
        "flatten",
        Shape::Levels,
        "How many leading segments of the rest are dropped, as Harbor's flattening levels do; `all` keeps the last segment only.",
    ),
    key("tests", Shape::Tables(TEST), "References and what becomes of them."),
];

/// The conditions of a mapping.
pub(crate) const WHEN: &[Key] = &[
    key(
        "tag",
        Shape::Texts,
        "`present`, `absent`, a glob (`8u*-jre`), a regular expression (`/v1\\..*/`), or versions (`>=1.8 <2`); one of several suffices.",
    ),
    key("digest", Shape::Word(PRESENCE), "Whether there is a digest."),
    key("formats", Shape::Texts, "Ids of formats."),
    key("files", Shape::Texts, "Globs on the path of the file."),
    key("classes", Shape::Words(CLASSES), "Why the text is there."),
    key("official", Shape::Word(&["true", "false"]), "Whether it is one of Docker Hub's official images (`library/`)."),
];

/// A test.
pub(crate) const TEST: &[Key] = &[
    key("given", Shape::Text, "A reference as typed."),
    key("want", Shape::Texts, "What it becomes: the first candidate, or a list of all candidates, or `unchanged`, `refused`."),
    key("format", Shape::Text, "The format it stands in."),
    key("file", Shape::Text, "The path it stands in."),
    key("class", Shape::Word(CLASSES), "Why it is there."),
];

/// Registries.
pub(crate) const REGISTRIES: &[Key] = &[
    key(
        "allow",
        Shape::Texts,
        "Every other registry is a finding, when not empty: domains (`*.example.com` for all below), or a domain and a path.",
    ),
    key("deny", Shape::Texts, "These are a finding. Where both match, the longer entry decides."),
];

const SUPPRESSIONS: &[Key] =
    &[key("reason", Shape::Word(&["optional", "required"]), "Whether a suppression must be followed by a reason.")];

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
        let fault = self.fault(&node.span, format!("`{name}` is {}", kind(node))).label(format!("expected {expected}"));
        self.faults.push(fault);
    }

    pub(super) fn twice(&mut self, entries: &[(Text, Node)]) {
        let mut first_of = BTreeMap::new();
        for (key, _) in entries {
            let first = *first_of.entry(&key.text).or_insert(key);
            if !std::ptr::eq(first, key) {
                let fault = self.fault(&key.span, format!("the key `{}` is there twice", key.text)).label("again here");
                self.faults.push(fault.related(Place { source: Arc::clone(self.source), span: first.span.clone() }, "first here"));
            }
        }
    }

    pub(super) fn unknown<'k>(&mut self, word: &str, span: &Range<usize>, known: impl Iterator<Item = &'k str>, what: &str) {
        let known: Vec<_> = known.collect();
        let fault = self.fault(span, format!("unknown {what} `{word}`"));
        let fault = fault.label(format!("expected {}", list(&known)));
        let fault = match nearest(word, known.iter().copied()) {
            Some(near) => fault.help(format!("did you mean `{near}`?")),
            None => fault,
        };
        self.faults.push(fault);
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

/// The known word that differs least, when it differs in no more than a third of its letters.
pub(crate) fn nearest<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    known
        .map(|known| (distance(word, known), known))
        .filter(|(edits, known)| *edits * 3 <= known.len().max(3))
        .min()
        .map(|(_, known)| known)
}

/// Levenshtein's distance in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((y, above), above_left) in b.iter().zip(row.iter().skip(1)).zip(&row) {
            let left = next.last().copied().unwrap_or_default();
            next.push((above_left + usize::from(x != *y)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

/// The schema, made once.
pub(super) static SCHEMA: LazyLock<Json> = LazyLock::new(schema);

/// The JSON schema of a rule file.
pub(crate) fn schema() -> Json {
    let mut schema = table_schema(FILE);
    if let Json::Object(object) = &mut schema {
        object.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
        object.insert("title".into(), json!("transship rule file"));
        object.insert("description".into(), json!("`.transship.yaml`, or a pack: what becomes what."));
    }
    schema
}

fn table_schema(keys: &[Key]) -> Json {
    let mut properties = Map::new();
    for key in keys {
        let mut property = shape_schema(key.shape);
        if let Json::Object(object) = &mut property {
            object.insert("description".into(), json!(key.about));
        }
        properties.insert(key.name.into(), property);
    }
    let mut schema = json!({"type": "object", "additionalProperties": false, "properties": properties});
    let has = |name: &str| keys.iter().any(|key| key.name == name);
    if has("from") && has("match") {
        schema["required"] = json!(["to"]);
        schema["oneOf"] = json!([{"required": ["from"]}, {"required": ["match"]}]);
    } else if has("given") {
        schema["required"] = json!(["given", "want"]);
    }
    schema
}

fn shape_schema(shape: Shape) -> Json {
    // YAML reads an unquoted 1.10 as a number; the language takes it as it is spelled.
    let text = json!({"type": ["string", "number", "boolean"]});
    match shape {
        Shape::Text => text,
        Shape::Word(["true", "false"]) => json!({"type": "boolean"}),
        Shape::Word(words) => json!({"enum": words}),
        Shape::Words(words) => json!({"anyOf": [{"enum": words}, {"type": "array", "items": {"enum": words}}]}),
        Shape::Date => json!({"type": "string", "format": "date"}),
        Shape::Levels => json!({"anyOf": [{"const": "all"}, {"type": "integer", "minimum": 1}]}),
        Shape::Texts => json!({"anyOf": [text, {"type": "array", "items": text}]}),
        Shape::TextList => json!({"type": "array", "items": text}),
        Shape::Names => json!({"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}}),
        Shape::Table(keys) => table_schema(keys),
        Shape::Tables(keys) => json!({"type": "array", "items": table_schema(keys)}),
        Shape::Others => json!({"type": "array", "items": {"type": "object"}}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::occurrence::Class;

    #[test]
    fn every_class_has_its_word() {
        let said: Vec<String> = CLASSES.iter().map(|word| word.parse::<Class>().unwrap().to_string()).collect();
        assert_eq!(said, CLASSES);
        let known = schemars::schema_for!(Class).to_value();
        assert_eq!(known["oneOf"].as_array().unwrap().len(), CLASSES.len());
    }
}
