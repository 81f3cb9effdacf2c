//! Owns the making of pieces from characters: a run of bytes that the file has as they are meant is one piece.

use super::lines::Glyph;
use crate::occurrence::{Origin, Piece, Spelling};
use crate::text::{FileId, Span};

/// Gathers characters of one origin, and pieces of others, in order.
#[derive(Debug)]
pub(super) struct Pieces {
    file: FileId,
    origin: Origin,
    done: Vec<Piece>,
    run: Vec<u8>,
    span: Option<Span>,
}

impl Pieces {
    /// Nothing yet; characters will be of `origin`.
    pub(super) const fn new(file: FileId, origin: Origin) -> Self {
        Self { file, origin, done: Vec::new(), run: Vec::new(), span: None }
    }

    /// Adds a character.
    pub(super) fn glyph(&mut self, glyph: Glyph) {
        let adjoins = self.span.is_some_and(|span| span.end == glyph.start);
        if !glyph.is_plain() {
            self.cut();
            let text = String::from_utf8_lossy(&[glyph.byte]).into_owned();
            let span = Span::new(self.file, glyph.start..glyph.end);
            self.done.push(Piece { text, span, origin: self.origin.clone(), spelling: Spelling::Encoded });
            return;
        }
        if !adjoins {
            self.cut();
            self.run.reserve(32);
        }
        let start = self.span.map_or(glyph.start, |span| span.start);
        self.span = Some(Span::new(self.file, start..glyph.end));
        self.run.push(glyph.byte);
    }

    /// Adds pieces that are made already.
    pub(super) fn extend(&mut self, pieces: impl IntoIterator<Item = Piece>) {
        self.cut();
        self.done.extend(pieces);
    }

    /// Ends the run of characters.
    fn cut(&mut self) {
        let Some(span) = self.span.take() else { return };
        let run = std::mem::take(&mut self.run);
        let (text, spelling) = match String::from_utf8(run) {
            Ok(text) => (text, Spelling::Verbatim),
            // Bytes of another encoding: no reference, so what they say is only shown.
            Err(other) => (String::from_utf8_lossy(other.as_bytes()).into_owned(), Spelling::Encoded),
        };
        self.done.push(Piece { text, span, origin: self.origin.clone(), spelling });
    }

    /// All of it.
    pub(super) fn finish(mut self) -> Vec<Piece> {
        self.cut();
        self.done
    }
}

/// The text that pieces spell.
pub(super) fn spelled(pieces: &[Piece]) -> String {
    pieces.iter().map(|piece| &*piece.text).collect()
}

/// The bytes from a word's first character to its last, without the quotes around the whole of it.
pub(super) fn place(file: FileId, word: &[Glyph]) -> Option<Span> {
    let inner = match word {
        [first, inner @ .., last] if matches!(first.byte, b'"' | b'\'') && first.byte == last.byte && !inner.is_empty() => inner,
        _ => word,
    };
    Some(Span::new(file, inner.first()?.start..inner.last()?.end))
}
