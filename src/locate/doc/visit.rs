//! Owns the walk over a document's tree: at each value the sites whose path ends there are asked.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::Source;
use super::defined::Defined;
use super::keys::Mappings;
use super::scope::Scope;
use super::site::Place;
use super::tree::{BASES, Node, NodeId, TagKind};
use super::uses::Uses;
use crate::format::{Guard, Means, Parts, Said, Shape, Site, Step, Test};
use crate::locate::engine::Context;
use crate::locate::{Fault, PLACES};
use crate::occurrence::Occurrence;
use crate::text::Span;

/// How many times aliases are followed in one document. Each stands for a subtree, so a few lines can stand for billions of values.
const ALIASES: u32 = 4096;
/// How many values they may stand for beside those that are written, and how deep these may lie in each other.
const VALUES: usize = 1 << 18;
const DEEPEST: usize = 512;

/// The occurrences of a document, by the order of the walk; spans count from the document's first byte.
pub(crate) fn visit(source: Source<'_>) -> (Vec<Occurrence>, Vec<Fault>) {
    let mut left = Left { aliases: ALIASES, values: VALUES + source.tree.len() };
    visit_within(source, &mut left)
}

/// The same for a part of a document, of which `left` says how much may still be followed.
fn visit_within(source: Source<'_>, left: &mut Left) -> (Vec<Occurrence>, Vec<Fault>) {
    let mut walk = Walk {
        source,
        path: Vec::new(),
        sites: HashMap::new(),
        reads_keys: source.format.reads_keys(),
        left: *left,
        told: Told::No,
        defined: Defined::new(),
        mappings: Mappings::default(),
        uses: None,
        found: Vec::new(),
        faults: Vec::new(),
    };
    let Some(root) = source.root else { return (Vec::new(), Vec::new()) };
    walk.value(root);
    let mut found = std::mem::take(&mut walk.found);
    let uses = Uses::of(&found, source.format);
    if !(uses.is_empty() || source.format.table.variables.is_empty()) {
        let after = std::mem::replace(&mut walk.left, *left);
        (walk.uses, walk.defined) = (Some(uses), Defined::new());
        walk.value(root);
        walk.left = after;
        walk.uses.take().unwrap_or_default().tell(&mut found);
    }
    *left = walk.left;
    (found, walk.faults)
}

/// How much of a document may still be followed.
#[derive(Clone, Copy)]
struct Left {
    aliases: u32,
    values: usize,
}

struct Walk<'s> {
    source: Source<'s>,
    path: Vec<Step<'s, NodeId>>,
    /// The sites that may end in a key: looked up once a document for each of its keys.
    sites: HashMap<Option<&'s str>, (Rc<[usize]>, Said)>,
    reads_keys: bool,
    left: Left,
    told: Told,
    defined: Defined<'s>,
    mappings: Mappings<'s>,
    /// What is looked for instead of sites, in a second walk.
    uses: Option<Uses>,
    found: Vec<Occurrence>,
    faults: Vec<Fault>,
}

/// Whether it is said that not all was looked into.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    No,
    Yes,
}

impl<'s> Walk<'s> {
    fn value(&mut self, id: NodeId) {
        // The file is left then, whatever else it holds.
        if self.found.len() > PLACES {
            return;
        }
        let tree = self.source.tree;
        let Some(values) = self.left.values.checked_sub(1).filter(|_| self.path.len() <= DEEPEST) else {
            return self.leave(id, &format!("aliases stand for more than {VALUES} values, or nest deeper than {DEEPEST}"));
        };
        self.left.values = values;
        if tree.is_alias(id) {
            // An anchor inside its own value would go round for ever.
            let around = self.path.len().saturating_sub(1);
            if self.path.iter().take(around).any(|step| tree.target(step.node) == tree.target(id)) {
                return self.leave(id, "an anchor stands in its own value");
            }
            if !self.follow(id) {
                return;
            }
        }
        let skipped = &self.source.format.table.skip_tags;
        if !skipped.is_empty() && tree.tag(id).is_some_and(|tag| skipped.iter().any(|skip| skip == tag)) {
            return;
        }
        match tree.node(id) {
            Node::Scalar(_) => self.scalar(id, Means::Value),
            Node::Mapping(_) if self.subtree(id) => {}
            Node::Mapping(_) => self.mapping(id),
            Node::Sequence(_) => {
                for item in tree.items(id) {
                    self.step(None, *item, None);
                }
            }
            Node::Alias(_) | Node::Dangling => {}
        }
    }

    fn step(&mut self, key: Option<&'s str>, node: NodeId, written: Option<NodeId>) {
        let says = self.of_key(key).1;
        self.path.push(Step { key, node, says });
        if let Some(written) = written.filter(|_| self.reads_keys) {
            self.scalar(written, Means::Key);
        }
        self.value(node);
        self.path.pop();
    }

    fn mapping(&mut self, id: NodeId) {
        let tree = self.source.tree;
        let is =
            |key: &str, test: &Test| tree.get(id, key).and_then(|value| tree.scalar(value)).is_some_and(|value| test.passes(&value.text));
        if self.source.format.skip().iter().any(|(key, test)| is(key, test)) {
            return;
        }
        for (written, value) in tree.pairs(id) {
            if let Some(key) = tree.scalar(*written).filter(|key| key.text != "<<") {
                if key.tag == TagKind::Binary {
                    self.leave(*written, "a key is written in base64 (`!!binary`)");
                }
                self.step(Some(&key.text), *value, Some(*written));
            }
        }
        self.merged(id);
    }

