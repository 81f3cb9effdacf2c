//! Owns the spanned tree that a rule file is read into, before anything is known of its meaning.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_yaml::{Location, Spanned};

use crate::text::Lines;

/// A text and its bytes in the rule file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    /// The decoded text.
    pub(crate) text: String,
    /// Its bytes, quotes included.
    pub(crate) span: Range<usize>,
}

/// A value with its place. A block mapping or sequence has the place of its first byte.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) value: Content,
    pub(crate) span: Range<usize>,
}

/// What a value is. Scalars stay texts: `1.10` in a tag is not a number.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Null,
    Scalar(String),
    Sequence(Vec<Node>),
    Mapping(Vec<(Text, Node)>),
}

impl Node {
    /// The value of a key; `None` when this is no mapping, or has no such key.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Content::Mapping(entries) => entries.iter().find(|(name, _)| name.text == key).map(|(_, node)| node),
            _ => None,
        }
    }

    /// A scalar's text.
    pub(crate) fn text(&self) -> Option<Text> {
        match &self.value {
            Content::Scalar(text) => Some(Text { text: text.clone(), span: self.span.clone() }),
            _ => None,
        }
    }

    /// The scalar at a key.
    pub(crate) fn text_at(&self, key: &str) -> Option<Text> {
        self.get(key).and_then(Self::text)
    }

    /// The keys with their values, of a mapping.
    pub(crate) fn entries(&self) -> &[(Text, Self)] {
        if let Content::Mapping(entries) = &self.value { entries } else { &[] }
    }

    /// The items of a sequence; of anything else, itself: a list of one may be written without dashes.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.value {
            Content::Sequence(items) => items,
            Content::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// The scalars at a key, be it one or a list.
    pub(crate) fn texts_at(&self, key: &str) -> Vec<Text> {
        self.get(key).map(|node| node.items().iter().filter_map(Self::text).collect()).unwrap_or_default()
    }
}

/// Reads one YAML document. An empty text is an empty mapping.
///
/// # Errors
/// The place and the message of the first thing that is no YAML.
pub(crate) fn parse(text: &str) -> Result<Node, (Range<usize>, String)> {
    // A key that is there twice is a fault like others, and does not keep them from being found: the reader of shapes tells it.
    let options = serde_yaml::options! { duplicate_keys: serde_yaml::options::DuplicateKeyPolicy::LastWins };
    let raw: Spanned<Raw> = serde_yaml::from_str_with_options(text, options).map_err(|error| {
        let at = error.location().map_or(0..0, |location| place_of(text, &location));
        let message = error.without_snippet().to_string();
        (at, first_line(&message))
    })?;
    Ok(resolve(text, raw))
}

fn bytes(location: &Location) -> Range<usize> {
    let at = |value: Option<u64>| value.and_then(|value| usize::try_from(value).ok()).unwrap_or_default();
    let start = at(location.span().byte_offset());
    start..start + at(location.span().byte_len())
}

/// The bytes of an error: the scanner's own errors know the line and column only.
fn place_of(text: &str, location: &Location) -> Range<usize> {
    if location.span().byte_offset().is_some_and(|at| at > 0) {
        return bytes(location);
    }
    let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX).max(1);
    let line = Lines::new(text.as_bytes()).range(number(location.line()));
    let columns = text.get(line.clone()).unwrap_or_default();
    let at = columns.char_indices().nth(number(location.column()) - 1).map_or(columns.trim_end().len(), |(at, _)| at);
    line.start + at..line.start + at
}

/// The message without the place that it repeats.
fn first_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let line = line.split(" at line ").next().unwrap_or(line);
    line.strip_prefix("error: ").unwrap_or(line).trim_end_matches('.').to_owned()
}

/// The tree as serde hands it out: other scalars than texts have lost their spelling, which the span still has.
enum Raw {
    Null,
    Text(String),
    Typed,
    Sequence(Vec<Spanned<Raw>>),
    Mapping(Vec<(Spanned<String>, Spanned<Raw>)>),
}

fn resolve(text: &str, raw: Spanned<Raw>) -> Node {
    let span = bytes(&raw.referenced);
    let value = match raw.value {
        Raw::Null => Content::Null,
        Raw::Text(text) => Content::Scalar(text),
        Raw::Typed => Content::Scalar(text.get(bytes(&raw.defined)).unwrap_or_default().trim_end().to_owned()),
        Raw::Sequence(items) => Content::Sequence(items.into_iter().map(|item| resolve(text, item)).collect()),
        Raw::Mapping(entries) => Content::Mapping(
            entries
                .into_iter()
                .map(|(key, value)| (Text { span: bytes(&key.referenced), text: key.value }, resolve(text, value)))
                .collect(),
        ),
    };
    Node { value, span }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

macro_rules! typed {
    ($($visit:ident $kind:ty),*) => {$(
        fn $visit<E: Error>(self, _: $kind) -> Result<Raw, E> {
            Ok(Raw::Typed)
        }
    )*};
}

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a list or a mapping")
    }

    fn visit_unit<E: Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    typed! { visit_bool bool, visit_i64 i64, visit_i128 i128, visit_u64 u64, visit_u128 u128, visit_f64 f64 }

    fn visit_str<E: Error>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        std::iter::from_fn(|| access.next_element().transpose()).collect::<Result<_, _>>().map(Raw::Sequence)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Raw, A::Error> {
        std::iter::from_fn(|| access.next_entry().transpose()).collect::<Result<_, _>>().map(Raw::Mapping)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice<'a>(text: &'a str, node: &Node) -> &'a str {
        &text[node.span.clone()]
    }

    #[test]
    fn scalars_keep_their_spelling_and_their_bytes() {
        let text = "# ö\na: 1.10\nb: 'x y'\nc: [true, ~]\nd:\n  e: 2026-01-02\n";
        let node = parse(text).unwrap();
        assert_eq!(node.text_at("a").unwrap().text, "1.10");
        assert_eq!(slice(text, node.get("a").unwrap()), "1.10");
        assert_eq!(node.text_at("b").unwrap().text, "x y");
        assert_eq!(slice(text, node.get("b").unwrap()), "'x y'");
        assert_eq!(node.texts_at("c")[0].text, "true");
        let date = node.get("d").and_then(|d| d.get("e")).unwrap();
        assert_eq!(slice(text, date), "2026-01-02");
    }

    #[test]
    fn a_key_that_is_there_twice_is_kept_twice() {
        let node = parse("a: 1\n1: 2\na: 3\n01: 4\n").unwrap();
        let Content::Mapping(entries) = &node.value else { panic!("{node:?}") };
        let keys: Vec<_> = entries.iter().map(|(key, _)| (key.text.as_str(), key.span.start)).collect();
        assert_eq!(keys, [("a", 0), ("1", 5), ("a", 10), ("01", 15)]);
    }

    #[test]
    fn a_byte_order_mark_and_line_ends_do_not_move_places() {
        let text = "\u{feff}a: x\r\nb: é1\r\nc: 1.5\r\n";
        let node = parse(text).unwrap();
        for (key, value) in [("a", "x"), ("b", "é1"), ("c", "1.5")] {
            assert_eq!(slice(text, node.get(key).unwrap()), value);
            assert_eq!(node.text_at(key).unwrap().text, value);
        }
    }

    #[test]
    fn what_is_no_yaml_is_told_with_its_place() {
        let (span, message) = parse("a: [1\nb: 2\n").unwrap_err();
        assert!(span.start > 0, "{span:?} {message}");
    }
}
