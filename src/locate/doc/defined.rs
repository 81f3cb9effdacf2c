//! Owns what is known of the variables of one document: which scalars a block gives them, and the values that these have wherever they are used. Each
//! is looked up once, for a block may define as many variables as there are uses.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::Source;
use super::tree::{Node, NodeId, Tree};
use crate::format::Variables;
use crate::locate::template::tag_ranges;
use crate::occurrence::Piece;

/// How many values are looked up in one document.
const LOOKUPS: usize = 1 << 14;
/// How many values a variable may have: what has more is not known.
pub(super) const MOST: usize = 256;
/// How many mappings are asked one by one for a key.
const FEW: usize = 32;

/// The values of a variable: each is made of pieces.
pub(super) type Values = Rc<[Vec<Piece>]>;

/// A variable, and the scalars that give it its values: the first of them, and how many there are.
type Given = (Arc<str>, NodeId, usize);

/// What was looked up in a document.
pub(super) struct Defined<'s> {
    /// How many values may still be: a few lines of `A: $B$B` stand for billions.
    left: Cell<usize>,
    /// By the block, and by the place of variables in it.
    blocks: RefCell<BTreeMap<(NodeId, usize), Block<'s>>>,
    /// The values that do not depend on where they are used.
    fixed: RefCell<BTreeMap<Given, Values>>,
    /// The scalars that were read as documents of a format.
    documents: RefCell<BTreeSet<(NodeId, Arc<str>)>>,
}

/// A place of variables in one block.
struct Block<'s> {
    /// The mappings that hold them.
    nodes: Vec<NodeId>,
    /// Where these are many, their scalars by the keys.
    index: Option<BTreeMap<&'s str, Vec<NodeId>>>,
    /// The scalars of the keys that were asked for.
    known: BTreeMap<String, Rc<[NodeId]>>,
}

impl<'s> Defined<'s> {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self { left: Cell::new(LOOKUPS), blocks: RefCell::default(), fixed: RefCell::default(), documents: RefCell::default() }
    }

    /// Whether nobody has read that scalar as a document of that format: any number of uses may stand for it.
    pub(super) fn is_new_document(&self, scalar: NodeId, format: &Arc<str>) -> bool {
        self.documents.borrow_mut().insert((scalar, Arc::clone(format)))
    }

    /// Whether that many values may still be looked up.
    pub(super) fn pays(&self, values: usize) -> bool {
        // A variable has a few, and what looks them up is made for that.
        let left = self.left.get().checked_sub(1 + values / FEW);
        self.left.set(left.unwrap_or_default());
        left.is_some()
    }

    /// The scalars that a block gives the variable of a key at one of the format's places of variables; no more than [`MOST`] and one more.
    pub(super) fn scalars(&self, tree: &'s Tree<'s>, block: NodeId, (number, place): (usize, &'s Variables), key: &str) -> Rc<[NodeId]> {
        let mut blocks = self.blocks.borrow_mut();
        let block = blocks.entry((block, number)).or_insert_with(|| Block::new(tree, block, place));
        if let Some(known) = block.known.get(key) {
            return Rc::clone(known);
        }
        let found: Rc<[NodeId]> = if let Some(index) = &block.index {
            index.get(key).map(Vec::as_slice).unwrap_or_default().into()
        } else {
            let values = block.nodes.iter().filter_map(|node| if key.is_empty() { Some(*node) } else { tree.get(*node, key) });
            values.flat_map(|value| scalars(tree, value, place)).take(MOST + 1).collect()
        };
        block.known.insert(key.to_owned(), Rc::clone(&found));
        found
    }

    /// The values of a variable with these scalars, by `read` where they are not known already.
    pub(super) fn values(&self, source: &Source<'_>, name: &Arc<str>, given: &[NodeId], read: impl FnOnce() -> Values) -> Values {
        let Some(key) = given.first().map(|first| (Arc::clone(name), *first, given.len())) else { return Rc::default() };
        if let Some(known) = self.fixed.borrow().get(&key) {
            return Rc::clone(known);
        }
        let is_fixed = |node: &NodeId| {
            let text = source.tree.scalar(*node).map(|scalar| scalar.text.as_ref()).unwrap_or_default();
            !text.contains(['$', '{']) && tag_ranges(text).is_empty()
        };
        let values = read();
        if source.actions.is_empty() && given.iter().all(is_fixed) {
            self.fixed.borrow_mut().insert(key, Rc::clone(&values));
        }
        values
    }
}

