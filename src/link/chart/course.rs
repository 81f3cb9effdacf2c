//! Owns which branches of a template are executed: those that the chart's own values choose, and those that they leave out.
//!
//! A part that is off by default has images too, and only its templates know how their values are joined. Turned on, it prints lines where
//! nothing was printed; so what is left out is executed in its place, with everything around it as the values have it. A branch that says
//! something else than the chosen one takes its place in an execution of its own.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::beside::Guessed;
use super::budget::Budget;
use super::changes::Changes;
use super::failing::Calls;
use super::syntax::Node;
use super::texts::Expressions;
use super::unseen::Unseen;
use super::value::{Run, Value, Variables, as_choice};
use crate::occurrence::Occurrence;
use crate::text::Span;

/// Which branches are executed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Course {
    /// Those that the values choose.
    #[default]
    Chosen,
    /// Also those that the values leave out, where they add lines of their own.
    Added,
    /// As [`Course::Added`]; and where one takes the place of the chosen, it does.
    Swapped(Swap),
}

/// What is put in the place of what the values choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Swap {
    /// Branches that print lines.
    Lines,
    /// Branches that print words within a line, or only set variables.
    Words,
}

/// What is known of a chart before its templates are executed on another course than the chosen.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// The branches that speak of images or put a path together, by the place of their nodes in memory.
    pub(super) speaking: BTreeSet<usize>,
    /// The bytes, in order, that images are made of.
    pub(super) own: Vec<Span>,
    /// What templates have changed by then.
    pub(super) changes: Changes,
    /// What the executions may cost.
    pub(super) budget: Budget,
    /// The regular expressions that its templates asked for.
    pub(super) expressions: Expressions,
}

impl Known {
    /// Adds the bytes of the images.
    pub(super) fn add(&mut self, images: &[Occurrence]) {
        self.own.extend(images.iter().flat_map(|image| &image.pieces).filter(|piece| piece.is_editable()).map(|piece| piece.span));
        self.own.sort_unstable();
        self.own.dedup();
    }

    /// Whether images are made of one of these bytes.
    pub(super) fn is_own(&self, spans: &[Span]) -> bool {
        spans.iter().any(|span| {
            let behind = self.own.partition_point(|own| (own.file, own.start) < (span.file, span.end));
            behind.checked_sub(1).and_then(|last| self.own.get(last)).is_some_and(|own| own.file == span.file && span.start < own.end)
        })
    }
}

/// What an execution met that another one would do in another way.
#[derive(Clone, Debug, Default)]
pub(super) struct Met {
    /// Lines were added.
    pub(super) added: bool,
    /// A branch with lines could be swapped.
    pub(super) lines: bool,
    /// A branch within a line could be swapped.
    pub(super) words: bool,
    /// The bytes that the conditions asked for of which another branch than the chosen was executed.
    pub(super) asked: Vec<Span>,
    /// What decided conditions, of which one speaks of images, by functions that are not executed.
    pub(super) guessed: Vec<Guessed>,
    /// Where the templates refuse the values, as far as all conditions around it are known.
    pub(super) failed: Calls,
    /// What helpers were called with that are not in sight.
    pub(super) unseen: Unseen,
}

/// What a condition read.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    /// The bytes of texts.
    pub(super) spans: Vec<Span>,
    /// Something was empty. If it were not, a branch that asks for it would print it, and nobody knows what it would be.
    pub(super) empty: bool,
}

impl Asked {
    pub(super) fn extend(&mut self, more: &Self) {
        self.spans.extend_from_slice(&more.spans);
        self.empty |= more.empty;
    }

    pub(super) fn read(&mut self, value: &Value) {
        match value {
            // Whether an image has a key is a question for its words.
            Value::Map(pairs) => pairs.iter().for_each(|(_, value)| self.text(value)),
            Value::Nil => self.empty = true,
            value => {
                self.empty |= matches!(value, Value::Text(_)) && !value.is_true();
                self.text(value);
            }
        }
    }

    fn text(&mut self, value: &Value) {
        if let Value::Text(text) | Value::Number(_, text) = value {
            self.spans.extend(text.iter().filter(|piece| piece.is_editable()).map(|piece| piece.span));
        }
    }
}

/// A branch: what it prints, with which `.`, and the variables it sets.
pub(super) struct Branch<'n> {
    pub(super) nodes: &'n [Node],
    pub(super) dot: Value,
    pub(super) set: Variables,
}

impl<'n> Branch<'n> {
    pub(super) const fn new(nodes: &'n [Node], dot: Value) -> Self {
        Self { nodes, dot, set: Vec::new() }
    }

    /// The same, with the value in the variable that the branch declares.
    pub(super) fn setting(mut self, declared: &[Rc<str>], value: &Value) -> Self {
        if let [.., name] = declared {
            self.set.push((Rc::clone(name), value.clone()));
        }
        self
    }
}

/// Makes what a condition printed a choice, when it is part of a line: a word, and no lines of their own.
pub(super) fn as_chosen(printed: &mut [Run]) {
    let mut is_text = printed.iter().flat_map(|piece| piece.text.chars()).map(|c| !c.is_whitespace());
    // Words, then a gap, then words again.
    let parts = is_text.by_ref().skip_while(|text| !text).skip_while(|text| *text).any(|text| text);
    if !parts {
        for piece in printed {
            *piece = as_choice(piece.clone());
        }
    }
}
