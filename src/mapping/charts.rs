//! Owns mappings of charts (`kind: chart`): addresses of repositories and of charts in registries, and what becomes of them.
//!
//! A repository over HTTP (`https://charts.example.com/stable`) and a path of a registry (`oci://ghcr.io/acme/charts`) hold charts, and both are read
//! as the beginning of a name that ends with the chart's. So an address covers itself and all that lies below it, unless it ends in `/`: then only
//! what lies below.

use super::fault::Fault;
use super::node::{Content, Node, Text};
use super::one::{ChartMove, Mapping};
use super::read::Compiler;
use super::{Context, Decision, MappingSet, Standing};
use crate::reference::{Reference, Scheme};

/// All mappings of charts: from repositories, and from registries.
#[derive(Clone, Debug, Default)]
pub struct ChartMappings {
    index: MappingSet,
    registry: MappingSet,
}

impl ChartMappings {
    /// Sorts mappings of charts by what serves those that they take from.
    pub(crate) fn new(all: Vec<Mapping>) -> Self {
        let is_index = |one: &Mapping| one.charts.is_some_and(|charts| charts.from == Scheme::Index);
        let (index, registry) = all.into_iter().partition(is_index);
        Self { index: MappingSet::new(index), registry: MappingSet::new(registry) }
    }

    /// The mappings of charts that are served so.
    #[must_use]
    pub const fn of(&self, scheme: Scheme) -> &MappingSet {
        match scheme {
            Scheme::Index => &self.index,
            Scheme::Registry => &self.registry,
        }
    }

    /// What becomes of a chart that is served so; `reference` is its address without the scheme, and its name.
    pub fn decide(&self, scheme: Scheme, reference: &Reference, context: &Context<'_>) -> Decision {
        self.of(scheme).decide(reference, context)
    }

    /// The mapping of that id.
    pub fn get(&self, id: &str) -> Option<&Mapping> {
        self.index.get(id).or_else(|| self.registry.get(id))
    }

    /// All mappings, as they are asked. Of an address that covers itself and what lies below it, both are told.
    pub fn iter(&self) -> impl Iterator<Item = &Mapping> {
        self.index.iter().chain(self.registry.iter())
    }

    /// Whether a chart of a registry lies where a mapping leads.
    #[must_use]
    pub fn lead_to(&self, reference: &Reference) -> bool {
        self.index.is_target(reference) || self.registry.is_target(reference)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.index.is_empty() && self.registry.is_empty()
    }
}

/// What an address without a slash at its end covers, one after the other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Covers {
    /// The chart of that name.
    Itself,
    /// What lies below it.
    Below,
}

impl Compiler<'_> {
    /// The mappings that an entry of `kind: chart` makes.
    pub(super) fn chart(&mut self, node: &Node, standing: Standing) -> Vec<Mapping> {
        if let Some(text) = node.text_at("match") {
            let fault = self.fault(&text.span, "a mapping of charts with `match`");
            self.faults.push(fault.label("expected `from`: the address of a repository, or of a chart"));
            return Vec::new();
        }
        let to = node.texts_at("to");
        // What is missing is told as of any mapping, of `to` by the shape.
        let Some(from) = node.text_at("from") else { return self.mapping(node, standing).into_iter().collect() };
        if to.is_empty() {
            return Vec::new();
        }
        let ends: Option<Vec<Scheme>> = std::iter::once(&from).chain(&to).map(|text| self.scheme(text)).collect();
        let Some(ends) = ends else { return Vec::new() };
        let (Some(source), Some(target)) = (ends.first(), ends.get(1)) else { return Vec::new() };
        if let Some((text, _)) = to.iter().zip(ends.iter().skip(1)).find(|(_, end)| *end != target) {
            let fault = self.fault(&text.span, "candidates of one mapping that are not served alike");
            self.faults.push(fault.label(format!("expected an address that begins with `{}`", target.prefix())));
            return Vec::new();
        }
        let charts = ChartMove { from: *source, to: *target };
        if (charts.from, charts.to) == (Scheme::Registry, Scheme::Index) {
            let fault = self.fault(&from.span, "charts move to a registry, not back");
            self.faults.push(fault.label("expected `https://…` here, or `oci://…` as `to`"));
            return Vec::new();
        }
        let is_prefix = |text: &Text| text.text.ends_with('/');
        let is_host = || Scheme::split(&from.text).is_some_and(|(_, rest)| !rest.contains('/'));
        let below = is_prefix(&from) || to.iter().any(is_prefix) || is_host();
        let whole = from.text.contains("**");
        let ways: &[Covers] = match (below, whole) {
            (_, true) => &[Covers::Itself],
            (true, false) => &[Covers::Below],
            (false, false) => &[Covers::Itself, Covers::Below],
        };
        let made = ways.iter().filter_map(|covers| {
            let mapping = self.mapping(&as_of_images(node, *covers), standing)?;
            let typed = |texts: &[Text]| texts.iter().map(|text| text.text.clone()).collect();
            let id = node.text_at("id").map_or_else(|| from.text.clone(), |id| id.text);
            let except = typed(&node.texts_at("except"));
            Some(Mapping { id: id.into(), from: from.text.clone(), to: typed(&to), except, charts: Some(charts), ..mapping })
        });
        made.collect()
    }

    /// What serves what an address names; without a scheme nobody knows.
    fn scheme(&mut self, text: &Text) -> Option<Scheme> {
        let found = Scheme::split(&text.text).map(|(scheme, _)| scheme);
        if found.is_none() {
            let fault: Fault = self.fault(&text.span, format!("`{}` is no address of charts", text.text));
            self.faults.push(fault.label("expected `oci://…`, or `https://…` for a repository with an index"));
        }
        found
    }
}

/// The entry in the language of images: addresses without their schemes.
fn as_of_images(node: &Node, covers: Covers) -> Node {
    let mut node = node.clone();
    let Content::Mapping(entries) = &mut node.value else { return node };
    for (key, value) in entries.iter_mut() {
        let ends = covers == Covers::Below && matches!(key.text.as_str(), "from" | "to");
        if ends || matches!(key.text.as_str(), "from" | "to" | "except") {
            bare(value, &|address| {
                let name = Scheme::split(address).map_or(address, |(_, name)| name);
                // A template says itself where the chart's name goes.
                let is_open = ends && !name.ends_with('/') && !(key.text == "to" && name.contains("{name}"));
                if is_open { format!("{name}/") } else { name.to_owned() }
            });
        }
    }
    // The archive is the same wherever it lies.
    if !entries.iter().any(|(key, _)| key.text == "digest") {
        let span = node.span.clone();
        let keep = Node { value: Content::Scalar("keep".to_owned()), span: span.clone() };
        entries.push((Text { text: "digest".to_owned(), span }, keep));
    }
    node
}

fn bare(node: &mut Node, of: &dyn Fn(&str) -> String) {
    match &mut node.value {
        Content::Scalar(text) => *text = of(text),
        Content::Sequence(items) => items.iter_mut().for_each(|item| bare(item, of)),
        Content::Null | Content::Mapping(_) => {}
    }
}
