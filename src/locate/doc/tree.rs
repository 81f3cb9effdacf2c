//! Owns one document of any notation as a tree of nodes in an arena, each with its bytes.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use super::notation::Notation;

/// A node's place in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(u32);

/// One document.
#[derive(Debug, Default)]
pub(crate) struct Tree<'a> {
    nodes: Vec<Node<'a>>,
    pairs: Vec<(NodeId, NodeId)>,
    items: Vec<NodeId>,
    /// The tags that are not YAML's own, in order.
    tags: Vec<(NodeId, String)>,
    root: Option<NodeId>,
    /// Whether each of equal keys counts: blocks repeat, where a mapping's keys do not.
    repeats: bool,
    /// The pairs of mappings that were asked for a key and have many, by their keys, of equal ones in order.
    index: RefCell<BTreeMap<NodeId, Vec<u32>>>,
}

/// How many pairs are looked through one by one.
const FEW: usize = 32;
/// How many nodes are asked where one begins: those in it come behind it.
const SOON: usize = 64;
/// How many keys and values a document may have: the longest definitions of resources have a tenth of that.
pub(super) const MOST: usize = 1 << 18;
/// How many mappings one takes in at most.
pub(super) const BASES: usize = 256;

/// What a node is.
#[derive(Debug)]
pub(crate) enum Node<'a> {
    /// A value.
    Scalar(Scalar<'a>),
    /// A mapping; its pairs are found by [`Tree::pairs`].
    Mapping(Range<u32>),
    /// A sequence; its items are found by [`Tree::items`].
    Sequence(Range<u32>),
    /// `*name`: stands for the node with that anchor.
    Alias(NodeId),
    /// An alias without anchor: the document is read on, the value is unknown.
    Dangling,
}

/// A value as decoded, and the bytes that spell it.
#[derive(Debug)]
pub(crate) struct Scalar<'a> {
    /// The decoded value.
    pub(crate) text: Cow<'a, str>,
    /// How its bytes spell it.
    pub(crate) notation: Notation,
    /// Its bytes in the document, quotes included; empty for a value that is not written.
    pub(crate) raw: Range<usize>,
    /// Whether it has a tag of its own (`!vault`); such a value is not what it seems.
    pub(crate) tag: TagKind,
}

/// Whether a value carries a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TagKind {
    /// No tag, or one of YAML's own (`!!str`).
    Core,
    /// An application's tag (`!reference`, `!reset`).
    Custom,
    /// `!!binary`: the text is written in base64.
    Binary,
}

impl Scalar<'_> {
    /// Whether it is written without quotes, in one run: then its text decides what it is (a number, a truth value).
    pub(crate) fn is_plain(&self) -> bool {
        self.notation == Notation::Plain
    }

    /// Whether it is null: nothing, `~` or `null`, not quoted.
    pub(crate) fn is_null(&self) -> bool {
        self.notation == Notation::Plain && (self.raw.is_empty() || matches!(&*self.text, "" | "~" | "null" | "Null" | "NULL"))
    }
}

/// A text that is no document.
#[derive(Debug)]
pub(crate) struct Broken {
    /// The byte where reading stopped.
    pub(crate) at: usize,
    /// The parser's words.
    pub(crate) message: String,
}

impl<'a> Tree<'a> {
    /// One with room for so many nodes, or a few thousand.
    pub(super) fn with_room(nodes: usize) -> Self {
        Self { nodes: Vec::with_capacity(nodes.min(1 << 12)), ..Self::default() }
    }

