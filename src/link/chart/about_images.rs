//! Owns which templates speak of images, so that a look at a chart need not execute the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use memchr::memmem::Finder;

use super::run::DEPTH;
use super::syntax::{Node, Pipeline, Term};

/// What stands in every word for an image, in any case of its first letter.
const WORD: &str = "mage";

/// Finds the templates that speak of images, themselves or by a template that they include, and the branches in them.
pub(super) struct AboutImages<'d> {
    defines: &'d BTreeMap<String, Rc<Vec<Node>>>,
    /// What is known of a defined template; one that is being looked into counts as silent.
    known: BTreeMap<String, bool>,
    depth: u16,
    word: Finder<'static>,
    /// The branches that speak of images or put a path together, by the place of their nodes in memory.
    pub(super) branches: BTreeSet<usize>,
}

impl<'d> AboutImages<'d> {
    /// Looks through all that is defined.
    pub(super) fn new(defines: &'d BTreeMap<String, Rc<Vec<Node>>>) -> Self {
        let mut about = Self { defines, known: BTreeMap::new(), depth: 0, word: Finder::new(WORD), branches: BTreeSet::new() };
        for name in defines.keys() {
            about.define(name);
        }
        about
    }

    /// Whether something in `nodes` speaks of an image. All of them are looked through, for their branches.
    pub(super) fn speak(&mut self, nodes: &[Node]) -> bool {
        let mut speaks = false;
        for node in nodes {
            speaks |= self.node(node);
        }
        speaks
    }

    fn node(&mut self, node: &Node) -> bool {
        match node {
            Node::Text(text) => self.has_word(&text.text),
            Node::Print(pipeline, _) | Node::Assign(_, pipeline) => self.pipeline(pipeline),
            Node::If(branches) => branches.iter().fold(false, |speaks, (condition, nodes)| {
                let is_asked = condition.as_ref().is_some_and(|condition| self.pipeline(condition));
                self.branch(nodes) || is_asked || speaks
            }),
            Node::With(_, pipeline, nodes, other) | Node::Range(_, pipeline, nodes, other) => {
                let speak = [self.pipeline(pipeline), self.branch(nodes), self.branch(other)];
                speak.contains(&true)
            }
            Node::Call(name, argument) => self.define(name) || argument.iter().any(|one| self.pipeline(one)),
            Node::Leave(_) => false,
        }
    }

    fn branch(&mut self, nodes: &[Node]) -> bool {
        let speaks = self.speak(nodes);
        if !nodes.is_empty() && (speaks || puts_paths(nodes)) {
            self.branches.insert(nodes.as_ptr().addr());
        }
        speaks
    }

    fn has_word(&self, text: &str) -> bool {
        self.word.find(text.as_bytes()).is_some()
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> bool {
        pipeline.iter().any(|term| match term {
            // `include` takes a template's name, which may be computed elsewhere: every text that is one counts.
            Term::Value(_) => term.text().is_some_and(|text| self.has_word(text) || self.define(text)),
            Term::Field(fields) => self.has_word(fields),
            Term::Variable(name, fields) => self.has_word(name) || self.has_word(fields),
            Term::Group(inner, fields) => self.has_word(fields) || self.pipeline(inner),
            Term::Function(_) | Term::Pipe => false,
        })
    }

    fn define(&mut self, name: &str) -> bool {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let Some(nodes) = self.defines.get(name).map(Rc::clone) else { return false };
        self.known.insert(name.to_owned(), false);
        // Of what lies deeper than templates can call each other, nothing is said that would leave it out.
        self.depth += 1;
        let speaks = self.depth > DEPTH || self.speak(&nodes);
        self.depth -= 1;
        self.known.insert(name.to_owned(), speaks);
        speaks
    }
}

/// Whether `nodes` put words together with a slash, in a line.
fn puts_paths(nodes: &[Node]) -> bool {
    let is_path = |text: &str| text.contains('/') && !text.contains(": ");
    let has_path = |pipeline: &Pipeline| pipeline.iter().filter_map(Term::text).any(is_path);
    nodes.iter().any(|node| match node {
        Node::Text(text) => is_path(&text.text),
        Node::Print(pipeline, _) | Node::Assign(_, pipeline) => has_path(pipeline),
        Node::If(_) | Node::With(..) | Node::Range(..) | Node::Call(..) | Node::Leave(_) => false,
    })
}