impl<'s> Block<'s> {
    fn new(tree: &'s Tree<'s>, block: NodeId, place: &'s Variables) -> Self {
        let below = |nodes: Vec<NodeId>, step: &str| -> Vec<NodeId> {
            let below = nodes.into_iter().flat_map(|node| match step {
                "[]" => tree.items(node).to_vec(),
                keys => keys.split('|').flat_map(|key| tree.values(node, key)).collect(),
            });
            below.collect()
        };
        let steps = place
            .table
            .path
            .split('.')
            .filter(|part| !part.is_empty())
            .flat_map(|part| part.strip_suffix("[]").map_or([Some(part), None], |key| [Some(key), Some("[]")]))
            .flatten();
        let nodes = steps.fold(vec![block], below);
        let is_many = nodes.len() > FEW && place.table.name.contains("{key}");
        let index = is_many.then(|| {
            let mut index: BTreeMap<&str, Vec<NodeId>> = BTreeMap::new();
            for node in &nodes {
                // Of equal keys of one mapping the last counts.
                let own: BTreeMap<&str, NodeId> = tree.all_pairs(*node).into_iter().collect();
                for (key, value) in own {
                    let found = index.entry(key).or_default();
                    found.extend(scalars(tree, value, place).into_iter().take(MOST + 1 - found.len()));
                }
            }
            index
        });
        Self { nodes, index, known: BTreeMap::new() }
    }
}

/// The scalars of a value, or those that it holds under the keys for values.
fn scalars(tree: &Tree<'_>, value: NodeId, place: &Variables) -> Vec<NodeId> {
    let found = match tree.node(value) {
        Node::Mapping(_) => place.table.value.iter().find_map(|key| tree.get(value, key)).into_iter().collect(),
        Node::Sequence(_) => tree.items(value).iter().take(MOST + 1).copied().collect(),
        _ => vec![value],
    };
    found.into_iter().map(|node| tree.target(node)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Formats, Surroundings};
    use crate::locate::{File, locate};
    use crate::text::FileId;

    fn found(text: &str) -> Vec<String> {
        let file = File { id: FileId(0), path: "a.tf", bytes: text.as_bytes(), surroundings: Surroundings::Plain };
        locate(&file, &Formats::builtin()).occurrences.iter().map(|one| one.joined().text).collect()
    }

    #[test]
    fn each_variable_of_many_blocks_is_found_at_once() {
        let text = (0..8_000).fold(String::new(), |text, n| {
            text + &format!(
                "variable \"v{n}\" {{ default = \"r{n}.io\" }}\nresource \"docker_image\" \"i\" {{ name = \"${{var.v{n}}}/a\" }}\n"
            )
        });
        let found = found(&text);
        assert!((0..8_000).all(|n| found.contains(&format!("r{n}.io/a")) || n % 1_000 > 0), "{}", found.len());
    }

    #[test]
    fn of_more_values_than_anyone_gives_none_is_known() {
        let values = |many: usize| (0..many).fold(String::new(), |text, n| text + &format!("variable \"v\" {{ default = \"r{n}.io\" }}\n"));
        let uses = "resource \"docker_image\" \"i\" { name = \"${var.v}/a\" }\n";
        assert_eq!(found(&format!("{}{uses}", values(MOST))).iter().filter(|one| one.ends_with(".io/a")).count(), MOST);
        assert!(found(&format!("{}{}", values(5_000), uses.repeat(5_000))).iter().all(|one| !one.ends_with(".io/a")));
    }
}
