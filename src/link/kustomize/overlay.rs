//! Owns the reading of a kustomization: what it takes in, and its image entries.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::format::{Engine, FormatRole, From, How};
use crate::link::{Reader, Taken as TakenIn, To};
use crate::locate::{File, NodeId, Tree, Variable, documents, same_length_text};
use crate::source::TreePath;
use crate::text::{FileId, Span};

/// One kustomization.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// Its path where it is a file of its own; none where something else applies it, so that nothing can take it in.
    pub path: Option<TreePath>,
    /// Its file's number.
    pub file: FileId,
    /// The format that it is read by.
    pub format: Arc<str>,
    /// On what its entries act.
    pub kind: Kind,
    /// What it takes in, in order: files, kustomizations, and folders as wholes.
    pub takes: Vec<(TreePath, How)>,
    /// Whether it takes in something that is not in the scanned tree.
    pub open: bool,
    /// Its image entries, in order.
    pub entries: Vec<Entry>,
}

/// On what a kustomization's entries act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// On what it takes in itself.
    Kustomization,
    /// On all that the kustomization which includes it has gathered by then.
    Component,
    /// On what those act on that it takes in: its entries are added to theirs.
    Addition,
}

/// One entry of `images:`.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its `name` as written.
    pub name: String,
    /// The bytes of the name.
    pub span: Span,
    /// Its new name, when it has one, and the bytes that spell it, perhaps with a tag.
    pub new_name: Option<(String, Span)>,
    /// Where a new name can be written, and what goes before it; none where there is one already.
    pub room: Option<(Span, String)>,
}

impl Overlay {
    /// The kustomizations in a file: itself, when it is one, or what Flux and Argo CD make of a folder: `spec.images` of a Flux `Kustomization`,
    /// `kustomize.images` of an Argo CD `Application`. What is not YAML is told where references are looked for.
    #[must_use]
    pub fn read(file: &File<'_>, reader: &Reader<'_>) -> Vec<Self> {
        if reader.format.table.engine == Engine::Calls {
            return reader
                .takes
                .iter()
                .filter(|taken| taken.how() == How::Resource)
                .map(|taken| Self::called(taken, file.id, reader))
                .collect();
        }
        let text = same_length_text(file.bytes);
        if reader.format.table.is == Some(FormatRole::Kustomization) {
            return Tree::read(&text).ok().and_then(|tree| Self::kustomization(&tree, &text, file, reader)).into_iter().collect();
        }
        let applied = documents(&text).into_iter().filter_map(|range| {
            let applies = |taken: &&TakenIn<'_>| taken.document == range.start && taken.link.table.from == From::Above;
            let mut takes = takes(reader.takes.iter().filter(applies).filter(|taken| taken.how() == How::Resource));
            let document = text.get(range.clone()).filter(|document| document.contains("images"))?;
            let entries = applied_entries(&Tree::read(document).ok()?, document, range.start, file.id);
            // What a release makes of its chart has values of the chart and of the release itself.
            let has_values = |taken: &&TakenIn<'_>| taken.is_found() || !taken.layers.is_empty();
            let charts = reader.takes.iter().filter(|taken| taken.document == range.start && taken.how() == How::Chart);
            let mut charts = charts.filter(has_values).peekable();
            if charts.peek().is_some() && !entries.is_empty() {
                takes.push((reader.path.clone(), How::Resource));
                takes.extend(charts.flat_map(inflated));
            }
            let some = !entries.is_empty() || !takes.is_empty();
            let format = Arc::clone(&reader.format.id);
            some.then_some(Self { path: None, file: file.id, format, kind: Kind::Kustomization, takes, open: false, entries })
        });
        applied.collect()
    }

    /// What a call of the program puts into the kustomizations that it is called for.
    fn called(taken: &TakenIn<'_>, file: FileId, reader: &Reader<'_>) -> Self {
        let entry = |(name, new): (&String, &Variable)| {
            let span = Span { file, ..new.span };
            let new_name = new.text.as_deref().map(|text| (without_version(text).to_owned(), span));
            Entry { name: name.clone(), span, new_name, room: None }
        };
        let (format, entries) = (Arc::clone(&reader.format.id), taken.arguments.iter().map(entry).collect());
        Self { path: None, file, format, kind: Kind::Addition, takes: takes([taken].into_iter()), open: false, entries }
    }

