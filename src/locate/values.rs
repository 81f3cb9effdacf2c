//! Owns the list of all values of a structured file, which the proof compares before and after.

use std::fmt::Write as _;

use super::File;
use super::doc::{Node, NodeId, Tree, read, readable, same_length_text, split};
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

/// The most bytes that the list of a file's values may take: long keys above many of them would make gigabytes of a small file.
const LIST: usize = 32 << 20;
/// What a value takes beside its path and its text.
const VALUE: usize = size_of::<Value>() + 16;

/// A file's values are more, or their paths longer, than anyone writes them, so they are not listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its values are too many, or the keys above them too long, to be compared one by one")]
pub struct Unlisted;

/// Every key and value of a structured file, in order; empty for formats without structure.
///
/// # Errors
/// [`Unlisted`] where their list would take more than 32 MiB.
pub fn values(file: &File<'_>, formats: &Formats) -> Result<Vec<Value>, Unlisted> {
    let text = same_length_text(file.bytes);
    let mut engines: Vec<Engine> = formats.of_file(file.path, file.surroundings).iter().map(|format| format.table.engine).collect();
    engines.dedup();
    // Those of the first engine that can read any of it, as the references are.
    let mut read = engines.into_iter().map(|engine| values_by(engine, &text, file.id));
    read.find(|values| values.as_ref().map_or(true, |values| !values.is_empty())).unwrap_or(Ok(Vec::new()))
}

fn values_by(engine: Engine, text: &str, file: FileId) -> Result<Vec<Value>, Unlisted> {
    let mut found = List { values: Vec::new(), left: LIST };
    if engine == Engine::Dockerfile {
        return Ok(found.values);
    }
    let text = readable(engine, text);
    for (number, range) in split(engine, &text).into_iter().enumerate() {
        let Ok(tree) = read(engine, &text[range.clone()]) else { continue };
        if let Some(root) = tree.root() {
            collect(&tree, root, &mut number.to_string(), range.start, file, &mut found)?;
        }
    }
    Ok(found.values)
}

/// The values so far, and how many bytes more they may take.
struct List {
    values: Vec<Value>,
    left: usize,
}

/// Depth is bounded by the parser's limit on nesting; aliases are not followed, since their value is listed at its anchor.
fn collect(tree: &Tree<'_>, id: NodeId, path: &mut String, base: usize, file: FileId, found: &mut List) -> Result<(), Unlisted> {
    if tree.is_alias(id) {
        return Ok(());
    }
    let length = path.len();
    match tree.node(id) {
        Node::Scalar(scalar) => {
            let span = Span::new(file, base + scalar.raw.start..base + scalar.raw.end);
            found.left = found.left.checked_sub(path.len() + scalar.text.len() + VALUE).ok_or(Unlisted)?;
            found.values.push(Value { path: path.clone(), text: scalar.text.to_string(), span });
        }
        Node::Mapping(_) => {
            for (index, (key, value)) in tree.pairs(id).iter().enumerate() {
                // The number of an argument is not written.
                if tree.scalar(*key).is_none_or(|key| !key.raw.is_empty()) {
                    collect(tree, *key, path, base, file, found)?;
                }
                let name = tree.scalar(*key).map_or_else(|| index.to_string(), |key| key.text.to_string());
                let _ = write!(path, ".{name}");
                collect(tree, *value, path, base, file, found)?;
                path.truncate(length);
            }
        }
        Node::Sequence(_) => {
            for (index, item) in tree.items(id).iter().enumerate() {
                let _ = write!(path, "[{index}]");
                collect(tree, *item, path, base, file, found)?;
                path.truncate(length);
            }
        }
        Node::Alias(_) | Node::Dangling => {}
    }
    Ok(())
}
