//! Owns the look for what a file takes in: the values of its documents that name other files, by the links of a format.

use std::cell::Cell;
use std::ops::Range;
use std::sync::Arc;

use super::arguments::{arguments, images_named};
use super::chart::{Filled, Inline};
use super::expressions::{Expressions, Stands};
use super::fit::{Fit, Name, tops, uses};
use super::place::To;
use super::said::{Fetched, Written};
use super::taken::{Layered, Looked, Object, Taken};
use crate::format::{Engine, FetchTable, Format, Holds, How, InheritTable, LayerFrom, LayerKind, LayerTable, Link, Said, Step};
use crate::locate::{Node, NodeId, Tree, is_of, read, readable, same_length_text, split};
use crate::source::TreePath;

/// Values of one document that are looked at; aliases could ask for any number.
const MOST: usize = 200_000;
/// Bytes of a path that cost as much as another value.
const USUAL: usize = 128;
/// Environments of one file whose values are looked at.
const CONTEXTS: usize = 64;
/// How deep they are looked for.
const DEEPEST: usize = 256;
/// How far deployments are followed that begin with others.
const INHERITED: usize = 8;
/// Bytes of an expression by which its value is named.
const SHOWN: usize = 64;

/// What a file of that format and name, seen from `folder`, takes in.
#[must_use]
pub(super) fn taken<'f>(name: &str, folder: &TreePath, bytes: &[u8], format: &'f Format) -> (Vec<Taken<'f>>, Looked) {
    let beside = |link: &'f Link| {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let typed = link.table.beside.as_ref()?.replace("{stem}", stem);
        let to = To::new(&typed, folder, link, format);
        Some(Taken { to, ..Taken::new(link, 0, typed) })
    };
    let mut found: Vec<Taken<'f>> = format.links().iter().filter_map(beside).collect();
    if !format.may_link(bytes) {
        return (found, Looked::AtAll);
    }
    let mut looked = Looked::AtAll;
    let (engine, whole) = (format.table.engine, same_length_text(bytes));
    let text = readable(engine, &whole);
    for range in split(engine, &text) {
        let document = &text[range.clone()];
        if !format.may_link(document.as_bytes()) {
            continue;
        }
        // What cannot be read is told where references are looked for.
        let Ok(tree) = read(engine, document) else {
            looked = Looked::AtPart;
            continue;
        };
        if is_of(&format.table.document, &tree)
            && let Some(root) = tree.root()
        {
            let raw = whole.get(range.clone()).unwrap_or_default();
            let mut look = Look {
                tree: &tree,
                document,
                raw,
                root,
                base: range.start,
                folder,
                format,
                path: Vec::new(),
                left: Cell::new(MOST),
                found,
            };
            look.value(root);
            if look.left.get() == 0 {
                looked = Looked::AtSome;
            }
            found = look.found;
        }
    }
    (found, looked)
}

/// A look through one document.
struct Look<'t, 'f> {
    tree: &'t Tree<'t>,
    document: &'t str,
    /// The document with what is masked in it.
    raw: &'t str,
    root: NodeId,
    /// The document's first byte.
    base: usize,
    folder: &'t TreePath,
    format: &'f Format,
    path: Vec<Step<'t, NodeId>>,
    left: Cell<usize>,
    found: Vec<Taken<'f>>,
}

