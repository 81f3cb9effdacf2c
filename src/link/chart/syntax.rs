//! Owns the syntax tree of a Go template, and its reader. Rules: Go `text/template` documentation, `text/template/parse`.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use super::value::{Run, Shared, Value, computed, number};
use crate::locate::{Action, ActionKind, actions};
use crate::occurrence::{Origin, Spelling};
use crate::text::{FileId, Span};

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
    Text(Run),
    /// `{{ pipeline }}`, and its own text.
    Print(Pipeline, Run),
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
    /// `break`, `continue`.
    Leave(Leave),
}

/// How an item of a `range` is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    /// With all that follow.
    All,
    /// For the next one.
    Item,
}

/// The variables that a `with` or `range` sets.
pub(super) type Declared = Vec<Rc<str>>;

/// Commands with [`Term::Pipe`] between them.
pub(super) type Pipeline = Vec<Term>;

/// A word of a command.
#[derive(Clone, Debug)]
pub(super) enum Term {
    /// A literal. Where the content of a string stands is known when it has no escapes.
    Value(Value),
    /// `.a.b`, without its first dot; `.` alone is empty.
    Field(Shared),
    /// `$name.a.b`; `$` alone has an empty name.
    Variable(Shared, Shared),
    /// A function's name.
    Function(Shared),
    /// `( … ).a`.
    Group(Pipeline, Shared),
    /// `|`.
    Pipe,
}

impl Term {
    /// The content of a string literal.
    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Value(Value::Text(text)) = self { text.first().map(|run| &*run.text) } else { None }
    }
}

/// Reads a template. What cannot be read prints nothing: rendering is then only less complete.
pub(super) fn read(text: &str, file: FileId) -> Template {
    let (text, actions) = (Rc::from(text), actions(text));
    let mut reader = Reader { text: &text, file, actions: &actions, next: 0, at: 0, defines: Vec::new(), depth: 0 };
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
    text: &'t Rc<str>,
    file: FileId,
    actions: &'t [Action],
    next: usize,
    at: usize,
    defines: Vec<(String, Rc<Vec<Node>>)>,
    depth: usize,
}

enum Stop {
    End,
    /// What stands behind `else`, from which byte on.
    Else(Range<usize>),
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
            if action.kind == ActionKind::Comment || self.depth > DEEPEST {
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
        if !range.is_empty() {
            nodes.push(Node::Text(Run::literal(self.text, self.file, range)));
        }
    }

