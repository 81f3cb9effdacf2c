//! Owns asking a JSON value what a JSON Schema says of it, as far as our schemas say anything: draft 4, without formats.

use serde_json::Value;

/// What a schema has against a value, each with where; references are looked up in `root`.
pub(crate) fn faults(value: &Value, schema: &Value, root: &Value) -> Vec<String> {
    let mut found = Vec::new();
    visit("", value, schema, root, &mut found);
    found
}

fn visit(at: &str, value: &Value, schema: &Value, root: &Value, found: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let pointed = root.pointer(name.trim_start_matches('#')).unwrap_or_else(|| panic!("no {name}"));
        return visit(at, value, pointed, root, found);
    }
    let words = schema.as_object().unwrap();
    for (word, want) in words {
        let holds = match word.as_str() {
            "type" => want.as_str().is_none_or(|want| is(value, want)),
            "enum" => want.as_array().unwrap().contains(value),
            "pattern" => value.as_str().is_none_or(|text| regex::Regex::new(want.as_str().unwrap()).unwrap().is_match(text)),
            "minimum" => value.as_f64().is_none_or(|number| number >= want.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|number| number <= want.as_f64().unwrap()),
            "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= want.as_u64().unwrap()),
            "uniqueItems" => value.as_array().is_none_or(|items| (1..items.len()).all(|at| !items[..at].contains(&items[at]))),
            "required" => {
                value.as_object().is_none_or(|own| want.as_array().unwrap().iter().all(|key| own.contains_key(key.as_str().unwrap())))
            }
            "anyOf" => want.as_array().unwrap().iter().any(|one| faults(value, one, root).is_empty()),
            "oneOf" => want.as_array().unwrap().iter().filter(|one| faults(value, one, root).is_empty()).count() == 1,
            "properties" | "additionalProperties" | "items" | "definitions" | "$schema" | "id" | "format" => true,
            other => panic!("`{other}` is not asked for"),
        };
        if !holds {
            found.push(format!("{at}: {word} {want}"));
        }
    }
    for (number, item) in value.as_array().into_iter().flatten().enumerate() {
        if words.contains_key("items") {
            visit(&format!("{at}/{number}"), item, &schema["items"], root, found);
        }
    }
    for (key, inner) in value.as_object().into_iter().flatten() {
        let at = format!("{at}/{key}");
        match (schema["properties"].get(key), &schema["additionalProperties"]) {
            (Some(property), _) => visit(&at, inner, property, root, found),
            (None, Value::Bool(false)) => found.push(format!("{at}: no such property")),
            (None, other @ Value::Object(_)) => visit(&at, inner, other, root, found),
            _ => {}
        }
    }
}

fn is(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => panic!("`{other}` is no type"),
    }
}
