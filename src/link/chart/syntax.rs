//! Owns the syntax tree of a Go template, and its reader. Rules: Go `text/template` documentation, `text/template/parse`.

use std::ops::Range;
use std::rc::Rc;

use crate::locate::{Action, ActionKind, actions};
use crate::text::FileId;

/// A template: what it prints, and the templates that it defines.
#[derive(Debug, Default)]
pub(super) struct Template {
    /// Its nodes, in order.
    pub(super) nodes: Vec<Node>,
    /// `define` and `block`, by name.
    pub(super) defines: Vec<(String, Rc<Vec<Node>>)>,
}

/// A node of a template.
#[derive(Debug)]
pub(super) enum Node {
    /// Text, as it stands.
    Text(Span),
    /// `{{ pipeline }}`.
    Print(Pipeline, Span),
    /// `if`, with its `else if` and `else`: the first whose condition is true.
    If(Vec<(Option<Pipeline>, Vec<Node>)>),
    /// `with`.
    With(Declared, Pipeline, Vec<Node>, Vec<Node>),
    /// `range`.
    Range(Declared, Pipeline, Vec<Node>, Vec<Node>),
    /// `$name := pipeline`, `$name = pipeline`.
    Assign(Rc<str>, Pipeline),
    /// `template "name" pipeline`.
    Call(String, Option<Pipeline>),
}

/// The variables that a `with` or `range` sets.
pub(super) type Declared = Vec<Rc<str>>;

/// Bytes of a template file.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) file: FileId,
    pub(super) range: Range<usize>,
    pub(super) text: Rc<str>,
}

/// Commands joined by `|`.
pub(super) type Pipeline = Vec<Vec<Term>>;

/// A word of a command.
#[derive(Clone, Debug)]
pub(super) enum Term {
    /// A string literal and where its content stands (none when it has escapes).
    Text(Rc<str>, Option<Span>),
    Int(i64),
    Float(f64),
    Bool(bool),
    Nil,
    /// `.a.b`; `.` alone is empty.
    Field(Vec<String>),
    /// `$name.a.b`; `$` alone has an empty name.
    Variable(String, Vec<String>),
    /// A function's name.
    Function(String),
    /// `( … ).a`.
    Group(Pipeline, Vec<String>),
}

/// Reads a template. What cannot be read prints nothing: rendering is then only less complete.
pub(super) fn read(text: &str, file: FileId) -> Template {
    let actions = actions(text);
    let mut reader = Reader { text, file, actions: &actions, next: 0, at: 0, defines: Vec::new(), depth: 0 };
    let mut nodes = Vec::new();
    loop {
        let (mut more, stop) = reader.nodes();
        nodes.append(&mut more);
        // A stray `end` or `else` is passed over.
        if stop.is_none() {
            break;
        }
    }
    Template { nodes, defines: reader.defines }
}

struct Reader<'t> {
    text: &'t str,
    file: FileId,
    actions: &'t [Action],
    next: usize,
    at: usize,
    defines: Vec<(String, Rc<Vec<Node>>)>,
    depth: usize,
}

enum Stop {
    End,
    Else(String),
}

impl<'t> Reader<'t> {
    /// Nodes up to an `end`, an `else`, or the end of the text.
    fn nodes(&mut self) -> (Vec<Node>, Option<Stop>) {
        let mut nodes = Vec::new();
        self.depth += 1;
        let stop = loop {
            let Some(action) = self.actions.get(self.next) else {
                self.push_text(self.at..self.text.len(), &mut nodes);
                self.at = self.text.len();
                break None;
            };
            self.next += 1;
            let body = self.text.get(action.range.clone()).unwrap_or_default();
            let before = self.text.get(self.at..action.range.start).unwrap_or_default();
            let end =
                if body.starts_with("{{- ") || body.starts_with("{{-\n") { self.at + before.trim_end().len() } else { action.range.start };
            self.push_text(self.at..end.max(self.at), &mut nodes);
            let rest = self.text.get(action.range.end..).unwrap_or_default();
            let trims = body.ends_with("-}}") && body.len() > 5;
            self.at = action.range.end + if trims { rest.len() - rest.trim_start().len() } else { 0 };
            if action.kind == ActionKind::Comment || self.depth > 100 {
                continue;
            }
            let offset = action.range.start + body.len() - body.trim_start_matches(['{', '-']).trim_start().len();
            let inner = body.trim_start_matches(['{', '-']).trim_start();
            let inner = inner.trim_end_matches('}');
            let inner = inner.strip_suffix('-').unwrap_or(inner).trim_end();
            match self.action(inner, offset, action.range.clone(), &mut nodes) {
                None => {}
                stop => break stop,
            }
        };
        self.depth -= 1;
        (nodes, stop)
    }

