//! Owns the writing of data files: one tree of values, printed as JSON or as YAML with its keys in the order given.

use serde::{Serialize, Serializer};

use crate::text::harmless;

/// A value of a data file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// Keys and values, in the order to print.
    Map(Vec<(String, Node)>),
    /// Values in order.
    List(Vec<Node>),
    /// A string.
    Text(String),
    /// A whole number.
    Number(i64),
    /// True or false.
    Truth(bool),
    /// A value with comments before it, which JSON cannot have.
    Noted(Vec<String>, Box<Node>),
}

impl Node {
    /// A map of literal keys.
    pub(super) fn map<const N: usize>(entries: [(&str, Node); N]) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// A string.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A list of strings.
    pub(super) fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(Self::text).collect())
    }

    /// The same with a comment on each line before its key or item.
    pub(super) fn noted(self, notes: impl IntoIterator<Item = String>) -> Self {
        let notes: Vec<String> = notes.into_iter().collect();
        if notes.is_empty() { self } else { Self::Noted(notes, Box::new(self)) }
    }

    /// As JSON with two spaces of indentation and a final newline.
    pub(super) fn json(&self) -> String {
        // Writing strings and numbers to memory cannot fail; an empty file would be noticed by every reader.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// How many bytes its JSON has without any white space.
    pub(super) fn json_length(&self) -> usize {
        serde_json::to_string(self).map_or(usize::MAX, |text| text.len())
    }

    /// As a YAML block document. Every string is double-quoted, so that no reader of YAML 1.1 or 1.2 takes `3.10`, `no` or `12:30` for
    /// something else; JSON's escapes are YAML's.
    pub(super) fn yaml(&self) -> String {
        let mut out = String::new();
        self.block(&mut out, 0, Line::Fresh);
        out
    }

    fn block(&self, out: &mut String, depth: usize, mut line: Line) {
        match self {
            Self::Map(entries) if !entries.is_empty() => {
                for (key, value) in entries {
                    let value = value.after_notes(out, depth, &mut line);
                    line.indent(out, depth);
                    out.push_str(&plain_or_quoted(key));
                    out.push(':');
                    value.after_key(out, depth);
                }
            }
            Self::List(items) if !items.is_empty() => {
                for item in items {
                    let item = item.after_notes(out, depth, &mut line);
                    line.indent(out, depth);
                    out.push_str("- ");
                    item.block(out, depth + 1, Line::Begun);
                }
            }
            Self::Noted(_, value) => value.block(out, depth, line),
            scalar_or_empty => {
                line.indent(out, depth);
                out.push_str(&serde_json::to_string(scalar_or_empty).unwrap_or_default());
                out.push('\n');
            }
        }
    }

    /// Prints the comments and gives what they are about.
    fn after_notes(&self, out: &mut String, depth: usize, line: &mut Line) -> &Self {
        let Self::Noted(notes, value) = self else { return self };
        for note in notes {
            line.indent(out, depth);
            out.push_str("# ");
            out.push_str(&harmless(note));
            out.push('\n');
        }
        value
    }

    fn after_key(&self, out: &mut String, depth: usize) {
        let nested = match self {
            Self::Map(entries) => !entries.is_empty(),
            Self::List(items) => !items.is_empty(),
            _ => false,
        };
        if nested {
            out.push('\n');
            self.block(out, depth + 1, Line::Fresh);
        } else {
            out.push(' ');
            self.block(out, depth, Line::Begun);
        }
    }
}

/// Whether something stands on the line already (`- ` of a list).
#[derive(Clone, Copy)]
enum Line {
    Fresh,
    Begun,
}

impl Line {
    fn indent(&mut self, out: &mut String, depth: usize) {
        if matches!(self, Self::Fresh) {
            out.push_str(&"  ".repeat(depth));
        }
        *self = Self::Fresh;
    }
}

/// A key is plain only when it is a word that no reader takes for anything but a string.
fn plain_or_quoted(key: &str) -> String {
    let word = key.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_' || b == b'-') && key.starts_with(|c: char| c.is_ascii_alphabetic());
    let taken = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(&key.to_ascii_lowercase().as_str());
    if word && !taken { key.to_owned() } else { serde_json::to_string(key).unwrap_or_default() }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Map(entries) => serializer.collect_map(entries.iter().map(|(key, value)| (key, value))),
            Self::List(items) => serializer.collect_seq(items),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_i64(*number),
            Self::Truth(truth) => serializer.serialize_bool(*truth),
            Self::Noted(_, value) => value.serialize(serializer),
        }
    }
}
