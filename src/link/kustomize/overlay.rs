//! Owns the reading of a kustomization: what it takes in, and its image entries.

use regex::Regex;

use crate::locate::{NodeId, Tree, documents, same_length_text};
use crate::text::{FileId, Span};

/// One kustomization file.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// Its path, with `/`.
    pub path: String,
    /// Its file's number.
    pub file: FileId,
    /// On what its entries act.
    pub kind: Kind,
    /// What it takes in, in order.
    pub takes: Vec<Taken>,
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
}

/// A file or a folder that a kustomization takes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Its path, normalised.
    pub path: String,
    /// What it is taken in as.
    pub how: How,
}

/// What something is taken in as. The order is that in which kustomize works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// A manifest, or a kustomization with all it makes.
    Resource,
    /// A component.
    Component,
    /// A change of what is there by then, just before the kustomization's own image entries.
    Patch,
    /// Values of a chart whose manifests are resources.
    Values,
    /// Variables of a generated `ConfigMap`: no image, but what one may be made of.
    Variables,
}

/// The lists whose items are paths, and what these are taken in as.
const LISTS: [(&str, How); 4] =
    [("resources", How::Resource), ("bases", How::Resource), ("components", How::Component), ("patchesStrategicMerge", How::Patch)];

/// The lists whose items have paths in a key, one or a list of them, and what these are taken in as.
const LISTS_OF_MAPPINGS: [(&str, &str, How); 7] = [
    ("patches", "path", How::Patch),
    ("patchesJson6902", "path", How::Patch),
    ("helmCharts", "valuesFile", How::Values),
    ("helmCharts", "additionalValuesFiles", How::Values),
    ("helmChartInflationGenerator", "values", How::Values),
    ("configMapGenerator", "envs", How::Variables),
    ("configMapGenerator", "env", How::Variables),
];

/// One entry of `images:`.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its `name` as written.
    pub name: String,
    /// The bytes of the name.
    pub span: Span,
    /// Its new name, when it has one, and the bytes that spell it, perhaps with a tag.
    pub new_name: Option<(String, Span)>,
    /// Where a `newName` can be written, and what goes before it; none where there is no such key.
    pub room: Option<(Span, String)>,
}

impl Overlay {
    /// Reads a kustomization. `None` when it is not YAML: the file's own faults are reported where it is scanned.
    #[must_use]
    pub fn read(path: &str, bytes: &[u8], file: FileId) -> Option<Self> {
        let text = same_length_text(bytes);
        let tree = Tree::read(&text).ok()?;
        let root = tree.root()?;
        let path = path.trim_start_matches('/');
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let kind = match tree.get(root, "kind").and_then(|kind| tree.scalar(kind)) {
            Some(kind) if kind.text == "Component" => Kind::Component,
            _ => Kind::Kustomization,
        };
        let mut overlay = Self { path: path.to_owned(), file, kind, takes: Vec::new(), open: false, entries: Vec::new() };
        let list = |key: &str| tree.get(root, key).map(|list| tree.items(list).to_vec()).unwrap_or_default();
        let plain = LISTS.into_iter().flat_map(|(key, how)| list(key).into_iter().map(move |item| (item, how)));
        let keyed = LISTS_OF_MAPPINGS.into_iter().flat_map(|(key, field, how)| {
            let values = list(key).into_iter().filter_map(|item| tree.get(item, field));
            values
                .flat_map(|value| std::iter::once(value).chain(tree.items(value).iter().copied()))
                .map(move |value| (value, how))
                .collect::<Vec<_>>()
        });
        for (taken, how) in plain.chain(keyed).filter_map(|(id, how)| Some((tree.scalar(id)?, how))) {
            match join(folder, &taken.text) {
                Some(path) => overlay.takes.push(Taken { path, how }),
                None => overlay.open = true,
            }
        }
        overlay.open |= ["helmCharts", "helmChartInflationGenerator", "generators"].into_iter().any(|key| tree.get(root, key).is_some());
        for entry in ["images", "imageTags"].into_iter().flat_map(list) {
            overlay.entries.extend(read_entry(&tree, &text, entry, 0, file));
        }
        Some(overlay)
    }

