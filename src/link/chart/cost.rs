//! Owns what values and functions cost, by what is copied and read of them.

use super::budget::STEP;
use super::value::{Run, Value};

/// What a run of a text, and a value in a list or a mapping, cost beside their texts.
const RUN: usize = 96;
const ITEM: usize = 64;
/// What each byte of a regular expression costs.
const REGEX: usize = 512;

impl Run {
    /// What a copy of it costs a text, and reading it.
    pub(super) fn cost(&self) -> usize {
        RUN + self.text.len()
    }
}

impl Value {
    /// What copying and reading it costs, but for what lies in a list or a mapping.
    pub(super) fn cost(&self) -> usize {
        match self {
            Self::Nil | Self::Bool(_) => 0,
            Self::Text(text) | Self::Number(_, text) => text.iter().map(Run::cost).sum(),
            Self::Map(pairs) => pairs.len() * ITEM,
            Self::List(items) => items.len() * ITEM,
            Self::Unknown(what) => what.len(),
        }
    }

    /// The same with everything that lies in it, however deep.
    fn cost_whole(&self) -> usize {
        let inside: usize = match self {
            Self::Map(pairs) => pairs.iter().map(|(_, value)| value.cost_whole()).sum(),
            Self::List(items) => items.iter().map(Self::cost_whole).sum(),
            _ => 0,
        };
        self.cost() + inside
    }

    /// The same with the values that lie in it.
    pub(super) fn cost_inside(&self) -> usize {
        let inside: usize = match self {
            Self::Map(pairs) => pairs.iter().map(|(_, value)| value.cost()).sum(),
            Self::List(items) => items.iter().map(Self::cost).sum(),
            _ => 0,
        };
        self.cost() + inside
    }
}

/// What a function costs before it is called: it reads its arguments, and some read or copy them many times.
pub(super) fn price(name: &str, arguments: &[Value]) -> usize {
    let all: usize = arguments.iter().map(Value::cost).sum();
    let first = arguments.first().map_or(0, Value::cost);
    let text = |at: usize| arguments.get(at).map(Value::plain).unwrap_or_default();
    let last = || arguments.last().map(Value::plain).unwrap_or_default();
    let more = match name {
        "eq" | "pick" | "omit" => first * arguments.len(),
        "join" => {
            let items = if let Some(Value::List(items)) = arguments.get(1) { items.len() } else { 0 };
            text(0).len().saturating_mul(items) + arguments.iter().map(Value::cost_inside).sum::<usize>()
        }
        "uniq" | "sortAlpha" => arguments.iter().map(Value::cost_inside).sum(),
        "without" => (all + arguments.iter().map(Value::cost_inside).sum::<usize>()).saturating_mul(arguments.len()),
        "deepCopy" | "mustDeepCopy" => arguments.first().map_or(0, Value::cost_whole),
        // A text of many lines is one of many runs.
        "indent" | "nindent" => text(1).matches('\n').count() * 4 * STEP,
        "replace" => last().matches(&text(0)).count().saturating_mul(text(1).len()),
        // An expression of the chart's own is compiled, and each of its finds is a text.
        _ if name.contains("egex") => (text(0).len() * REGEX).saturating_add(text(1).len() * STEP / 4),
        "split" | "splitList" | "splitn" => last().len() * STEP / 4,
        "repeat" => text(0).parse().map_or(0, |times| last().len().saturating_mul(times)),
        // Each text in it is looked for among all runs.
        "fromYaml" | "fromJson" | "mustFromJson" | "fromYamlArray" | "fromJsonArray" => {
            let runs = if let Some(Value::Text(runs)) = arguments.first() { runs.len() } else { 1 };
            text(0).matches([':', '-', ',']).count().saturating_mul(runs) / 8
        }
        _ => 0,
    };
    all.saturating_add(more).saturating_add(STEP)
}
