//! Owns the question whose a place in a file is, among spans that something is known of.

use std::collections::BTreeMap;

use crate::text::{FileId, Span};

/// So many spans before a place may reach into it: they are short and seldom nest.
const NEAR: usize = 64;

/// What is known of the spans of files.
#[derive(Debug)]
pub(crate) struct Owned<T>(BTreeMap<FileId, Vec<(Span, T)>>);

impl<T> Owned<T> {
    /// Whose a place is: what is known of the last span that begins before its end and overlaps it.
    pub(crate) fn at(&self, place: Span) -> Option<&T> {
        let spans = self.0.get(&place.file)?;
        let behind = spans.partition_point(|(span, _)| span.start < place.end);
        let near = spans.get(behind.saturating_sub(NEAR)..behind).unwrap_or_default();
        near.iter().rev().find(|(span, _)| span.overlaps(place)).map(|(_, known)| known)
    }
}

impl<T> FromIterator<(Span, T)> for Owned<T> {
    fn from_iter<I: IntoIterator<Item = (Span, T)>>(all: I) -> Self {
        let mut owned: BTreeMap<FileId, Vec<(Span, T)>> = BTreeMap::new();
        for (span, known) in all {
            owned.entry(span.file).or_default().push((span, known));
        }
        for spans in owned.values_mut() {
            spans.sort_by_key(|(span, _)| span.start);
        }
        Self(owned)
    }
}
