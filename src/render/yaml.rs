//! Owns the reading of small YAML files that say how things hang together: charts' metadata, kustomizations, Compose files.

use std::fs;
use std::path::Path;

use super::scalar::{Type, resolve};
use crate::locate::{Node, NodeId, Tree, same_length_text};

/// Bytes of a file that is read at most; what says how things hang together is never that large.
const LARGEST: u64 = 4 << 20;
/// Nodes of a file that are read at most; aliases could ask for any number.
const MOST: usize = 200_000;

/// A value, as far as it is needed here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Plain {
    /// Nothing, or something that is neither text, list nor mapping.
    #[default]
    Nothing,
    Text(String),
    List(Vec<Plain>),
    Mapping(Vec<(String, Plain)>),
}

impl Plain {
    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(super) fn items(&self) -> &[Self] {
        if let Self::List(items) = self { items } else { &[] }
    }

    pub(super) fn pairs(&self) -> &[(String, Self)] {
        if let Self::Mapping(pairs) = self { pairs } else { &[] }
    }

    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.pairs().iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }
}

/// The first document of a file; nothing when it cannot be read, as then the renderer says why.
pub(super) fn read(path: &Path) -> Plain {
    if !path.metadata().is_ok_and(|meta| meta.is_file() && meta.len() <= LARGEST) {
        return Plain::Nothing;
    }
    fs::read(path).map(|bytes| parse(&bytes)).unwrap_or_default()
}

/// The first document of a text; nothing when it is no YAML.
pub(super) fn parse(bytes: &[u8]) -> Plain {
    let text = same_length_text(bytes);
    let Ok(tree) = Tree::read(&text) else { return Plain::Nothing };
    let mut left = MOST;
    tree.root().map(|root| plain(&tree, root, &mut left, 0)).unwrap_or_default()
}

fn plain(tree: &Tree<'_>, at: NodeId, left: &mut usize, depth: usize) -> Plain {
    if *left == 0 || depth > 256 {
        return Plain::Nothing;
    }
    *left -= 1;
    match tree.node(at) {
        Node::Scalar(scalar) => match resolve(&scalar.text, scalar.notation) {
            (Type::Text, text) => Plain::Text(text.to_owned()),
            (Type::Other, _) => Plain::Nothing,
        },
        Node::Sequence(_) => Plain::List(tree.items(at).iter().map(|&item| plain(tree, item, left, depth + 1)).collect()),
        Node::Mapping(_) => {
            let pairs = tree.pairs(at).iter();
            let pairs =
                pairs.filter_map(|&(key, value)| Some((tree.scalar(key)?.text.clone().into_owned(), plain(tree, value, left, depth + 1))));
            Plain::Mapping(pairs.collect())
        }
        Node::Alias(_) | Node::Dangling => Plain::Nothing,
    }
}
