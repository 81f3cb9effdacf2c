//! Owns which values a template, as it is written, puts behind something else with a slash, in branches that are executed and in others.

use std::collections::BTreeMap;

use super::readings::VALUES;
use super::syntax::{Node, Template, Term};
use super::value::Shared;
use crate::text::{FileId, Span};

/// What stands before a place of a template.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Nothing that a word goes on with.
    Blank,
    /// A letter, a digit, or what an action prints.
    Word,
    /// A slash behind a word.
    Slash,
    /// An address somewhere before it in its line.
    Address,
}

/// Notes the names of the values (`.Values.image.repository`) that a template joins to something else, and where it does.
pub(super) fn joins(template: &Template, file: FileId, joined: &mut BTreeMap<String, Span>) {
    let mut walk = Walk { file, joined };
    walk.nodes(&template.nodes, Before::Blank);
    for (_, nodes) in &template.defines {
        walk.nodes(nodes, Before::Blank);
    }
}

struct Walk<'w> {
    file: FileId,
    joined: &'w mut BTreeMap<String, Span>,
}

impl Walk<'_> {
    /// Goes through nodes, and says what stands behind them.
    fn nodes(&mut self, nodes: &[Node], before: Before) -> Before {
        let mut before = before;
        for node in nodes {
            before = match node {
                Node::Text(text) => before.text(&text.text),
                Node::Print(pipeline, _) => {
                    self.behind(pipeline, before);
                    before.value()
                }
                Node::If(branches) => {
                    for (condition, nodes) in branches {
                        if let Some(condition) = condition {
                            self.commands(condition);
                        }
                        self.nodes(nodes, before);
                    }
                    before.value()
                }
                Node::With(_, pipeline, nodes, other) | Node::Range(_, pipeline, nodes, other) => {
                    self.commands(pipeline);
                    self.nodes(nodes, before);
                    self.nodes(other, before);
                    before.value()
                }
                Node::Assign(_, pipeline) => {
                    self.commands(pipeline);
                    before
                }
                Node::Call(_, argument) => {
                    if let Some(argument) = argument {
                        self.commands(argument);
                    }
                    before.value()
                }
                Node::Leave(_) => before,
            };
        }
        before
    }

    /// Goes through what stands behind that: its values, if they are joined, and those that it joins itself.
    fn behind(&mut self, terms: &[Term], before: Before) {
        if before == Before::Slash {
            self.note(terms);
        }
        self.commands(terms);
    }

    /// Goes through the texts that commands put together.
    fn commands(&mut self, pipeline: &[Term]) {
        let mut piped: &[Term] = &[];
        for command in pipeline.split(|term| matches!(term, Term::Pipe)) {
            for term in command {
                if let Term::Group(inner, _) = term {
                    self.commands(inner);
                }
            }
            match command {
                [Term::Function(name), format, values @ ..] if &**name == "printf" => self.format(format, values, piped),
                [Term::Function(name), values @ ..] if &**name == "print" => {
                    let mut before = Before::Blank;
                    for value in values {
                        before = self.word(value, before);
                    }
                    self.behind_slash(piped, before);
                }
                _ => {}
            }
            piped = command;
        }
    }

    /// A word of a text that is put together.
    fn word(&mut self, term: &Term, before: Before) -> Before {
        if let Some(text) = term.text() {
            return before.text(text);
        }
        self.behind_slash(std::slice::from_ref(term), before);
        before.value()
    }

    fn format(&mut self, format: &Term, values: &[Term], piped: &[Term]) {
        let Some(format) = format.text() else { return };
        let (mut before, mut values) = (Before::Blank, values.iter());
        let mut parts = format.split('%');
        before = before.text(parts.next().unwrap_or_default());
        for part in parts {
            before = if let Some(value) = values.next() {
                self.word(value, before)
            } else {
                self.behind_slash(piped, before);
                before.value()
            };
            let verb = part.find(|c: char| c.is_ascii_alphabetic()).map_or(part.len(), |verb| verb + 1);
            before = before.text(part.get(verb..).unwrap_or_default());
        }
    }

    fn behind_slash(&mut self, terms: &[Term], before: Before) {
        if before == Before::Slash {
            self.note(terms);
        }
    }

    /// Notes each value that the terms read.
    fn note(&mut self, terms: &[Term]) {
        for term in terms {
            match term {
                Term::Field(fields) => self.name(fields),
                Term::Variable(name, fields) if name.is_empty() => self.name(fields),
                Term::Group(inner, _) => self.note(inner),
                _ => {}
            }
        }
    }

    fn name(&mut self, fields: &Shared) {
        let name = format!(".{}", &**fields);
        let is_value = name.strip_prefix(VALUES).is_some_and(|rest| rest.starts_with('.'));
        if let Some(range) = fields.range().filter(|_| is_value) {
            self.joined.entry(name).or_insert(Span::new(self.file, range.start.saturating_sub(1)..range.end));
        }
    }
}

impl Before {
    /// What stands behind a text.
    fn text(self, text: &str) -> Self {
        let (line, before) = text.rsplit_once('\n').map_or((text, self), |(_, line)| (line, Self::Blank));
        let ends_with_word = |text: &str| text.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '}');
        match line.strip_suffix('/') {
            _ if before == Self::Address || line.contains("://") => Self::Address,
            _ if line.is_empty() => before,
            Some("") if before == Self::Word => Self::Slash,
            Some(word) if ends_with_word(word) => Self::Slash,
            None if ends_with_word(line) => Self::Word,
            _ => Self::Blank,
        }
    }

    /// What stands behind what an action prints.
    fn value(self) -> Self {
        if self == Self::Address { self } else { Self::Word }
    }
}
