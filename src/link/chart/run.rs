//! Owns the execution of templates: what they print, in pieces. Rules: Go `text/template` documentation; Helm's functions are in
//! [`super::functions`].

use std::collections::BTreeMap;
use std::rc::Rc;

use super::functions;
use super::syntax::{self, Node, Pipeline, Term};
use super::value::{Text, Value, as_choice, computed, unknown};
use crate::occurrence::{Piece, Spelling};
use crate::text::{FileId, Span};

/// How many nodes and words one template may execute, how many pieces it may print, and how deep templates may call each other. A hostile
/// chart then costs milliseconds, and what it would print later is not seen.
const STEPS: u32 = 400_000;
const PIECES: usize = 200_000;
const DEPTH: u16 = 60;

/// Runs the templates of one chart.
pub(super) struct Machine<'m> {
    defines: &'m BTreeMap<String, Rc<Vec<Node>>>,
    steps: u32,
    depth: u16,
}

/// A template's variables, innermost last; `$` is the one without a name.
pub(super) type Variables = Vec<(String, Value)>;

impl<'m> Machine<'m> {
    pub(super) const fn new(defines: &'m BTreeMap<String, Rc<Vec<Node>>>) -> Self {
        Self { defines, steps: STEPS, depth: 0 }
    }

    /// What `nodes` print with `dot` as both `.` and `$`.
    pub(super) fn print(&mut self, nodes: &[Node], dot: &Value) -> Vec<Piece> {
        let mut out = Vec::new();
        let mut variables = vec![(String::new(), dot.clone())];
        if self.depth < DEPTH {
            self.depth += 1;
            self.run(nodes, dot, &mut variables, &mut out);
            self.depth -= 1;
        }
        out
    }

    /// What the template `name` prints.
    pub(super) fn call(&mut self, name: &str, dot: &Value) -> Value {
        match self.defines.get(name).map(Rc::clone) {
            Some(nodes) => Value::Text(Rc::new(self.print(&nodes, dot))),
            None => unknown(&format!("template {name}")),
        }
    }

    /// What a text prints that is itself a template (`tpl`).
    pub(super) fn print_text(&mut self, text: &Value, dot: &Value) -> Value {
        let plain = text.plain();
        if !plain.contains("{{") {
            return text.clone();
        }
        let template = syntax::read(&plain, FileId(u32::MAX));
        let pieces = self.print(&template.nodes, dot);
        // The bytes of a text that was executed are not the bytes that it prints.
        let pieces = pieces
            .into_iter()
            .map(|piece| if piece.span.file == FileId(u32::MAX) { Piece::implied(piece.text, piece.span) } else { piece });
        Value::Text(Rc::new(pieces.collect()))
    }

    fn spent(&mut self) -> bool {
        self.steps = self.steps.saturating_sub(1);
        self.steps == 0
    }

    fn run(&mut self, nodes: &[Node], dot: &Value, variables: &mut Variables, out: &mut Vec<Piece>) {
        let scope = variables.len();
        for node in nodes {
            if self.spent() || out.len() > PIECES {
                break;
            }
            match node {
                Node::Text(span) => out.push(Piece::literal(&*span.text, Span::new(span.file, span.range.clone()))),
                Node::Print(pipeline, span) => {
                    let value = self.pipeline(pipeline, dot, variables);
                    let at = Span::new(span.file, span.range.clone());
                    match value {
                        // What would be printed over several lines stands below its key; there a hole would break the text.
                        Value::Unknown(_) if span.text.contains("indent") || span.text.contains("toYaml") => {}
                        Value::Unknown(_) => out.push(Piece::hole(crate::locate::action_name(&span.text), at)),
                        value => out.extend(value.pieces().iter().cloned()),
                    }
                }
                Node::If(branches) => {
                    for (condition, body) in branches {
                        if condition.as_ref().is_none_or(|condition| self.pipeline(condition, dot, variables).is_true()) {
                            let start = out.len();
                            self.run(body, dot, variables, out);
                            choose(out, start);
                            break;
                        }
                    }
                }
                Node::With(declared, pipeline, body, otherwise) => {
                    let value = self.pipeline(pipeline, dot, variables);
                    if value.is_true() {
                        if let [name] = declared.as_slice() {
                            variables.push((name.clone(), value.clone()));
                        }
                        self.run(body, &value, variables, out);
                        variables.truncate(scope.max(variables.len().saturating_sub(declared.len())));
                    } else {
                        self.run(otherwise, dot, variables, out);
                    }
                }
                Node::Range(declared, pipeline, body, otherwise) => {
                    let value = self.pipeline(pipeline, dot, variables);
                    let items = entries(&value);
                    if items.is_empty() {
                        self.run(otherwise, dot, variables, out);
                    }
                    for (key, item) in items {
                        let before = variables.len();
                        match declared.as_slice() {
                            [name] => variables.push((name.clone(), item.clone())),
                            [first, second, ..] => variables.extend([(first.clone(), key), (second.clone(), item.clone())]),
                            [] => {}
                        }
                        self.run(body, &item, variables, out);
                        variables.truncate(before);
                        if self.spent() {
                            break;
                        }
                    }
                }
                Node::Assign(name, pipeline) => {
                    let value = self.pipeline(pipeline, dot, variables);
                    assign(variables, name, value);
                }
                Node::Call(name, argument) => {
                    let dot = argument.as_ref().map_or(Value::Nil, |argument| self.pipeline(argument, dot, variables));
                    out.extend(self.call(name, &dot).pieces().iter().cloned());
                }
            }
        }
        variables.truncate(scope.max(1));
    }

