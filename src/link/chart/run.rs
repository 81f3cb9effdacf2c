//! Owns the execution of templates: what they print, in pieces. Rules: Go `text/template` documentation; Helm's functions are in
//! [`super::functions`].

use std::collections::BTreeMap;
use std::rc::Rc;

use super::budget::STEP;
use super::course::{Asked, Branch, Course, Known, Met, as_chosen};
use super::reads::Reads;
use super::syntax::{self, Leave, Node, Pipeline, Term};
use super::value::{Run, Shared, Text, Value, Variables, computed, number, slice, unknown};
use crate::occurrence::Piece;
use crate::text::{FileId, Span};

/// How deep templates may call each other.
pub(super) const DEPTH: u16 = 60;

/// Runs the templates of one chart.
pub(super) struct Machine<'m> {
    defines: &'m BTreeMap<String, Rc<Vec<Node>>>,
    depth: u16,
    pub(super) course: Course,
    pub(super) met: Met,
    /// What other courses than the chosen go by.
    pub(super) known: &'m Known,
    /// What a condition reads, while it is decided.
    read: Option<Asked>,
    /// What of the values is read, where somebody wants to know.
    pub(super) reads: Option<Reads>,
    /// How the item of a `range` that is executed is left, once it is.
    pub(super) leaves: Option<Leave>,
}

impl<'m> Machine<'m> {
    /// A machine on a course.
    pub(super) fn new(defines: &'m BTreeMap<String, Rc<Vec<Node>>>, course: Course, known: &'m Known) -> Self {
        known.budget.begin();
        Self { defines, depth: 0, course, met: Met::default(), known, read: None, reads: None, leaves: None }
    }

    /// What `nodes` print with `dot` as both `.` and `$`.
    pub(super) fn print(&mut self, nodes: &[Node], dot: &Value) -> Vec<Run> {
        let mut out = Vec::new();
        let mut variables = vec![(Rc::from(""), dot.clone())];
        if self.depth < DEPTH {
            self.depth += 1;
            self.run(nodes, dot, &mut variables, &mut out);
            self.depth -= 1;
        } else {
            self.known.budget.cut();
        }
        out
    }

    /// What the template `name` prints.
    pub(super) fn call(&mut self, name: &str, dot: &Value) -> Value {
        if let Some(nodes) = self.defines.get(name).map(Rc::clone) {
            return Value::Text(Rc::new(self.print(&nodes, dot)));
        }
        self.met.unseen.add(dot);
        self.looks_at(dot);
        unknown(&format!("template {name}"))
    }

    /// What a text prints that is itself a template (`tpl`).
    pub(super) fn print_text(&mut self, text: &Value, dot: &Value) -> Value {
        let plain = text.plain();
        if !plain.contains("{{") {
            return text.clone();
        }
        let template = syntax::read(&plain, FileId::NONE);
        // A text that is gone afterwards has no branches that could be known again.
        let course = std::mem::take(&mut self.course);
        let pieces = self.print(&template.nodes, dot);
        self.course = course;
        // What it prints of its own stands where the text does, unless it was written in another way there.
        let source = text.pieces();
        let pieces = pieces.into_iter().flat_map(|piece| {
            if piece.span.file != FileId::NONE {
                return vec![piece];
            }
            let own = slice(&source, piece.span.start, piece.span.end);
            if !piece.text.is_empty() && own.iter().map(|run| &*run.text).collect::<String>() == *piece.text {
                return own;
            }
            vec![Run { span: Span { end: piece.span.start, ..piece.span }, ..Run::implied(piece.text) }]
        });
        Value::Text(Rc::new(pieces.collect()))
    }

    /// Prints what the budget still pays for.
    fn push(&self, runs: &[Run], out: &mut Vec<Run>) {
        out.extend(runs.iter().take_while(|run| self.known.budget.pays(run.cost())).cloned());
    }

    fn spent(&self) -> bool {
        !self.known.budget.pays(STEP)
    }

