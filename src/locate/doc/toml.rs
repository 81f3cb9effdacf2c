//! Owns the reading of TOML: the parser's tables as a tree of nodes.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::notation::Notation;
use super::tree::{Broken, Node, NodeId, Scalar, TagKind, Tree};

/// Reads a document. Its depth is bounded by the parser.
///
/// # Errors
/// [`Broken`] when the parser refuses it.
pub(super) fn read(text: &str) -> Result<Tree<'_>, Broken> {
    let table = DeTable::parse(text)
        .map_err(|error| Broken { at: error.span().map_or(0, |span| span.start), message: error.message().to_owned() })?;
    let mut reader = Reader { text, tree: Tree::default() };
    let root = reader.table(table.into_inner());
    reader.tree.set_root(root);
    Ok(reader.tree)
}

struct Reader<'a> {
    text: &'a str,
    tree: Tree<'a>,
}

impl<'a> Reader<'a> {
    /// A table's pairs, in the order of the file.
    fn table(&mut self, table: DeTable<'a>) -> NodeId {
        let id = self.tree.add(Node::Mapping(0..0));
        let mut pairs: Vec<_> = table.into_iter().collect();
        pairs.sort_by_key(|(key, _)| key.span().start);
        let mut children = Vec::with_capacity(2 * pairs.len());
        for (key, value) in pairs {
            children.push(self.scalar(key.span(), Some(key.into_inner())));
            children.push(self.value(value));
        }
        self.tree.close(id, &children)
    }

    fn value(&mut self, value: Spanned<DeValue<'a>>) -> NodeId {
        let span = value.span();
        match value.into_inner() {
            DeValue::Table(table) => self.table(table),
            DeValue::Array(items) => {
                let id = self.tree.add(Node::Sequence(0..0));
                let children: Vec<NodeId> = items.into_iter().map(|item| self.value(item)).collect();
                self.tree.close(id, &children)
            }
            DeValue::String(text) => self.scalar(span, Some(text)),
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => self.scalar(span, None),
        }
    }

    /// A key or a value; without a text of its own it reads as it is written.
    fn scalar(&mut self, raw: Range<usize>, text: Option<Cow<'a, str>>) -> NodeId {
        let written = self.text.get(raw.clone()).unwrap_or_default();
        let notation = match written.as_bytes() {
            [b'"', b'"', b'"', ..] | [b'\'', b'\'', b'\'', ..] => Notation::Lines,
            [b'"', ..] => Notation::Double,
            [b'\'', ..] => Notation::Single,
            _ => Notation::Plain,
        };
        let text = text.unwrap_or(Cow::Borrowed(written));
        self.tree.add(Node::Scalar(Scalar { text, notation, raw, tag: TagKind::Core }))
    }
}
