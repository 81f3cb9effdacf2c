//! Owns the notations of a scalar: where its text begins in its bytes, and what stands there for something else.

use std::ops::Range;

use crate::occurrence::Spelling;

/// How the bytes of a scalar spell its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notation {
    /// Without quotes: what it is (a text, a number, a truth value) its text says.
    Plain,
    /// In single quotes, one of which is written twice (YAML) or not at all (TOML).
    Single,
    /// In double quotes, with escapes. Line breaks fold in YAML; JSON and TOML have none.
    Double,
    /// A YAML block whose line breaks stay.
    Literal,
    /// A YAML block whose line breaks fold.
    Folded,
    /// In three quotes (TOML): line breaks stay, but for the first one, and those that a backslash stands before.
    Lines,
    /// As it is, without quotes, in one line or in several.
    Verbatim,
}

impl Notation {
    /// The bytes that spell the text, without the quotes of `raw`, which begins at byte `at`.
    pub(super) fn content(self, raw: &str, at: usize) -> Range<usize> {
        let quotes = match self {
            Self::Single | Self::Double => 1,
            Self::Lines => 3,
            Self::Plain | Self::Literal | Self::Folded | Self::Verbatim => 0,
        };
        let Some(inner) = raw.get(quotes..raw.len().saturating_sub(quotes)) else { return at..at + raw.len() };
        let is_broken = self == Self::Lines;
        let text = inner.strip_prefix("\r\n").or_else(|| inner.strip_prefix('\n')).filter(|_| is_broken).unwrap_or(inner);
        let end = at + quotes + inner.len();
        end - text.len()..end
    }

    /// How a piece is spelled that stands in the file byte for byte.
    pub(super) const fn spelling(self) -> Spelling {
        if matches!(self, Self::Plain) { Spelling::Plain } else { Spelling::Verbatim }
    }

    /// Whether it is a YAML block, each line of which is indented.
    pub(super) const fn is_block(self) -> bool {
        matches!(self, Self::Literal | Self::Folded)
    }

    /// Whether the byte begins something else than itself.
    pub(super) const fn escapes(self, byte: u8) -> bool {
        matches!((self, byte), (Self::Single, b'\'') | (Self::Double | Self::Lines, b'\\'))
    }
}
