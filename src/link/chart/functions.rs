//! Owns the functions of Helm's templates (Sprig and Helm's own), as far as they carry text into images. A function that is not here gives
//! a value that is not known, so it can hide an image, but never falsify one.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::rc::Rc;

use super::budget::{Budget, STEP};
use super::cost::price;
use super::dependencies::at_path;
use super::held::{DEEPEST, Held, Nests};
use super::run::{Machine, joined};
use super::value::{self, Run, Shared, Text, Value, computed, number, slice, unknown};
use super::{numbers, texts};
use crate::version::{Constraint, Version};

/// Calls a function; the piped value is the last argument.
impl Machine<'_> {
    pub(super) fn function(&mut self, name: &str, arguments: Vec<Value>) -> Value {
        let budget = &self.known.budget;
        if !budget.pays(price(name, &arguments)) {
            return unknown(name);
        }
        let handed = arguments.clone();
        if let Some(reads) = &mut self.reads {
            reads.handed(name, &handed);
        }
        let value = self.called(name, arguments);
        if let Some(reads) = &mut self.reads {
            reads.made(name, &handed, &value);
        }
        if let ("set" | "unset" | "merge" | "mergeOverwrite", Some(first)) = (&*plain(name), handed.first()) {
            self.known.changes.note(first, &value);
        }
        let budget = &self.known.budget;
        // What lies too deep is no more known than what is too long.
        if value.depth() + 1 >= DEEPEST {
            budget.cut();
            return unknown(name);
        }
        match value {
            // What a helper does that is not in sight is said by the keys of the values.
            Value::Unknown(_) if matches!(name, "include" | "tpl") => value,
            // The name of a variable or of a file is no part of what it holds.
            Value::Unknown(_) if matches!(name, "env" | "requiredEnv" | "expandenv" | "readFile" | "exec" | "fetchSecretValue") => value,
            // Nobody knows what became of them, but their bytes are in it.
            Value::Unknown(_) => value::hidden(name, &handed),
            value if budget.pays(value.cost()) => value,
            _ => unknown(name),
        }
    }

    fn called(&mut self, name: &str, arguments: Vec<Value>) -> Value {
        let plain = plain(name);
        let name = &*plain;
        if is_read(name, &self.known.expressions) && arguments.iter().any(Value::is_hidden) {
            return unknown(name);
        }
        let machine = self;
        let budget = &machine.known.budget;
        let last = arguments.last().cloned().unwrap_or(Value::Nil);
        let first = arguments.first().cloned().unwrap_or(Value::Nil);
        let second = arguments.get(1).cloned().unwrap_or(Value::Nil);
        match name {
            "include" => machine.call(&first.plain(), &second),
            "tpl" => machine.print_text(&first, &second),
            "default" => {
                if last.is_true() {
                    last
                } else {
                    first
                }
            }
            "coalesce" => arguments.into_iter().find(Value::is_true).unwrap_or(Value::Nil),
            "ternary" => value::chosen(if last.is_true() { &first } else { &second }),
            "required" => second,
            "not" | "empty" => Value::Bool(!first.is_true()),
            "eq" => Value::Bool(arguments.iter().skip(1).any(|other| other.plain() == first.plain())),
            "ne" => Value::Bool(first.plain() != second.plain()),
            "lt" | "le" | "gt" | "ge" => compare(name, &first, &second),
            "toString" | "quote" | "squote" | "print" | "println" | "cat" => spoken(name, &arguments),
            "printf" => Value::Text(printf(machine, &arguments)),
            "contains" => Value::Bool(second.plain().contains(&first.plain())),
            "hasPrefix" => Value::Bool(second.plain().starts_with(&first.plain())),
            "hasSuffix" => Value::Bool(second.plain().ends_with(&first.plain())),
            "hasKey" if arguments.iter().any(Value::is_hidden) => unknown(name),
            "hasKey" => Value::Bool(matches!(&first, Value::Map(pairs) if pairs.under(&second.plain()).is_some())),
            "kindIs" | "typeIs" => Value::Bool(kind(&second) == first.plain()),
            "kindOf" | "typeOf" => computed(kind(&first)),
            "dict" => Value::Map(Held::new(
                arguments.chunks_exact(2).filter_map(|pair| Some((Rc::from(pair.first()?.plain()), pair.get(1)?.clone()))).collect(),
            )),
            // Helmfile's is given the value last, and before it what is meant where it has none (`pkg/tmpl/get_or_nil.go`).
            "get" | "getOrNil" if !matches!(first, Value::Map(_)) => match at_path(&last, &first.plain()) {
                Value::Nil if arguments.len() > 2 => second,
                found => found,
            },
            "get" => first.get(&second.plain()),
            "dig" => dig(arguments),
            "set" => match &first {
                Value::Map(pairs) => {
                    let (mut pairs, name) = (pairs.to_vec(), Rc::<str>::from(second.plain()));
                    pairs.retain(|(key, _)| *key != name);
                    pairs.push((name, last));
                    Value::Map(Held::new(pairs))
                }
                _ => first,
            },
            "merge" => arguments.iter().fold(Value::Map(Held::default()), |above, below| above.filled(below, budget)),
            "mergeOverwrite" => arguments.iter().rev().fold(Value::Map(Held::default()), |above, below| above.filled(below, budget)),
            "deepCopy" => last.map_texts(&Rc::clone),
            "toStrings" => last,
            "int" | "int64" | "float64" | "atoi" | "toDecimal" => numbers::read(&last),
            "add" | "add1" | "sub" | "mul" | "div" | "mod" | "max" | "min" | "floor" | "ceil" => numbers::computed(name, &arguments),
            "fail" => {
                machine.met.failed.add(first.plain());
                computed("")
            }
            "omit" | "pick" => chosen(name, &first, &arguments),
            "keys" | "values" | "sortAlpha" | "uniq" | "until" | "without" | "rest" | "initial" | "reverse" | "slice" => {
                listed(name, &first, &arguments)
            }
            "has" => Value::Bool(items(&second).iter().any(|item| item.plain() == first.plain())),
            "all" => Value::Bool(arguments.iter().all(Value::is_true)),
            "any" => Value::Bool(arguments.iter().any(Value::is_true)),
            "prepend" => Value::List(Held::new(std::iter::once(second).chain(items(&first)).collect())),
            "pluck" => {
                let named = |map: &Value| {
                    matches!(map, Value::Map(pairs) if pairs.under(&first.plain()).is_some()).then(|| map.get(&first.plain()))
                };
                Value::List(Held::new(arguments.iter().skip(1).filter_map(named).collect()))
            }
            "list" | "tuple" => Value::List(Held::new(arguments)),
            "concat" => Value::List(Held::new(arguments.iter().flat_map(items).collect())),
            "append" => Value::List(Held::new(items(&first).into_iter().chain([second]).collect())),
            "unset" => chosen("omit", &first, &arguments),
            "compact" => Value::List(Held::new(items(&first).into_iter().filter(Value::is_true).collect())),
            "first" => items(&first).into_iter().next().unwrap_or(Value::Nil),
            "last" => items(&first).pop().unwrap_or(Value::Nil),
            "index" => arguments.iter().skip(1).fold(first, |value, key| at(&value, key)),
            "len" => number(
                i64::try_from(items(&first).len().max(if let Value::Text(_) = first { first.plain().len() } else { 0 })).unwrap_or(0),
            ),
            "join" => Value::Text(joined(&items(&second), first.plain())),
            "toYaml" => Value::Text(Rc::new(to_yaml(&first, budget))),
            "toJson" | "toRawJson" | "toPrettyJson" => Value::Text(Rc::new(texts::to_json(&first, budget))),
            "fromYaml" | "fromJson" | "fromYamlArray" | "fromJsonArray" => value::from_text(&last, name, budget),
            "indent" => Value::Text(indented(&last, &first, "")),
            "nindent" => Value::Text(indented(&last, &first, "\n")),
            "semverCompare" => compared(&first.plain(), &second.plain()),
            "lookup" => Value::Map(Held::default()),
            _ => texts::on_text(name, &arguments, &machine.known.expressions).unwrap_or_else(|| unknown(name)),
        }
    }
}

