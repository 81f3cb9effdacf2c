//! Owns how a user's table adds to another: `extends`.

use serde_json::{Value, json};

use super::{FormatTable, builtin};

/// The JSON schema of an entry of `formats:`. What extends another needs no more words.
pub(crate) fn schema() -> Value {
    let mut schema = Value::from(schemars::schema_for!(FormatTable));
    let required = schema["required"].take();
    if let Value::Object(words) = &mut schema {
        words.remove("required");
    }
    schema["anyOf"] = json!([{"required": ["extends"]}, {"required": required}]);
    schema
}

/// The whole table of a user's entry: what it extends is one of `before`, the last of that id, or else built in.
///
/// # Errors
/// The id that it extends and nothing has.
pub(crate) fn extended(own: Value, before: &[Value]) -> Result<Value, String> {
    let Some(id) = own["extends"].as_str() else { return Ok(own) };
    let found = before.iter().rev().find(|table| table["id"] == id).cloned().or_else(|| builtin::table(id));
    let mut table = found.ok_or_else(|| id.to_owned())?;
    // The other's needles say nothing of new sites: without needles of its own each document is read.
    if let (Value::Object(words), Some(_), None) = (&mut table, own.get("sites"), own.get("needles")) {
        words.remove("needles");
    }
    lay(own, &mut table);
    Ok(table)
}

fn lay(own: Value, table: &mut Value) {
    match (own, table) {
        (Value::Array(mut own), Value::Array(all)) => {
            own.append(all);
            *all = own;
        }
        (Value::Object(own), Value::Object(all)) => {
            own.into_iter().for_each(|(word, value)| lay(value, all.entry(word).or_insert(Value::Null)));
        }
        (own, all) => *all = own,
    }
}