    fn kustomization(tree: &Tree<'_>, text: &str, file: &File<'_>, reader: &Reader<'_>) -> Option<Self> {
        let root = tree.root()?;
        let kind = match tree.get(root, "kind").and_then(|kind| tree.scalar(kind)) {
            Some(kind) if kind.text == "Component" => Kind::Component,
            _ => Kind::Kustomization,
        };
        let elsewhere = |taken: &TakenIn<'_>| matches!(taken.to, To::Remote | To::Outside);
        let charts = || reader.takes.iter().filter(|taken| taken.how() == How::Chart);
        let makes_more = tree.get(root, "generators").is_some() || charts().any(|taken| !taken.is_found());
        let lists = ["images", "imageTags"].into_iter().filter_map(|key| tree.get(root, key));
        Some(Self {
            path: Some(reader.path.clone()),
            file: file.id,
            format: Arc::clone(&reader.format.id),
            kind,
            takes: takes(reader.takes.iter()).into_iter().chain(charts().flat_map(inflated)).collect(),
            open: makes_more || reader.takes.iter().any(elsewhere),
            entries: lists.flat_map(|list| tree.items(list)).filter_map(|entry| read_entry(tree, text, *entry, 0, file.id)).collect(),
        })
    }
}

/// What of it has images on which entries act.
fn takes<'t>(all: impl Iterator<Item = &'t TakenIn<'t>>) -> Vec<(TreePath, How)> {
    let acted_on = all.filter(|taken| matches!(taken.how(), How::Resource | How::Component | How::Patch));
    acted_on.flat_map(|taken| taken.paths().iter().map(|path| (path.clone(), taken.how()))).collect()
}

/// The folders of the charts in the tree that are made into resources.
fn inflated<'t>(taken: &'t TakenIn<'t>) -> impl Iterator<Item = (TreePath, How)> + 't {
    taken.paths().iter().filter(|_| taken.is_found()).map(|head| (head.folder(), How::Resource))
}

impl Entry {
    /// Whether its name is no expression: it matches what reads as it does, and nothing else.
    #[must_use]
    pub fn matches_as_text(&self) -> bool {
        !self.name.contains(['*', '+', '[', '(', '|', '?', '\\'])
    }
}

/// The entries of a resource that applies a kustomization; `base` is the document's first byte.
fn applied_entries(tree: &Tree<'_>, text: &str, base: usize, file: FileId) -> Vec<Entry> {
    let spec = || tree.get(tree.root()?, "spec");
    let own = spec().and_then(|spec| tree.get(spec, "images"));
    let (mut lists, mut left): (Vec<NodeId>, Vec<NodeId>) = (own.into_iter().collect(), spec().into_iter().collect());
    // Of one source or of several, be it in a template of applications.
    let mut seen = BTreeSet::new();
    while let Some(node) = left.pop() {
        if seen.insert(node) {
            lists.extend(tree.get(node, "kustomize").and_then(|kustomize| tree.get(kustomize, "images")));
            left.extend(tree.pairs(node).iter().map(|(_, value)| *value));
            left.extend(tree.items(node));
        }
    }
    let entry = |item| read_entry(tree, text, item, base, file).or_else(|| read_override(tree, item, base, file));
    lists.into_iter().flat_map(|list| tree.items(list).to_vec()).filter_map(entry).collect()
}

/// Argo CD's `[old=]new`.
fn read_override(tree: &Tree<'_>, image: NodeId, base: usize, file: FileId) -> Option<Entry> {
    let (text, span) = plain_value(tree, image, base, file)?;
    let name_of = |text: &str| without_version(text).to_owned();
    if let Some((old, new)) = text.split_once('=') {
        let new_name = Some((name_of(new), span.slice(old.len() + 1, text.len())));
        return Some(Entry { name: old.to_owned(), span: span.slice(0, old.len()), new_name, room: None });
    }
    let name = name_of(&text);
    // The sign before the version belongs to what is written: an insertion would stand at the version's own beginning.
    let room = Some((span.slice(name.len(), span.len().min(name.len() + 1)), "=".to_owned()));
    Some(Entry { name, span, new_name: None, room })
}

