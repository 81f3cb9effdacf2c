//! Owns a list of images as skopeo takes it: by registry and repository, tags and digests.

use std::collections::{BTreeMap, BTreeSet};

use super::Row;
use super::node::Node;
use super::script::notes;

/// Source domain → source path → tags and digests, each with its comments.
#[derive(Default)]
pub(super) struct Images(BTreeMap<String, BTreeMap<String, BTreeMap<String, BTreeSet<String>>>>);

impl Images {
    /// Puts tags and digests of the row's source into the list.
    pub(super) fn add(&mut self, row: &Row, tails: Vec<String>) {
        let listed = self.0.entry(row.source_domain()).or_default().entry(row.source_path()).or_default();
        for tail in tails {
            listed.entry(tail).or_default().extend(notes(row));
        }
    }

    /// The list, with what else there is `beside` the images of a registry.
    pub(super) fn node(self, beside: impl Fn(&str) -> Option<(String, Node)>) -> Node {
        let domains = self.0.into_iter().map(|(domain, paths)| {
            let item = |(tail, notes): (String, BTreeSet<String>)| Node::text(tail).noted(notes);
            let paths = paths.into_iter().map(|(path, tails)| (path, Node::List(tails.into_iter().map(item).collect())));
            let images = ("images".to_owned(), Node::Map(paths.collect()));
            let keys = std::iter::once(images).chain(beside(&domain)).collect();
            (domain, Node::Map(keys))
        });
        Node::Map(domains.collect())
    }
}
