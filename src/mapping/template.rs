//! Owns `to:`: what a reference becomes, as a template of texts, captures and parts.

use std::collections::BTreeMap;

use super::pattern::{Captures, is_name, joined, parts, small_domain};
use super::{Place, nearest};
use crate::reference::Reference;

/// Vars by name.
pub(crate) type Vars = BTreeMap<String, Var>;

/// The value of a var, and where it is given.
#[derive(Clone, Debug)]
pub(crate) struct Var {
    pub(crate) value: String,
    pub(crate) place: Place,
}

/// One candidate of `to:`.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    /// As typed.
    pub(crate) typed: String,
    pub(crate) name: Vec<Token>,
    pub(crate) tail: Tail,
    pub(crate) tag: Option<Vec<Token>>,
    pub(crate) digest: Option<String>,
}

/// A step of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Text(String),
    /// The canonical path.
    Path,
    /// The last segment of it.
    Name,
    /// The tag.
    Tag,
    Capture(String),
}

/// Whether what `from` leaves over is appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tail {
    Append,
    Whole,
}

/// The values of a template's steps for one reference.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Values<'a> {
    pub(crate) captures: &'a Captures,
    pub(crate) path: &'a str,
    pub(crate) name: &'a str,
    pub(crate) tag: &'a str,
}

impl Template {
    /// Reads a template whose vars are filled in already.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub(crate) fn parse(typed: &str, filled: &str, captures: &[&str]) -> Result<Self, String> {
        let (name, tag, digest) = parts(filled);
        let tail = if name.ends_with('/') { Tail::Append } else { Tail::Whole };
        if tail == Tail::Append && (tag.is_some() || digest.is_some()) {
            return Err("a prefix has no tag and no digest".into());
        }
        let template = Self {
            typed: typed.to_owned(),
            name: tokens(name, captures)?,
            tail,
            tag: tag.map(|tag| tokens(tag, captures)).transpose()?,
            digest: digest.map(str::to_owned),
        };
        template.check()?;
        Ok(template)
    }

    /// Judges the template by the grammar of references, with a letter for each step.
    fn check(&self) -> Result<(), String> {
        let captures: Captures = self.captures().map(|name| (name.to_owned(), "x".to_owned())).collect();
        let values = Values { captures: &captures, path: "x", name: "x", tag: "x" };
        let mut name = values.render(&self.name);
        if self.tail == Tail::Append {
            name.push('x');
        }
        let tag = self.tag.as_deref().map(|tag| values.render(tag));
        let text = joined(&name, tag.as_deref(), self.digest.as_deref());
        if !text.contains('/') && text.contains('.') && self.tag.is_none() {
            return Err(format!("expected a repository or a prefix; a registry is written `{text}/`"));
        }
        Reference::parse(&text).map_err(|error| error.to_string())?;
        small_domain(&text)
    }

    fn tokens(&self) -> impl Iterator<Item = &Token> {
        self.name.iter().chain(self.tag.iter().flatten())
    }

    /// The names of the captures it uses.
    pub(crate) fn captures(&self) -> impl Iterator<Item = &str> {
        self.tokens().filter_map(|token| if let Token::Capture(name) = token { Some(name.as_str()) } else { None })
    }

    /// Whether it uses a step.
    pub(crate) fn uses(&self, token: &Token) -> bool {
        self.tokens().any(|found| found == token)
    }
}

impl Values<'_> {
    /// The text of some steps.
    pub(crate) fn render(&self, tokens: &[Token]) -> String {
        let mut text = String::new();
        for token in tokens {
            text.push_str(match token {
                Token::Text(text) => text,
                Token::Path => self.path,
                Token::Name => self.name,
                Token::Tag => self.tag,
                Token::Capture(name) => self.captures.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value),
            });
        }
        text
    }
}

fn tokens(text: &str, captures: &[&str]) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        if before.contains('}') {
            return Err("a `}` without its `{`".into());
        }
        let Some((name, more)) = after.split_once('}') else { return Err("a `{` without its `}`".into()) };
        if !before.is_empty() {
            tokens.push(Token::Text(before.to_owned()));
        }
        tokens.push(match name {
            name if captures.contains(&name) => Token::Capture(name.to_owned()),
            "path" => Token::Path,
            "name" => Token::Name,
            "tag" => Token::Tag,
            _ => return Err(unknown(name, captures)),
        });
        rest = more;
    }
    if rest.contains('}') {
        return Err("a `}` without its `{`".into());
    }
    if !rest.is_empty() {
        tokens.push(Token::Text(rest.to_owned()));
    }
    Ok(tokens)
}

fn unknown(name: &str, captures: &[&str]) -> String {
    let parts = ["path", "name", "tag"];
    let known: Vec<&str> = captures.iter().copied().chain(parts.into_iter().filter(|part| !captures.contains(part))).collect();
    let listed: Vec<_> = known.iter().map(|name| format!("`{{{name}}}`")).collect();
    let near = nearest(name, known.iter().copied()).map(|near| format!("did you mean `{{{near}}}`? ")).unwrap_or_default();
    format!("`{{{name}}}` is no capture and no var; {near}known here: {}", listed.join(", "))
}

/// Fills in vars; what is no var stays, as a capture.
pub(crate) fn fill(text: &str, vars: &Vars) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let var = after.split_once('}').and_then(|(name, more)| vars.get(name).map(|var| (&var.value, more)));
        rest = if let Some((value, more)) = var {
            filled.push_str(value);
            more
        } else {
            filled.push('{');
            after
        };
    }
    filled.push_str(rest);
    filled
}

/// The names in braces, in order.
pub(crate) fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).filter(|name| is_name(name))
}
