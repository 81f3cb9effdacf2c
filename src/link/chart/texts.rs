//! Owns the functions of Helm's templates that make a text of a text (Sprig's strings, regular expressions and paths): what is cut out of a value
//! keeps its bytes, and what is written anew says that it was changed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use regex::{Captures, Regex, RegexBuilder};

use super::budget::{Budget, STEP};
use super::held::Held;
use super::value::{Run, Value, made_of, slice, unknown};

/// The most bytes that a function puts into a text. What would be longer is not known.
const MOST: usize = 1 << 20;

/// Bytes that a regular expression of a chart may take when it is compiled.
const COMPILED: usize = 1 << 20;

/// Expressions of a chart that were compiled: its helpers ask for the same ones for each of its objects. What a chart may cost bounds their number.
#[derive(Clone, Debug, Default)]
pub(super) struct Expressions(RefCell<HashMap<String, Option<Regex>>>);

impl Expressions {
    fn compiled(&self, expression: &str) -> Option<Regex> {
        if let Some(known) = self.0.borrow().get(expression) {
            return known.clone();
        }
        let compiled = RegexBuilder::new(expression).size_limit(COMPILED).dfa_size_limit(COMPILED).build().ok();
        self.0.borrow_mut().insert(expression.to_owned(), compiled.clone());
        compiled
    }
}

/// Whether a function is one of these.
pub(super) fn is_one(name: &str, expressions: &Expressions) -> bool {
    on_text(name, &[], expressions).is_some()
}

/// Calls a function that is one of these.
pub(super) fn on_text(name: &str, arguments: &[Value], expressions: &Expressions) -> Option<Value> {
    let argument = |at: usize| arguments.get(at).cloned().unwrap_or(Value::Nil);
    let (first, second, last) = (argument(0), argument(1), arguments.last().cloned().unwrap_or(Value::Nil));
    Some(match name {
        "trim" => cut(&last, |text| within(text, text.trim())),
        "trimAll" => {
            let signs = first.plain();
            cut(&last, |text| within(text, text.trim_matches(|c| signs.contains(c))))
        }
        "trimSuffix" => {
            let suffix = first.plain();
            cut(&last, |text| 0..text.strip_suffix(suffix.as_str()).unwrap_or(text).len())
        }
        "trimPrefix" => {
            let prefix = first.plain();
            cut(&last, |text| within(text, text.strip_prefix(prefix.as_str()).unwrap_or(text)))
        }
        "trunc" => {
            let Some(count) = whole(&first) else { return Some(unknown(name)) };
            let at = |text: &str, count: usize| text.char_indices().nth(count).map_or(text.len(), |(at, _)| at);
            let front = usize::try_from(count);
            cut(&last, |text| match front {
                Ok(front) => 0..at(text, front),
                Err(_) => {
                    at(text, text.chars().count().saturating_sub(usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX)))..text.len()
                }
            })
        }
        "substr" => {
            let (Some(start), Some(end)) = (whole(&first), whole(&second)) else { return Some(unknown(name)) };
            cut(&last, |text| {
                let end = usize::try_from(end).ok().filter(|end| *end <= text.len()).unwrap_or(text.len());
                usize::try_from(start).unwrap_or(0).min(end)..end
            })
        }
        "base" => cut(&last, |text| {
            let text = text.trim_end_matches('/');
            text.rfind('/').map_or(0, |slash| slash + 1)..text.len()
        }),
        "dir" if last.plain().contains('/') => cut(&last, |text| 0..text.rfind('/').unwrap_or(0)),
        "lower" => last.modified(name, str::to_lowercase),
        "upper" => last.modified(name, str::to_uppercase),
        "camelcase" => last.modified(name, |text| words(text).map(capitalized).collect()),
        "kebabcase" => last.modified(name, |text| words(text).map(str::to_lowercase).collect::<Vec<_>>().join("-")),
        "untitle" => last.modified(name, |text| with_first(text, |first| first.to_lowercase().collect())),
        "title" => last.modified(name, capitalized),
        "nospace" => last.modified(name, |text| text.split_whitespace().collect()),
        "repeat" => {
            let times = whole(&first).and_then(|times| usize::try_from(times).ok());
            let times = times.filter(|times| last.plain().len().saturating_mul(*times) <= MOST);
            let Some(times) = times else { return Some(unknown(name)) };
            last.modified(name, |text| text.repeat(times))
        }
        "abbrev" => {
            let Some(width) = whole(&first).and_then(|width| usize::try_from(width).ok()) else { return Some(unknown(name)) };
            let shorter = |text: &str| text.get(..width.saturating_sub(3)).map(|text| format!("{text}..."));
            last.modified(name, |text| if text.len() <= width { None } else { shorter(text) }.unwrap_or_else(|| text.to_owned()))
        }
        "replace" => {
            let (from, to) = (first.plain(), second.plain());
            replaced(name, &last, |text| {
                bounded(text.match_indices(&from).map(|(at, found)| (to.len() <= MOST).then(|| (at..at + found.len(), to.clone()))))
            })
        }
        "split" | "splitList" => parted(name, &last, |text| pieces(text, text.split(first.plain().as_str()))),
        "splitn" => {
            let Some(count) = whole(&second).and_then(|count| usize::try_from(count).ok()) else { return Some(unknown(name)) };
            parted(name, &last, |text| pieces(text, text.splitn(count, first.plain().as_str())))
        }
        "regexQuoteMeta" => last.modified(name, regex::escape),
        _ if name.starts_with("regex") => {
            let Some(expression) = expressions.compiled(&first.plain()) else { return Some(unknown(name)) };
            return by_expression(name, &expression, &second, &argument(2));
        }
        _ => return None,
    })
}

