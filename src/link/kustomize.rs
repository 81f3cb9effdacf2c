//! Owns which kustomizations reach which files, and which of their image entries match which images.
//!
//! Rules read in kustomize: `api/internal/accumulator`, `api/filters/imagetag/updater.go`, `api/internal/image/image.go`: an entry's `name`
//! goes into `^name(:tag)?(@digest)?$` unescaped and is held against the image as written at that moment; entries of an inner kustomization
//! act before those of an outer one.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::locate::{NodeId, Tree, documents, same_length_text};
use crate::text::{FileId, Span};

/// How many ways up from one file are followed, and how far each goes. Real trees have a handful of either.
const WAYS: usize = 256;
const HEIGHT: usize = 24;

/// One kustomization file.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// Its path, with `/`.
    pub path: String,
    /// Its file's number.
    pub file: FileId,
    /// What it takes in: paths of files and folders, normalised.
    pub takes: Vec<String>,
    /// Whether it takes in something that is not in the scanned tree.
    pub open: bool,
    /// Its image entries, in order.
    pub entries: Vec<Entry>,
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
        let mut overlay = Self { path: path.to_owned(), file, takes: Vec::new(), open: false, entries: Vec::new() };
        let list = |key: &str| tree.get(root, key).map(|list| tree.items(list).to_vec()).unwrap_or_default();
        let plain = ["resources", "bases", "components", "patchesStrategicMerge"].into_iter().flat_map(list);
        let patches = ["patches", "patchesJson6902"].into_iter().flat_map(list).filter_map(|patch| tree.get(patch, "path"));
        for taken in plain.chain(patches).filter_map(|id| tree.scalar(id)) {
            match join(folder, &taken.text) {
                Some(path) => overlay.takes.push(path),
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
            let takes = std::iter::once("").chain(above).filter_map(|top| join(top, &folder)).collect();
            Some(Self { path: path.to_owned(), file, takes, open: false, entries })
        };
        documents(&text).into_iter().filter_map(read).collect()
    }

    fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
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
pub(super) fn join(folder: &str, path: &str) -> Option<String> {
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

/// All kustomizations of a run, and who takes in whom.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    overlays: Vec<Overlay>,
    /// Path of a file, or folder of a kustomization → the overlays that take it in.
    taken_by: BTreeMap<String, Vec<usize>>,
}

/// An image entry of the graph: overlay, entry.
pub type EntryId = (usize, usize);

/// What becomes of an image on all its ways to the roots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fate {
    /// Whether it is replaced on every way: a placeholder.
    pub replaced: bool,
    /// The entries whose `name` matches it as it is written.
    pub matched: BTreeSet<EntryId>,
}

impl Graph {
    /// Links the overlays.
    #[must_use]
    pub fn new(overlays: Vec<Overlay>) -> Self {
        let mut taken_by: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, overlay) in overlays.iter().enumerate() {
            for path in &overlay.takes {
                taken_by.entry(path.clone()).or_default().push(index);
            }
        }
        Self { overlays, taken_by }
    }

    /// The overlays, by index.
    #[must_use]
    pub fn overlays(&self) -> &[Overlay] {
        &self.overlays
    }

    /// What becomes of an image of `path` that is written as `name` (tag and digest apart).
    #[must_use]
    pub fn fate(&self, path: &str, name: &str) -> Fate {
        self.fate_from(&self.ways(path), 0, name)
    }

    /// What becomes of an entry's `newName` above its own kustomization.
    #[must_use]
    pub fn fate_of_entry(&self, (overlay, entry): EntryId) -> Fate {
        let Some(found) = self.overlays.get(overlay) else { return Fate::default() };
        let Some((name, _)) = found.entries.get(entry).and_then(|entry| entry.new_name.as_ref()) else { return Fate::default() };
        let mut ways = Vec::new();
        self.climb(overlay, &mut Vec::new(), &mut ways);
        // The entries of one kustomization act one after the other, so those behind this one see its new name.
        self.fate_from(&ways, entry + 1, name)
    }

    fn fate_from(&self, ways: &[Vec<usize>], first_entry: usize, name: &str) -> Fate {
        let mut fate = Fate { replaced: !ways.is_empty(), matched: BTreeSet::new() };
        for way in ways {
            let mut replaced = false;
            'way: for (height, &overlay) in way.iter().enumerate() {
                let entries = self.overlays.get(overlay).map(|overlay| overlay.entries.as_slice()).unwrap_or_default();
                let skip = if height == 0 { first_entry } else { 0 };
                for (index, entry) in entries.iter().enumerate().skip(skip).filter(|(_, entry)| matches(&entry.name, name)) {
                    fate.matched.insert((overlay, index));
                    if entry.new_name.is_some() {
                        replaced = true;
                        break 'way;
                    }
                }
            }
            fate.replaced &= replaced;
        }
        fate
    }

    /// The ways from a file up to the roots: each the overlays that it passes, innermost first.
    fn ways(&self, path: &str) -> Vec<Vec<usize>> {
        let mut ways = Vec::new();
        let path = path.trim_start_matches('/');
        // Where a folder without a kustomization is applied, all of it is.
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]).chain([""]);
        let whole =
            folders.filter(|folder| !self.overlays.iter().any(|overlay| is_kustomization(&overlay.path) && overlay.folder() == *folder));
        for taken in std::iter::once(path).chain(whole) {
            for &overlay in self.taken_by.get(taken).map(Vec::as_slice).unwrap_or_default() {
                self.climb(overlay, &mut Vec::new(), &mut ways);
            }
        }
        ways
    }

    fn climb(&self, overlay: usize, way: &mut Vec<usize>, ways: &mut Vec<Vec<usize>>) {
        if way.contains(&overlay) || way.len() >= HEIGHT || ways.len() >= WAYS {
            return;
        }
        way.push(overlay);
        // What Flux and Argo CD apply is a root: nothing takes it in.
        let folder = self.overlays.get(overlay).filter(|overlay| is_kustomization(&overlay.path)).map(Overlay::folder);
        match folder.and_then(|folder| self.taken_by.get(folder)) {
            Some(above) => above.iter().for_each(|&above| self.climb(above, way, ways)),
            None => ways.push(way.clone()),
        }
        way.pop();
    }
}

