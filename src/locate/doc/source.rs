//! Owns what a document is looked into with.

use super::tree::{NodeId, Tree};
use crate::format::Format;
use crate::locate::engine::Context;
use crate::locate::template::Action;

/// A document to look into.
#[derive(Clone, Copy)]
pub(crate) struct Source<'s> {
    /// The file, the formats, and what other files give.
    pub(crate) context: Context<'s>,
    /// The format whose sites are looked up.
    pub(crate) format: &'s Format,
    /// What the tree was read from.
    pub(crate) text: &'s str,
    /// Its template actions; the text has them masked.
    pub(crate) actions: &'s [Action],
    /// The text before it was masked.
    pub(crate) original: &'s str,
    /// The document.
    pub(crate) tree: &'s Tree<'s>,
    /// Its outermost node, or that of the part of it that is of this format.
    pub(crate) root: Option<NodeId>,
}
