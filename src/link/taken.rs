//! Owns what one file takes in: what its documents name, and what goes with it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::chart::Inline;
use super::fit::Fit;
use super::place::To;
use super::said::Fetched;
use crate::format::{How, Link};
use crate::locate::Variable;
use crate::source::TreePath;

/// A file or a folder that a document takes in.
#[derive(Clone, Debug)]
pub struct Taken<'f> {
    /// By which link.
    pub link: &'f Link,
    /// The document's first byte.
    pub document: usize,
    /// What it is named by, as typed.
    pub typed: String,
    /// Where what is taken in lies.
    pub to: To,
    /// From which folder it is seen, where that is not its own.
    pub within: Option<TreePath>,
    /// What a path must look like that is meant, where that is not all known.
    pub like: Vec<Fit>,
    /// What goes with it and is not in the tree, or not known, as typed.
    pub elsewhere: Vec<(String, To)>,
    /// Files of variables that go with it.
    pub variables: Vec<TreePath>,
    /// The kind and the name of the object: of the one that deploys a chart, or of the one that is changed.
    pub object: [Option<String>; 2],
    /// Values that go with it, as written. Their bytes stand in the document's file, whose number is not known here.
    pub arguments: BTreeMap<String, Variable>,
    /// What is not pulled where it names these images (canonical, with their tags), since something else stands in for them.
    pub stand_ins: BTreeSet<String>,
    /// Objects whose data goes with it below those.
    pub objects: Vec<Object>,
    /// Values that are laid over those of a chart that is taken in, from the bottom to the top.
    pub layers: Vec<Layered>,
    /// For some deployments more of them, over those.
    pub variants: Vec<Vec<Layered>>,
    /// Values that templates see, by the names of their environments.
    pub contexts: Vec<(String, Vec<Layered>)>,
    /// Of a chart, where it is fetched from when it is not in the tree; of a repository, how it is named.
    pub fetched: Option<Fetched>,
    /// Whether it was found in the tree.
    pub(super) found: bool,
}

/// Values that a document lays over a chart's.
#[derive(Clone, Debug)]
pub enum Layered {
    /// A file at the first of these places where there is one.
    File(Vec<TreePath>),
    /// Any file that fits.
    Like(Fit),
    /// They stand in the document, at these bytes of it.
    Inline(Range<usize>, Inline),
    /// They stand in the document, each with its name (`image.tag`).
    Parameters(Inline),
    /// They stand in an object of Kubernetes.
    Object(Object),
}

impl Layered {
    /// Where the file may lie, if it is one.
    pub(super) fn files(&self) -> &[TreePath] {
        if let Self::File(places) = self { places } else { &[] }
    }
}

/// An object of Kubernetes that holds values.
#[derive(Clone, Debug)]
pub struct Object {
    /// `ConfigMap` or `Secret`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The key in it.
    pub key: String,
    /// Where the value is put, by its name; without it the text is a mapping of values.
    pub target: Option<String>,
}

impl<'f> Taken<'f> {
    /// What the link takes in there, without what goes with it.
    pub(super) const fn new(link: &'f Link, document: usize, typed: String) -> Self {
        Self {
            link,
            document,
            typed,
            to: To::Vague,
            within: None,
            like: Vec::new(),
            elsewhere: Vec::new(),
            variables: Vec::new(),
            object: [None, None],
            arguments: BTreeMap::new(),
            stand_ins: BTreeSet::new(),
            objects: Vec::new(),
            layers: Vec::new(),
            variants: Vec::new(),
            contexts: Vec::new(),
            fetched: None,
            found: false,
        }
    }

    /// Everything that is laid over the chart in one deployment or another.
    pub(super) fn all_layers(&self) -> impl Iterator<Item = &Layered> {
        self.layers.iter().chain(self.variants.iter().flatten()).chain(self.contexts.iter().flat_map(|(_, layers)| layers))
    }
}

impl Taken<'_> {
    /// What it is taken in as.
    #[must_use]
    pub const fn how(&self) -> How {
        self.link.table.r#as
    }

    /// Whether it is in the tree, once it was looked for.
    #[must_use]
    pub fn is_found(&self) -> bool {
        self.found
    }

    /// Leads to a chart that lies elsewhere and is in sight.
    pub(super) fn lead_to(&mut self, head: TreePath) {
        (self.to, self.found) = (To::Paths(vec![head]), true);
    }

    /// The places in the tree where it may lie.
    #[must_use]
    pub fn paths(&self) -> &[TreePath] {
        if let To::Paths(paths) = &self.to { paths } else { &[] }
    }
}

/// Whether all was looked at that a file may take in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked {
    /// It was.
    AtAll,
    /// Some of it could not be read.
    AtPart,
    /// There is more of it than is looked at.
    AtSome,
}
