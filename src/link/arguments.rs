//! Owns the values that a document gives to variables of others.

use std::collections::{BTreeMap, BTreeSet};

use crate::locate::{Decoded, NodeId, Tree, Variable};
use crate::occurrence::{Origin, Piece, Spelling};
use crate::reference::Reference;
use crate::text::{FileId, Span};

/// The values of a mapping, or of a list of `NAME=value`, in a document that begins at byte `base` of a file whose number is not known here. A name
/// without a value stands for the variable of that name.
pub(super) fn arguments(tree: &Tree<'_>, node: NodeId, document: &str, base: usize) -> BTreeMap<String, Variable> {
    let value = |node, from, name: &str| variable(tree, node, from, name, document, base);
    let pairs = tree.all_pairs(node).into_iter().filter_map(|(key, node)| {
        let is_said = tree.scalar(node).is_some_and(|scalar| !scalar.is_null());
        Some((key.to_owned(), value(node, is_said.then_some(0), key)?))
    });
    let listed = std::iter::once(node).chain(tree.items(node).iter().copied()).filter_map(|item| {
        let text = &*tree.scalar(item)?.text;
        let name = text.split_once('=').map_or(text, |(name, _)| name);
        let from = text.get(name.len()..).filter(|rest| !rest.is_empty()).map(|_| name.len() + 1);
        Some((name.to_owned(), value(item, from, name)?))
    });
    pairs.chain(listed).collect()
}

/// The names of a mapping, or of a list of `NAME=value`, as the images (canonical, with their tags) that they name.
pub(super) fn images_named(tree: &Tree<'_>, node: NodeId) -> BTreeSet<String> {
    let keys = tree.all_pairs(node).into_iter().map(|(key, _)| key);
    let listed = tree.items(node).iter().filter_map(|item| Some(tree.scalar(*item)?.text.split_once('=')?.0));
    keys.chain(listed).filter_map(|name| Some(Reference::parse(name).ok()?.whole())).collect()
}

/// The value at a node from byte `from` of its text on; none when its bytes spell it in another way.
fn variable(tree: &Tree<'_>, node: NodeId, from: Option<usize>, name: &str, document: &str, base: usize) -> Option<Variable> {
    let scalar = tree.scalar(node)?;
    let Some(from) = from else {
        let span = Span::new(FileId(0), 0..0);
        return Some(Variable { text: Some(format!("${{{name}}}")), span, spelling: Spelling::Encoded });
    };
    let decoded = Decoded::new(scalar, document);
    let pieces = decoded.pieces(from..decoded.text.len(), &Origin::Literal, FileId(0));
    let [Piece { text, span, spelling, .. }] = pieces.as_slice() else { return None };
    let span = Span { start: base + span.start, end: base + span.end, ..*span };
    (!text.is_empty() && text.len() == span.len()).then(|| Variable { text: Some(text.clone()), span, spelling: *spelling })
}
