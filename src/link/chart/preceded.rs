//! Owns the values that a template puts behind something else, whether or not it is executed: a value that is joined to what stands before it
//! is not the beginning of an image's name.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::readings::VALUES;
use super::value::Value;
use super::{Chart, ChartFile, Readings};
use crate::locate::same_length_text;
use crate::occurrence::Origin;
use crate::text::Span;

/// A value that is joined to what stands before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preceded {
    /// The value's bytes.
    pub value: Span,
    /// Its name (`.Values.image.repository`).
    pub variable: Arc<str>,
    /// Where a template joins it.
    pub at: Span,
}

/// A value right behind a slash that itself stands behind something: `}}/{{ .Values.a }}`, `ghcr.io/x/{{ .Values.a }}`.
static JOINED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[A-Za-z0-9}]/\{\{-?\s*\$?(\.Values(?:\.[A-Za-z0-9_]+)+)").ok());

/// The values of the chart and of its subcharts that their own templates put behind something else.
#[must_use]
pub fn preceded(chart: &Chart<'_>, readings: &Readings<'_>) -> Vec<Preceded> {
    let mut joined: BTreeMap<String, Span> = BTreeMap::new();
    for template in &chart.templates {
        for (name, at) in in_template(template) {
            joined.entry(name).or_insert(at);
        }
    }
    let mut found = Vec::new();
    if let Some(file) = chart.values.filter(|_| !joined.is_empty()) {
        collect(&readings.values(file, VALUES), &joined, &mut found);
    }
    found.extend(chart.subcharts.iter().flat_map(|subchart| preceded(subchart, readings)));
    found
}

fn in_template(file: &ChartFile<'_>) -> Vec<(String, Span)> {
    if memchr::memmem::find(file.bytes, b"/{{").is_none() {
        return Vec::new();
    }
    let text = same_length_text(file.bytes);
    let Some(joined) = JOINED.as_ref() else { return Vec::new() };
    // An address is no image.
    let line = |at: usize| text[text[..at].rfind('\n').map_or(0, |line| line + 1)..at].contains("://");
    let names = joined.captures_iter(&text).filter_map(|captures| captures.get(1)).filter(|name| !line(name.start()));
    names.map(|name| (name.as_str().to_owned(), Span::new(file.file, name.range()))).collect()
}

fn collect(value: &Value, joined: &BTreeMap<String, Span>, found: &mut Vec<Preceded>) {
    match value {
        Value::Map(pairs) => pairs.iter().for_each(|(_, value)| collect(value, joined, found)),
        Value::List(items) => items.iter().for_each(|value| collect(value, joined, found)),
        Value::Text(text) => {
            for piece in text.iter() {
                if let Origin::Default { variable } = &piece.origin
                    && let Some(at) = joined.get(&**variable)
                {
                    found.push(Preceded { value: piece.span, variable: Arc::clone(variable), at: *at });
                }
            }
        }
        Value::Nil | Value::Bool(_) | Value::Number(..) | Value::Unknown(_) => {}
    }
}
