//! Owns what is known of the variables that a FROM line sees: the ARGs before the first FROM, and the platform's own.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::BuildArgs;
use crate::occurrence::Piece;

/// What `BuildKit` sets by itself (`defaultArgs` in `dockerfile2llb`).
const PLATFORM: [&str; 11] = [
    "BUILDARCH",
    "BUILDOS",
    "BUILDOSVERSION",
    "BUILDPLATFORM",
    "BUILDVARIANT",
    "TARGETARCH",
    "TARGETOS",
    "TARGETOSVERSION",
    "TARGETPLATFORM",
    "TARGETSTAGE",
    "TARGETVARIANT",
];

/// How much text (bytes, and some for each piece) the uses of variables of one file may add up to: ten lines of `ARG B=$A$A` would
/// otherwise make a thousand copies, and thirty fill the memory.
const BUDGET: usize = 4 << 20;
/// What a piece takes beside its text.
const PIECE: usize = 128;

/// An expanded word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Value {
    /// Its text in pieces; none when it is empty.
    pub(super) pieces: Vec<Piece>,
    /// The variables that it was made of, theirs included.
    pub(super) made_of: BTreeSet<Arc<str>>,
}

/// Why a word cannot be expanded, for people.
pub(super) type Broken = String;

/// The variables at one place of the file.
#[derive(Debug)]
pub(super) struct Variables {
    /// All names that an ARG before the first FROM declares, wherever.
    declared: BTreeSet<Arc<str>>,
    /// What has been declared up to here, and its value.
    values: BTreeMap<Arc<str>, Option<Value>>,
    left: Cell<usize>,
}

/// What is known of a variable.
#[derive(Debug)]
pub(super) enum Known<'a> {
    /// It has a value, empty or not.
    Value(&'a Value),
    /// The builder sets it.
    Platform,
    /// Nothing gives it a value; a build argument may.
    Unset,
    /// It is declared further down, where it comes too late: empty.
    TooLate,
}

impl Variables {
    /// The variables at the file's start, when ARGs will declare `declared`.
    pub(super) fn new(declared: BTreeSet<Arc<str>>, args: &BuildArgs) -> Self {
        let given = |name: &&str| args.get(*name).map(|pieces| Value { pieces: pieces.clone(), made_of: BTreeSet::new() });
        let values = PLATFORM.iter().filter_map(|name| Some((Arc::from(*name), Some(given(name)?)))).collect();
        Self { declared, values, left: Cell::new(BUDGET) }
    }

    /// Declares a variable; without a value, one that it has already stays.
    pub(super) fn declare(&mut self, name: Arc<str>, value: Option<Value>) {
        match value {
            Some(value) => {
                self.values.insert(name, Some(value));
            }
            None => {
                self.values.entry(name).or_insert(None);
            }
        }
    }

    /// Forgets a variable's value, as it cannot be told.
    pub(super) fn forget(&mut self, name: Arc<str>) {
        self.values.insert(name, None);
    }

    /// What is known of `name`.
    pub(super) fn get(&self, name: &str) -> Known<'_> {
        match self.values.get(name) {
            Some(Some(value)) => Known::Value(value),
            _ if PLATFORM.contains(&name) => Known::Platform,
            None if self.declared.contains(name) => Known::TooLate,
            _ => Known::Unset,
        }
    }

    /// All variables that are declared.
    pub(super) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.declared.iter()
    }

    /// The variables whose values are made of `name`'s.
    pub(super) fn made_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Arc<str>> {
        self.values.iter().filter(move |(_, value)| value.as_ref().is_some_and(|value| value.made_of.contains(name))).map(|(name, _)| name)
    }

    /// Counts one use of a value.
    ///
    /// # Errors
    /// A text for people, when the file has used more than it may.
    pub(super) fn spend(&self, value: &Value) -> Result<(), Broken> {
        let cost: usize = value.pieces.iter().map(|piece| piece.text.len() + PIECE).sum::<usize>() + value.made_of.len() * PIECE;
        let left = self.left.get().checked_sub(cost).ok_or("the values of this file's variables are too long")?;
        self.left.set(left);
        Ok(())
    }
}