/// Whether an entry's `name` matches an image name. A name that is no expression is compared as text, as kustomize does when it cannot
/// compile one.
fn matches(pattern: &str, name: &str) -> bool {
    pattern == name
        || (pattern.contains(['*', '+', '[', '(', '|', '?', '\\'])
            && Regex::new(&format!("^{pattern}$")).is_ok_and(|regex| regex.is_match(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(files: &[(&str, &str)]) -> Graph {
        let read = files
            .iter()
            .enumerate()
            .map(|(index, (path, text))| Overlay::read(path, text.as_bytes(), FileId(u32::try_from(index).unwrap())).unwrap());
        Graph::new(read.collect())
    }

    const BASE: (&str, &str) = ("base/kustomization.yaml", "resources: [deploy.yaml]\n");

    #[test]
    fn an_image_that_every_root_replaces_is_a_placeholder() {
        let over = ("over/kustomization.yaml", "resources: [../base]\nimages: [{name: app, newName: ghcr.io/x/app}]\n");
        let both = graph(&[BASE, over]);
        assert!(both.fate("base/deploy.yaml", "app").replaced);
        let other = ("other/kustomization.yaml", "resources: [../base]\n");
        let fate = graph(&[BASE, over, other]).fate("base/deploy.yaml", "app");
        assert!(!fate.replaced);
        assert_eq!(fate.matched.len(), 1);
    }

    #[test]
    fn a_name_is_matched_as_written() {
        let over = ("over/kustomization.yaml", "resources: [../base]\nimages: [{name: redis, newTag: '7'}]\n");
        let graph = graph(&[BASE, over]);
        assert_eq!(graph.fate("base/deploy.yaml", "redis").matched.len(), 1);
        assert!(graph.fate("base/deploy.yaml", "docker.io/library/redis").matched.is_empty());
    }

    #[test]
    fn an_outer_entry_sees_the_inner_ones_new_name() {
        let inner = ("base/kustomization.yaml", "resources: [deploy.yaml]\nimages: [{name: app, newName: kserve/app}]\n");
        let outer = ("over/kustomization.yaml", "resources: [../base]\nimages: [{name: kserve/app, newTag: latest}]\n");
        let graph = graph(&[inner, outer]);
        assert_eq!(graph.fate_of_entry((0, 0)).matched.into_iter().collect::<Vec<_>>(), [(1, 0)]);
        assert!(graph.fate("base/deploy.yaml", "app").replaced);
    }

    #[test]
    fn a_circle_ends() {
        let a = ("a/kustomization.yaml", "resources: [../b, x.yaml]\n");
        let b = ("b/kustomization.yaml", "resources: [../a]\n");
        assert_eq!(graph(&[a, b]).fate("a/x.yaml", "app"), Fate::default());
    }

    #[test]
    fn a_remote_base_leaves_the_overlay_open() {
        let over = graph(&[("kustomization.yaml", "resources: ['https://example.com/x?ref=1', ./a.yaml]\n")]);
        assert!(over.overlays()[0].open);
        assert_eq!(over.overlays()[0].takes, ["a.yaml"]);
    }
}