/// A value that stands in its document as it is, and its bytes in the file.
fn plain_value(tree: &Tree<'_>, id: NodeId, base: usize, file: FileId) -> Option<(String, Span)> {
    let scalar = tree.scalar(id).filter(|scalar| !scalar.is_null() && !scalar.text.is_empty())?;
    let quotes = usize::from(scalar.raw.len() == scalar.text.len() + 2);
    let span = Span::new(file, base + scalar.raw.start + quotes..base + scalar.raw.end - quotes);
    (span.len() == scalar.text.len()).then(|| (scalar.text.to_string(), span))
}

fn read_entry(tree: &Tree<'_>, text: &str, entry: NodeId, base: usize, file: FileId) -> Option<Entry> {
    let field = |key: &str| plain_value(tree, tree.get(entry, key)?, base, file);
    let (name, span) = field("name")?;
    let raw = tree.get(entry, "name").and_then(|id| tree.scalar(id)).map(|scalar| scalar.raw.clone())?;
    // An empty `newName` is as good as none, but a second one would be an error.
    let room = room_behind(text, &raw)
        .filter(|_| tree.get(entry, "newName").is_none())
        .map(|(at, before)| (Span::new(file, base + at..base + at), before));
    Some(Entry { name, span, new_name: field("newName"), room })
}

/// Where a key can be written behind the value `raw` of `name`: on a line of its own, or in the same braces.
fn room_behind(text: &str, raw: &std::ops::Range<usize>) -> Option<(usize, String)> {
    let start = text[..raw.start].rfind('\n').map_or(0, |line| line + 1);
    let before = text.get(start..raw.start)?;
    let key = before.trim_start_matches([' ', '-']);
    if !key.starts_with("name") || before.contains(['{', ',']) {
        return Some((raw.end, ", newName: ".to_owned()));
    }
    let rest = text.get(raw.end..)?;
    let end = rest.find('\n').unwrap_or(rest.len());
    let (end, line_end) = if rest[..end].ends_with('\r') { (end - 1, "\r\n") } else { (end, "\n") };
    Some((raw.end + end, format!("{line_end}{}newName: ", " ".repeat(before.len() - key.len()))))
}

/// An image's name without tag and digest.
pub(super) fn without_version(image: &str) -> &str {
    let last = image.rfind('/').map_or(0, |slash| slash + 1);
    &image[..image[last..].find([':', '@']).map_or(image.len(), |end| last + end)]
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::format::Formats;
    use crate::link::reach;
    use crate::locate::Surroundings;
    use crate::source::Memory;

    pub(in super::super) fn path(text: &str) -> TreePath {
        TreePath::new(text).unwrap()
    }

    /// The kustomizations of files, in order; what they take in is there, be it named here or not.
    pub(in super::super) fn overlays(files: &[(&str, &str)]) -> Vec<Overlay> {
        let (formats, mut tree) = (Formats::builtin(), Memory::default());
        for (name, text) in files {
            tree.put(path(name), text.as_bytes().to_vec());
        }
        let kustomization = formats.get("kustomization").unwrap();
        let readers = reach(files.iter().map(|(name, _)| (path(name), kustomization)), &tree, &formats);
        let read = |(index, (path, text)): (usize, &(&str, &str))| {
            let id = FileId(u32::try_from(index).unwrap());
            let file = File { id, path, bytes: text.as_bytes(), surroundings: Surroundings::Plain };
            Overlay::read(&file, readers.iter().find(|reader| reader.path.as_str() == *path).unwrap())
        };
        files.iter().enumerate().flat_map(read).collect()
    }

    #[test]
    fn a_remote_base_leaves_the_overlay_open() {
        let text = "kind: Component\nresources: ['https://example.com/x?ref=1', ./a.yaml]\ncomponents: [../c]\n";
        let over = overlays(&[("over/kustomization.yaml", text)]).remove(0);
        let taken = |text: &str, how| (path(text), how);
        assert!(over.open);
        assert_eq!(over.takes, [taken("over/a.yaml", How::Resource), taken("c", How::Component)]);
        assert_eq!(over.kind, Kind::Component);
    }
}