/// Sprig's functions of regular expressions, which take the expression, the text, and what they need besides.
fn by_expression(name: &str, expression: &Regex, text: &Value, with: &Value) -> Option<Value> {
    let most = || whole(with).and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    Some(match name {
        "regexMatch" => Value::Bool(expression.is_match(&text.plain())),
        "regexFind" => cut(text, |text| expression.find(text).map_or(0..0, |found| found.range())),
        "regexFindAll" => parted(name, text, |text| expression.find_iter(text).map(|found| found.range()).take(most()).collect()),
        "regexSplit" => parted(name, text, |text| match most() {
            usize::MAX => pieces(text, expression.split(text)),
            most => pieces(text, expression.splitn(text, most)),
        }),
        "regexReplaceAll" => {
            let with = with.plain();
            let groups = with.matches('$').count();
            let expanded = |found: &Captures<'_>| {
                let (mut text, all) = (String::new(), found.get(0)?);
                if all.len().saturating_mul(groups).saturating_add(with.len()) > MOST {
                    return None;
                }
                found.expand(&with, &mut text);
                Some((all.range(), text))
            };
            replaced(name, text, |text| bounded(expression.captures_iter(text).map(|found| expanded(&found))))
        }
        "regexReplaceAllLiteral" => {
            let with = with.plain();
            replaced(name, text, |text| {
                bounded(expression.find_iter(text).map(|found| (with.len() <= MOST).then(|| (found.range(), with.clone()))))
            })
        }
        _ => return None,
    })
}

/// The bytes of a value that are left when the rest is cut off.
fn cut(value: &Value, left: impl Fn(&str) -> Range<usize>) -> Value {
    if value.is_hidden() {
        return value.clone();
    }
    let range = left(&value.plain());
    Value::Text(Rc::new(slice(&value.pieces(), range.start, range.end.max(range.start))))
}

/// A part of a text, and what is put into its place.
type Part = (Range<usize>, String);

/// All parts; none of them if one is too long, or all together are.
fn bounded(parts: impl Iterator<Item = Option<Part>>) -> Option<Vec<Part>> {
    let mut bytes = 0;
    parts
        .map(|part| {
            let part = part?;
            bytes += part.1.len();
            (bytes <= MOST).then_some(part)
        })
        .collect()
}

