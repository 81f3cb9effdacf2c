//! Owns where values are added for charts that cannot be edited: the keys that are missing in the values that are laid over theirs, in the file's own
//! indentation.

use std::ops::Range;
use std::sync::Arc;

use crate::locate::{File, Node, NodeId, Tree, documents, same_length_text};
use crate::occurrence::{Addition, Adds, Caution, Home, Occurrence, Origin, Piece, Style};
use crate::text::Span;

impl Home {
    /// A file of values: its first document.
    pub(super) fn of_file(file: &File<'_>) -> Self {
        let document = documents(&same_length_text(file.bytes)).into_iter().next().unwrap_or(0..0);
        Self { file: file.id, document, mapping: None, keys: Vec::new() }
    }

    /// The mapping at those bytes of the document that begins at byte `base` of a file.
    pub(super) fn at(file: &File<'_>, base: usize, mapping: Range<usize>) -> Option<Self> {
        Some(Self { file: file.id, document: document(file, base)?, mapping: Some(mapping), keys: Vec::new() })
    }

    /// What stands at keys (`spec.values`) of that document, or can: the mappings around must be there. With a dot before them they count from the
    /// innermost mapping around byte `at` of the file.
    pub(super) fn made(file: &File<'_>, base: usize, keys: &str, at: usize) -> Option<Self> {
        let document = document(file, base)?;
        let text = same_length_text(file.bytes);
        let tree = Tree::read(text.get(document.clone())?).ok()?;
        let (root, at) = (tree.root()?, at.checked_sub(document.start)?);
        let is_mapping = |node: NodeId| matches!(tree.node(node), Node::Mapping(_));
        let file = file.id;
        if let Some(keys) = keys.strip_prefix('.') {
            let mapping = Some(tree.bytes(innermost(&tree, root, at).filter(|node| is_mapping(*node))?));
            return Some(Self { file, document, mapping, keys: keys.split('.').map(str::to_owned).collect() });
        }
        let keys: Vec<String> = keys.split('.').map(str::to_owned).collect();
        let around = keys.get(..keys.len() - 1)?;
        let inner = around.iter().try_fold(root, |node, key| tree.get(node, key))?;
        is_mapping(inner).then_some(Self { file, document, mapping: None, keys })
    }
}

/// The innermost mapping around a byte.
fn innermost(tree: &Tree<'_>, node: NodeId, at: usize) -> Option<NodeId> {
    let inner = tree.items(node).iter().copied().chain(tree.pairs(node).iter().map(|(_, value)| *value));
    let inner = inner.filter(|node| !matches!(tree.node(*node), Node::Scalar(_))).find_map(|node| innermost(tree, node, at));
    let is_around = || matches!(tree.node(node), Node::Mapping(_)) && tree.bytes(node).contains(&at);
    inner.or_else(|| is_around().then_some(node))
}

/// The document of a file that begins at byte `base`, or holds it.
fn document(file: &File<'_>, base: usize) -> Option<Range<usize>> {
    documents(&same_length_text(file.bytes)).into_iter().find(|range| range.contains(&base) || range.start == base)
}

/// Gives each value that can be added its place; where there is none, it cannot be edited. `chart` is the chart whose values they are, where it lies
/// outside of the tree.
pub(super) fn place(home: Option<&Home>, files: &[File<'_>], chart: Option<&str>, found: &mut [Occurrence]) {
    for one in found.iter_mut() {
        let keys = |piece: &Piece| if let Origin::Absent { at } = &piece.origin { Some(at.keys.join(".")) } else { None };
        let mut keys: Vec<String> = one.pieces.iter().filter_map(keys).collect();
        keys.dedup();
        if !keys.is_empty() {
            one.cautions.push(Caution::Unwritten { keys, chart: chart.map(Arc::from) });
        }
    }
    let pieces = found.iter_mut().flat_map(|one| &mut one.pieces).filter(|piece| matches!(piece.origin, Origin::Absent { .. }));
    let mut pieces = pieces.peekable();
    if pieces.peek().is_none() {
        return;
    }
    in_home(home, files, |place| {
        for piece in pieces {
            let keys = if let Origin::Absent { at } = &piece.origin { at.keys.as_slice() } else { &[] };
            match place(keys, Adds::Text) {
                Some((span, addition)) => (piece.span, piece.origin) = (span, Origin::Absent { at: Arc::new(addition) }),
                None => *piece = Piece::implied(std::mem::take(&mut piece.text), Span::NOWHERE),
            }
        }
    });
}

/// Where the truth value that a chart asks for is added, where there is a place for it.
pub fn place_demand(home: &Home, files: &[File<'_>], keys: &[String]) -> Option<(Span, Addition)> {
    in_home(Some(home), files, |place| place(keys, Adds::Flag))
}

/// Asks for places of keys in a home: each is where they are added, and how they are written there.
fn in_home<T>(home: Option<&Home>, files: &[File<'_>], ask: impl FnOnce(&Places<'_>) -> T) -> T {
    let file = home.and_then(|home| files.iter().find(|file| file.id == home.file));
    let text = file.map(|file| same_length_text(file.bytes));
    let document = home.zip(text.as_deref()).and_then(|(home, text)| text.get(home.document.clone()));
    let tree = document.and_then(|document| Tree::read(document).ok());
    ask(&|keys, adds| {
        let (home, room) = (home?, Room { tree: tree.as_ref()?, document: document? });
        let keys: Vec<String> = home.keys.iter().chain(keys).cloned().collect();
        let start = match &home.mapping {
            None => room.tree.root(),
            Some(bytes) => Some(room.start(bytes)?),
        };
        let (range, keys, style) = room.for_keys(start, &keys)?;
        let span = Span::new(home.file, home.document.start + range.start..home.document.start + range.end);
        Some((span, Addition { keys: keys.to_vec(), style, adds }))
    })
}

/// Where keys are added, and how they are written there.
type Places<'p> = dyn Fn(&[String], Adds) -> Option<(Span, Addition)> + 'p;

/// A document in which keys may be added.
struct Room<'t> {
    tree: &'t Tree<'t>,
    document: &'t str,
}

impl Room<'_> {
    /// The mapping with these bytes, below which keys are added.
    fn start(&self, bytes: &Range<usize>) -> Option<NodeId> {
        self.at(self.tree.root()?, bytes)
    }

    fn at(&self, node: NodeId, bytes: &Range<usize>) -> Option<NodeId> {
        // A list of one mapping has the bytes of the mapping.
        if self.tree.bytes(node) == *bytes && matches!(self.tree.node(node), Node::Mapping(_)) {
            return Some(node);
        }
        let inner = self.tree.items(node).iter().copied().chain(self.tree.pairs(node).iter().map(|(_, value)| *value));
        inner
            .filter(|node| self.tree.bytes(*node).start <= bytes.start && bytes.end <= self.tree.bytes(*node).end)
            .find_map(|node| self.at(node, bytes))
    }

    /// The bytes that go or where it is inserted, the keys that are missing, and how they are written.
    fn for_keys<'k>(&self, start: Option<NodeId>, keys: &'k [String]) -> Option<(Range<usize>, &'k [String], Style)> {
        let step = self.step();
        let Some(root) = start else {
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

    /// The columns that the least indented key or item stands in; two where there is none.
    fn step(&self) -> usize {
        let indented =
            self.document.lines().filter(|line| line.starts_with(' ') && line.contains(':') && !line.trim_start().starts_with('#'));
        indented.map(|line| line.len() - line.trim_start().len()).min().unwrap_or(2)
    }
}