    /// Reads the kustomizations that Flux and Argo CD make of a folder: `spec.images` of a Flux `Kustomization`, `kustomize.images` of an
    /// Argo CD `Application`. The folder is named from the top of a repository, which may be any folder above the file.
    #[must_use]
    pub fn read_applied(path: &str, bytes: &[u8], file: FileId) -> Vec<Self> {
        if !["kustomize.toolkit.fluxcd.io", "argoproj.io"].into_iter().any(|api| memchr::memmem::find(bytes, api.as_bytes()).is_some()) {
            return Vec::new();
        }
        let text = same_length_text(bytes);
        let path = path.trim_start_matches('/');
        let read = |range: std::ops::Range<usize>| {
            let tree = Tree::read(&text[range.clone()]).ok()?;
            let (folder, entries) = applied(&tree, &text[range.clone()], range.start, file)?;
            let above = path.match_indices('/').map(|(at, _)| &path[..at]);
            let folders = std::iter::once("").chain(above).filter_map(|top| join(top, &folder));
            let takes = folders.map(|path| Taken { path, how: How::Resource }).collect();
            Some(Self { path: path.to_owned(), file, kind: Kind::Kustomization, takes, open: false, entries })
        };
        documents(&text).into_iter().filter_map(read).collect()
    }

    /// The folder that it stands for; none where it is no file of a known name, so that nothing can take it in.
    #[must_use]
    pub fn folder(&self) -> Option<&str> {
        is_kustomization(&self.path).then(|| self.path.rsplit_once('/').map_or("", |(folder, _)| folder))
    }
}

impl Entry {
    /// Whether its name is no expression: it matches what reads as it does, and nothing else.
    #[must_use]
    pub fn matches_as_text(&self) -> bool {
        !self.name.contains(['*', '+', '[', '(', '|', '?', '\\'])
    }

    /// Whether its name matches an image name. A name that is no expression is compared as text, as kustomize does when it cannot compile one.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.name == name || (!self.matches_as_text() && Regex::new(&format!("^{}$", self.name)).is_ok_and(|regex| regex.is_match(name)))
    }
}

/// The folder and the entries of a resource that applies a kustomization; `base` is the document's first byte.
fn applied(tree: &Tree<'_>, text: &str, base: usize, file: FileId) -> Option<(String, Vec<Entry>)> {
    let root = tree.root()?;
    let at = |path: &[&str]| path.iter().try_fold(root, |node, key| tree.get(node, key));
    let scalar = |path: &[&str]| at(path).and_then(|id| tree.scalar(id)).map(|scalar| scalar.text.to_string());
    let items = |path: &[&str]| at(path).map(|list| tree.items(list).to_vec()).unwrap_or_default();
    match scalar(&["kind"])?.as_str() {
        "Kustomization" => {
            let entries = items(&["spec", "images"]).into_iter().filter_map(|entry| read_entry(tree, text, entry, base, file));
            Some((scalar(&["spec", "path"])?, entries.collect()))
        }
        "Application" => {
            let images = items(&["spec", "source", "kustomize", "images"]);
            let entries = images.into_iter().filter_map(|image| read_override(tree, image, base, file));
            Some((scalar(&["spec", "source", "path"])?, entries.collect()))
        }
        _ => None,
    }
}

/// Argo CD's `[old=]new`.
fn read_override(tree: &Tree<'_>, image: NodeId, base: usize, file: FileId) -> Option<Entry> {
    let (text, span) = plain_value(tree, image, base, file)?;
    let name_of = |text: &str| {
        let last = text.rfind('/').map_or(0, |slash| slash + 1);
        text[..text[last..].find([':', '@']).map_or(text.len(), |end| last + end)].to_owned()
    };
    Some(match text.split_once('=') {
        Some((old, new)) => Entry {
            name: old.to_owned(),
            span: span.slice(0, old.len()),
            new_name: Some((name_of(new), span.slice(old.len() + 1, text.len()))),
            room: None,
        },
        None => Entry { name: name_of(&text), span, new_name: None, room: None },
    })
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

/// Whether a path is that of a kustomization, by its name.
#[must_use]
pub fn is_kustomization(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some("kustomization.yaml" | "kustomization.yml" | "Kustomization"))
}

/// `path` from `folder`, normalised; `None` when it is remote, or leaves the scanned tree.
pub(in crate::link) fn join(folder: &str, path: &str) -> Option<String> {
    if path.contains("://") || path.contains("?ref=") || path.starts_with(['/', '\n']) || path.contains('\n') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_base_leaves_the_overlay_open() {
        let text = b"kind: Component\nresources: ['https://example.com/x?ref=1', ./a.yaml]\ncomponents: [../c]\n";
        let over = Overlay::read("over/kustomization.yaml", text, FileId(0)).unwrap();
        let taken = |path: &str, how| Taken { path: path.to_owned(), how };
        assert!(over.open);
        assert_eq!(over.takes, [taken("over/a.yaml", How::Resource), taken("c", How::Component)]);
        assert_eq!((over.kind, over.folder()), (Kind::Component, Some("over")));
    }
}
