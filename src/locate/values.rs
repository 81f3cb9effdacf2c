//! Owns the list of all values of a structured file, which the proof compares before and after.

use std::fmt::Write as _;

use super::File;
use super::template::{actions, mask};
use super::yaml::{Node, NodeId, Tree, documents, same_length_text};
use crate::format::{Engine, Formats};
use crate::text::{FileId, Span};

/// One value of a structured document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Where it stands in the file: the document's number, keys and indices.
    pub path: String,
    /// The decoded value. Keys stand in the list, too.
    pub text: String,
    /// Its bytes.
    pub span: Span,
}

/// Every key and value of a structured file, in order; empty for formats without structure.
#[must_use]
pub fn values(file: &File<'_>, formats: &Formats) -> Vec<Value> {
    let claimed = formats.of_file(file.path, file.surroundings);
    let engine = claimed.first().map(|format| format.table.engine);
    let text = same_length_text(file.bytes);
    let text = match engine {
        None | Some(Engine::Dockerfile) => return Vec::new(),
        Some(Engine::Template) => mask(&text, &actions(&text)).into(),
        Some(Engine::Yaml) => text,
    };
    let mut found = Vec::new();
    for (number, range) in documents(&text).into_iter().enumerate() {
        let document = &text[range.clone()];
        let Ok(tree) = Tree::read(document) else { continue };
        if let Some(root) = tree.root() {
            collect(&tree, root, &mut number.to_string(), range.start, file.id, &mut found);
        }
    }
    found
}

/// Depth is bounded by the parser's limit on nesting; aliases are not followed, since their value is listed at its anchor.
fn collect(tree: &Tree<'_>, id: NodeId, path: &mut String, base: usize, file: FileId, found: &mut Vec<Value>) {
    if tree.is_alias(id) {
        return;
    }
    let length = path.len();
    match tree.node(id) {
        Node::Scalar(scalar) => {
            let span = Span::new(file, base + scalar.raw.start..base + scalar.raw.end);
            found.push(Value { path: path.clone(), text: scalar.text.to_string(), span });
        }
        Node::Mapping(_) => {
            for (index, (key, value)) in tree.pairs(id).iter().enumerate() {
                collect(tree, *key, path, base, file, found);
                let name = tree.scalar(*key).map_or_else(|| index.to_string(), |key| key.text.to_string());
                let _ = write!(path, ".{name}");
                collect(tree, *value, path, base, file, found);
                path.truncate(length);
            }
        }
        Node::Sequence(_) => {
            for (index, item) in tree.items(id).iter().enumerate() {
                let _ = write!(path, "[{index}]");
                collect(tree, *item, path, base, file, found);
                path.truncate(length);
            }
        }
        Node::Alias(_) | Node::Dangling => {}
    }
}
