//! Owns whether a file that nothing names may be meant to be laid over a chart's values.

use std::collections::BTreeSet;

use super::readings::VALUES;
use super::value::Value;
use super::{Chart, ChartFile, Parts};

impl Parts {
    /// Whether values may be meant to go over the chart's: they have a key of its own, of a dependency, or one that
    /// its templates ask for, and are no manifest.
    pub(super) fn may_lie_below(&self, over: &Value, asked: &BTreeSet<&str>) -> bool {
        let Value::Map(over) = over else { return false };
        let has = |key: &str| {
            !matches!(self.values.get(key), Value::Nil) || self.dependencies.iter().any(|one| one.key == key) || asked.contains(key)
        };
        over.iter().any(|(key, _)| has(key)) && !over.iter().any(|(key, _)| **key == *"apiVersion")
    }
}

/// The keys of values that the templates of a chart, and of the libraries in it, ask for by their names.
pub(super) fn asked<'a>(chart: &Chart<'a>) -> BTreeSet<&'a str> {
    let is_library = |chart: &&Chart<'a>| chart.metadata.is_some_and(|file| memchr::memmem::find(file.bytes, b"type: library").is_some());
    let libraries = chart.subcharts.iter().filter(is_library).flat_map(|chart| &chart.templates);
    let of = |file: &ChartFile<'a>| {
        let bytes = file.bytes;
        let key = move |at: usize| {
            let rest = bytes.get(at + VALUES.len() + 1..)?;
            let end = rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_').unwrap_or(rest.len());
            std::str::from_utf8(rest.get(..end)?).ok()
        };
        memchr::memmem::find_iter(bytes, ".Values.").filter_map(key).collect::<Vec<_>>()
    };
    chart.templates.iter().chain(libraries).flat_map(of).collect()
}