impl<'t, 'f> Look<'t, 'f> {
    fn value(&mut self, id: NodeId) {
        if self.path.len() > DEEPEST || !self.pays(1) {
            self.left.set(0);
            return;
        }
        match self.tree.node(id) {
            Node::Scalar(scalar) if !scalar.is_null() && !scalar.text.is_empty() => {
                // A text of several lines is no path, but what a path could lead to.
                let may_be = |link: &&Link| !scalar.text.contains('\n') || matches!(link.table.r#as, How::Config | How::Override);
                // What makes a folder a chart's, or a patch one of values, does not keep it from being something else.
                let kind = |link: &Link| Some(link.table.r#as).filter(|how| matches!(how, How::Chart | How::Override));
                for own in [None, Some(How::Override), Some(How::Chart)] {
                    let links = self.format.links().iter().filter(|link| kind(link) == own);
                    let found = links.filter(may_be).find_map(|link| self.taken(link, &scalar.text));
                    self.found.extend(found);
                }
            }
            Node::Sequence(_) | Node::Mapping(_) => {
                let format = self.format;
                let unnamed = |link: &'f Link| self.taken(link, link.table.unnamed.as_deref()?);
                let found = format.links().iter().find_map(unnamed);
                self.found.extend(found);
                self.tree.items(id).iter().for_each(|item| self.step(None, *item));
                self.tree.all_pairs(id).into_iter().for_each(|(key, value)| self.step(Some(key), value));
            }
            Node::Scalar(_) | Node::Alias(_) | Node::Dangling => {}
        }
    }

    fn step(&mut self, key: Option<&'t str>, node: NodeId) {
        self.path.push(Step { key, node, says: key.map(Said::by).unwrap_or_default() });
        self.value(node);
        self.path.pop();
    }

    /// What the value takes in by the link, if it is one of the link's.
    fn taken(&self, link: &'f Link, text: &str) -> Option<Taken<'f>> {
        let field = |node: NodeId, name: &str| self.text(self.tree.get(node, name)?);
        let is_there = |key: &String| self.beside(key).is_some();
        if !link.path.as_ref()?.matches(&self.path, Some(self.root), &field) || link.table.not_beside.iter().any(is_there) {
            return None;
        }
        let text = link.table.after.as_deref().map_or(Some(text), |after| text.split_once(after).map(|(_, rest)| rest))?;
        let under = link.table.under.as_ref().map(|key| self.beside(key).and_then(|node| self.text(node)).unwrap_or("."));
        let typed = match under {
            Some(under) if !text.starts_with('/') => format!("{under}/{text}"),
            _ => text.to_owned(),
        };
        let beside = |key: &Option<String>| key.as_ref().and_then(|key| self.beside(key));
        let typed_path = typed.clone();
        let variables = beside(&link.table.variables).map(|node| self.texts(node)).unwrap_or_default();
        let within = beside(&link.table.within).and_then(|node| self.text(node));
        let with = within.into_iter().chain(variables.iter().map(|(text, _)| *text));
        let with = with.map(|text| (text.to_owned(), To::new(text, self.folder, link, self.format)));
        let layers: Vec<Layered> = if link.table.r#as == How::Override {
            self.written(text).into_iter().collect()
        } else {
            let own = link.table.layers.iter().flat_map(|layer| self.layers(layer, &typed_path));
            self.inherited(link, &typed_path).into_iter().chain(own).collect()
        };
        let home = link.table.home.as_deref().and_then(|home| self.text(self.around(home)?));
        let is_here = link.table.r#as == How::Context || link.table.r#as == How::Override && !layers.is_empty();
        Some(Taken {
            link,
            document: self.base,
            to: if is_here { To::Here } else { To::within(&typed, self.folder, link, self.format, home) },
            typed,
            elsewhere: with.filter(|(_, to)| !matches!(to, To::Paths(_))).collect(),
            within: within.and_then(|text| self.folder.join(text).ok()),
            variables: variables.iter().filter_map(|(text, _)| self.folder.join(text).ok()).collect(),
            arguments: beside(&link.table.arguments).map(|node| arguments(self.tree, node, self.document, self.base)).unwrap_or_default(),
            stand_ins: beside(&link.table.stand_ins).map(|node| images_named(self.tree, node)).unwrap_or_default(),
            objects: beside(&link.table.objects).map(|node| self.objects(node)).unwrap_or_default(),
            layers,
            variants: self.variants(link, &typed_path),
            contexts: self.contexts(link, &typed_path),
            like: self.like(link, text),
            object: self.object(link),
            fetched: link.table.fetched.as_ref().map(|table| self.fetched(table)),
            found: false,
        })
    }

    /// What the document says of the chart, or the repository, that the look stands at.
    fn fetched(&self, table: &FetchTable) -> Fetched {
        let at = |key: &Option<String>| key.as_deref().and_then(|key| self.around(key));
        let named = |node: NodeId| match self.tree.node(node) {
            Node::Mapping(_) => Some(["kind", "name"].map(|key| self.plain(self.tree.get(node, key)).unwrap_or_default())),
            _ => Some([String::new(), self.plain(Some(node))?]),
        };
        let own = || Some([self.plain(self.around("kind")).unwrap_or_default(), self.plain(at(&table.name))?]);
        Fetched {
            at: self.path.last().map_or(self.base, |step| self.base + self.tree.bytes(step.node).start),
            version: table.version.iter().find_map(|key| self.said(self.around(key)?)).unwrap_or_default(),
            repository: at(&table.repository).and_then(|node| self.said(node)),
            source: if table.name.is_some() { own() } else { at(&table.source).and_then(named) },
            registry: matches!(self.plain(at(&table.registry)).as_deref(), Some("true" | "oci")),
        }
    }

    fn plain(&self, node: Option<NodeId>) -> Option<String> {
        self.tree.scalar(node?).map(|scalar| scalar.text.to_string())
    }

    fn said(&self, node: NodeId) -> Option<Written> {
        let raw = self.raw.get(self.tree.bytes(node)).unwrap_or_default();
        let text = self.plain(Some(node))?;
        Some(if uses(raw).is_empty() { Written::Known(text) } else { Written::Open(raw.trim_matches(['"', '\'']).to_owned()) })
    }

    /// Whether that much may still be looked at.
    fn pays(&self, cost: usize) -> bool {
        let left = self.left.get().checked_sub(cost);
        self.left.set(left.unwrap_or(0));
        left.is_some()
    }

    /// What a chart's folder must look like whose name is filled in, and any of the files that the value means.
    fn like(&self, link: &Link, text: &str) -> Vec<Fit> {
        if link.table.holds == Holds::Folder {
            return Fit::files(text, self.folder).into_iter().collect();
        }
        let Some(node) = self.path.last().map(|step| step.node).filter(|_| link.table.r#as == How::Chart) else { return Vec::new() };
        let raw = self.raw.get(self.tree.bytes(node)).unwrap_or_default().trim_matches(['"', '\'']);
        let tops = tops(self.folder);
        Name::read(raw, &|_| None).fit(&tops).into_iter().collect()
    }

    /// The kind and name of the object that the document is, or that the link's target says.
    fn object(&self, link: &Link) -> [Option<String>; 2] {
        let text = |node: Option<NodeId>| node.and_then(|node| self.text(node)).map(str::to_owned);
        let own = |path: &[&str]| text(path.iter().try_fold(self.root, |node, key| self.tree.get(node, key)));
        match (link.table.r#as, &link.table.target) {
            (How::Chart, _) => [own(&["kind"]), own(&["metadata", "name"])],
            (How::Override, Some(target)) => ["kind", "name"].map(|key| text(self.beside(&format!("{target}.{key}")))),
            _ => [None, None],
        }
    }

    /// A change that is written in the place of a path.
    fn written(&self, text: &str) -> Option<Layered> {
        let node = self.path.last().map(|step| step.node)?;
        let is_document = text.contains('\n') || text.trim_start().starts_with(['[', '{']);
        Some(Layered::Inline(self.tree.bytes(node), Inline::text(self.tree, node, self.document).filter(|_| is_document)?))
    }

    /// The value of a key beside the value that the look stands at: in the innermost mapping around it.
    fn beside(&self, key: &str) -> Option<NodeId> {
        key.split('.').try_fold(self.innermost()?, |node, key| self.tree.get(node, key))
    }

    /// The innermost mapping around the value that the look stands at.
    fn innermost(&self) -> Option<NodeId> {
        let mut around = self.path.iter().rev().skip(1).map(|step| step.node).chain([self.root]);
        around.find(|node| matches!(self.tree.node(*node), Node::Mapping(_)))
    }

    /// The value at the keys of a layer: from the innermost mapping around the look that has the first of them, or from the innermost.
    fn around(&self, path: &str) -> Option<NodeId> {
        if let Some(path) = path.strip_prefix('.') {
            return self.beside(path);
        }
        let mut keys = path.split('.');
        let first = keys.next()?;
        let around = self.path.iter().rev().skip(1).map(|step| step.node).chain([self.root]);
        let top = around.into_iter().find_map(|node| self.tree.get(node, first))?;
        keys.try_fold(top, |node, key| self.tree.get(node, key))
    }

    fn layers(&self, layer: &LayerTable, chart: &str) -> Vec<Layered> {
        let key = layer.path.strip_prefix('.').filter(|key| !key.contains('.'));
        // Of blocks there may be several with one key.
        let of_key = |key| {
            let pairs = self.innermost().map(|mapping| self.tree.all_pairs(mapping)).unwrap_or_default();
            pairs.into_iter().filter(|(own, _)| *own == key).map(|(_, node)| node).collect()
        };
        let nodes: Vec<NodeId> = key.map_or_else(|| self.around(&layer.path).into_iter().collect(), of_key);
        nodes.into_iter().flat_map(|node| self.layers_at(node, layer, chart)).collect()
    }

    /// The layers of the deployments that this one begins with, below them those of what these begin with.
    fn inherited(&self, link: &Link, chart: &str) -> Vec<Layered> {
        let Some(table) = &link.table.inherits else { return Vec::new() };
        let all = self.tree.get(self.root, &table.from).zip(self.beside(&table.path));
        all.map(|(all, node)| self.begun(all, node, (link, table), chart, INHERITED)).unwrap_or_default()
    }

    /// The layers of what a list names of `all`.
    fn begun(&self, all: NodeId, list: NodeId, (link, table): (&Link, &InheritTable), chart: &str, deep: usize) -> Vec<Layered> {
        let Some(deep) = deep.checked_sub(1).filter(|_| self.pays(1)) else { return Vec::new() };
        let names = std::iter::once(list).chain(self.tree.items(list).iter().copied());
        let others = names.filter_map(|item| self.tree.get(all, self.text(self.tree.get(item, &table.name)?)?));
        let layers = |other: NodeId| {
            let below = self.tree.get(other, &table.path).map(|list| self.begun(all, list, (link, table), chart, deep));
            below.unwrap_or_default().into_iter().chain(self.layers_of(other, &link.table.layers, chart)).collect::<Vec<_>>()
        };
        others.flat_map(layers).collect()
    }

    /// The layers whose keys count from a mapping.
    fn layers_of(&self, node: NodeId, layers: &[LayerTable], chart: &str) -> Vec<Layered> {
        let at = |layer: &LayerTable| layer.path.trim_start_matches('.').split('.').try_fold(node, |node, key| self.tree.get(node, key));
        layers.iter().filter_map(|layer| Some((at(layer)?, layer))).flat_map(|(node, layer)| self.layers_at(node, layer, chart)).collect()
    }

    /// What templates see in each environment.
    fn contexts(&self, link: &Link, chart: &str) -> Vec<(String, Vec<Layered>)> {
        let Some(node) = self.path.last().map(|step| step.node).filter(|_| link.table.r#as == How::Context) else { return Vec::new() };
        let layers = link.table.variants.iter().flat_map(|table| &table.layers).cloned().collect::<Vec<_>>();
        let one = |(name, item): (&str, NodeId)| (name.to_owned(), self.layers_of(item, &layers, chart));
        self.tree.all_pairs(node).into_iter().take(CONTEXTS).map(one).collect()
    }

    /// The layers of each deployment that goes beyond what holds for all.
    fn variants(&self, link: &Link, chart: &str) -> Vec<Vec<Layered>> {
        let Some(table) = &link.table.variants else { return Vec::new() };
        let items = self.around(&table.path).map(|node| self.tree.items(node)).unwrap_or_default();
        items.iter().map(|item| self.layers_of(*item, &table.layers, chart)).filter(|layers| !layers.is_empty()).collect()
    }

    fn layers_at(&self, node: NodeId, layer: &LayerTable, chart: &str) -> Vec<Layered> {
        let inline = |node: NodeId, inline: Inline| Layered::Inline(self.tree.bytes(node), self.holed(inline));
        let tree = |node| inline(node, Inline::tree(self.tree, node, self.document));
        let field = |node, key| self.tree.get(node, key).and_then(|node| self.text(node));
        match layer.r#as {
            LayerKind::Files => {
                let of = |item| match self.text(item) {
                    // Several lines are the values themselves.
                    Some(text) if text.contains('\n') => Inline::text(self.tree, item, self.document).map(|text| inline(item, text)),
                    Some(text) => Some(self.named(item, text, layer.from, chart)),
                    None if matches!(self.tree.node(item), Node::Mapping(_)) => Some(tree(item)),
                    None => None,
                };
                let each = self.expressions().all(node).into_iter().filter_map(|one| match one {
                    Stands::For(item) => of(item),
                    Stands::Unknown => Some(self.unknown(node)),
                });
                each.collect()
            }
            LayerKind::Tree => vec![tree(node)],
            LayerKind::Text => Inline::text(self.tree, node, self.document).map(|text| inline(node, text)).into_iter().collect(),
            LayerKind::Parameters => {
                let Stands::For(node) = self.given_each(node) else { return vec![self.unknown(node)] };
                // A block is one of them, and so is a text with both in it.
                let one = |item: NodeId| match self.text(item).and_then(|text| text.split_once('=')) {
                    Some((name, _)) => Some((name, item, name.len() + 1)),
                    None => Some((field(item, "name")?, self.tree.get(item, "value")?, 0)),
                };
                let block = Some(node).filter(|_| self.format.table.engine == Engine::Blocks).and_then(one);
                let listed = block.into_iter().chain(self.tree.items(node).iter().copied().filter_map(one));
                let named = self.tree.all_pairs(node).into_iter().filter(|_| block.is_none()).map(|(name, node)| (name, node, 0));
                vec![Layered::Parameters(self.holed(Inline::parameters(listed.chain(named), self.tree, self.document)))]
            }
            LayerKind::Objects => self.objects(node).into_iter().map(Layered::Object).collect(),
        }
    }

    const fn expressions(&self) -> Expressions<'t, 'f> {
        Expressions { tree: self.tree, text: self.raw, root: self.root, format: self.format }
    }

    /// Where names stand that are given values: of a block that stands for several, in what it is made for, where it takes them as they are.
    fn given_each(&self, node: NodeId) -> Stands {
        let text = |key: &str, field| self.tree.get(self.tree.get(node, key)?, field).and_then(|node| self.text(node));
        match self.tree.get(node, "for_each").filter(|_| self.format.table.engine == Engine::Blocks) {
            None => self.expressions().one(node),
            Some(all) => match self.expressions().one(all) {
                Stands::For(pairs)
                    if matches!(self.tree.node(pairs), Node::Mapping(_))
                        && text("content", "name").is_some_and(|name| name.ends_with(".key}"))
                        && text("content", "value").is_some_and(|value| value.ends_with(".value}")) =>
                {
                    Stands::For(pairs)
                }
                _ => Stands::Unknown,
            },
        }
    }

    /// Values at a node that only the program knows.
    fn unknown(&self, node: NodeId) -> Layered {
        let bytes = self.tree.bytes(node);
        let what = self.raw.get(bytes.clone()).unwrap_or_default();
        Layered::Inline(bytes, Inline::unknown(what.get(..SHOWN).unwrap_or(what)))
    }

    /// The objects that a list names.
    fn objects(&self, node: NodeId) -> Vec<Object> {
        let object = |item: &NodeId| {
            let field = |key| self.tree.get(*item, key).and_then(|node| self.text(node)).map(str::to_owned);
            let kind = field("kind").unwrap_or_else(|| "ConfigMap".to_owned());
            let key = field("valuesKey").unwrap_or_else(|| "values.yaml".to_owned());
            Some(Object { kind, name: field("name")?, key, target: field("targetPath") })
        };
        self.tree.items(node).iter().filter_map(object).collect()
    }

    /// Values in which nothing is known of what another program fills in: of tags in templates, and of variables.
    fn holed(&self, inline: Inline) -> Inline {
        let fills = self.format.table.engine == Engine::Template || self.is_template();
        let held = |range: Range<usize>| -> Vec<Filled> {
            let text = self.raw.get(range).unwrap_or_default();
            let is_one = |held: &Range<usize>| text[held.clone()].starts_with("${") || (fills && text[held.clone()].contains("{{"));
            uses(text).into_iter().filter(is_one).map(|held| (held.clone(), Arc::from(&text[held]))).collect()
        };
        inline.holed(&held)
    }

    /// Whether the document is one that others are made of.
    fn is_template(&self) -> bool {
        let kind = self.tree.get(self.root, "kind").and_then(|kind| self.text(kind));
        kind.is_some_and(|kind| kind.ends_with("Set"))
    }

    /// A file of values by its name, of which parts may be filled in.
    fn named(&self, node: NodeId, text: &str, from: LayerFrom, chart: &str) -> Layered {
        let raw = called(self.raw.get(self.tree.bytes(node)).unwrap_or_default().trim_matches(['"', '\'']));
        let text = called(text);
        // The top of another source of Argo CD.
        let raw = raw
            .strip_prefix('$')
            .filter(|rest| !rest.starts_with(['{', '(']))
            .and_then(|rest| rest.split_once('/'))
            .map_or(raw, |(_, rest)| rest);
        let tops = tops(self.folder);
        // It has a place below each folder above.
        if !self.pays(tops.iter().map(|top| 1 + (top.as_str().len() + text.len()) / USUAL).sum()) {
            return Layered::File(Vec::new());
        }
        let below = tops.iter().filter_map(|top| top.join(chart).ok()).filter(|_| from == LayerFrom::Chart);
        let tops: Arc<[TreePath]> = below.chain(tops.iter().cloned()).collect();
        let fit = Name::read(raw, &|_| None).fit(&tops);
        fit.map_or_else(|| Layered::File(self.places(text, from, chart)), Layered::Like)
    }

    /// Where a file of values may lie, the likeliest place first. Argo CD writes the top of another source as `$name`.
    fn places(&self, text: &str, from: LayerFrom, chart: &str) -> Vec<TreePath> {
        let text = text.strip_prefix('$').and_then(|text| text.split_once('/')).map_or(text, |(_, rest)| rest).trim_start_matches('/');
        let tops = tops(self.folder);
        let charts = tops.iter().filter_map(|top| top.join(chart).ok()).filter(|_| from == LayerFrom::Chart);
        charts.chain(tops.iter().cloned()).filter_map(|top| top.join(text).ok()).collect()
    }

    fn text(&self, node: NodeId) -> Option<&'t str> {
        self.tree.scalar(node).map(|scalar| scalar.text.as_ref())
    }

    /// The text at a node, or those of the list there.
    fn texts(&self, node: NodeId) -> Vec<(&'t str, NodeId)> {
        std::iter::once(node).chain(self.tree.items(node).iter().copied()).filter_map(|node| Some((self.text(node)?, node))).collect()
    }
}

/// The text that a function in a name reads a file by (`${file("${path.module}/a.yaml")}`); else the name itself.
fn called(name: &str) -> &str {
    let call = name.strip_prefix("${").filter(|call| call.ends_with(")}"));
    call.and_then(|call| call.split_once("(\"")?.1.split('"').next()).unwrap_or(name)
}
