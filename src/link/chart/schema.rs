//! Owns what a chart's `values.schema.json` allows its texts to be: Helm deploys nothing that it refuses (`pkg/chartutil`, `jsonschema.go`). Only what
//! an edit of a text can break is asked: `enum`, `const`, `pattern` and lengths (JSON Schema, draft 7).

use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};

use super::value::Value;

/// The file that holds it.
pub(in crate::link) const SCHEMA: &str = "values.schema.json";

/// Words of which a schema has one that says something of texts.
const SPEAKING: [&[u8]; 4] = [b"\"enum\"", b"\"const\"", b"\"pattern\"", b"Length\""];
/// Schemas that are asked of the values of one deployment at most.
const STEPS: usize = 20_000;
/// How deep schemas may name each other.
const DEEPEST: u8 = 48;
/// Bytes that an expression of a schema may become.
const COMPILED: usize = 64 << 10;

/// Whether a schema may say anything of texts.
pub(super) fn speaks(bytes: &[u8]) -> bool {
    SPEAKING.iter().any(|word| memchr::memmem::find(bytes, word).is_some())
}

/// Expressions that were compiled.
pub(super) type Patterns = BTreeMap<String, Option<Regex>>;

/// Where the values are refused, by their keys.
pub(super) fn refused(schema: &Value, values: &Value, expressions: &mut Patterns) -> Vec<String> {
    let mut asked = Asked { root: schema, left: STEPS, expressions, found: Vec::new(), path: Vec::new() };
    asked.look(schema, values, DEEPEST);
    asked.found
}

struct Asked<'s> {
    root: &'s Value,
    left: usize,
    expressions: &'s mut Patterns,
    found: Vec<String>,
    path: Vec<String>,
}

impl Asked<'_> {
    /// Notes what of a value a schema refuses.
    fn look(&mut self, schema: &Value, value: &Value, depth: u8) {
        let (Some(depth), Some(left)) = (depth.checked_sub(1), self.left.checked_sub(1)) else { return };
        self.left = left;
        if value.is_hidden() {
            return;
        }
        if let Some(named) = self.named(schema) {
            self.look(&named, value, depth);
        }
        for one in items(&schema.get("allOf")) {
            self.look(&one, value, depth);
        }
        for choice in ["anyOf", "oneOf"] {
            let all = items(&schema.get(choice));
            if !all.is_empty() && all.iter().all(|one| self.refuses(one, value, depth)) {
                self.note();
            }
        }
        match value {
            Value::Text(_) if !self.allows(schema, &value.plain()) => self.note(),
            Value::Map(pairs) => {
                for (key, value) in pairs.iter() {
                    let own = schema.get("properties").get(key);
                    let own = if matches!(own, Value::Nil) { schema.get("additionalProperties") } else { own };
                    self.below(key, &own, value, depth);
                }
            }
            Value::List(all) => {
                let own = schema.get("items");
                all.iter().enumerate().for_each(|(index, value)| self.below(&index.to_string(), &own, value, depth));
            }
            _ => {}
        }
    }

    fn below(&mut self, key: &str, schema: &Value, value: &Value, depth: u8) {
        if matches!(schema, Value::Map(_)) {
            self.path.push(key.to_owned());
            self.look(schema, value, depth);
            self.path.pop();
        }
    }

    fn note(&mut self) {
        let place = self.path.join(".");
        if !self.found.contains(&place) {
            self.found.push(place);
        }
    }

    /// Whether one of several schemas refuses the value, which says nothing yet.
    fn refuses(&mut self, schema: &Value, value: &Value, depth: u8) -> bool {
        let kinds = schema.get("type");
        let is_text = |kind: &Value| kind.plain() == "string";
        if matches!(value, Value::Text(_)) && !matches!(kinds, Value::Nil) && !is_text(&kinds) && !items(&kinds).iter().any(is_text) {
            return true;
        }
        let known = std::mem::take(&mut self.found);
        self.look(schema, value, depth);
        !std::mem::replace(&mut self.found, known).is_empty()
    }

    /// The schema that another names (`#/definitions/image`).
    fn named(&self, schema: &Value) -> Option<Value> {
        let name = schema.get("$ref").plain();
        let steps = name.strip_prefix("#/")?.split('/');
        Some(steps.fold(self.root.clone(), |value, step| value.get(&step.replace("~1", "/").replace("~0", "~"))))
    }

    /// Whether a schema's own words allow a text.
    fn allows(&mut self, schema: &Value, text: &str) -> bool {
        let (all, one, pattern) = (schema.get("enum"), schema.get("const"), schema.get("pattern").plain());
        let length = |key: &str| if let Value::Number(length, _) = schema.get(key) { Some(length) } else { None };
        #[expect(clippy::cast_precision_loss, reason = "no text has so many letters")]
        let letters = text.chars().count() as f64;
        (!matches!(all, Value::List(_)) || items(&all).iter().any(|item| item.plain() == text))
            && (matches!(one, Value::Nil) || one.plain() == text)
            && (pattern.is_empty() || self.expression(&pattern).is_none_or(|pattern| pattern.is_match(text)))
            && length("maxLength").is_none_or(|most| letters <= most)
            && length("minLength").is_none_or(|least| letters >= least)
    }

    fn expression(&mut self, pattern: &str) -> Option<&Regex> {
        let read = || RegexBuilder::new(pattern).size_limit(COMPILED).build().ok();
        self.expressions.entry(pattern.to_owned()).or_insert_with(read).as_ref()
    }
}

fn items(value: &Value) -> Vec<Value> {
    if let Value::List(all) = value { all.to_vec() } else { Vec::new() }
}