    fn action(&mut self, inner: &'t str, offset: usize, whole: Range<usize>, nodes: &mut Vec<Node>) -> Option<Stop> {
        let word = inner.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let rest = &inner[word.len()..];
        let rest_at = offset + word.len();
        let whole_text = self.text;
        let lex = |part: &str, at: usize| Lexer::new(whole_text, at..at + part.len(), self.file).pipeline();
        match word {
            "end" => return Some(Stop::End),
            "else" => return Some(Stop::Else(rest_at..rest_at + rest.len())),
            "if" => {
                let first = lex(rest, rest_at);
                nodes.push(self.branches(first));
            }
            "with" => nodes.push(self.with(rest_at..rest_at + rest.len())),
            "range" => {
                let (declared, pipeline) = self.declared(rest_at..rest_at + rest.len());
                let (body, stop) = self.nodes();
                let otherwise = match stop {
                    Some(Stop::Else(_)) => self.nodes().0,
                    _ => Vec::new(),
                };
                nodes.push(Node::Range(declared, pipeline, body, otherwise));
            }
            "break" if rest.is_empty() => nodes.push(Node::Leave(Leave::All)),
            "continue" if rest.is_empty() => nodes.push(Node::Leave(Leave::Item)),
            "define" | "block" => {
                let mut terms = lex(rest, rest_at);
                let name = terms.first().and_then(Term::text).unwrap_or_default().to_owned();
                let (body, _) = self.nodes();
                self.defines.push((name.clone(), Rc::new(body)));
                if word == "block" {
                    terms.drain(..terms.len().min(1));
                    nodes.push(Node::Call(name, Some(terms)));
                }
            }
            "template" => {
                let mut terms = lex(rest, rest_at);
                if let Some(name) = terms.first().and_then(Term::text).map(str::to_owned) {
                    terms.remove(0);
                    nodes.push(Node::Call(name, (!terms.is_empty()).then_some(terms)));
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
        nodes.push(Node::Print(pipeline, Run::literal(self.text, self.file, whole)));
    }

    /// A `with`, whose variable and value stand in those bytes; `else with` is another one in its place (since Go 1.23).
    fn with(&mut self, asked: Range<usize>) -> Node {
        let (declared, pipeline) = self.declared(asked);
        let (body, stop) = self.nodes();
        let otherwise = match stop {
            Some(Stop::Else(rest)) => {
                let text = self.text.get(rest.clone()).unwrap_or_default();
                match text.trim_start().strip_prefix("with").filter(|_| self.depth < DEEPEST) {
                    Some(asked) => {
                        self.depth += 1;
                        let other = self.with(rest.end - asked.len()..rest.end);
                        self.depth -= 1;
                        vec![other]
                    }
                    None => self.nodes().0,
                }
            }
            _ => Vec::new(),
        };
        Node::With(declared, pipeline, body, otherwise)
    }

    /// The variables that are set in those bytes, and to what.
    fn declared(&self, at: Range<usize>) -> (Declared, Pipeline) {
        let (declared, pipeline) = declaration(self.text.get(at.clone()).unwrap_or_default());
        (declared, Lexer::new(self.text, at.end - pipeline.len()..at.end, self.file).pipeline())
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
                    let text = self.text.get(rest.clone()).unwrap_or_default();
                    let asked = text.trim_start().strip_prefix("if");
                    condition = asked.map(|asked| Lexer::new(self.text, rest.end - asked.len()..rest.end, self.file).pipeline());
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

/// How deep blocks may lie in each other.
const DEEPEST: usize = 100;

/// How deep parentheses may nest.
const NESTED: u8 = 100;

struct Lexer<'t> {
    whole: &'t Rc<str>,
    /// The whole up to where the pipeline ends.
    text: &'t str,
    at: usize,
    file: FileId,
    /// How many more parentheses may open inside each other: a hostile template must not end the program.
    depth: u8,
}

impl<'t> Lexer<'t> {
    fn new(whole: &'t Rc<str>, range: Range<usize>, file: FileId) -> Self {
        Self { whole, text: whole.get(..range.end).unwrap_or_default(), at: range.start, file, depth: NESTED }
    }

    fn pipeline(&mut self) -> Pipeline {
        let mut terms = Vec::new();
        while let Some(c) = self.text[self.at..].chars().next() {
            match c {
                '|' => {
                    self.at += 1;
                    terms.push(Term::Pipe);
                }
                ')' => break,
                _ if c.is_whitespace() || c == ',' => self.at += c.len_utf8(),
                _ => {
                    let Some(term) = self.term(c) else { break };
                    terms.push(term);
                }
            }
        }
        terms
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
                Some(Term::Value(Value::Nil))
            }
            '-' | '+' | '0'..='9' => {
                let len = rest.bytes().skip(1).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_')).count() + 1;
                self.at += len;
                let float = |value: f64| Value::Number(value, computed(value.to_string()).pieces());
                let value = rest[..len].parse().map(number).or_else(|_| rest[..len].parse().map(float));
                Some(Term::Value(value.unwrap_or(Value::Nil)))
            }
            _ => {
                let word = self.word();
                match &*word {
                    "" => None,
                    "true" => Some(Term::Value(Value::Bool(true))),
                    "false" => Some(Term::Value(Value::Bool(false))),
                    "nil" => Some(Term::Value(Value::Nil)),
                    _ => Some(Term::Function(word)),
                }
            }
        }
    }

    fn word(&mut self) -> Shared {
        let start = self.at;
        self.at += self.text[start..].bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        Shared::Part(Rc::clone(self.whole), start..self.at)
    }

    /// `.a.b` at this place, without its first dot.
    fn fields(&mut self) -> Shared {
        let start = self.at;
        while self.text[self.at..].starts_with('.') {
            self.at += 1;
            if self.word().is_empty() {
                self.at -= 1;
                break;
            }
        }
        Shared::Part(Rc::clone(self.whole), self.at.min(start + 1)..self.at)
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
        let start = self.at + 1;
        self.at += len + 2;
        if quote == '"' && content.contains('\\') {
            let (text, letters) = unquoted(content);
            if letters == Letters::AsTheyRead {
                return Some(Term::Value(computed(text)));
            }
            // What hides its letters is shown where it stands.
            let (by, span): (Arc<str>, _) = (content.into(), Span::new(self.file, start..start + len));
            let origin = Origin::Modified { variable: Arc::clone(&by), by };
            return Some(Term::Value(Value::Text(Rc::new(vec![Run { text: text.into(), span, origin, spelling: Spelling::Encoded }]))));
        }
        let literal = Run::literal(self.whole, self.file, start..start + len);
        Some(Term::Value(Value::Text(Rc::new(vec![literal]))))
    }
}

/// Whether a text spells some of its letters by their numbers.
#[derive(PartialEq, Eq)]
enum Letters {
    AsTheyRead,
    ByNumbers,
}

/// What a text between double quotes stands for (Go's specification, "String literals").
fn unquoted(content: &str) -> (String, Letters) {
    let (mut bytes, mut letters) = (Vec::with_capacity(content.len()), Letters::AsTheyRead);
    let mut rest = content;
    while let Some((before, behind)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        let sign = behind.bytes().next().unwrap_or(b'\\');
        let (digits, base) = match sign {
            b'x' => (1..3, 16),
            b'u' => (1..5, 16),
            b'U' => (1..9, 16),
            b'0'..=b'7' => (0..3, 8),
            _ => (0..0, 0),
        };
        let end = digits.end;
        if let Some(number) = behind.get(digits).filter(|_| base > 0).and_then(|digits| u32::from_str_radix(digits, base).ok()) {
            letters = Letters::ByNumbers;
            match (sign, char::from_u32(number)) {
                (b'u' | b'U', Some(letter)) => bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
                _ => bytes.push(number.to_le_bytes()[0]),
            }
            rest = behind.get(end..).unwrap_or_default();
            continue;
        }
        match sign {
            b'n' => bytes.push(b'\n'),
            b't' => bytes.push(b'\t'),
            b'r' => bytes.push(b'\r'),
            b'"' | b'\\' => bytes.push(sign),
            _ => {
                bytes.push(b'\\');
                rest = behind;
                continue;
            }
        }
        rest = behind.get(1..).unwrap_or_default();
    }
    bytes.extend_from_slice(rest.as_bytes());
    (String::from_utf8_lossy(&bytes).into_owned(), letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_by_their_numbers_are_read() {
        assert_eq!(unquoted(r"q\x75\141\u0079.io/a\tb").0, "quay.io/a\tb");
        assert_eq!(unquoted(r#"a\n\"b\\n\q"#).0, "a\n\"b\\n\\q");
        assert_eq!(unquoted(r"\xzz\u00").0, r"\xzz\u00");
    }
}
