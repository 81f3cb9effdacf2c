//! Owns what other files give to the one that is looked into: values of variables, and keys of the same mappings.

use std::collections::{BTreeMap, BTreeSet};

use crate::occurrence::{Origin, Piece, Spelling};
use crate::text::Span;

/// What a file takes from others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Linked {
    /// The variables that the project gives it (`.env`).
    pub variables: BTreeMap<String, Variable>,
    /// The keys that files which are laid over it, or that it is laid over, set in mappings of its own, by their paths (`services.web.build`).
    pub keys: BTreeSet<String>,
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

impl Variable {
    /// The value as a piece, when it is known.
    #[must_use]
    pub fn piece(&self, name: &str) -> Option<Piece> {
        let origin = Origin::Default { variable: name.into() };
        Some(Piece { text: self.text.clone()?, span: self.span, origin, spelling: self.spelling })
    }
}
