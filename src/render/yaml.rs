//! Owns the reading of small YAML files that say how things hang together: charts' metadata, Compose files.

use std::fs;
use std::path::Path;

use super::scalar::{Type, resolve};
use crate::locate::{NodeId, Tree, same_length_text};

/// Bytes of a file that is read at most; what says how things hang together is never that large.
const LARGEST: u64 = 4 << 20;

/// What `look` sees in the first document of a file; nothing when it cannot be read, as then the renderer says why.
pub(super) fn read<T: Default>(path: &Path, look: impl FnOnce(&Tree<'_>, NodeId) -> T) -> T {
    let is_small = path.metadata().is_ok_and(|meta| meta.is_file() && meta.len() <= LARGEST);
    let Some(bytes) = is_small.then(|| fs::read(path).ok()).flatten() else { return T::default() };
    let text = same_length_text(&bytes);
    Tree::read(&text).ok().and_then(|tree| Some(look(&tree, tree.root()?))).unwrap_or_default()
}

/// The text of a key; none when it is something else, such as a number.
pub(super) fn text(tree: &Tree<'_>, at: NodeId, key: &str) -> Option<String> {
    let scalar = tree.get(at, key).and_then(|value| tree.scalar(value))?;
    let (of, text) = resolve(&scalar.text, scalar.notation);
    (of == Type::Text).then(|| text.to_owned())
}