/// Whether a function looks at the texts of all its arguments, so that nothing is known when one of them is not.
fn is_read(name: &str, expressions: &texts::Expressions) -> bool {
    matches!(
        name,
        "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "contains" | "hasPrefix" | "hasSuffix" | "has" | "semverCompare" | "len" | "slice"
    ) || texts::is_one(name, expressions)
}

/// The name of the function that gives the same where none fails: `regexFind` for `mustRegexFind`.
fn plain(name: &str) -> Cow<'_, str> {
    name.strip_prefix("must").map_or(Cow::Borrowed(name), |name| Cow::Owned(untitled(name)))
}

/// The name with its first letter small.
fn untitled(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Whether a version is one of those that a constraint asks for; what is no version is taken to be a new one.
fn compared(constraint: &str, version: &str) -> Value {
    let read = Constraint::parse(constraint).zip(Version::parse(version));
    let is_new = || !constraint.trim_start().starts_with('<');
    Value::Bool(read.map_or_else(is_new, |(constraint, version)| constraint.allows(&version)))
}

fn compare(name: &str, first: &Value, second: &Value) -> Value {
    let (Value::Number(a, _), Value::Number(b, _)) = (first, second) else { return unknown(name) };
    Value::Bool(match name {
        "lt" => a < b,
        "le" => a <= b,
        "gt" => a > b,
        _ => a >= b,
    })
}

fn spoken(name: &str, arguments: &[Value]) -> Value {
    let text = joined(arguments, if name == "cat" { " " } else { "" });
    let mark = match name {
        "quote" => "\"",
        "squote" => "'",
        _ => return Value::Text(text),
    };
    let mut pieces = vec![Run::implied(mark)];
    match name {
        "quote" => pieces.extend(text.iter().flat_map(escaped)),
        _ => pieces.extend(text.iter().cloned()),
    }
    pieces.push(Run::implied(mark));
    Value::Text(Rc::new(pieces))
}

/// The run with a backslash before what would end a text in quotes, as Go's `%q` writes it.
fn escaped(run: &Run) -> Vec<Run> {
    let (mut found, mut from) = (Vec::new(), 0);
    for (at, letter) in run.text.match_indices(['"', '\\', '\n', '\r', '\t']) {
        found.extend(slice(std::slice::from_ref(run), from, at));
        found.push(Run::implied(match letter {
            "\n" => "\\n",
            "\r" => "\\r",
            "\t" => "\\t",
            "\"" => "\\\"",
            _ => "\\\\",
        }));
        from = at + letter.len();
    }
    if from == 0 {
        return vec![run.clone()];
    }
    found.extend(slice(std::slice::from_ref(run), from, run.text.len()));
    found
}

/// Go's `fmt.Sprintf` for the verbs that templates use.
fn printf(machine: &Machine<'_>, arguments: &[Value]) -> Text {
    let Some((format, values)) = arguments.split_first() else { return Rc::default() };
    let (text, pieces) = (format.plain(), format.pieces());
    let mut values = values.iter();
    let mut out = Vec::new();
    let (mut literal, mut at) = (0, 0);
    while let Some(percent) = text[at..].find('%').map(|found| at + found) {
        let verb = text[percent + 1..].find(|c: char| c.is_ascii_alphabetic() || c == '%').map(|len| percent + 1 + len);
        let Some(verb) = verb else { break };
        out.extend(slice(&pieces, literal, percent));
        match &text[verb..=verb] {
            "%" => out.push(Run::implied("%")),
            "q" => out.extend(spoken("quote", &values.next().cloned().into_iter().collect::<Vec<_>>()).pieces().iter().cloned()),
            _ => {
                let value = values.next().unwrap_or(&Value::Nil);
                match machine.missing(value, &out) {
                    Some(hole) => out.push(hole),
                    None => out.extend(value.pieces().iter().cloned()),
                }
            }
        }
        (literal, at) = (verb + 1, verb + 1);
    }
    out.extend(slice(&pieces, literal, text.len()));
    Rc::new(out)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Nil => "invalid",
        Value::Bool(_) => "bool",
        Value::Number(..) => "float64",
        Value::Text(_) | Value::Unknown(_) => "string",
        Value::Map(_) => "map",
        Value::List(_) => "slice",
    }
}

