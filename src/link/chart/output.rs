//! Owns what a template printed: a text of which every run is a piece, and the images in it.

use std::ops::Range;
use std::sync::Arc;

use super::Readings;
use super::value::{Run, slice};
use crate::format::{Format, FormatRole, Formats};
use crate::locate::{Located, documents, inside_text};
use crate::occurrence::{Occurrence, Origin, Piece, Spelling};
use crate::reference::{HOLE, Invalid, Part};
use crate::text::{FileId, Span};

/// A printed text.
pub(super) struct Output {
    pub(super) text: String,
    pub(super) pieces: Vec<Run>,
    /// Where each piece starts in the text.
    pub(super) starts: Vec<usize>,
}

impl Output {
    pub(super) fn new(mut pieces: Vec<Run>) -> Self {
        pieces.shrink_to_fit();
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

    /// The images of the manifests that the text holds, each with its pieces where they really stand.
    pub(super) fn images(&self, formats: &Formats, readings: &Readings<'_>) -> Vec<Occurrence> {
        self.find(formats, readings).into_iter().filter_map(|image| self.carried(image, None)).collect()
    }

    /// The images of the manifests that the text holds, where they stand in it.
    pub(super) fn find(&self, formats: &Formats, readings: &Readings<'_>) -> Vec<Occurrence> {
        let Some(manifest) = formats.by_role(FormatRole::Manifest) else { return Vec::new() };
        let mut images = Vec::new();
        for range in documents(&self.text) {
            let document = &self.text[range.clone()];
            if manifest.may_be_in(document.as_bytes()) {
                let mut located: Located = readings.printed(document, || inside_text(document, FileId::NONE, manifest, formats));
                located.shift(FileId::NONE, range.start);
                images.append(&mut located.occurrences);
            }
        }
        images
    }

    /// The references of the text, which is a document of that format.
    pub(super) fn located(&self, format: &Arc<Format>, formats: &Formats) -> Vec<Occurrence> {
        inside_text(&self.text, FileId::NONE, format, formats).occurrences.into_iter().filter_map(|one| self.carried(one, None)).collect()
    }

    /// The occurrence with its pieces where they really stand.
    ///
    /// Where none of them stands in a file that can be edited, it is shown at `otherwise`.
    pub(super) fn carried(&self, mut occurrence: Occurrence, otherwise: Option<Span>) -> Option<Occurrence> {
        let mut pieces: Vec<Piece> = Vec::new();
        for piece in &occurrence.pieces {
            if piece.origin == Origin::Implied {
                let at = pieces.last().map_or(Span::NOWHERE, |last| Span { start: last.span.end, ..last.span });
                pieces.push(Piece { span: at, ..piece.clone() });
                continue;
            }
            if matches!(piece.origin, Origin::Unset { .. }) {
                // What another program fills in later is known to nobody, wherever it was printed from.
                let at = self.source(piece.span.range()).first().map_or(Span::NOWHERE, |run| run.span);
                pieces.push(Piece { span: Span { end: at.start, ..at }, ..piece.clone() });
                continue;
            }
            if piece.text.len() != piece.span.len() || piece.span.file != FileId::NONE {
                return None;
            }
            pieces.extend(self.source(piece.span.range()).into_iter().map(Piece::from));
        }
        // Nearly all have one piece, and there may be many of them.
        pieces.shrink_to_fit();
        occurrence.pieces = pieces;
        let end = match occurrence.reference() {
            Ok(reference) => reference.range(Part::Path)?.end,
            // What hides the name is made of values: they are not what they seem.
            Err(Invalid::Hidden) => {
                occurrence.place = occurrence.pieces.iter().find(|piece| is_changed(piece))?.span;
                return Some(occurrence);
            }
            Err(_) => {
                occurrence = name_of(occurrence)?;
                usize::MAX
            }
        };
        occurrence.place = place(&occurrence, end).or(otherwise)?;
        Some(occurrence)
    }

    pub(super) fn source(&self, range: Range<usize>) -> Vec<Run> {
        let first = self.starts.partition_point(|start| *start < range.start).saturating_sub(1);
        let before = self.starts.get(first).copied().unwrap_or_default();
        let mut found = slice(self.pieces.get(first..).unwrap_or_default(), range.start - before, range.end - before);
        for piece in &mut found {
            if piece.span.file.is_packed() {
                *piece = Run::implied(piece.text.clone());
            }
            // Part of a text that is spelled some other way: its bytes cannot be cut.
            if piece.is_editable() && piece.text.len() != piece.span.len() && !matches!(piece.origin, Origin::Absent { .. }) {
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

/// What is left of an occurrence without what stands for a tag or a digest and is none (`acme/web:feature/one`, `acme/web@sha256:TODO`).
pub(super) fn name_of(one: Occurrence) -> Option<Occurrence> {
    let text = one.joined().text;
    let path = text.find('/')?;
    let end = path + text.get(path..)?.find([':', '@'])?;
    let runs: Vec<Run> = one.pieces.iter().cloned().map(Run::from).collect();
    let pieces = slice(&runs, 0, end).into_iter().map(Piece::from).collect();
    Some(Occurrence { pieces, ..one }).filter(|one| one.reference().is_ok())
}

/// A line of nothing but unknown values would stand where keys are expected: it goes blank, at equal length.
fn readable(line: &str) -> std::borrow::Cow<'_, str> {
    let unknown = line.contains(HOLE) && line.chars().all(|c| c == HOLE || c.is_whitespace());
    if unknown { line.replace(HOLE, &" ".repeat(HOLE.len_utf8())).into() } else { line.into() }
}

/// Whether it is made of bytes that stand in a file, in another form.
fn is_changed(piece: &Piece) -> bool {
    matches!(piece.origin, Origin::Modified { .. }) && piece.span.file != FileId::NONE
}

/// Where it is shown: the piece with the last part of the name, which ends at byte `end`, or else the first one that stands in a file.
pub(super) fn place(occurrence: &Occurrence, end: usize) -> Option<Span> {
    let is_there = |piece: &Piece| piece.is_editable() && !matches!(piece.origin, Origin::Absent { .. });
    let joined = occurrence.joined();
    let with_name =
        occurrence.pieces.iter().zip(&joined.ranges).find(|(_, range)| range.start < end && end <= range.end).map(|(piece, _)| piece);
    let there = with_name.filter(|piece| is_there(piece)).or_else(|| occurrence.pieces.iter().find(|piece| is_there(piece)));
    there.or_else(|| occurrence.pieces.iter().find(|piece| is_changed(piece))).map(|piece| piece.span)
}
