//! Owns keys that are added to a mapping in a document.

use std::fmt::Write as _;
use std::ops::Range;

use super::plain;
use crate::text::FileId;

/// A value that can be added to a document: its keys, and how they are written where they go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Addition {
    /// The keys, from the first that is not there down to the value's own.
    pub keys: Vec<String>,
    /// How they are written.
    pub style: Style,
    /// What is added.
    pub adds: Adds,
}

/// A mapping in which keys may be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// The file.
    pub(crate) file: FileId,
    /// The document in it.
    pub(crate) document: Range<usize>,
    /// The bytes of the mapping in the document; none for the outermost.
    pub(crate) mapping: Option<Range<usize>>,
    /// The keys, from that mapping, of what is there, or can be.
    pub(crate) keys: Vec<String>,
}

/// What is added as a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Adds {
    /// A text.
    Text,
    /// A truth value that a chart asks for before it takes other images; a comment beside it says so.
    Flag,
}

/// How keys are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Style {
    /// In lines behind the one that ends at the place, so many columns in, and each level so many more.
    Lines {
        /// Columns of the first key.
        indent: usize,
        /// Columns more at each level.
        step: usize,
    },
    /// In lines before whatever stands at the place: nothing is there yet.
    First {
        /// Columns more at each level.
        step: usize,
    },
    /// Inside braces, before what stands there.
    Flow {
        /// What stands between them and what is there.
        behind: &'static str,
    },
    /// As a mapping in braces, in the place of a value that says nothing (`~`, `{}`).
    Instead,
}

/// What is written where all these values are added at one place: each key once. Where mappings within each other end there, the innermost first.
#[must_use]
pub fn additions(all: &[(&Addition, &str)]) -> String {
    let mut styles: Vec<Style> = all.iter().map(|(addition, _)| addition.style).collect();
    styles.sort_by(|a, b| b.cmp(a));
    styles.dedup();
    let own = |style| all.iter().filter(move |(addition, _)| addition.style == style);
    styles
        .into_iter()
        .map(|style| in_style(style, &own(style).map(|(one, text)| (one.keys.as_slice(), (*text, one.adds))).collect::<Vec<_>>()))
        .collect()
}

fn in_style(style: Style, entries: &[Entry<'_>]) -> String {
    let mut out = String::new();
    match style {
        Style::Lines { indent, step } => lines(entries, indent, step, &mut out),
        Style::First { step } => {
            lines(entries, 0, step, &mut out);
            out = format!("{}\n", out.trim_start_matches('\n'));
        }
        Style::Flow { behind } => {
            flow(entries, &mut out);
            out.push_str(behind);
        }
        Style::Instead => {
            out.push('{');
            flow(entries, &mut out);
            out.push('}');
        }
    }
    out
}

/// The keys of a value, and the value.
type Entry<'e> = (&'e [String], (&'e str, Adds));

/// The entries by their first keys, in the order of their first appearance.
fn by_key<'e>(entries: &[Entry<'e>]) -> Vec<(&'e str, Vec<Entry<'e>>)> {
    let mut groups: Vec<(&str, Vec<_>)> = Vec::new();
    for (keys, value) in entries {
        let Some((key, rest)) = keys.split_first() else { continue };
        match groups.iter_mut().find(|(have, _)| have == key) {
            Some((_, inner)) => inner.push((rest, *value)),
            None => groups.push((key, vec![(rest, *value)])),
        }
    }
    groups
}

fn lines(entries: &[Entry<'_>], indent: usize, step: usize, out: &mut String) {
    for (key, inner) in by_key(entries) {
        let _ = write!(out, "\n{:indent$}{key}:", "");
        if let [([], (text, adds)), ..] = inner.as_slice() {
            let beside = if *adds == Adds::Flag { BESIDE_FLAG } else { "" };
            let _ = write!(out, " {}{beside}", scalar(text, *adds));
        } else {
            lines(&inner, indent + step, step, out);
        }
    }
}

/// What is written beside a truth value.
const BESIDE_FLAG: &str = " # the chart takes no other images without it";

/// A text as it is written where a plain one would be no text.
fn scalar(text: &str, adds: Adds) -> String {
    if adds == Adds::Flag || plain::is_string(text) { text.to_owned() } else { format!("\"{text}\"") }
}

fn flow(entries: &[Entry<'_>], out: &mut String) {
    for (number, (key, inner)) in by_key(entries).into_iter().enumerate() {
        out.push_str(if number == 0 { "" } else { ", " });
        let _ = write!(out, "{key}: ");
        if let [([], (text, adds)), ..] = inner.as_slice() {
            out.push_str(&scalar(text, *adds));
        } else {
            out.push('{');
            flow(&inner, out);
            out.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(style: Style) -> String {
        let addition = |keys: &str| Addition { keys: keys.split('.').map(str::to_owned).collect(), style, adds: Adds::Text };
        let (a, b, c) = (addition("db.image.registry"), addition("db.metrics.image"), addition("db.image.tag"));
        additions(&[(&a, "m.io/hub"), (&b, "m.io/x:1"), (&c, "2")])
    }

    #[test]
    fn each_key_is_written_once() {
        let lines = "\n  db:\n    image:\n      registry: m.io/hub\n      tag: \"2\"\n    metrics:\n      image: m.io/x:1";
        assert_eq!(written(Style::Lines { indent: 2, step: 2 }), lines);
        let first = "db:\n  image:\n    registry: m.io/hub\n    tag: \"2\"\n  metrics:\n    image: m.io/x:1\n";
        assert_eq!(written(Style::First { step: 2 }), first);
        let flow = "db: {image: {registry: m.io/hub, tag: \"2\"}, metrics: {image: m.io/x:1}}";
        assert_eq!(written(Style::Flow { behind: ", " }), format!("{flow}, "));
        assert_eq!(written(Style::Instead), format!("{{{flow}}}"));
    }

    #[test]
    fn what_belongs_further_in_comes_first() {
        let at = |keys: &str, indent| Addition { keys: vec![keys.to_owned()], style: Style::Lines { indent, step: 2 }, adds: Adds::Text };
        let (outer, inner) = (at("b", 0), at("a", 2));
        assert_eq!(additions(&[(&outer, "out"), (&inner, "in")]), "\n  a: in\nb: out");
    }
}
