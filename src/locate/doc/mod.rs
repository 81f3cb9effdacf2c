//! Documents of every notation: a text is split into documents, each becomes a tree, and the sites of a format are looked up in it.

mod blocks;
mod chart;
mod defined;
mod documents;
mod json;
mod keys;
mod lenient;
mod notation;
mod parts;
mod scalar;
mod scope;
mod site;
mod source;
mod toml;
mod tree;
mod uses;
mod visit;
mod yaml;

use std::borrow::Cow;
use std::ops::Range;

pub(super) use blocks::chosen;
pub(crate) use documents::{NO_TEXT, documents, same_length_text};
pub(crate) use lenient::lenient;
#[cfg(feature = "cli")]
pub(crate) use notation::Notation;
pub(crate) use parts::shell_words;
pub(crate) use scalar::Decoded;
pub(crate) use source::Source;
pub(crate) use tree::{Broken, Node, NodeId, Tree};
pub(crate) use visit::visit;

use super::template::{WORD, actions, mask};
use crate::format::{DocumentTest, Engine};

/// The text that an engine's documents are read from, of the same length: what is no data in it is masked.
pub(crate) fn readable(engine: Engine, text: &str) -> Cow<'_, str> {
    match engine {
        Engine::Json => json::without_comments(text),
        Engine::Template => Cow::Owned(mask(text, &actions(text), WORD)),
        Engine::Dockerfile | Engine::Yaml | Engine::Toml | Engine::Blocks | Engine::Calls | Engine::Text => Cow::Borrowed(text),
    }
}

/// The bytes of each document.
pub(crate) fn split(engine: Engine, text: &str) -> Vec<Range<usize>> {
    if matches!(engine, Engine::Toml | Engine::Blocks) { std::iter::once(0..text.len()).collect() } else { documents(text) }
}

/// Reads one document.
///
/// # Errors
/// [`Broken`] when it is none in the engine's notation.
pub(crate) fn read(engine: Engine, document: &str) -> Result<Tree<'_>, Broken> {
    match engine {
        Engine::Toml => toml::read(document),
        Engine::Blocks => blocks::read(document),
        _ => Tree::read(document),
    }
}

/// Whether a document passes a format's test.
pub(crate) fn is_of(test: &DocumentTest, tree: &Tree<'_>) -> bool {
    let Some(root) = tree.root() else { return false };
    let has = |key: &String| tree.get(root, key).is_some();
    let scalar = |key: &String| tree.get(root, key).is_some_and(|value| tree.scalar(value).is_some());
    let kind = || tree.get(root, "kind").and_then(|kind| tree.scalar(kind)).map(|kind| kind.text.as_ref());
    let every = |keys: &[String]| {
        let pairs = tree.pairs(root);
        !pairs.is_empty() && pairs.iter().all(|(_, value)| keys.iter().any(|key| tree.get(*value, key).is_some()))
    };
    let each_item = |keys: &[String]| {
        let items = tree.items(root);
        !items.is_empty() && items.iter().all(|item| keys.iter().all(|key| tree.get(*item, key).is_some()))
    };
    test.all_of.iter().all(scalar)
        && (test.any_of.is_empty() || test.any_of.iter().any(has))
        && !test.none_of.iter().any(has)
        && (test.kinds.is_empty() || kind().is_some_and(|kind| test.kinds.iter().any(|wanted| wanted == kind)))
        && (test.every_value_has.is_empty() || every(&test.every_value_has))
        && (test.every_item_has.is_empty() || each_item(&test.every_item_has))
}
