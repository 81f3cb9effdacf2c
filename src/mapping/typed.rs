//! Owns the way from a tree to a value that a JSON schema describes, with every fault at its place.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Map, Number, Value as Json};

use super::fault::Quote;
use super::node::{Content, Node, Text};
use super::shape::{kind_of, list};
use super::{Date, Fault, RuleFile};

impl RuleFile {
    /// The value of `node` by a schema (of JSON Schema 2020-12 what this program and schemars write: `$ref` into `$defs`, choices, words, `required`,
    /// days); scalars get the type that the schema wants, as their spelling has none. `None` when something is wrong; every fault is told.
    pub(crate) fn typed(&self, node: &Node, schema: &Json, name: &str, faults: &mut Vec<Fault>) -> Option<Json> {
        let before = faults.len();
        let value = Reader { schema, file: self, faults }.value(node, schema, name);
        (faults.len() == before).then_some(value)
    }
}

struct Reader<'a> {
    schema: &'a Json,
    file: &'a RuleFile,
    faults: &'a mut Vec<Fault>,
}

impl<'a> Reader<'a> {
    /// What may stand at a place: references are followed, and choices laid side by side.
    fn choices(&self, schema: &'a Json) -> Vec<&'a Json> {
        if let Some(name) = schema.get("$ref").and_then(Json::as_str).and_then(|path| path.strip_prefix("#/$defs/")) {
            return self.schema.get("$defs").and_then(|all| all.get(name)).map(|schema| self.choices(schema)).unwrap_or_default();
        }
        let all = ["oneOf", "anyOf"].iter().find_map(|word| schema.get(word)).and_then(Json::as_array);
        match all.filter(|_| schema.get("type").is_none()) {
            Some(all) => all.iter().flat_map(|one| self.choices(one)).collect(),
            None => vec![schema],
        }
    }

    fn value(&mut self, node: &Node, schema: &'a Json, name: &str) -> Json {
        let choices = self.choices(schema);
        let words: Vec<&str> = choices.iter().flat_map(|choice| words_of(choice)).collect();
        let of = |kind: &str| choices.iter().copied().find(|choice| is_of(choice, kind) && words_of(choice).is_empty());
        match &node.value {
            Content::Null if of("null").is_some() => return Json::Null,
            Content::Sequence(items) => {
                if let Some(schema) = of("array").and_then(|list| list.get("items")) {
                    let name = format!("an entry of {name}");
                    return items.iter().map(|item| self.value(item, schema, &name)).collect();
                }
            }
            Content::Mapping(entries) => {
                if let Some(table) = of("object") {
                    return self.table(node, entries, table, name);
                }
            }
            Content::Scalar(text) => {
                let typed = of("integer").and_then(|number| integer(text, number)).or_else(|| of("boolean").and_then(|_| boolean(text)));
                if let Some(value) = typed.or_else(|| (words.contains(&&**text) || of("string").is_some()).then(|| text.as_str().into())) {
                    if of("string").is_some_and(|string| string["format"] == "date") && Date::parse(text).is_none() {
                        let fault = self.fault(&node.span, format!("`{text}` is not a day"));
                        self.faults.push(fault.label("expected a day of the calendar as `YYYY-MM-DD`"));
                    }
                    return value;
                }
                if !words.is_empty() && of("integer").is_none() {
                    self.unknown(text, &node.span, words.into_iter(), &format!("word for `{name}`:"));
                    return Json::Null;
                }
            }
            Content::Null => {}
        }
        let others = choices.iter().filter(|choice| words_of(choice).is_empty()).map(|choice| kind(choice));
        let expected: Vec<String> = (!words.is_empty()).then(|| list(&words)).into_iter().chain(others).collect();
        let fault = self.fault(&node.span, format!("`{name}` is {}", kind_of(node)));
        self.faults.push(fault.label(format!("expected {}", expected.join(", or "))).quoting(Quote::Before));
        Json::Null
    }

    fn table(&mut self, node: &Node, entries: &[(Text, Node)], table: &'a Json, name: &str) -> Json {
        let known = table.get("properties").and_then(Json::as_object);
        if known.is_none() && table.get("additionalProperties").is_none() {
            // Another part of the program knows its words.
            return Json::Null;
        }
        let mut first_of = BTreeMap::new();
        for (key, _) in entries {
            let first = *first_of.entry(&key.text).or_insert(key);
            if !std::ptr::eq(first, key) {
                let fault = self.fault(&key.span, format!("the key `{}` is there twice", key.text));
                self.faults.push(fault.label("again here").related(self.file.place(&first.span), "first here"));
            }
        }
        let more = table.get("additionalProperties").filter(|more| more.is_object());
        let mut object = Map::new();
        let names = table.get("propertyNames").map(words_of);
        for (key, value) in entries {
            match known.and_then(|known| known.get(&key.text)).or(more) {
                Some(_) if names.as_ref().is_some_and(|names| !names.contains(&&*key.text)) => {
                    self.unknown(&key.text, &key.span, names.iter().flatten().copied(), &format!("word in `{name}`:"));
                }
                Some(schema) => drop(object.insert(key.text.clone(), self.value(value, schema, &key.text))),
                None => self.unknown(&key.text, &key.span, known.into_iter().flat_map(Map::keys).map(String::as_str), "key"),
            }
        }
        let here = entries.first().map_or(&node.span, |(key, _)| &key.span);
        for key in missing(table, &object) {
            self.faults.push(self.fault(here, format!("{name} without `{key}`")).label(format!("expected `{key}`")));
        }
        Json::Object(object)
    }
}

impl Reader<'_> {
    fn fault(&self, span: &Range<usize>, message: impl Into<String>) -> Fault {
        Fault::new(self.file.place(span), message)
    }

