//! Owns words that a chart prints where no image stands, and that values are part of.

use std::sync::Arc;

use super::output::{Output, name_of};
use super::value::{Run, slice};
use crate::occurrence::{Caution, Occurrence, Origin, Piece};
use crate::reference::HOLE;
use crate::text::Span;

/// A word that a chart prints where no image stands, and that a value is part of.
#[derive(Clone, Debug)]
pub struct Word {
    /// The value's bytes, and its name (`.Values.runner.image`).
    pub(super) value: Piece,
    /// The template's text that it stands behind.
    at: Span,
    /// What the word is made of, from its first sign to its last.
    pieces: Vec<Piece>,
    /// How many bytes of it stand before the value.
    before: usize,
    /// Whether it goes on with what stands before it, which is not known.
    is_hidden: bool,
}

/// The most bytes of a word around a value.
const LONGEST: usize = 1 << 10;

/// What a reference begins with where programs are told where to get it.
const TRANSPORTS: [&str; 2] = ["docker://", "oci://"];

impl Output {
    /// The word around the value that stands at byte `start`, printed behind `at`.
    pub(super) fn word_around(&self, value: &Run, start: usize, at: Span) -> Word {
        let is_of_word = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':' | '@');
        let end = start + value.text.len();
        let before: usize = self.text[..start].chars().rev().take(LONGEST).take_while(is_of_word).count();
        let is_tail = |c: &char| is_of_word(c) || *c == HOLE;
        let after: usize = self.text[end..].chars().take(LONGEST).take_while(is_tail).map(char::len_utf8).sum();
        let is_hidden = self.text[..start - before].ends_with(HOLE);
        let pieces = self.source(start - before..end + after).into_iter().map(Piece::from).collect();
        Word { value: value.clone().into(), at, pieces, before, is_hidden }
    }
}

impl Word {
    /// What tells it from others.
    pub(super) fn key(&self) -> (Span, usize, String, Vec<Span>) {
        let spans = self.pieces.iter().filter(|piece| piece.is_editable()).map(|piece| piece.span).collect();
        (self.value.span, self.before, self.pieces.iter().map(|piece| piece.text.as_str()).collect(), spans)
    }

    /// The reference that it is, said as `of` is said; `None` where it is none.
    pub(super) fn reference(&self, of: &Occurrence) -> Option<Occurrence> {
        let text: String = self.pieces.iter().map(|piece| piece.text.as_str()).collect();
        let from = TRANSPORTS.iter().find(|transport| text.starts_with(**transport)).map_or(0, |transport| transport.len());
        let to = text.trim_end_matches([':', '.', '/', '-', '_']).len();
        let runs: Vec<Run> = self.pieces.iter().cloned().map(Run::from).collect();
        let pieces = slice(&runs, from, to).into_iter().map(Piece::from).collect();
        let found = Occurrence { pieces, ..of.clone() };
        if found.reference().is_ok() { Some(found) } else { name_of(found) }
    }

    /// Whether the value begins it.
    pub(super) fn is_begun_by_value(&self) -> bool {
        self.before == 0 && !self.is_hidden
    }

    /// That the value does not say by itself what it is.
    pub(super) fn caution(&self) -> Caution {
        let variable = match &self.value.origin {
            Origin::Default { variable } | Origin::Modified { variable, .. } => Arc::clone(variable),
            _ => Arc::from("template"),
        };
        Caution::Preceded { variable, at: self.at }
    }
}

/// Puts words in the order of their values, each once.
pub(super) fn settle(words: &mut Vec<Word>) {
    words.sort_by_cached_key(Word::key);
    words.dedup_by(|one, other| one.value.span == other.value.span && one.key() == other.key());
}
