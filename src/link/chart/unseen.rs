//! Owns what helpers are called with that are not in sight, as those of a library that is fetched when the chart is deployed: what the keys of
//! these values spell in a deployment stands for what the helper makes of them.

use super::held::Held;
use super::value::Value;
use crate::occurrence::Occurrence;

/// Calls of one chart whose values are kept.
const MOST: usize = 256;

/// Values that helpers were called with.
#[derive(Clone, Debug, Default)]
pub(super) struct Unseen {
    /// What they were told of by name.
    named: Vec<Value>,
    /// All values of a chart, those of each deployment once.
    whole: Vec<Value>,
}

impl Unseen {
    /// Notes a call.
    pub(super) fn add(&mut self, value: &Value) {
        if self.named.len() < MOST {
            let named = self.meant(value);
            self.named.extend(named);
        }
    }

    /// Takes in those of another execution.
    pub(super) fn append(&mut self, mut more: Self) {
        more.named.truncate(MOST.saturating_sub(self.named.len()));
        self.named.append(&mut more.named);
        more.whole.into_iter().for_each(|values| self.add_whole(values));
    }

    /// The values that helpers are told of. What is called with all values of a chart may be about anything: that counts only where the templates in
    /// sight print no image.
    pub(super) fn told(&self, others: &[Occurrence]) -> impl Iterator<Item = &Value> {
        let whole = if others.is_empty() { self.whole.as_slice() } else { &[] };
        self.named.iter().chain(whole)
    }

    fn add_whole(&mut self, values: Value) {
        let Value::Map(own) = &values else { return };
        let is_known = self.whole.iter().any(|known| matches!(known, Value::Map(known) if known.is_shared_with(own)));
        if !is_known && self.whole.len() < MOST {
            self.whole.push(values);
        }
    }

    /// The values that a helper is told of by name; all that a template sees is noted by itself.
    fn meant(&mut self, value: &Value) -> Option<Value> {
        match value {
            top if is_top(top) => {
                self.add_whole(top.get("Values"));
                None
            }
            metadata if is_metadata(metadata) => None,
            Value::Map(pairs) => {
                let own = pairs.iter().filter_map(|(key, value)| Some((key.clone(), self.meant(value)?)));
                Some(Value::Map(Held::new(own.collect())))
            }
            Value::List(all) => Some(Value::List(Held::new(all.iter().filter_map(|value| self.meant(value)).collect()))),
            Value::Unknown(_) => None,
            value => Some(value.clone()),
        }
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
