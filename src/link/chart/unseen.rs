//! Owns what helpers are called with that are not in sight, as those of a library that is fetched when the chart is deployed: what the keys of
//! these values spell in a deployment stands for what the helper makes of them.

use super::held::Held;
use super::value::Value;
use crate::occurrence::Occurrence;

/// Calls of one chart whose values are kept.
const MOST: usize = 256;

/// Values that helpers were called with.
#[derive(Clone, Debug, Default)]
pub(super) struct Unseen(Vec<Value>);

impl Unseen {
    /// Notes a call.
    pub(super) fn add(&mut self, value: &Value) {
        if self.0.len() < MOST {
            self.0.push(value.clone());
        }
    }

    /// Takes in those of another execution.
    pub(super) fn append(&mut self, mut more: Self) {
        more.0.truncate(MOST.saturating_sub(self.0.len()));
        self.0.append(&mut more.0);
    }

    /// The values that helpers are told of by name. What is called with all values of a chart may be about anything: that counts only where the
    /// templates in sight print no image.
    pub(super) fn meant(&self, others: &[Occurrence]) -> impl Iterator<Item = Value> {
        let is_alone = others.is_empty();
        self.0.iter().filter_map(move |value| meant(value, is_alone))
    }
}

/// Whether it is what a template knows of its chart.
fn is_metadata(value: &Value) -> bool {
    ["AppVersion", "Annotations"].iter().all(|key| matches!(value, Value::Map(pairs) if pairs.under(key).is_some()))
}

/// Whether it is what a template sees at its top.
fn is_top(value: &Value) -> bool {
    ["Values", "Chart", "Release"].iter().all(|key| !matches!(value.get(key), Value::Nil))
}

/// The values that a helper is told of by name: of all that a template sees, only where that is all there is.
fn meant(value: &Value, is_alone: bool) -> Option<Value> {
    match value {
        top if is_top(top) => is_alone.then(|| top.get("Values")),
        metadata if is_metadata(metadata) => None,
        Value::Map(pairs) => {
            let own = pairs.iter().filter_map(|(key, value)| Some((key.clone(), meant(value, is_alone)?)));
            Some(Value::Map(Held::new(own.collect())))
        }
        Value::List(all) => Some(Value::List(Held::new(all.iter().filter_map(|value| meant(value, is_alone)).collect()))),
        Value::Unknown(_) => None,
        value => Some(value.clone()),
    }
}
