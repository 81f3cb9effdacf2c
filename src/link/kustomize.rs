//! Owns which kustomizations reach which files, and which of their image entries match which images.
//!
//! Rules read in kustomize: `api/internal/accumulator`, `api/filters/imagetag/updater.go`, `api/internal/image/image.go`: an entry's `name`
//! goes into `^name(:tag)?(@digest)?$` unescaped and is held against the image as written at that moment; entries of an inner kustomization
//! act before those of an outer one.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use crate::locate::{NodeId, Tree, same_length_text};
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
    /// Its `newName`, when it has one, and its bytes.
    pub new_name: Option<(String, Span)>,
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
            overlay.entries.extend(read_entry(&tree, entry, file));
        }
        Some(overlay)
    }

    fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

fn read_entry(tree: &Tree<'_>, entry: NodeId, file: FileId) -> Option<Entry> {
    let field = |key: &str| {
        let scalar = tree.get(entry, key).and_then(|id| tree.scalar(id)).filter(|scalar| !scalar.is_null())?;
        let quotes = usize::from(scalar.raw.len() >= scalar.text.len() + 2);
        Some((scalar.text.to_string(), Span::new(file, scalar.raw.start + quotes..scalar.raw.end - quotes)))
    };
    let (name, span) = field("name")?;
    Some(Entry { name, span, new_name: field("newName").filter(|(name, _)| !name.is_empty()) })
}

/// Whether a path is that of a kustomization, by its name.
#[must_use]
pub fn is_kustomization(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some("kustomization.yaml" | "kustomization.yml" | "Kustomization"))
}

/// `path` from `folder`, normalised; `None` when it is remote, or leaves the scanned tree.
fn join(folder: &str, path: &str) -> Option<String> {
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
        for &overlay in self.taken_by.get(path.trim_start_matches('/')).map(Vec::as_slice).unwrap_or_default() {
            self.climb(overlay, &mut Vec::new(), &mut ways);
        }
        ways
    }

    fn climb(&self, overlay: usize, way: &mut Vec<usize>, ways: &mut Vec<Vec<usize>>) {
        if way.contains(&overlay) || way.len() >= HEIGHT || ways.len() >= WAYS {
            return;
        }
        way.push(overlay);
        let folder = self.overlays.get(overlay).map_or("", Overlay::folder);
        match self.taken_by.get(folder) {
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
