//! Owns which templates speak of images, so that a look at a chart need not execute the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::syntax::{Node, Pipeline, Term};

/// What stands in every word for an image, in any case of its first letter.
const WORD: &str = "mage";

/// Finds the templates that speak of images, themselves or by a template that they include.
pub(super) struct AboutImages<'d> {
    defines: &'d BTreeMap<String, Rc<Vec<Node>>>,
    /// What is known of a defined template; one that is being looked into counts as silent.
    known: BTreeMap<String, bool>,
}

impl<'d> AboutImages<'d> {
    pub(super) fn new(defines: &'d BTreeMap<String, Rc<Vec<Node>>>) -> Self {
        Self { defines, known: BTreeMap::new() }
    }

    /// Whether something in `nodes` speaks of an image.
    pub(super) fn speak(&mut self, nodes: &[Node]) -> bool {
        nodes.iter().any(|node| match node {
            Node::Text(span) => span.text.contains(WORD),
            Node::Print(pipeline, _) | Node::Assign(_, pipeline) => self.pipeline(pipeline),
            Node::If(branches) => {
                branches.iter().any(|(condition, nodes)| condition.iter().any(|one| self.pipeline(one)) || self.speak(nodes))
            }
            Node::With(_, pipeline, nodes, other) | Node::Range(_, pipeline, nodes, other) => {
                self.pipeline(pipeline) || self.speak(nodes) || self.speak(other)
            }
            Node::Call(name, argument) => self.define(name) || argument.iter().any(|one| self.pipeline(one)),
        })
    }

    /// Notes the branches in `nodes` that speak of images or put a path together, by the place of their nodes in memory.
    pub(super) fn note(&mut self, nodes: &[Node], noted: &mut BTreeSet<usize>) {
        let mut branch = |about: &mut Self, nodes: &[Node]| {
            if !nodes.is_empty() && (about.speak(nodes) || puts_paths(nodes)) {
                noted.insert(nodes.as_ptr().addr());
            }
            about.note(nodes, noted);
        };
        for node in nodes {
            match node {
                Node::If(branches) => branches.iter().for_each(|(_, nodes)| branch(self, nodes)),
                Node::With(_, _, nodes, other) | Node::Range(_, _, nodes, other) => {
                    branch(self, nodes);
                    branch(self, other);
                }
                Node::Text(_) | Node::Print(..) | Node::Assign(..) | Node::Call(..) => {}
            }
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> bool {
        let has = |words: &[String]| words.iter().any(|word| word.contains(WORD));
        pipeline.iter().flatten().any(|term| match term {
            // `include` takes a template's name, which may be computed elsewhere: every text that is one counts.
            Term::Text(text, _) => text.contains(WORD) || self.define(text),
            Term::Field(words) => has(words),
            Term::Variable(name, words) => name.contains(WORD) || has(words),
            Term::Group(inner, words) => has(words) || self.pipeline(inner),
            Term::Int(_) | Term::Float(_) | Term::Bool(_) | Term::Nil | Term::Function(_) => false,
        })
    }

    fn define(&mut self, name: &str) -> bool {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let Some(nodes) = self.defines.get(name).map(Rc::clone) else { return false };
        self.known.insert(name.to_owned(), false);
        let speaks = self.speak(&nodes);
        self.known.insert(name.to_owned(), speaks);
        speaks
    }
}

/// Whether `nodes` put words together with a slash, in a line.
fn puts_paths(nodes: &[Node]) -> bool {
    let is_path = |text: &str| text.contains('/') && !text.contains(": ");
    let has_path = |pipeline: &Pipeline| pipeline.iter().flatten().any(|term| matches!(term, Term::Text(text, _) if is_path(text)));
    nodes.iter().any(|node| match node {
        Node::Text(span) => is_path(&span.text),
        Node::Print(pipeline, _) | Node::Assign(_, pipeline) => has_path(pipeline),
        Node::If(_) | Node::With(..) | Node::Range(..) | Node::Call(..) => false,
    })
}
