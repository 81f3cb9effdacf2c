//! Owns the reading of an address of charts: what serves them, the chart's name, and what would have to change beside the address.

use std::sync::Arc;

use super::scalar::Decoded;
use super::site::Place;
use crate::format::{ChartTable, EVERY_CHART};
use crate::occurrence::{ChartAddress, Mark, Origin, Piece};
use crate::reference::{HOLE, Scheme};
use crate::text::Span;

impl Place<'_, '_> {
    /// The address that stands at the place; `None` where its text is none.
    pub(super) fn chart_address(&self, decoded: &Decoded<'_>) -> Option<ChartAddress> {
        let table = self.site.table.chart.clone().unwrap_or_default();
        let file = self.scope.source.context.file;
        let start = decoded.text.len() - decoded.text.trim_start().len();
        let text = decoded.text.get(start..)?;
        let (scheme, length) = match Scheme::split(text) {
            Some((scheme, rest)) => (scheme, text.len() - rest.len()),
            None if self.is_bare(&table, text) => (Scheme::Registry, 0),
            None => return None,
        };
        let begins = text.get(..length).filter(|begins| begins.is_empty() || self.site.table.schemes.iter().any(|one| one == begins))?;
        let written = decoded.span(start..start + begins.len(), file);
        let end = start + text.trim_end().len();
        let slashes = decoded.span(start + text.trim_end().trim_end_matches('/').len()..end, file);
        let (mark, lacks_place) = match (&table.mark, scheme) {
            (Some(mark), Scheme::Index) => {
                let mark = self.mark(&mark.key, &mark.value);
                let lacks_place = mark.is_none();
                (mark, lacks_place)
            }
            _ => (None, false),
        };
        let is_verbatim = decoded.text.is_char_boundary(start) && written.len() == begins.len();
        let told = match &table.told {
            Some(told) => Some(Arc::from(told.as_str())),
            None if lacks_place => Some(Arc::from("what says beside it which kind of repository it is cannot be changed with it")),
            None if !is_verbatim => Some(Arc::from("its beginning is not written as it reads")),
            None => None,
        };
        let doubts = table.doubts.iter().filter(|key| self.is_set(key)).map(|key| Arc::from(key.as_str())).collect();
        let registry = if table.bare.is_some() { "" } else { Scheme::Registry.prefix() };
        Some(ChartAddress { scheme, written, slashes, registry: Arc::from(registry), mark, doubts, told })
    }

    /// Whether a text without a scheme is the address of a registry there.
    fn is_bare(&self, table: &ChartTable, text: &str) -> bool {
        let says = |key: &str, value: &str| {
            let scalar = self.sibling_node(key).and_then(|node| self.scope.source.tree.scalar(node));
            scalar.is_some_and(|scalar| scalar.text == value)
        };
        // As long as no charts move, nobody asks for what only its place says to be an address.
        let is_asked = self.site.table.schemes.iter().any(|scheme| scheme == Scheme::Index.prefix());
        let is_name = text.contains('.') && !text.contains("://") && !text.starts_with(['.', '/']) && !text.contains(['*', ' ']);
        is_asked && is_name && table.bare.is_some() && table.mark.as_ref().is_none_or(|mark| says(&mark.key, &mark.value))
    }

    /// What makes a key beside the address say so: its value is replaced, or the key is written before that of the address.
    fn mark(&self, key: &str, value: &str) -> Option<Mark> {
        let (tree, file) = (self.scope.source.tree, self.scope.source.context.file);
        if let Some(node) = self.sibling_node(key) {
            let known = self.sibling(node, key)?;
            let [piece] = known.as_slice() else { return None };
            let raw = tree.scalar(node)?.raw.clone();
            return (!piece.text.contains(HOLE)).then(|| Mark { at: Span::new(file, raw), text: Arc::from(value) });
        }
        let (own, _) = tree.pairs(self.parent?).iter().find(|(_, value)| *value == self.scalar)?;
        let start = tree.bytes(*own).start;
        let text = self.scope.source.text;
        let before = text.get(..start)?;
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        let behind = if before.trim_end().ends_with(['{', ',']) {
            ", ".to_owned()
        } else {
            let rest = text.get(start..)?;
            let is_windows = rest.find('\n').is_some_and(|end| rest[..end].ends_with('\r'));
            let end = if is_windows { "\r\n" } else { "\n" };
            format!("{end}{:width$}", "", width = start - line)
        };
        Some(Mark { at: Span::new(file, start..start), text: Arc::from(format!("{key}: {value}{behind}")) })
    }

    /// Puts the chart's name behind the address of what holds it. The name is no part of what is edited: a chart keeps it.
    pub(super) fn add_chart(&self, pieces: &mut Vec<Piece>, place: Span) {
        let Some(name) = self.site.table.chart.as_ref().and_then(|chart| chart.name.as_deref()) else { return };
        let origin = || Origin::Sibling { key: Arc::from(name) };
        let known = if name == EVERY_CHART { None } else { self.sibling_node(name).and_then(|node| self.scope.text(node, &origin())) };
        let known: Option<String> = known.map(|pieces| pieces.iter().map(|piece| piece.text.as_str()).collect());
        let known = known.filter(|known| !known.is_empty()).unwrap_or_else(|| HOLE.to_string());
        pieces.push(Piece::implied(format!("/{known}"), Span { start: place.end, ..place }));
    }
}