    pub(super) fn run(&mut self, nodes: &[Node], dot: &Value, variables: &mut Variables, out: &mut Vec<Run>) {
        let scope = variables.len();
        for node in nodes {
            if self.spent() || self.leaves.is_some() {
                break;
            }
            match node {
                Node::Text(text) => self.push(std::slice::from_ref(text), out),
                Node::Print(pipeline, action) => {
                    let value = self.pipeline(pipeline, dot, variables);
                    self.looks_at(&value);
                    match value {
                        // What would be printed over several lines stands below its key; there a hole would break the text.
                        value if value.is_hidden() && (action.text.contains("indent") || action.text.contains("toYaml")) => {}
                        Value::Unknown(_) => out.push(Piece::hole(crate::locate::action_name(&action.text), action.span).into()),
                        value => match self.missing(&value, out) {
                            Some(hole) => out.push(hole),
                            None => self.push(&value.pieces(), out),
                        },
                    }
                }
                Node::If(branches) => self.decide_branch(branches, dot, variables, out),
                Node::With(declared, pipeline, body, otherwise) => {
                    let (value, asked) = self.asking(|machine| machine.pipeline(pipeline, dot, variables));
                    self.looks_at(&value);
                    let known = self.met.failed.count();
                    self.guess(&value, [body.as_slice(), otherwise]);
                    let body = Branch::new(body, value.clone()).setting(declared, &value);
                    let otherwise = Branch::new(otherwise, dot.clone());
                    let (chosen, other) = if value.is_true() { (body, otherwise) } else { (otherwise, body) };
                    self.choose(&chosen, &[other], &asked, variables, out);
                    if value.is_hidden() {
                        self.met.failed.not_sure(known);
                    }
                }
                Node::Range(declared, pipeline, body, otherwise) => {
                    let (value, asked) = self.asking(|machine| machine.pipeline(pipeline, dot, variables));
                    self.looks_at(&value);
                    let (items, known) = (entries(&value), self.met.failed.count());
                    if items.is_empty() {
                        let item = unknown("an item");
                        let body = Branch::new(body, item.clone()).setting(declared, &item);
                        self.choose(&Branch::new(otherwise, dot.clone()), &[body], &asked, variables, out);
                    }
                    for (key, item) in items {
                        let before = variables.len();
                        match declared.as_slice() {
                            [name] => variables.push((Rc::clone(name), item.clone())),
                            [first, second, ..] => variables.extend([(Rc::clone(first), key), (Rc::clone(second), item.clone())]),
                            [] => {}
                        }
                        self.run(body, &item, variables, out);
                        variables.truncate(before);
                        if self.leaves.take() == Some(Leave::All) || self.spent() {
                            break;
                        }
                    }
                    if value.is_hidden() {
                        self.met.failed.not_sure(known);
                    }
                }
                Node::Leave(leave) => self.leaves = Some(*leave),
                Node::Assign(name, pipeline) => {
                    let value = self.pipeline(pipeline, dot, variables);
                    assign(variables, name, value);
                }
                Node::Call(name, argument) => {
                    let dot = argument.as_ref().map_or(Value::Nil, |argument| self.pipeline(argument, dot, variables));
                    let printed = self.call(name, &dot).pieces();
                    self.push(&printed, out);
                }
            }
        }
        variables.truncate(scope.max(1));
    }

