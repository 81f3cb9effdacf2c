//! Owns what a YAML scalar is: text, or a value of another type; after YAML 1.1, which helm's and kustomize's readers follow.

use std::sync::LazyLock;

use regex::Regex;

use crate::locate::Notation;

/// Numbers of YAML 1.1 (yaml.org/type/int.html and float.html), sexagesimal ones included.
static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^(?:
        [-+]?0b[01_]+ | [-+]?0x[0-9a-fA-F_]+ | [-+]?[0-9][0-9_]*(?::[0-5]?[0-9])* |
        [-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)? | [-+]?\.[0-9][0-9_]*(?:[eE][-+][0-9]+)? |
        [-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]* | [-+]?\.(?:inf|Inf|INF) | \.(?:nan|NaN|NAN)
        )$",
    )
    .ok()
});

/// The type of a scalar, as far as a comparison needs it: `"8080"` is another value than `8080`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// Text.
    Text,
    /// A number, a truth value, null, an empty list or mapping.
    Other,
}

/// The type of a scalar, and its text with the spellings of null and of truth values made one.
pub(super) fn resolve(text: &str, notation: Notation) -> (Type, &str) {
    if notation != Notation::Plain {
        return (Type::Text, text);
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => (Type::Other, "null"),
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => (Type::Other, "true"),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => (Type::Other, "false"),
        // Most scalars are words: only what begins as a number may be one.
        _ if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) && is_number(text) => (Type::Other, text),
        _ => (Type::Text, text),
    }
}

fn is_number(text: &str) -> bool {
    NUMBER.as_ref().is_some_and(|number| number.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> (Type, &str) {
        resolve(text, Notation::Plain)
    }

    #[test]
    fn quotes_make_text_of_a_number() {
        assert_eq!(plain("8080"), (Type::Other, "8080"));
        assert_eq!(resolve("8080", Notation::Double), (Type::Text, "8080"));
    }

    #[test]
    fn versions_and_images_are_text() {
        for text in ["1.2.3", "v1", "redis:7", "-", "1.2.3-alpine", "10m"] {
            assert_eq!(plain(text), (Type::Text, text), "{text}");
        }
    }

    #[test]
    fn spellings_of_null_and_truth_are_one() {
        assert_eq!(plain("~"), plain("null"));
        assert_eq!(plain("on"), plain("true"));
        assert_ne!(plain("no").1, plain("null").1);
    }
}