fn items(value: &Value) -> Vec<Value> {
    match value {
        Value::List(items) => items.to_vec(),
        Value::Map(pairs) => pairs.iter().map(|(_, value)| value.clone()).collect(),
        _ => Vec::new(),
    }
}

/// Some pairs of a mapping.
fn chosen(name: &str, map: &Value, arguments: &[Value]) -> Value {
    let Value::Map(pairs) = map else { return map.clone() };
    let keys: BTreeSet<String> = arguments.iter().skip(1).map(Value::plain).collect();
    Value::Map(Held::new(pairs.iter().filter(|(key, _)| keys.contains(&**key) == (name == "pick")).cloned().collect()))
}

/// A list made of a value.
fn listed(name: &str, value: &Value, arguments: &[Value]) -> Value {
    let mut found = match (name, value) {
        ("keys", Value::Map(pairs)) => pairs.iter().map(|(key, _)| computed(Rc::clone(key))).collect(),
        #[expect(clippy::cast_possible_truncation, reason = "bounded by the clamp")]
        ("until", Value::Number(count, _)) => (0..count.clamp(0.0, 1000.0) as i64).map(number).collect(),
        _ => items(value),
    };
    match name {
        "sortAlpha" => found.sort_by_cached_key(Value::plain),
        "uniq" => {
            let mut seen = std::collections::BTreeSet::new();
            found.retain(|value| seen.insert(value.plain()));
        }
        "without" => found.retain(|value| !arguments.iter().skip(1).any(|other| other.plain() == value.plain())),
        "rest" => found = found.into_iter().skip(1).collect(),
        "initial" => _ = found.pop(),
        "reverse" => found.reverse(),
        "slice" => {
            let at = |place: usize, none: usize| arguments.get(place).map_or(Some(none), texts::count);
            let (from, to) = (at(1, 0), at(2, found.len()));
            return match from.zip(to) {
                Some((from, to)) if from <= to && to <= found.len() => Value::List(Held::new(found.drain(from..to).collect())),
                _ => unknown(name),
            };
        }
        _ => {}
    }
    Value::List(Held::new(found))
}