    /// The first branch whose condition holds, and the others. Where none does, nothing is printed: that is a branch too.
    fn decide_branch(&mut self, branches: &[(Option<Pipeline>, Vec<Node>)], dot: &Value, variables: &mut Variables, out: &mut Vec<Run>) {
        let (known, mut is_guess) = (self.met.failed.count(), false);
        let (chosen, asked) = self.asking(|machine| {
            let holds = |(condition, _): &(Option<Pipeline>, Vec<Node>)| {
                let Some(condition) = condition else { return true };
                let value = machine.pipeline(condition, dot, variables);
                machine.looks_at(&value);
                is_guess |= value.is_hidden();
                machine.guess(&value, branches.iter().map(|(_, body)| body.as_slice()));
                value.is_true()
            };
            branches.iter().position(holds)
        });
        let all = || branches.iter().map(|(_, body)| Branch::new(body, dot.clone())).collect::<Vec<_>>();
        let mut others = if self.course == Course::Chosen { Vec::new() } else { all() };
        let nothing = || Branch::new(&[], dot.clone());
        if self.course != Course::Chosen && branches.iter().all(|(condition, _)| condition.is_some()) {
            others.push(nothing());
        }
        let taken = chosen.and_then(|index| branches.get(index)).map_or_else(nothing, |(_, body)| Branch::new(body, dot.clone()));
        if !others.is_empty() {
            others.remove(chosen.unwrap_or(others.len() - 1));
        }
        let start = out.len();
        self.choose(&taken, &others, &asked, variables, out);
        if is_guess {
            self.met.failed.not_sure(known);
        } else {
            let asked = branches.iter().take(chosen.map_or(usize::MAX, |index| index + 1));
            self.met.failed.led_to(known, asked.filter_map(|(condition, _)| condition.as_ref()));
        }
        as_chosen(out.get_mut(start..).unwrap_or_default());
    }

    /// What `ask` answers, and what it read for that.
    fn asking<T>(&mut self, ask: impl FnOnce(&mut Self) -> T) -> (T, Asked) {
        if self.course == Course::Chosen {
            return (ask(self), Asked::default());
        }
        let outer = self.read.replace(Asked::default());
        let answer = ask(self);
        let asked = std::mem::replace(&mut self.read, outer).unwrap_or_default();
        if let Some(outer) = &mut self.read {
            outer.extend(&asked);
        }
        (answer, asked)
    }

    /// Remembers that a value is read, when a condition is decided by it.
    fn reads(&mut self, value: Value) -> Value {
        if let Some(asked) = &mut self.read {
            asked.read(&value);
        }
        value
    }

    pub(super) fn pipeline(&mut self, pipeline: &Pipeline, dot: &Value, variables: &Variables) -> Value {
        let mut last = None;
        for command in pipeline.split(|term| matches!(term, Term::Pipe)) {
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
                if matches!(&**name, "and" | "or") {
                    return self.decide(&**name == "or", rest, piped, dot, variables);
                }
                let mut arguments: Vec<Value> = rest.iter().map(|term| self.term(term, dot, variables)).collect();
                arguments.extend(piped);
                self.function(name, arguments)
            }
            Term::Field(fields) | Term::Variable(_, fields) | Term::Group(_, fields) if !rest.is_empty() => {
                let arguments: Vec<Value> = rest.iter().map(|term| self.term(term, dot, variables)).collect();
                let (object, name) = fields.rsplit_once('.').unwrap_or(("", fields));
                let object = match first {
                    Term::Field(_) => self.term(&Term::Field(Shared::from(object.to_owned())), dot, variables),
                    Term::Variable(variable, _) => {
                        self.term(&Term::Variable(variable.clone(), Shared::from(object.to_owned())), dot, variables)
                    }
                    _ => Value::Nil,
                };
                method(&object, name, &arguments)
            }
            _ => self.term(first, dot, variables),
        }
    }

    fn decide(&mut self, stop_at: bool, terms: &[Term], piped: Option<Value>, dot: &Value, variables: &Variables) -> Value {
        let mut last = Value::Nil;
        for term in terms {
            last = self.term(term, dot, variables);
            self.looks_at(&last);
            if last.is_true() == stop_at {
                return last;
            }
        }
        piped.unwrap_or(last)
    }

    /// What stands behind these fields of a value, each as it is now.
    fn follow(&mut self, value: Value, fields: &str) -> Value {
        let changes = &self.known.changes;
        let (mut value, mut rest) = (changes.current(value), fields.trim_start_matches('.'));
        while !rest.is_empty() {
            if let Some(reads) = &mut self.reads {
                reads.follow(&value, rest);
            }
            let (field, behind) = rest.split_once('.').unwrap_or((rest, ""));
            value = changes.current(value.get(field));
            rest = behind.trim_start_matches('.');
        }
        value
    }

    /// Remembers that a value is looked at as a whole.
    fn looks_at(&mut self, value: &Value) {
        if let Some(reads) = &mut self.reads {
            reads.whole(value);
        }
    }

    fn term(&mut self, term: &Term, dot: &Value, variables: &Variables) -> Value {
        match term {
            Term::Value(value) => value.clone(),
            Term::Field(fields) => {
                let value = self.follow(dot.clone(), fields);
                self.reads(value)
            }
            Term::Variable(name, fields) => {
                let value = variables.iter().rev().find(|(have, _)| **have == **name).map_or(Value::Nil, |(_, value)| value.clone());
                let value = self.follow(value, fields);
                self.reads(value)
            }
            Term::Function(name) => self.function(name, Vec::new()),
            Term::Pipe => Value::Nil,
            Term::Group(pipeline, fields) => {
                let value = self.pipeline(pipeline, dot, variables);
                let value = self.follow(value, fields);
                self.reads(value)
            }
        }
    }
}