    fn push_text(&self, range: Range<usize>, nodes: &mut Vec<Node>) {
        if let Some(text) = self.text.get(range.clone()).filter(|text| !text.is_empty()) {
            nodes.push(Node::Text(Span { file: self.file, range, text: Rc::from(text) }));
        }
    }

    fn action(&mut self, inner: &'t str, offset: usize, whole: Range<usize>, nodes: &mut Vec<Node>) -> Option<Stop> {
        let word = inner.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let rest = &inner[word.len()..];
        let lex = |text: &str, at: usize| Lexer { text, at: 0, base: at, file: self.file, depth: NESTED }.pipeline();
        let rest_at = offset + word.len();
        match word {
            "end" => return Some(Stop::End),
            "else" => return Some(Stop::Else(rest.trim().to_owned())),
            "if" => {
                let first = lex(rest, rest_at);
                nodes.push(self.branches(first));
            }
            "with" | "range" => {
                let (declared, pipeline) = declaration(rest);
                let pipeline = lex(pipeline, rest_at + (rest.len() - pipeline.len()));
                let (body, stop) = self.nodes();
                let otherwise = match stop {
                    Some(Stop::Else(_)) => self.nodes().0,
                    _ => Vec::new(),
                };
                nodes.push(if word == "with" {
                    Node::With(declared, pipeline, body, otherwise)
                } else {
                    Node::Range(declared, pipeline, body, otherwise)
                });
            }
            "define" | "block" => {
                let mut terms = lex(rest, rest_at);
                let name = terms
                    .first()
                    .and_then(|command| command.first())
                    .and_then(|term| if let Term::Text(name, _) = term { Some(name.to_string()) } else { None });
                let (body, _) = self.nodes();
                let name = name.unwrap_or_default();
                self.defines.push((name.clone(), Rc::new(body)));
                if word == "block" {
                    if let Some(command) = terms.first_mut() {
                        command.remove(0);
                    }
                    nodes.push(Node::Call(name, Some(terms)));
                }
            }
            "template" => {
                let mut terms = lex(rest, rest_at);
                let name = terms.first_mut().filter(|command| !command.is_empty()).map(|command| command.remove(0));
                if let Some(Term::Text(name, _)) = name {
                    let argument = terms.first().is_some_and(|command| !command.is_empty()).then_some(terms);
                    nodes.push(Node::Call(name.to_string(), argument));
                }
            }
            _ if inner.starts_with('$') => match assignment(inner) {
                Some((name, value)) => nodes.push(Node::Assign(name.into(), lex(value, offset + (inner.len() - value.len())))),
                None => self.print(lex(inner, offset), whole, nodes),
            },
            _ => self.print(lex(inner, offset), whole, nodes),
        }
        None
    }

    fn print(&self, pipeline: Pipeline, whole: Range<usize>, nodes: &mut Vec<Node>) {
        let text = Rc::from(self.text.get(whole.clone()).unwrap_or_default());
        nodes.push(Node::Print(pipeline, Span { file: self.file, range: whole, text }));
    }

    /// The branches of an `if` whose first condition is read.
    fn branches(&mut self, first: Pipeline) -> Node {
        let mut branches = Vec::new();
        let mut condition = Some(first);
        loop {
            let (body, stop) = self.nodes();
            branches.push((condition.take(), body));
            match stop {
                Some(Stop::Else(rest)) => {
                    // The spans of string literals in a condition are of no use.
                    condition =
                        rest.strip_prefix("if").map(|rest| Lexer { text: rest, at: 0, base: 0, file: self.file, depth: NESTED }.pipeline());
                }
                _ => return Node::If(branches),
            }
        }
    }
}

