//! Owns what becomes of an image on its ways through the kustomizations of a run.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use regex::{Regex, RegexBuilder};

use crate::format::How;
use crate::source::TreePath;
use crate::text::FileId;

use super::overlay::{Entry, Kind, Overlay, without_version};

/// How far a way up from a file is followed, and how many overlays act on it. Real trees have a handful of either.
const HEIGHT: usize = 64;
const ACTS: usize = 256;
/// How many steps one climb takes, and all of them: kustomizations that name each other have more ways than anyone can go.
const STEPS: usize = 1 << 14;
const ALL: usize = 1 << 20;
/// How many names are read as expressions, and how large each may become.
const EXPRESSIONS: usize = 1_000;
const LARGEST: usize = 64 << 10;

/// All kustomizations of a run, and who takes in whom.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    overlays: Vec<Overlay>,
    /// Path of a file, or of a folder that is taken in as a whole → where it is taken in.
    taken_by: BTreeMap<TreePath, Vec<Entrance>>,
    by_path: BTreeMap<TreePath, usize>,
    /// How many steps may still be taken, and whether some were not.
    left: Cell<usize>,
    is_cut: Cell<bool>,
    /// The ways that were gone, by the file that they start from.
    ways: RefCell<BTreeMap<TreePath, Rc<Vec<Vec<usize>>>>>,
    /// The names that are expressions.
    expressions: RefCell<BTreeMap<String, Option<Regex>>>,
}

/// Where something comes into an overlay.
#[derive(Clone, Copy, Debug)]
struct Entrance {
    overlay: usize,
    how: How,
    /// How many components of the overlay have acted by then, and do not act on it.
    passed: usize,
}

/// An image entry of the graph: overlay, entry.
pub type EntryId = (usize, usize);

/// What becomes of an image on all its ways to the roots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fate {
    /// Whether it is replaced on every way: a placeholder.
    pub replaced: bool,
    /// Whether it is replaced, and its name spells out a registry: it may move together with what replaces it, so that nothing names the old one.
    pub follows: bool,
    /// The entries whose `name` matches it as it is written, each with the overlays on whose behalf it does: the entry's own, or those that
    /// include its component.
    pub matched: BTreeMap<EntryId, BTreeSet<usize>>,
    /// The entries that act on it and whose `name` is another one with the same last word: the two may come to read alike.
    pub spared: BTreeSet<EntryId>,
}

/// A climb from where something is taken in to the roots.
#[derive(Default)]
struct Climb {
    /// The overlays that lie below one another, to see circles.
    within: Vec<usize>,
    /// The overlays that act, in order.
    way: Vec<usize>,
    ways: Vec<Vec<usize>>,
    steps: usize,
}

impl Graph {
    /// Links the overlays.
    #[must_use]
    pub fn new(overlays: Vec<Overlay>) -> Self {
        let (added, mut overlays): (Vec<Overlay>, Vec<Overlay>) = overlays.into_iter().partition(|overlay| overlay.kind == Kind::Addition);
        for (path, entries) in added.iter().flat_map(|one| one.takes.iter().map(|(path, _)| (path, &one.entries))) {
            if let Some(host) = overlays.iter_mut().find(|overlay| overlay.path.as_ref() == Some(path)) {
                host.entries.extend(entries.iter().cloned());
            }
        }
        let mut taken_by: BTreeMap<TreePath, Vec<Entrance>> = BTreeMap::new();
        let mut by_path = BTreeMap::new();
        for (index, overlay) in overlays.iter().enumerate() {
            by_path.extend(overlay.path.clone().map(|path| (path, index)));
            let mut components = 0;
            let all = overlay.takes.iter().filter(|(_, how)| *how == How::Component).count();
            for (path, how) in &overlay.takes {
                components += usize::from(*how == How::Component);
                let passed = match how {
                    How::Component => components,
                    How::Patch => all,
                    _ => 0,
                };
                taken_by.entry(path.clone()).or_default().push(Entrance { overlay: index, how: *how, passed });
            }
        }
        Self { overlays, taken_by, by_path, left: Cell::new(ALL), ..Self::default() }
    }

    /// The overlays, by index.
    #[must_use]
    pub fn overlays(&self) -> &[Overlay] {
        &self.overlays
    }

    /// The kustomization that is this file.
    #[must_use]
    pub fn overlay_in(&self, file: FileId) -> Option<usize> {
        self.overlays.iter().position(|found| found.file == file && found.path.is_some())
    }

    /// What becomes of an image of `path` that is written as `image`.
    #[must_use]
    pub fn fate(&self, path: &TreePath, image: &str) -> Fate {
        self.fate_from(&self.ways(path), 0, image)
    }

    /// What becomes of an image that a kustomization has in itself, in a patch.
    #[must_use]
    pub fn fate_inside(&self, overlay: usize, image: &str) -> Fate {
        self.fate_from(&self.ways_out(overlay), 0, image)
    }