/// What `range` goes over: keys (or indices) and values; Go visits a mapping by sorted key.
fn entries(value: &Value) -> Vec<(Value, Value)> {
    match value {
        Value::List(items) => {
            items.iter().enumerate().map(|(index, item)| (number(i64::try_from(index).unwrap_or(0)), item.clone())).collect()
        }
        Value::Map(pairs) => {
            let mut sorted: Vec<&(Rc<str>, Value)> = pairs.iter().collect();
            sorted.sort_by(|a, b| a.0.cmp(&b.0));
            sorted.into_iter().map(|(key, value)| (computed(Rc::clone(key)), value.clone())).collect()
        }
        Value::Unknown(what) => vec![(unknown(what), unknown(what))],
        Value::Text(_) if value.is_hidden() => vec![(value.clone(), value.clone())],
        Value::Number(count, _) if *count >= 1.0 => vec![(number(0), number(0))],
        _ => Vec::new(),
    }
}

/// Sets the innermost variable of that name, or declares it in this scope.
fn assign(variables: &mut Variables, name: &Rc<str>, value: Value) {
    match variables.iter_mut().rev().find(|(have, _)| have == name) {
        Some((_, have)) if !name.is_empty() => *have = value,
        _ => variables.push((Rc::clone(name), value)),
    }
}

/// The pieces of several values, one after the other.
pub(super) fn joined(values: &[Value], separator: impl Into<Shared>) -> Text {
    let separator = separator.into();
    let mut pieces = Vec::new();
    for (index, value) in values.iter().enumerate() {
        if index > 0 && !separator.is_empty() {
            pieces.push(Run::implied(separator.clone()));
        }
        pieces.extend(value.pieces().iter().cloned());
    }
    Rc::new(pieces)
}

/// A method of one of Helm's objects.
fn method(object: &Value, name: &str, arguments: &[Value]) -> Value {
    let file = || arguments.first().map(Value::plain).unwrap_or_default();
    match name {
        // Files of other kinds are not looked at, so nobody knows whether they are there.
        "Get" => match object.get(&file()) {
            Value::Nil if matches!(object, Value::Map(_)) && file().rsplit('.').next() == Some("yaml") => computed(""),
            Value::Nil => unknown(name),
            text => text,
        },
        "Has" => Value::Bool(arguments.first().is_some_and(|api| is_builtin_api(&api.plain()))),
        _ => unknown(name),
    }
}

/// Whether every cluster serves an API group (what `helm template` assumes without a cluster).
fn is_builtin_api(api: &str) -> bool {
    let group = api.split('/').next().unwrap_or_default();
    let own = ["apps", "batch", "policy", "autoscaling", "v1"];
    own.contains(&group)
        || ["networking.k8s.io", "rbac.authorization.k8s.io", "storage.k8s.io", "coordination.k8s.io", "apiextensions.k8s.io"]
            .contains(&group)
}
