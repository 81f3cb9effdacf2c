//! Owns the values that a template puts behind something else, whether or not it is executed: a value that is joined to what stands before it
//! is not the beginning of an image's name.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::joins::joins;
use super::names::name_bytes;
use super::output::Output;
use super::readings::VALUES;
use super::value::{Run, Value};
use super::{Chart, Layer, Readings};
use crate::occurrence::{Caution, Occurrence, Origin};
use crate::reference::HOLE;
use crate::text::{FileId, Span};

/// A value that is joined to what stands before it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Preceded {
    /// The value's bytes.
    value: Span,
    /// Its name (`.Values.image.repository`).
    variable: Arc<str>,
    /// Where a template joins it.
    at: Span,
    from: Seen,
}

/// How it is known that a value is joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    /// A template is written so.
    Written,
    /// A branch that the values leave out prints it so.
    Printed,
}

/// What it means for a reference of which no image is made that values are joined. What is printed tells what stands before a value; what is only
/// written may join it to the registry beside it.
pub(super) fn behind(of: &Occurrence, preceded: &[Preceded]) -> Option<Caution> {
    let first = of.pieces.iter().find(|piece| !piece.text.is_empty())?.span;
    let name = name_bytes(of).unwrap_or_default();
    let found = preceded.iter().find(|one| match one.from {
        Seen::Written => one.value == first,
        Seen::Printed => name.iter().any(|(span, _)| span.overlaps(one.value)),
    })?;
    Some(Caution::Preceded { variable: Arc::clone(&found.variable), at: found.at })
}

/// Puts them in order, each once.
pub(super) fn settle(found: &mut Vec<Preceded>) {
    found.sort();
    found.dedup();
}

/// The values of the chart, of its layers and of its subcharts that their own templates put behind something else; `printed` are those that
/// branches printed so which the values leave out.
#[must_use]
pub fn preceded(chart: &Chart<'_>, readings: &Readings<'_>, printed: &[Preceded]) -> Vec<Preceded> {
    let mut found = Vec::new();
    let mut joined: BTreeMap<String, Span> = BTreeMap::new();
    for template in &chart.templates {
        joins(&readings.template(*template), template.file, &mut joined);
    }
    let own = |one: &&Preceded| chart.values.is_some_and(|values| values.file == one.value.file);
    let printed_names: BTreeMap<String, Span> = printed.iter().filter(own).map(|one| (one.variable.to_string(), one.at)).collect();
    if let Some(file) = chart.values.filter(|_| !joined.is_empty()) {
        collect(&readings.values(file, VALUES), VALUES, &joined, &mut found);
    }
    if !printed_names.is_empty() {
        let files = chart.candidates.iter().map(|file| readings.values(*file, VALUES));
        let layers = chart.stacks.iter().flatten().map(|layer: &Layer<'_>| layer.values(readings));
        files.chain(layers).for_each(|values| collect(&values, VALUES, &printed_names, &mut found));
    }
    found.extend(chart.subcharts.iter().flat_map(|subchart| preceded(subchart, readings, &[])));
    found.extend_from_slice(printed);
    found
}

fn collect(value: &Value, name: &str, joined: &BTreeMap<String, Span>, found: &mut Vec<Preceded>) {
    match value {
        Value::Map(pairs) => pairs.iter().for_each(|(key, value)| collect(value, &format!("{name}.{key}"), joined, found)),
        Value::Text(text) => {
            let Some((variable, at)) = joined.get_key_value(name) else { return };
            let stands = |run: &&Run| run.is_editable() && run.span.file != FileId::NONE;
            let one = |run: &Run| Preceded { value: run.span, variable: variable.as_str().into(), at: *at, from: Seen::Written };
            found.extend(text.iter().find(stands).map(one));
        }
        Value::List(_) | Value::Nil | Value::Bool(_) | Value::Number(..) | Value::Unknown(_) => {}
    }
}

impl Output {
    /// The values that are printed behind something else: behind a slash that stands behind something, or that an empty value stands before; or
    /// behind what is not known.
    pub(super) fn preceded(&self, found: &mut Vec<Preceded>) {
        let mut before = None::<&Run>;
        for (run, &start) in self.pieces.iter().zip(&self.starts) {
            if run.text.is_empty() {
                continue;
            }
            if let Origin::Default { variable } | Origin::Modified { variable, .. } = &run.origin
                && run.span.file != FileId::NONE
                && !run.span.file.is_packed()
                && let Some(before) = before
                && self.is_joined(start, before)
            {
                let at = if before.span.file == FileId::NONE || before.span.file.is_packed() { run.span } else { before.span };
                let at = if before.text.len() == at.len() { Span { start: at.end - 1, ..at } } else { at };
                found.push(Preceded { value: run.span, variable: Arc::clone(variable), at, from: Seen::Printed });
            }
            before = Some(run);
        }
    }

    /// Whether what is printed at byte `start`, behind the run `before`, goes on with what stands there.
    fn is_joined(&self, start: usize, before: &Run) -> bool {
        if before.text.ends_with(HOLE) {
            return true;
        }
        let is_of_word = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':' | '@' | '}') || *c == HOLE;
        let word = self.text[..start].chars().rev().take(LONGEST).take_while(is_of_word).map(char::len_utf8).sum::<usize>();
        let word = &self.text[start - word..start];
        // An address is no image.
        let Some(first) = word.strip_suffix('/').filter(|first| !first.contains("://") && !first.ends_with(['/', ':'])) else {
            return false;
        };
        // A slash that begins a text of the template stands behind something that is empty.
        !first.is_empty() || before.text.starts_with('/')
    }
}

/// The most letters of a word before a value.
const LONGEST: usize = 1 << 10;