/// The value with other texts in the place of parts of it: the rest keeps its bytes. Nothing is known of it without the parts.
fn replaced(name: &str, value: &Value, parts: impl Fn(&str) -> Option<Vec<Part>>) -> Value {
    let (text, runs) = (value.plain(), value.pieces());
    let Some(parts) = parts(&text) else { return unknown(name) };
    if parts.is_empty() {
        return value.clone();
    }
    let (mut found, mut from) = (Vec::new(), 0);
    for (range, new) in parts {
        found.extend(slice(&runs, from, range.start));
        let old = slice(&runs, range.start, range.end);
        found.extend(if text[range.clone()] == new { old } else { made_of(name, &old, new) });
        from = range.end;
    }
    found.extend(slice(&runs, from, text.len()));
    Value::Text(Rc::new(found))
}

/// The value in parts: a list, or a mapping of `_0`, `_1`, … where the function gives one.
fn parted(name: &str, value: &Value, parts: impl Fn(&str) -> Vec<Range<usize>>) -> Value {
    let (text, runs) = (value.plain(), value.pieces());
    let parts = parts(&text).into_iter().map(|range| Value::Text(Rc::new(slice(&runs, range.start, range.end))));
    match name {
        "split" | "splitn" => Value::Map(Held::new(parts.enumerate().map(|(at, part)| (Rc::from(format!("_{at}")), part)).collect())),
        _ => Value::List(Held::new(parts.collect())),
    }
}

/// Where parts of a text stand in it.
fn pieces<'t>(text: &'t str, parts: impl Iterator<Item = &'t str>) -> Vec<Range<usize>> {
    parts.map(|part| within(text, part)).collect()
}

fn within(text: &str, part: &str) -> Range<usize> {
    let start = part.as_ptr().addr() - text.as_ptr().addr();
    start..start + part.len()
}

/// A whole number, written as one or as a text.
fn whole(value: &Value) -> Option<i64> {
    value.plain().parse().ok()
}

/// The same of what is counted.
pub(super) fn count(value: &Value) -> Option<usize> {
    whole(value).and_then(|count| usize::try_from(count).ok())
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(['_', '-', ' ']).filter(|word| !word.is_empty())
}

fn capitalized(word: &str) -> String {
    with_first(word, |first| first.to_uppercase().collect())
}

fn with_first(word: &str, change: impl Fn(char) -> String) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| change(first) + chars.as_str())
}

/// The value as JSON, in which each text keeps its bytes.
pub(super) fn to_json(value: &Value, budget: &Budget) -> Vec<Run> {
    let mut out = Vec::new();
    write_json(value, &mut out, budget);
    out
}

fn write_json(value: &Value, out: &mut Vec<Run>, budget: &Budget) {
    if !budget.pays(value.cost() + 4 * STEP) {
        return;
    }
    let mark = |text: String| Run::implied(text);
    match value {
        Value::Map(pairs) => {
            let mut sorted: Vec<&(Rc<str>, Value)> = pairs.iter().collect();
            sorted.sort_by(|a, b| a.0.cmp(&b.0));
            for (index, (key, value)) in sorted.into_iter().enumerate() {
                out.push(mark(format!("{}{key:?}: ", if index == 0 { "{" } else { ", " })));
                write_json(value, out, budget);
            }
            out.push(Run::implied(if pairs.is_empty() { "{}" } else { "}" }));
        }
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                out.push(Run::implied(if index == 0 { "[" } else { ", " }));
                write_json(item, out, budget);
            }
            out.push(Run::implied(if items.is_empty() { "[]" } else { "]" }));
        }
        Value::Nil => out.push(Run::implied("null")),
        Value::Text(text) => {
            let plain = value.plain();
            if plain.contains(['"', '\\']) || plain.contains(char::is_control) {
                return out.push(mark(format!("{plain:?}")));
            }
            out.push(Run::implied("\""));
            out.extend(text.iter().cloned());
            out.push(Run::implied("\""));
        }
        Value::Bool(_) | Value::Number(..) | Value::Unknown(_) => out.extend(value.pieces().iter().cloned()),
    }
}