    /// The pairs that a mapping takes in by `<<`, but for those it has itself.
    fn merged(&mut self, id: NodeId) {
        let tree = self.source.tree;
        let bases = tree.bases(id);
        if bases.len() == BASES {
            self.leave(id, &format!("a mapping takes in more than {BASES} others"));
        }
        let key = |(written, value): &(NodeId, NodeId)| Some((tree.scalar(*written)?.text.as_ref(), *written, *value));
        let own = if bases.is_empty() { &[] } else { tree.pairs(id) };
        let mut seen: HashSet<&str> = own.iter().filter_map(key).map(|(key, ..)| key).chain(["<<"]).collect();
        for base in bases {
            if !self.follow(id) {
                return;
            }
            // Of equal keys the last one counts, and of mappings the first one that has it.
            let mut new: Vec<_> = tree.pairs(base).iter().rev().filter_map(key).filter(|(key, ..)| seen.insert(key)).collect();
            new.reverse();
            for (key, written, value) in new {
                // A mapping that takes in what stands around it would go round for ever.
                if self.is_around(value) || tree.target(id) == tree.target(value) {
                    self.leave(id, "a mapping takes in what it stands in");
                } else {
                    self.step(Some(key), value, Some(written));
                }
            }
        }
    }

    /// Whether one more alias may be followed.
    fn follow(&mut self, id: NodeId) -> bool {
        let Some(left) = self.left.aliases.checked_sub(1) else {
            self.leave(id, &format!("aliases are followed {ALIASES} times in a document"));
            return false;
        };
        self.left.aliases = left;
        true
    }

    /// Whether the walk stands in that node.
    fn is_around(&self, id: NodeId) -> bool {
        let tree = self.source.tree;
        self.path.iter().any(|step| tree.target(step.node) == tree.target(id))
    }

    /// Says, once a document, that what stands at a node is not looked into.
    fn leave(&mut self, id: NodeId, why: &str) {
        if std::mem::replace(&mut self.told, Told::Yes) == Told::No && self.uses.is_none() {
            let at = self.source.tree.start(id).unwrap_or_default();
            let span = Span::new(self.source.context.file, at..at);
            self.faults.push(Fault { span, message: format!("{why}; there may be more that is not read") });
        }
    }

    /// Looks into a mapping that is a document of another format (`spec.values` of a `HelmRelease`); whether it is one.
    fn subtree(&mut self, id: NodeId) -> bool {
        let Some(last) = self.path.last().map(|step| step.key).filter(|_| self.uses.is_none()) else { return false };
        let source = self.source;
        let sites = self.sites_ending_in(last);
        let mut is_subtree = |site: &&Site| site.table.shape == Shape::Subtree && self.meets(site);
        let Some(site) = sites.iter().filter_map(|&index| source.format.sites().get(index)).find(&mut is_subtree) else { return false };
        let inner = site.table.format.as_deref().and_then(|id| source.context.formats.get(id));
        let (Some(format), Some(depth)) = (inner, source.context.depth.checked_add(1).filter(|depth| *depth <= 3)) else { return false };
        let context = Context { depth, ..source.context };
        let (mut found, mut faults) = visit_within(Source { format, context, root: Some(id), ..source }, &mut self.left);
        self.found.append(&mut found);
        self.faults.append(&mut faults);
        true
    }

    fn sites_ending_in(&mut self, last: Option<&'s str>) -> Rc<[usize]> {
        self.of_key(last).0
    }

    fn of_key(&mut self, key: Option<&'s str>) -> (Rc<[usize]>, Said) {
        let format = self.source.format;
        let of = self.sites.entry(key).or_insert_with(|| {
            let said = key.map(Said::by).unwrap_or_default();
            (format.sites_ending_in(key, said).into(), said)
        });
        (Rc::clone(&of.0), of.1)
    }

    /// Whether the site means the value that the walk stands at.
    fn meets(&self, site: &Site) -> bool {
        let tree = self.source.tree;
        let field = |node: NodeId, name: &str| tree.get(node, name).and_then(|value| tree.scalar(value)).map(|value| value.text.as_ref());
        site.path.as_ref().is_some_and(|path| path.matches(&self.path, self.source.root, &field))
    }

    fn scalar(&mut self, id: NodeId, means: Means) {
        let Some(last) = self.path.last().map(|step| step.key) else { return };
        let format = self.source.format;
        if let Some(uses) = &mut self.uses {
            return uses.look(&Scope { source: &self.source, path: &self.path, defined: &self.defined, open: Vec::new() }, id);
        }
        let sites = self.sites_ending_in(last);
        if sites.is_empty() {
            return;
        }
        let parent = match self.path.as_slice() {
            [.., parent, _] => Some(parent.node),
            _ => self.source.root,
        };
        // A place that may hold anything holds documents of several lines.
        let is_short = self.source.tree.scalar(id).is_none_or(|scalar| !scalar.text.contains('\n'));
        for site in sites.iter().filter_map(|&index| format.sites().get(index)) {
            let is_other = site.means != means || site.table.shape == Shape::Subtree;
            let is_unsure_document = || site.table.shape == Shape::Embedded && site.table.guard != Guard::Name;
            if is_other || (is_short && is_unsure_document()) || !self.meets(site) {
                continue;
            }
            let scope = Scope { source: &self.source, path: &self.path, defined: &self.defined, open: Vec::new() };
            let (parent, list) = if last.is_some() { (parent, None) } else { (None, parent) };
            let is_found =
                Place { scope, mappings: &self.mappings, site, scalar: id, parent, list }.look(&mut self.found, &mut self.faults);
            // A text of many words may hold something for several sites.
            if is_found && site.table.parts != Parts::Shell {
                return;
            }
        }
    }
}