    /// What becomes of an entry's `newName` above its own kustomization.
    #[must_use]
    pub fn fate_of_entry(&self, (overlay, entry): EntryId) -> Fate {
        let found = self.overlays.get(overlay).and_then(|found| found.entries.get(entry));
        let Some((name, _)) = found.and_then(|entry| entry.new_name.as_ref()) else { return Fate::default() };
        // The entries of one kustomization act one after the other, so those behind this one see its new name.
        self.fate_from(&self.ways_out(overlay), entry + 1, name)
    }

    /// Whether an overlay acts, for some kustomization that includes it, on images of which none is known to be matched, and not all are in
    /// the tree; `seen` are the kustomizations for which one is.
    #[must_use]
    pub fn acts_unseen(&self, overlay: usize, seen: &BTreeSet<usize>) -> bool {
        let mut hosts = BTreeSet::new();
        self.hosts(overlay, &mut BTreeSet::new(), &mut hosts);
        hosts.difference(seen).any(|&host| self.is_open(host, &mut BTreeSet::new()))
    }

    /// The kustomizations on whose behalf an overlay acts: itself, or those that include the component.
    fn hosts(&self, overlay: usize, visited: &mut BTreeSet<usize>, hosts: &mut BTreeSet<usize>) {
        let Some(found) = self.overlays.get(overlay).filter(|_| visited.insert(overlay)) else { return };
        if found.kind == Kind::Kustomization {
            hosts.insert(overlay);
            return;
        }
        let users = self.above(overlay).iter().filter(|entrance| entrance.how == How::Component);
        users.for_each(|entrance| self.hosts(entrance.overlay, visited, hosts));
    }

    fn is_open(&self, overlay: usize, visited: &mut BTreeSet<usize>) -> bool {
        let Some(found) = self.overlays.get(overlay).filter(|_| visited.insert(overlay)) else { return false };
        found.open || found.takes.iter().filter_map(|(path, _)| self.by_path.get(path)).any(|&below| self.is_open(below, visited))
    }

