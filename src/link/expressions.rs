//! Owns what values stand for in languages of expressions (HCL): variables of the same document, what functions read or write out, and what only
//! the program knows.

use crate::format::{Engine, Format};
use crate::locate::{Node, NodeId, Tree};

/// How often a variable may stand for another one.
const HANDED: usize = 8;

/// A document of such a language.
pub(super) struct Expressions<'t, 'f> {
    pub(super) tree: &'t Tree<'t>,
    /// Its text.
    pub(super) text: &'t str,
    pub(super) root: NodeId,
    pub(super) format: &'f Format,
}

/// What an expression is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stands {
    /// A value that is written there, or the first argument of the function that makes it one.
    For(NodeId),
    /// Only the program knows it.
    Unknown,
}

impl Expressions<'_, '_> {
    /// What the values of a list are, or of the one that stands for a list; a document of another language holds nothing but values.
    pub(super) fn all(&self, node: NodeId) -> Vec<Stands> {
        let listed = |node: NodeId| std::iter::once(node).chain(self.tree.items(node).iter().copied());
        if self.format.table.engine != Engine::Blocks {
            return listed(node).map(Stands::For).collect();
        }
        let Stands::For(whole) = self.one(node) else { return vec![Stands::Unknown] };
        match self.tree.node(whole) {
            Node::Sequence(_) => self.tree.items(whole).iter().map(|item| self.one(*item)).collect(),
            _ => vec![Stands::For(whole)],
        }
    }

    /// What one expression is.
    pub(super) fn one(&self, node: NodeId) -> Stands {
        if self.format.table.engine != Engine::Blocks {
            return Stands::For(node);
        }
        let mut node = node;
        for _ in 0..HANDED {
            match self.calls(node).as_slice() {
                [(name, first)] if TAKES_ONE.contains(name) => node = *first,
                [_, ..] => return Stands::Unknown,
                [] => match self.tree.scalar(node).map(|scalar| scalar.text.as_ref()).and_then(used) {
                    None => return Stands::For(node),
                    Some(name) => match self.variable(name) {
                        Some(value) => node = value,
                        None => return Stands::Unknown,
                    },
                },
            }
        }
        Stands::Unknown
    }

    /// The functions that are called to make a value, each with its first argument, or with all of them where it has none.
    fn calls(&self, node: NodeId) -> Vec<(&str, NodeId)> {
        let is_call = |key: NodeId| {
            let behind = self.text.get(self.tree.bytes(key).end..).unwrap_or_default();
            matches!(self.tree.scalar(key), Some(key) if key.raw.len() == key.text.len())
                && behind.trim_start_matches([' ', '\t']).starts_with('(')
        };
        let calls = self.tree.pairs(node).iter().filter(|(key, _)| is_call(*key));
        calls.filter_map(|(key, all)| Some((&*self.tree.scalar(*key)?.text, self.tree.get(*all, "0").unwrap_or(*all)))).collect()
    }

    /// What the document gives a variable, or a field of one.
    fn variable(&self, name: &str) -> Option<NodeId> {
        self.format.variables().iter().filter(|place| place.within.is_none()).find_map(|place| {
            let mut keys = place.key_of(name)?.split('.');
            let first = keys.next()?;
            let blocks = place.table.path.split('.').fold(vec![self.root], |nodes, key| {
                nodes.into_iter().flat_map(|node| self.tree.all_pairs(node)).filter(|(own, _)| *own == key).map(|(_, node)| node).collect()
            });
            let given = blocks.into_iter().find_map(|block| self.tree.get(block, first))?;
            let value =
                if place.table.value.is_empty() { given } else { place.table.value.iter().find_map(|key| self.tree.get(given, key))? };
            keys.try_fold(value, |node, key| self.tree.get(node, key))
        })
    }
}

/// Functions that read a file or write values out, by what they are called with.
const TAKES_ONE: [&str; 7] = ["file", "templatefile", "yamlencode", "jsonencode", "chomp", "trimspace", "tolist"];

/// The variable that a text is, and nothing else.
fn used(text: &str) -> Option<&str> {
    let name = text.strip_prefix("${")?.strip_suffix('}')?;
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-[]\"*".contains(&byte));
    (is_name && !name.starts_with('.')).then_some(name)
}
