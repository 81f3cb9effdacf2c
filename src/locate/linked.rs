//! Owns what other files give to the one that is looked into: values of variables, and text that a chart's templates put before a value.

use std::collections::BTreeMap;

use crate::occurrence::{Piece, Spelling};
use crate::text::Span;

/// What a file takes from others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Linked {
    /// The variables that the project gives it (`.env`).
    pub variables: BTreeMap<String, Variable>,
    /// For a chart's values: what the templates put before the value at a path (`image.repository`).
    pub prefixes: BTreeMap<String, Vec<Piece>>,
}

/// One variable's value in another file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The value; `None` when it depends on something that is not known.
    pub text: Option<String>,
    /// Its bytes, quotes excluded.
    pub span: Span,
    /// How the bytes spell it.
    pub spelling: Spelling,
}
