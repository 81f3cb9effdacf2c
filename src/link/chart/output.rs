//! Owns what a template printed: a text of which every run is a piece, and the images in it.

use std::ops::Range;
use std::sync::Arc;

use super::Readings;
use super::value::{Run, slice};
use crate::format::{FormatRole, Formats};
use crate::locate::{Located, documents, inside_text};
use crate::occurrence::{Occurrence, Origin, Piece, Spelling};
use crate::reference::{HOLE, Part, Reference};
use crate::text::FileId;

/// A printed text.
pub(super) struct Output {
    text: String,
    pieces: Vec<Run>,
    /// Where each piece starts in the text.
    starts: Vec<usize>,
}

impl Output {
    pub(super) fn new(pieces: Vec<Run>) -> Self {
        let mut text = String::with_capacity(pieces.iter().map(|piece| piece.text.len()).sum());
        let mut starts = Vec::with_capacity(pieces.len());
        for piece in &pieces {
            starts.push(text.len());
            text.push_str(&piece.text);
        }
        if text.contains(HOLE) {
            text = text.split_inclusive('\n').map(readable).collect();
        }
        Self { text, pieces, starts }
    }

    /// The images of the manifests that the text holds.
    pub(super) fn images(&self, formats: &Formats, readings: &Readings<'_>) -> Vec<Occurrence> {
        let Some(manifest) = formats.by_role(FormatRole::Manifest) else { return Vec::new() };
        let mut images = Vec::new();
        for range in documents(&self.text) {
            let document = &self.text[range.clone()];
            if manifest.may_be_in(document.as_bytes()) {
                let mut located: Located = readings.printed(document, || inside_text(document, FileId::NONE, manifest, formats));
                located.shift(FileId::NONE, range.start);
                images.extend(located.occurrences.into_iter().filter_map(|occurrence| self.carried(occurrence)));
            }
        }
        images
    }

    /// The occurrence with its pieces where they really stand.
    fn carried(&self, mut occurrence: Occurrence) -> Option<Occurrence> {
        let mut pieces: Vec<Piece> = Vec::new();
        for piece in &occurrence.pieces {
            if piece.text.len() != piece.span.len() || piece.span.file != FileId::NONE {
                return None;
            }
            pieces.extend(self.source(piece.span.range()).into_iter().map(Piece::from));
        }
        occurrence.pieces = pieces;
        let reference = occurrence.reference().ok()?;
        occurrence.place = place(&occurrence, &reference)?;
        Some(occurrence)
    }

    fn source(&self, range: Range<usize>) -> Vec<Run> {
        let first = self.starts.partition_point(|start| *start < range.start).saturating_sub(1);
        let before = self.starts.get(first).copied().unwrap_or_default();
        let mut found = slice(self.pieces.get(first..).unwrap_or_default(), range.start - before, range.end - before);
        for piece in &mut found {
            // Part of a text that is spelled some other way: its bytes cannot be cut.
            if piece.is_editable() && piece.text.len() != piece.span.len() {
                let variable = match &piece.origin {
                    Origin::Default { variable } => Arc::clone(variable),
                    _ => Arc::from("template"),
                };
                piece.origin = Origin::Modified { variable: Arc::clone(&variable), by: variable };
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
