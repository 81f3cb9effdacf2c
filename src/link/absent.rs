//! Owns where a chart's values for the charts packed in it are added: the keys that are missing in its `values.yaml`, in the file's own indentation.

use std::ops::Range;
use std::sync::Arc;

use crate::locate::{File, Node, NodeId, Tree, documents, same_length_text};
use crate::occurrence::{Addition, Occurrence, Origin, Piece, Style};
use crate::text::Span;

/// Gives each value that can be added its place in the values file of the chart; where there is none, it cannot be edited.
pub(super) fn place(values: Option<&File<'_>>, found: &mut [Occurrence]) {
    let pieces = found.iter_mut().flat_map(|one| &mut one.pieces).filter(|piece| matches!(piece.origin, Origin::Absent { .. }));
    let mut pieces = pieces.peekable();
    if pieces.peek().is_none() {
        return;
    }
    let text = values.map(|file| same_length_text(file.bytes));
    let document = text.as_deref().and_then(|text| documents(text).into_iter().next().map_or(Some(""), |range| text.get(range)));
    let tree = document.and_then(|document| Tree::read(document).ok());
    for piece in pieces {
        let found = values.zip(document).zip(tree.as_ref()).and_then(|((file, document), tree)| {
            let Origin::Absent { at } = &piece.origin else { return None };
            let (range, keys, style) = Room { tree, document }.for_keys(&at.keys)?;
            Some((Span::new(file.id, range), Addition { keys: keys.to_vec(), style }))
        });
        match found {
            Some((span, addition)) => (piece.span, piece.origin) = (span, Origin::Absent { at: Arc::new(addition) }),
            None => *piece = Piece::implied(std::mem::take(&mut piece.text), Span::NOWHERE),
        }
    }
}

/// A document in which keys may be added.
struct Room<'t> {
    tree: &'t Tree<'t>,
    document: &'t str,
}

impl Room<'_> {
    /// The bytes that go or where it is inserted, the keys that are missing, and how they are written.
    fn for_keys<'k>(&self, keys: &'k [String]) -> Option<(Range<usize>, &'k [String], Style)> {
        let step = self.step();
        let Some(root) = self.tree.root() else {
            let end = self.document.len();
            return Some((end..end, keys, Style::First { step }));
        };
        let (mut node, mut rest) = (root, keys);
        loop {
            let (key, below) = rest.split_first()?;
            let Some((written, inner)) = self.pair(node, key) else {
                return self.in_mapping(node, step).map(|(at, style)| (at..at, rest, style));
            };
            let is_empty = match self.tree.node(inner) {
                Node::Mapping(_) => self.tree.pairs(inner).is_empty(),
                Node::Scalar(scalar) if scalar.is_null() => true,
                _ => return None,
            };
            if is_empty {
                let (range, style) = self.instead(written, inner, step)?;
                return (!below.is_empty()).then_some((range, below, style));
            }
            (node, rest) = (inner, below);
        }
    }

    /// A pair of a mapping itself: what comes by an alias or a merge key is others' as well.
    fn pair(&self, node: NodeId, key: &str) -> Option<(NodeId, NodeId)> {
        let is_it = |(name, _): &&(NodeId, NodeId)| self.tree.scalar(*name).is_some_and(|name| name.text == key);
        self.tree.pairs(node).iter().rev().find(is_it).copied()
    }

    /// Where keys are added to a mapping that has some.
    fn in_mapping(&self, node: NodeId, step: usize) -> Option<(usize, Style)> {
        let first = self.tree.pairs(node).first().map(|(key, _)| *key)?;
        let start = self.tree.bytes(first).start;
        let before = self.document[..start].trim_end();
        if before.ends_with(['{', ',']) {
            let brace = before.rfind('{')? + 1;
            return Some((brace, Style::Flow { behind: ", " }));
        }
        let indent = start - self.line(start);
        let written = self.document[..self.tree.bytes(node).end].trim_end();
        let end = written.len() + self.document[written.len()..].find(['\n', '\r']).unwrap_or(self.document.len() - written.len());
        Some((end, Style::Lines { indent, step }))
    }

    /// What is written in the place of a value that says nothing.
    fn instead(&self, key: NodeId, value: NodeId, step: usize) -> Option<(Range<usize>, Style)> {
        let key = self.tree.bytes(key);
        let raw = self.tree.bytes(value);
        if !raw.is_empty() {
            return Some((raw, Style::Instead));
        }
        let colon = key.end + self.document[key.end..].find(':')? + 1;
        let line = &self.document[colon..];
        let line = &line[..line.find(['\n', '\r']).unwrap_or(line.len())];
        if let Some(brace) = line.find('{').filter(|brace| line[..*brace].trim().is_empty()) {
            let at = colon + brace + 1;
            return Some((at..at, Style::Flow { behind: "" }));
        }
        let is_bare = line.trim().is_empty() || line.trim_start().starts_with('#');
        let indent = key.start - self.line(key.start) + step;
        is_bare.then(|| (colon + line.len()..colon + line.len(), Style::Lines { indent, step }))
    }

    fn line(&self, at: usize) -> usize {
        self.document[..at].rfind('\n').map_or(0, |line| line + 1)
    }

    /// The columns that the first indented key stands in; two where there is none.
    fn step(&self) -> usize {
        let indented =
            self.document.lines().filter(|line| line.starts_with(' ') && line.contains(':') && !line.trim_start().starts_with(['#', '-']));
        indented.map(|line| line.len() - line.trim_start().len()).next().unwrap_or(2)
    }
}