    fn fate_from(&self, ways: &[Vec<usize>], first_entry: usize, image: &str) -> Fate {
        let split = |name| {
            let whole = without_version(name);
            (whole.rsplit('/').next().unwrap_or_default(), &name[whole.len()..])
        };
        let (own, own_version) = split(image);
        let is_like = |name| {
            let (last, version) = split(name);
            last == own && (version.is_empty() || version == own_version)
        };
        let mut fate = Fate { replaced: !ways.is_empty(), ..Fate::default() };
        for way in ways {
            let mut replaced = false;
            'way: for (height, &overlay) in way.iter().enumerate() {
                let entries = self.overlays.get(overlay).map(|overlay| overlay.entries.as_slice()).unwrap_or_default();
                let skip = if height == 0 { first_entry } else { 0 };
                if !self.pays(entries.len()) {
                    return Fate::default();
                }
                for (index, entry) in entries.iter().enumerate().skip(skip) {
                    if !self.matches(entry, image) {
                        fate.spared.extend(is_like(&entry.name).then_some((overlay, index)));
                        continue;
                    }
                    fate.matched.entry((overlay, index)).or_default().insert(self.host(&way[height..], overlay));
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

    /// The kustomization on whose behalf the first overlay of a way acts: a component is followed by the one that includes it.
    fn host(&self, way: &[usize], first: usize) -> usize {
        let is_host = |overlay: &&usize| self.overlays.get(**overlay).is_some_and(|overlay| overlay.kind == Kind::Kustomization);
        way.iter().find(is_host).copied().unwrap_or(first)
    }

    /// The ways from a file up to the roots: each the overlays that act on it, in order.
    #[must_use]
    pub fn ways(&self, path: &TreePath) -> Rc<Vec<Vec<usize>>> {
        if let Some(known) = self.ways.borrow().get(path) {
            return Rc::clone(known);
        }
        let mut climb = Climb::default();
        for taken in std::iter::once(path.clone()).chain(path.above()) {
            for &entrance in self.taken_by.get(&taken).map(Vec::as_slice).unwrap_or_default() {
                self.climb(entrance, &mut climb);
            }
        }
        let ways = Rc::new(climb.ways);
        self.ways.borrow_mut().insert(path.clone(), Rc::clone(&ways));
        ways
    }

    /// The ways of what an overlay has in itself, which its own entries are the first to act on.
    #[must_use]
    pub fn ways_out(&self, overlay: usize) -> Rc<Vec<Vec<usize>>> {
        let mut climb = Climb::default();
        self.climb(Entrance { overlay, how: How::Patch, passed: usize::MAX }, &mut climb);
        Rc::new(climb.ways)
    }

    /// Whether not all ways were gone.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.is_cut.get()
    }

    /// Whether so many steps may still be taken; they count as taken.
    fn pays(&self, steps: usize) -> bool {
        let left = self.left.get().checked_sub(steps);
        self.left.set(left.unwrap_or_else(|| self.left.get()));
        self.is_cut.set(self.is_cut.get() || left.is_none());
        left.is_some()
    }

    /// Whether an entry matches an image: its name alone, or with the tag or all of the version behind it (kustomize, `imagetag/updater.go`).
    fn matches(&self, entry: &Entry, image: &str) -> bool {
        let name = without_version(image);
        let tagged = image.split_once('@').map_or(image, |(tagged, _)| tagged);
        [name, tagged, image].into_iter().any(|text| self.is_named(entry, text))
    }

    /// Whether an entry's name says a text. A name that is no expression is compared as text, as kustomize does when it cannot compile one.
    fn is_named(&self, entry: &Entry, name: &str) -> bool {
        if entry.name == name || entry.matches_as_text() {
            return entry.name == name;
        }
        let mut known = self.expressions.borrow_mut();
        if known.len() >= EXPRESSIONS && !known.contains_key(&entry.name) {
            return !self.pays(usize::MAX);
        }
        let regex = known.entry(entry.name.clone()).or_insert_with_key(|name| {
            let regex = RegexBuilder::new(&format!("^{name}$")).size_limit(LARGEST).build();
            let is_too_large = matches!(regex, Err(regex::Error::CompiledTooBig(_)));
            self.pays(if is_too_large { usize::MAX } else { 1 });
            regex.ok()
        });
        regex.as_ref().is_some_and(|regex| regex.is_match(name))
    }

    /// Whether one more step may be taken.
    fn may_step(&self, climb: &mut Climb) -> bool {
        climb.steps += 1;
        self.pays(if climb.steps <= STEPS && climb.within.len() < HEIGHT { 1 } else { usize::MAX })
    }

    fn climb(&self, Entrance { overlay, passed, .. }: Entrance, climb: &mut Climb) {
        if climb.within.contains(&overlay) || !self.may_step(climb) {
            return;
        }
        let before = climb.way.len();
        climb.within.push(overlay);
        for component in self.components(overlay, passed) {
            self.act(component, HEIGHT, climb);
        }
        climb.way.push(overlay);
        match self.above(overlay) {
            [] => climb.ways.push(climb.way.clone()),
            above => above.iter().for_each(|&above| self.climb(above, climb)),
        }
        climb.way.truncate(before);
        climb.within.pop();
    }

    /// A component acts on what it is given: first its own components do, then its entries.
    fn act(&self, component: usize, depth: usize, climb: &mut Climb) {
        let depth = depth.checked_sub(1).filter(|_| climb.way.len() < ACTS && self.may_step(climb));
        let Some(depth) = depth else { return self.is_cut.set(true) };
        self.components(component, 0).for_each(|inner| self.act(inner, depth, climb));
        climb.way.push(component);
    }

    /// The components of an overlay, in order, behind the first `passed` of them.
    fn components(&self, overlay: usize, passed: usize) -> impl Iterator<Item = usize> {
        let takes = self.overlays.get(overlay).map(|overlay| overlay.takes.as_slice()).unwrap_or_default();
        let components = takes.iter().filter(|(_, how)| *how == How::Component).skip(passed);
        components.filter_map(|(path, _)| self.by_path.get(path).copied())
    }

    /// Where an overlay is taken in; nowhere for what Flux and Argo CD apply.
    fn above(&self, overlay: usize) -> &[Entrance] {
        let path = self.overlays.get(overlay).and_then(|overlay| overlay.path.as_ref());
        path.and_then(|path| self.taken_by.get(path)).map(Vec::as_slice).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::overlay::tests::{overlays, path};
    use super::*;

    fn graph(files: &[(&str, &str)]) -> Graph {
        Graph::new(overlays(files))
    }

    const BASE: (&str, &str) = ("base/kustomization.yaml", "resources: [deploy.yaml]\n");

    #[test]
    fn an_image_that_every_root_replaces_is_a_placeholder() {
        let over = ("over/kustomization.yaml", "resources: [../base]\nimages: [{name: app, newName: ghcr.io/x/app}]\n");
        let both = graph(&[BASE, over]);
        assert!(both.fate(&path("base/deploy.yaml"), "app").replaced);
        let other = ("other/kustomization.yaml", "resources: [../base]\n");
        let fate = graph(&[BASE, over, other]).fate(&path("base/deploy.yaml"), "app");
        assert!(!fate.replaced);
        assert_eq!(fate.matched.len(), 1);
    }

    #[test]
    fn a_name_is_matched_as_written() {
        let over = ("over/kustomization.yaml", "resources: [../base]\nimages: [{name: redis, newTag: '7'}]\n");
        let graph = graph(&[BASE, over]);
        assert_eq!(graph.fate(&path("base/deploy.yaml"), "redis").matched.len(), 1);
        assert!(graph.fate(&path("base/deploy.yaml"), "docker.io/library/redis").matched.is_empty());
    }

    #[test]
    fn an_outer_entry_sees_the_inner_ones_new_name() {
        let inner = ("base/kustomization.yaml", "resources: [deploy.yaml]\nimages: [{name: app, newName: kserve/app}]\n");
        let outer = ("over/kustomization.yaml", "resources: [../base]\nimages: [{name: kserve/app, newTag: latest}]\n");
        let graph = graph(&[inner, outer]);
        assert_eq!(graph.fate_of_entry((0, 0)).matched.into_iter().collect::<Vec<_>>(), [((1, 0), BTreeSet::from([1]))]);
        assert!(graph.fate(&path("base/deploy.yaml"), "app").replaced);
    }

    #[test]
    fn a_circle_ends() {
        let a = ("a/kustomization.yaml", "resources: [../b, x.yaml]\n");
        let b = ("b/kustomization.yaml", "resources: [../a]\n");
        assert_eq!(graph(&[a, b]).fate(&path("a/x.yaml"), "app"), Fate::default());
    }

    fn matched(fate: &Fate) -> Vec<EntryId> {
        fate.matched.keys().copied().collect()
    }

    const PIN: (&str, &str) = ("pin/kustomization.yaml", "kind: Component\nimages: [{name: app, newTag: '2'}]\n");

    #[test]
    fn a_component_acts_on_what_its_kustomization_has_gathered() {
        let over = ("over/kustomization.yaml", "resources: [../base]\ncomponents: [../pin]\npatches: [{path: patch.yaml}]\n");
        let graph = graph(&[BASE, PIN, over]);
        let fate = graph.fate(&path("base/deploy.yaml"), "app");
        assert_eq!(fate.matched, BTreeMap::from([((1, 0), BTreeSet::from([2]))]));
        // A patch is made when the components have acted.
        assert_eq!(graph.fate(&path("over/patch.yaml"), "app"), Fate::default());
    }

    #[test]
    fn components_act_in_order_the_inner_ones_first() {
        let rename = ("rename/kustomization.yaml", "kind: Component\nimages: [{name: app, newName: other}]\n");
        let outer = ("outer/kustomization.yaml", "kind: Component\ncomponents: [../pin]\nimages: [{name: app, newTag: '3'}]\n");
        let over = |components: &'static str| ("over/kustomization.yaml", components);
        let first = graph(&[BASE, PIN, rename, over("resources: [../base]\ncomponents: [../rename, ../pin]\n")]);
        assert_eq!(matched(&first.fate(&path("base/deploy.yaml"), "app")), [(2, 0)]);
        let last = graph(&[BASE, PIN, rename, over("resources: [../base]\ncomponents: [../pin, ../rename]\n")]);
        assert_eq!(matched(&last.fate(&path("base/deploy.yaml"), "app")), [(1, 0), (2, 0)]);
        let nested = graph(&[BASE, PIN, outer, over("resources: [../base]\ncomponents: [../outer]\n")]);
        assert_eq!(matched(&nested.fate(&path("base/deploy.yaml"), "app")), [(1, 0), (2, 0)]);
    }

    #[test]
    fn what_a_component_brings_is_seen_by_the_later_ones() {
        let bring = ("bring/kustomization.yaml", "kind: Component\nresources: [deploy.yaml]\n");
        let over = ("over/kustomization.yaml", "components: [../pin, ../bring]\nimages: [{name: app, newTag: '3'}]\n");
        assert_eq!(matched(&graph(&[PIN, bring, over]).fate(&path("bring/deploy.yaml"), "app")), [(2, 0)]);
        let over = ("over/kustomization.yaml", "components: [../bring, ../pin]\n");
        assert_eq!(matched(&graph(&[PIN, bring, over]).fate(&path("bring/deploy.yaml"), "app")), [(0, 0)]);
    }

    #[test]
    fn a_component_may_act_where_not_all_is_seen() {
        let here = ("here/kustomization.yaml", "resources: [../base]\ncomponents: [../pin]\n");
        let there = ("there/kustomization.yaml", "resources: ['https://example.com/x?ref=1']\ncomponents: [../pin]\n");
        let graph = graph(&[BASE, PIN, here, there]);
        let fate = graph.fate(&path("base/deploy.yaml"), "app");
        assert!(graph.acts_unseen(1, &fate.matched[&(1, 0)]));
        assert!(!graph.acts_unseen(1, &BTreeSet::from([2, 3])));
        assert!(!graph.acts_unseen(2, &BTreeSet::from([2])));
    }
}