/// `$a, $b := pipeline` of a `range` or `with`.
fn declaration(text: &str) -> (Declared, &str) {
    match text.split_once(":=") {
        Some((names, rest)) if names.trim_start().starts_with('$') && !names.contains('"') => {
            (names.split(',').map(|name| name.trim().trim_start_matches('$').into()).collect(), rest)
        }
        _ => (Vec::new(), text),
    }
}

/// `$name := value` or `$name = value`.
fn assignment(text: &str) -> Option<(&str, &str)> {
    let name_length = text.bytes().skip(1).take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    let rest = text[1 + name_length..].trim_start();
    let value = rest.strip_prefix(":=").or_else(|| rest.strip_prefix('='))?;
    Some((&text[1..=name_length], value))
}

/// How deep parentheses may nest.
const NESTED: u8 = 100;

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    base: usize,
    file: FileId,
    /// How many more parentheses may open inside each other: a hostile template must not end the program.
    depth: u8,
}

impl Lexer<'_> {
    fn pipeline(&mut self) -> Pipeline {
        let mut commands = vec![Vec::new()];
        while let Some(c) = self.text[self.at..].chars().next() {
            match c {
                '|' => {
                    self.at += 1;
                    commands.push(Vec::new());
                }
                ')' => break,
                _ if c.is_whitespace() || c == ',' => self.at += c.len_utf8(),
                _ => {
                    let Some(term) = self.term(c) else { break };
                    if let Some(command) = commands.last_mut() {
                        command.push(term);
                    }
                }
            }
        }
        commands
    }

    fn term(&mut self, first: char) -> Option<Term> {
        let rest = &self.text[self.at..];
        match first {
            '"' | '`' => self.string(first),
            '(' => {
                self.at += 1;
                self.depth = self.depth.checked_sub(1)?;
                let inner = self.pipeline();
                self.depth += 1;
                // What cannot be read ends it as well, and stays where it is.
                self.at += usize::from(self.text[self.at..].starts_with(')'));
                Some(Term::Group(inner, self.fields()))
            }
            '.' => {
                let fields = self.fields();
                if fields.is_empty() {
                    self.at += 1;
                }
                Some(Term::Field(fields))
            }
            '$' => {
                self.at += 1;
                let name = self.word();
                Some(Term::Variable(name, self.fields()))
            }
            '\'' => {
                let end = rest[1..].find('\'')? + 2;
                self.at += end;
                Some(Term::Nil)
            }
            '-' | '+' | '0'..='9' => {
                let len = rest.bytes().skip(1).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_')).count() + 1;
                self.at += len;
                let number = &rest[..len];
                Some(number.parse().map(Term::Int).or_else(|_| number.parse().map(Term::Float)).unwrap_or(Term::Nil))
            }
            _ => match self.word().as_str() {
                "" => None,
                "true" => Some(Term::Bool(true)),
                "false" => Some(Term::Bool(false)),
                "nil" => Some(Term::Nil),
                name => Some(Term::Function(name.to_owned())),
            },
        }
    }

    fn word(&mut self) -> String {
        let len = self.text[self.at..].bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        let word = self.text[self.at..self.at + len].to_owned();
        self.at += len;
        word
    }

    /// `.a.b` at this place.
    fn fields(&mut self) -> Vec<String> {
        let mut fields = Vec::new();
        while self.text[self.at..].starts_with('.') {
            let len = self.text[self.at + 1..].bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
            if len == 0 {
                break;
            }
            fields.push(self.text[self.at + 1..self.at + 1 + len].to_owned());
            self.at += len + 1;
        }
        fields
    }

    fn string(&mut self, quote: char) -> Option<Term> {
        let rest = &self.text[self.at + 1..];
        let mut escaped = false;
        let end = rest.char_indices().find(|(_, c)| {
            let closes = *c == quote && !escaped;
            escaped = *c == '\\' && !escaped && quote == '"';
            closes
        });
        let (len, _) = end?;
        let content = &rest[..len];
        let start = self.base + self.at + 1;
        self.at += len + 2;
        if quote == '"' && content.contains('\\') {
            let text = content.replace("\\n", "\n").replace("\\t", "\t").replace("\\\"", "\"").replace("\\\\", "\\");
            return Some(Term::Text(Rc::from(text), None));
        }
        let text: Rc<str> = Rc::from(content);
        let span = Span { file: self.file, range: start..start + len, text: Rc::clone(&text) };
        Some(Term::Text(text, Some(span)))
    }
}
