//! Owns what a template printed: a text of which every run is a piece, and the images in it.

use std::ops::Range;

use super::value::slice;
use crate::format::Formats;
use crate::locate::inside_text;
use crate::occurrence::{Occurrence, Origin, Piece, Spelling};
use crate::reference::{HOLE, Part, Reference};
use crate::text::FileId;

/// A printed text.
pub(super) struct Output {
    text: String,
    pieces: Vec<Piece>,
}

impl Output {
    pub(super) fn new(pieces: Vec<Piece>) -> Self {
        let text: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        Self { text: text.split_inclusive('\n').map(readable).collect(), pieces }
    }

    /// The images of the manifests that the text holds.
    pub(super) fn images(&self, formats: &Formats) -> Vec<Occurrence> {
        let Some(kubernetes) = formats.get("kubernetes") else { return Vec::new() };
        if !kubernetes.may_be_in(self.text.as_bytes()) {
            return Vec::new();
        }
        let located = inside_text(&self.text, FileId::NONE, kubernetes, formats);
        located.occurrences.into_iter().filter_map(|occurrence| self.carried(occurrence)).collect()
    }

    /// The occurrence with its pieces where they really stand.
    fn carried(&self, mut occurrence: Occurrence) -> Option<Occurrence> {
        let mut pieces: Vec<Piece> = Vec::new();
        for piece in &occurrence.pieces {
            if piece.text.len() != piece.span.len() || piece.span.file != FileId::NONE {
                return None;
            }
            pieces.extend(self.source(piece.span.range()));
        }
        occurrence.pieces = pieces;
        let reference = occurrence.reference().ok()?;
        occurrence.place = place(&occurrence, &reference)?;
        Some(occurrence)
    }

    fn source(&self, range: Range<usize>) -> Vec<Piece> {
        let mut found = slice(&self.pieces, range.start, range.end);
        for piece in &mut found {
            // Part of a text that is spelled some other way: its bytes cannot be cut.
            if piece.is_editable() && piece.text.len() != piece.span.len() {
                let variable = match &piece.origin {
                    Origin::Default { variable } => std::sync::Arc::clone(variable),
                    _ => std::sync::Arc::from("template"),
                };
                piece.origin = Origin::Modified { variable: std::sync::Arc::clone(&variable), by: variable };
                piece.spelling = Spelling::Encoded;
            }
        }
        found
    }
}

/// A line of nothing but unknown values would stand where keys are expected: it goes blank, at equal length.
fn readable(line: &str) -> std::borrow::Cow<'_, str> {
    let unknown = line.contains(HOLE) && line.chars().all(|c| c == HOLE || c.is_whitespace());
    if unknown { line.replace(HOLE, &" ".repeat(HOLE.len_utf8())).into() } else { line.into() }
}

/// Where it is shown: the piece with the last part of the name, or else the first one that stands in a file.
fn place(occurrence: &Occurrence, reference: &Reference) -> Option<crate::text::Span> {
    let end = reference.range(Part::Path)?.end;
    let joined = occurrence.joined();
    let with_name =
        occurrence.pieces.iter().zip(&joined.ranges).find(|(_, range)| range.start < end && end <= range.end).map(|(piece, _)| piece);
    with_name
        .filter(|piece| piece.is_editable())
        .or_else(|| occurrence.pieces.iter().find(|piece| piece.is_editable()))
        .map(|piece| piece.span)
}