    fn unknown<'k>(&mut self, word: &str, span: &Range<usize>, known: impl Iterator<Item = &'k str>, what: &str) {
        let known: Vec<_> = known.collect();
        let fault = self.fault(span, format!("unknown {what} `{word}`")).label(format!("expected {}", list(&known)));
        self.faults.push(fault.meant(word, known.into_iter()).quoting(Quote::Word));
    }
}

/// The keys that must be there and are not; of several ways to be whole (`anyOf`) the last counts.
fn missing<'s>(table: &'s Json, object: &Map<String, Json>) -> Vec<&'s str> {
    let ways: Vec<&Json> = table.get("anyOf").and_then(Json::as_array).map_or_else(|| vec![table], |ways| ways.iter().collect());
    let lacks = |way: &'s Json| -> Vec<&'s str> {
        let keys = way.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
        keys.filter(|key| !object.contains_key(*key)).collect()
    };
    let lacking: Vec<Vec<&str>> = ways.into_iter().map(lacks).collect();
    if lacking.iter().any(Vec::is_empty) { Vec::new() } else { lacking.into_iter().next_back().unwrap_or_default() }
}

fn words_of(choice: &Json) -> Vec<&str> {
    let some = choice.get("enum").and_then(Json::as_array).into_iter().flatten();
    choice.get("const").into_iter().chain(some).filter_map(Json::as_str).collect()
}

fn is_of(choice: &Json, kind: &str) -> bool {
    match choice.get("type") {
        Some(Json::Array(kinds)) => kinds.iter().any(|one| one == kind),
        Some(one) => one == kind,
        None => false,
    }
}

fn integer(text: &str, schema: &Json) -> Option<Json> {
    let number: i64 = text.parse().ok()?;
    let bound = |word: &str| schema.get(word).and_then(Json::as_i64);
    let fits = bound("minimum").is_none_or(|least| number >= least) && bound("maximum").is_none_or(|most| number <= most);
    fits.then(|| Json::Number(Number::from(number)))
}

fn boolean(text: &str) -> Option<Json> {
    text.parse().ok().map(Json::Bool)
}

/// What a place wants, for people.
fn kind(choice: &Json) -> String {
    let bounds = ["minimum", "maximum"].map(|word| choice.get(word).map(ToString::to_string));
    let kinds = ["string", "integer", "boolean", "array", "object"].iter().position(|kind| is_of(choice, kind));
    match (kinds, bounds) {
        (Some(1), [Some(least), Some(most)]) => format!("a number from {least} to {most}"),
        (Some(1), [Some(least), None]) => format!("a number from {least} on"),
        (Some(1), _) => "a number".to_owned(),
        (Some(2), _) => "`true` or `false`".to_owned(),
        (Some(3), _) => "a list (`- …` lines)".to_owned(),
        (Some(4), _) => "keys with values".to_owned(),
        _ => "a text".to_owned(),
    }
}