    /// Adds a node; a mapping or a sequence without anything in it.
    pub(super) fn add(&mut self, node: Node<'a>) -> NodeId {
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node);
        id
    }

    /// Gives a mapping or a sequence what it holds: of a mapping each key with its value behind it.
    pub(super) fn close(&mut self, id: NodeId, children: &[NodeId]) -> NodeId {
        let end = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        match self.nodes.get_mut(id.0 as usize) {
            Some(Node::Mapping(range)) => {
                let start = end(self.pairs.len());
                self.pairs.extend(children.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?))));
                *range = start..end(self.pairs.len());
            }
            Some(Node::Sequence(range)) => {
                let start = end(self.items.len());
                self.items.extend_from_slice(children);
                *range = start..end(self.items.len());
            }
            _ => {}
        }
        id
    }

    /// Notes the tag of a node; nodes come in order.
    pub(super) fn set_tag(&mut self, id: NodeId, tag: String) {
        self.tags.push((id, tag));
    }

    /// The tag of a node (`!reference`), if it is not one of YAML's own.
    pub(crate) fn tag(&self, id: NodeId) -> Option<&str> {
        let at = self.tags.binary_search_by_key(&self.target(id), |(id, _)| *id).ok()?;
        self.tags.get(at).map(|(_, tag)| tag.as_str())
    }

    /// Says that each of equal keys counts.
    pub(super) const fn set_repeating(&mut self) {
        self.repeats = true;
    }

    /// Makes a node the outermost one; the first that is said to be it is.
    pub(super) fn set_root(&mut self, id: NodeId) {
        self.root = self.root.or(Some(id));
    }

    /// How many nodes it has.
    pub(super) const fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The first byte that is written at a node or in it, as far as the first scalar at it or soon behind it tells.
    pub(super) fn start(&self, id: NodeId) -> Option<usize> {
        let nodes = self.nodes.get(id.0 as usize..)?;
        nodes.iter().take(SOON).find_map(|node| if let Node::Scalar(scalar) = node { Some(scalar.raw.start) } else { None })
    }

    /// The outermost node; `None` for a document of comments only.
    pub(crate) const fn root(&self) -> Option<NodeId> {
        self.root
    }

    /// The node itself, an alias followed to what it stands for.
    pub(crate) fn node(&self, id: NodeId) -> &Node<'a> {
        let mut node = self.nodes.get(id.0 as usize).unwrap_or(&Node::Dangling);
        // An alias cannot name an alias, so one step is all there is.
        if let Node::Alias(target) = node {
            node = self.nodes.get(target.0 as usize).unwrap_or(&Node::Dangling);
        }
        node
    }

    /// Whether the node is an alias.
    pub(crate) fn is_alias(&self, id: NodeId) -> bool {
        matches!(self.nodes.get(id.0 as usize), Some(Node::Alias(_)))
    }

    /// The node that an alias stands for, or the node itself.
    pub(crate) fn target(&self, id: NodeId) -> NodeId {
        match self.nodes.get(id.0 as usize) {
            Some(Node::Alias(target)) => *target,
            _ => id,
        }
    }

    /// The pairs of a mapping, in order; none for another node. Merge keys (`<<`) stand among them.
    pub(crate) fn pairs(&self, id: NodeId) -> &[(NodeId, NodeId)] {
        match self.node(id) {
            Node::Mapping(range) => self.pairs.get(range.start as usize..range.end as usize).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The items of a sequence, in order; none for another node.
    pub(crate) fn items(&self, id: NodeId) -> &[NodeId] {
        match self.node(id) {
            Node::Sequence(range) => self.items.get(range.start as usize..range.end as usize).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The scalar at a node.
    pub(crate) fn scalar(&self, id: NodeId) -> Option<&Scalar<'a>> {
        match self.node(id) {
            Node::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// From the first byte of what is written at a node to its last, but for marks around it; aliases are not followed.
    pub(crate) fn bytes(&self, id: NodeId) -> Range<usize> {
        let pairs = self.pairs(id).iter().flat_map(|(key, value)| [*key, *value]);
        let inner = pairs.chain(self.items(id).iter().copied()).filter(|inner| !self.is_alias(*inner) && *inner > id);
        let own = self.scalar(id).map(|scalar| scalar.raw.clone());
        let all = own.into_iter().chain(inner.map(|inner| self.bytes(inner))).filter(|range| !range.is_empty());
        all.reduce(|all, range| all.start.min(range.start)..all.end.max(range.end)).unwrap_or_default()
    }

    /// The value of `key` in a mapping: its own last pair, else that of its merge keys (YAML 1.1 `<<`), first one first.
    pub(crate) fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        self.own(id, key).or_else(|| self.bases(id).into_iter().find_map(|base| self.own(base, key)))
    }

    /// The value of `key` in the mapping itself: its last pair.
    fn own(&self, id: NodeId, key: &str) -> Option<NodeId> {
        let pairs = self.pairs(id);
        if pairs.len() <= FEW {
            return pairs.iter().rev().find(|(written, _)| self.key(*written) == Some(key)).map(|(_, value)| *value);
        }
        self.indexed(id, |sorted| {
            let last = sorted.get(sorted.partition_point(|at| self.key_at(pairs, *at) <= Some(key)).checked_sub(1)?)?;
            pairs.get(*last as usize).filter(|_| self.key_at(pairs, *last) == Some(key)).map(|(_, value)| *value)
        })
    }

    /// The values of `key` in a mapping: that which [`Tree::get`] finds, or all of them where keys repeat.
    pub(super) fn values(&self, id: NodeId, key: &str) -> Vec<NodeId> {
        if self.repeats {
            return self.with_key(id, key).into_iter().map(|(_, value)| value).collect();
        }
        self.get(id, key).into_iter().collect()
    }

    /// The pairs of the mapping itself with that key, in order.
    fn with_key(&self, id: NodeId, key: &str) -> Vec<(NodeId, NodeId)> {
        let pairs = self.pairs(id);
        if pairs.len() <= FEW {
            return pairs.iter().filter(|(written, _)| self.key(*written) == Some(key)).copied().collect();
        }
        self.indexed(id, |sorted| {
            let from = sorted.partition_point(|at| self.key_at(pairs, *at) < Some(key));
            let there = sorted.iter().skip(from).take_while(|at| self.key_at(pairs, **at) == Some(key));
            there.filter_map(|at| pairs.get(*at as usize)).copied().collect()
        })
    }

    /// Asks the pairs of a mapping by their keys, of equal ones in order.
    fn indexed<T>(&self, id: NodeId, ask: impl FnOnce(&[u32]) -> T) -> T {
        let pairs = self.pairs(id);
        let mut index = self.index.borrow_mut();
        let sorted = index.entry(self.target(id)).or_insert_with(|| {
            let mut sorted: Vec<u32> = (0..u32::try_from(pairs.len()).unwrap_or(u32::MAX)).collect();
            sorted.sort_by(|a, b| self.key_at(pairs, *a).cmp(&self.key_at(pairs, *b)));
            sorted
        });
        ask(sorted)
    }

    fn key(&self, id: NodeId) -> Option<&str> {
        self.scalar(id).map(|key| key.text.as_ref())
    }

    fn key_at(&self, pairs: &[(NodeId, NodeId)], at: u32) -> Option<&str> {
        pairs.get(at as usize).and_then(|(key, _)| self.key(*key))
    }

    /// The keys of a mapping and its merge keys, each once, with the value that [`Tree::get`] finds, and `<<` left out. Where keys repeat, all of its own.
    pub(crate) fn all_pairs(&self, id: NodeId) -> Vec<(&str, NodeId)> {
        if self.repeats {
            return self.pairs(id).iter().filter_map(|(key, value)| Some((self.key(*key)?, *value))).collect();
        }
        // Those of merge keys first, of which the first counts, so that its own override them.
        let all = self.bases(id).into_iter().rev().chain([id]);
        let pairs = all.flat_map(|from| self.pairs(from)).filter_map(|(key, value)| Some((self.scalar(*key)?, *value)));
        let pairs: Vec<_> = pairs.filter(|(key, _)| !(key.text == "<<" && key.is_plain())).collect();
        let mut seen = HashSet::new();
        let mut last: Vec<_> =
            pairs.into_iter().rev().map(|(key, value)| (&*key.text, value)).filter(|(key, _)| seen.insert(*key)).collect();
        last.reverse();
        last
    }

    /// The mappings that a mapping takes in by `<<`, and those that they do, each once: before the ones that it takes in stands each itself, the
    /// first that has a key has the value that counts. There are at most [`BASES`].
    pub(crate) fn bases(&self, id: NodeId) -> Vec<NodeId> {
        let mut open: Vec<NodeId> = self.merged(id).into_iter().rev().collect();
        if open.is_empty() {
            return Vec::new();
        }
        let mut seen = HashSet::from([self.target(id)]);
        let mut found = Vec::new();
        while let Some(base) = open.pop().filter(|_| found.len() < BASES) {
            if seen.insert(self.target(base)) {
                found.push(base);
                open.extend(self.merged(base).into_iter().rev());
            }
        }
        found
    }

    /// The mappings that a mapping takes in by `<<`.
    fn merged(&self, id: NodeId) -> Vec<NodeId> {
        let bases = self.with_key(id, "<<").into_iter().filter(|(key, _)| self.scalar(*key).is_some_and(Scalar::is_plain));
        let each = |value: &NodeId| match self.items(*value) {
            [] => vec![*value],
            items => items.iter().take(BASES).copied().collect(),
        };
        bases.take(BASES).flat_map(|(_, value)| each(&value)).collect()
    }
}