    pub(super) fn pipeline(&mut self, pipeline: &Pipeline, dot: &Value, variables: &Variables) -> Value {
        let mut last = None;
        for command in pipeline {
            last = Some(self.command(command, last, dot, variables));
        }
        last.unwrap_or(Value::Nil)
    }

    fn command(&mut self, command: &[Term], piped: Option<Value>, dot: &Value, variables: &Variables) -> Value {
        if self.spent() {
            return unknown("a template that does not end");
        }
        let Some((first, rest)) = command.split_first() else { return piped.unwrap_or(Value::Nil) };
        match first {
            Term::Function(name) => {
                // `and` and `or` stop at the word that decides.
                if matches!(name.as_str(), "and" | "or") {
                    return self.decide(name == "or", rest, piped, dot, variables);
                }
                let mut arguments: Vec<Value> = rest.iter().map(|term| self.term(term, dot, variables)).collect();
                arguments.extend(piped);
                functions::call(self, name, arguments)
            }
            Term::Field(fields) | Term::Variable(_, fields) | Term::Group(_, fields) if !rest.is_empty() => {
                let arguments: Vec<Value> = rest.iter().map(|term| self.term(term, dot, variables)).collect();
                functions::method(fields.last().map_or("", String::as_str), &arguments)
            }
            _ => self.term(first, dot, variables),
        }
    }

    fn decide(&mut self, stop_at: bool, terms: &[Term], piped: Option<Value>, dot: &Value, variables: &Variables) -> Value {
        let mut last = Value::Nil;
        for term in terms {
            last = self.term(term, dot, variables);
            if last.is_true() == stop_at {
                return last;
            }
        }
        piped.unwrap_or(last)
    }

    fn term(&mut self, term: &Term, dot: &Value, variables: &Variables) -> Value {
        let follow = |value: Value, fields: &[String]| fields.iter().fold(value, |value, field| value.get(field));
        match term {
            Term::Text(text, Some(span)) => {
                let piece = Piece::literal(&**text, Span::new(span.file, span.range.clone()));
                Value::Text(Rc::new(vec![Piece { spelling: Spelling::Verbatim, ..piece }]))
            }
            Term::Text(text, None) => computed(&**text),
            Term::Int(number) => functions::number(*number),
            Term::Float(number) => Value::Number(*number, computed(number.to_string()).pieces()),
            Term::Bool(truth) => Value::Bool(*truth),
            Term::Nil => Value::Nil,
            Term::Field(fields) => follow(dot.clone(), fields),
            Term::Variable(name, fields) => {
                let value = variables.iter().rev().find(|(have, _)| have == name).map_or(Value::Nil, |(_, value)| value.clone());
                follow(value, fields)
            }
            Term::Function(name) => functions::call(self, name, Vec::new()),
            Term::Group(pipeline, fields) => follow(self.pipeline(pipeline, dot, variables), fields),
        }
    }
}

/// Makes what a condition printed from piece `start` on a choice, when it is part of a line: a word, and no lines of their own.
fn choose(out: &mut [Piece], start: usize) {
    let Some(printed) = out.get_mut(start..) else { return };
    let mut is_text = printed.iter().flat_map(|piece| piece.text.chars()).map(|c| !c.is_whitespace());
    // Words, then a gap, then words again.
    let parts = is_text.by_ref().skip_while(|text| !text).skip_while(|text| *text).any(|text| text);
    if !parts {
        for piece in printed {
            *piece = as_choice(piece.clone());
        }
    }
}

/// What `range` goes over: keys (or indices) and values; Go visits a mapping by sorted key.
fn entries(value: &Value) -> Vec<(Value, Value)> {
    match value {
        Value::List(items) => {
            items.iter().enumerate().map(|(index, item)| (functions::number(i64::try_from(index).unwrap_or(0)), item.clone())).collect()
        }
        Value::Map(pairs) => {
            let mut sorted: Vec<&(String, Value)> = pairs.iter().collect();
            sorted.sort_by(|a, b| a.0.cmp(&b.0));
            sorted.into_iter().map(|(key, value)| (computed(key), value.clone())).collect()
        }
        Value::Unknown(what) => vec![(unknown(what), unknown(what))],
        Value::Number(count, _) if *count >= 1.0 => vec![(functions::number(0), functions::number(0))],
        _ => Vec::new(),
    }
}

/// Sets the innermost variable of that name, or declares it in this scope.
fn assign(variables: &mut Variables, name: &str, value: Value) {
    match variables.iter_mut().rev().find(|(have, _)| have == name) {
        Some((_, have)) if !name.is_empty() => *have = value,
        _ => variables.push((name.to_owned(), value)),
    }
}

/// The pieces of several values, one after the other.
pub(super) fn joined(values: &[Value], separator: &str) -> Text {
    let mut pieces = Vec::new();
    for (index, value) in values.iter().enumerate() {
        if index > 0 && !separator.is_empty() {
            pieces.push(Piece::implied(separator, super::value::NOWHERE));
        }
        pieces.extend(value.pieces().iter().cloned());
    }
    Rc::new(pieces)
}