fn at(value: &Value, key: &Value) -> Value {
    match (value, key) {
        (_, key) if key.is_hidden() => key.clone(),
        (Value::List(items), Value::Number(index, _)) if *index >= 0.0 => {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index, checked above")]
            let index = *index as usize;
            items.get(index).cloned().unwrap_or(Value::Nil)
        }
        _ => value.get(&key.plain()),
    }
}

/// `dig "a" "b" default map`.
fn dig(mut arguments: Vec<Value>) -> Value {
    let (Some(map), Some(default)) = (arguments.pop(), arguments.pop()) else { return Value::Nil };
    let found = arguments.iter().fold(map, |value, key| value.get(&key.plain()));
    if matches!(found, Value::Nil) { default } else { found }
}

/// Every line of the value moved right; a value that is not known prints nothing, since a hole in the place of lines would break the text.
fn indented(value: &Value, width: &Value, before: &str) -> Text {
    if value.is_hidden() {
        return Text::default();
    }
    let spaces = match width {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a width, bounded here")]
        Value::Number(width, _) => " ".repeat(width.clamp(0.0, 200.0) as usize),
        _ => String::new(),
    };
    let mut out = vec![Run::implied(format!("{before}{spaces}"))];
    let spaces = Shared::from(spaces);
    for piece in value.pieces().iter() {
        let mut start = 0;
        for line in piece.text.split_inclusive('\n') {
            out.extend(slice(std::slice::from_ref(piece), start, start + line.len()));
            start += line.len();
            if line.ends_with('\n') {
                out.push(Run::implied(spaces.clone()));
            }
        }
        if piece.text.is_empty() {
            out.push(piece.clone());
        }
    }
    Rc::new(out)
}

/// The value as YAML in block style.
pub(super) fn to_yaml(value: &Value, budget: &Budget) -> Vec<Run> {
    let mut out = Vec::new();
    write_yaml(value, 0, &mut out, 40, budget);
    out
}

fn write_yaml(value: &Value, indent: usize, out: &mut Vec<Run>, depth: u8, budget: &Budget) {
    let mark = |text: String| Run::implied(text);
    let pad = " ".repeat(indent);
    let Some(depth) = depth.checked_sub(1).filter(|_| budget.pays(value.cost() + 4 * STEP)) else { return };
    match value {
        Value::Map(pairs) if !pairs.is_empty() => {
            let mut sorted: Vec<&(Rc<str>, Value)> = pairs.iter().collect();
            sorted.sort_by(|a, b| a.0.cmp(&b.0));
            for (index, (key, value)) in sorted.into_iter().enumerate() {
                let start = if index == 0 { "" } else { "\n" };
                let nested =
                    matches!(value, Value::Map(pairs) if !pairs.is_empty()) || matches!(value, Value::List(items) if !items.is_empty());
                let inner = if matches!(value, Value::List(_)) { indent } else { indent + 2 };
                let pad = if index == 0 { "" } else { &pad };
                let key = if plain_is_safe(key) { key.to_string() } else { format!("{key:?}") };
                out.push(mark(format!("{start}{pad}{key}:{}", if nested { format!("\n{}", " ".repeat(inner)) } else { " ".to_owned() })));
                write_yaml(value, inner, out, depth, budget);
            }
        }
        Value::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                out.push(mark(if index == 0 { "- ".to_owned() } else { format!("\n{pad}- ") }));
                write_yaml(item, indent + 2, out, depth, budget);
            }
        }
        Value::Map(_) => out.push(Run::implied("{}")),
        Value::List(_) => out.push(Run::implied("[]")),
        Value::Nil => out.push(Run::implied("null")),
        Value::Text(text) => {
            let plain = value.plain();
            if plain.contains(['"', '\\', '\n']) {
                out.push(mark(format!("{plain:?}")));
            } else if plain_is_safe(&plain) {
                out.extend(text.iter().cloned());
            } else {
                out.push(Run::implied("\""));
                out.extend(text.iter().cloned());
                out.push(Run::implied("\""));
            }
        }
        Value::Bool(_) | Value::Number(..) | Value::Unknown(_) => out.extend(value.pieces().iter().cloned()),
    }
}

/// Whether a text reads as itself without quotes.
fn plain_is_safe(text: &str) -> bool {
    let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_' || b == b'/');
    let word = matches!(text.to_ascii_lowercase().as_str(), "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n");
    first && !word && !text.contains(": ") && !text.contains(" #") && !text.ends_with([':', ' ']) && text.bytes().all(|b| b >= b' ')
}
