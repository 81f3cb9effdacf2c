//! Owns the keys of a mapping that spell one reference together: which of them bears it, and which stand before and behind its value.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::tree::{NodeId, Tree};
use crate::format::{Guard, Step};
use crate::occurrence::Confidence;
use crate::reference::{KeyPart, Naming, holds_a_machine};

/// What is known of the mappings of a document, each looked through once.
#[derive(Debug, Default)]
pub(super) struct Mappings<'s> {
    of: RefCell<HashMap<NodeId, Rc<Keys<'s>>>>,
}

/// The keys of a mapping with parts of references, by their words that do not say which part it is.
type Keys<'s> = HashMap<String, Vec<Held<'s>>>;

/// A key with a part of a reference.
#[derive(Clone, Copy, Debug)]
struct Held<'s> {
    part: KeyPart,
    key: &'s str,
    value: NodeId,
    /// Its place among the keys of its mapping.
    at: usize,
}

/// So many keys with the same words are held: no reference has more parts.
const ALIKE: usize = 64;

/// A key beside a value, and what it holds.
pub(super) type Beside<'s> = (&'s str, NodeId);

/// How a reference is spelled that a value bears.
#[derive(Debug)]
pub(super) struct Spelling<'s> {
    /// What stands before the value, in order, with a slash between each.
    pub(super) front: Vec<Beside<'s>>,
    /// A registry that is said to be none.
    pub(super) no_registry: Option<NodeId>,
    /// The tag.
    pub(super) tag: Option<Beside<'s>>,
    /// The digest.
    pub(super) digest: Option<Beside<'s>>,
    /// What the whole must look like.
    pub(super) guard: Guard,
    /// How sure it is that the keys belong together.
    pub(super) confidence: Confidence,
}

impl Spelling<'_> {
    const fn new() -> Self {
        let confidence = Confidence::High;
        Self { front: Vec::new(), no_registry: None, tag: None, digest: None, guard: Guard::WellFormed, confidence }
    }
}

/// Keys around a repository that make a source of it, of code or of charts, which has a tag as well.
const SOURCES: [&str; 7] = ["git", "scm", "vcs", "source", "dags", "chart", "helm"];

/// A value, and where it stands.
pub(super) struct Value<'p, 's> {
    pub(super) tree: &'s Tree<'s>,
    pub(super) mappings: &'p Mappings<'s>,
    /// The steps to the value, which is the last.
    pub(super) path: &'p [Step<'s, NodeId>],
    /// The outermost mapping.
    pub(super) root: Option<NodeId>,
    /// The mapping that holds it.
    pub(super) mapping: NodeId,
    pub(super) key: &'p str,
    pub(super) text: &'p str,
}

impl<'s> Value<'_, 's> {
    /// How the keys spell the reference that this value bears; `None` where another one bears it, or where they spell none.
    pub(super) fn spelling(&self) -> Option<Spelling<'s>> {
        // A registry that stands alone, whatever the key is called.
        let part = KeyPart::of(self.key).filter(|_| self.text.contains('/') || !is_domain(self.text))?;
        // Nearly every mapping has a name, and it is that of something else.
        if part == KeyPart::Name && !self.says_image() && !self.has_registry() {
            return None;
        }
        let group = Group::of(&self.mappings.keys(self.tree, self.mapping), self.key, self.tree);
        let mut spelling = match part {
            KeyPart::Name => self.by_name(&group),
            KeyPart::Repository => self.by_repository(&group),
            KeyPart::Image => self.by_image(&group),
            _ => None,
        }?;
        spelling.digest = group.set(KeyPart::Digest);
        spelling.tag = spelling.tag.or_else(|| group.set(KeyPart::Tag));
        if spelling.front.is_empty() && !has_host(self.text) {
            spelling.front = self.outer(&group);
            spelling.no_registry = group.empty_registry.filter(|_| spelling.front.is_empty());
        }
        Some(spelling)
    }

    /// `name` bears it where the other keys say that it is not the name of something else.
    fn by_name(&self, group: &Group<'s>) -> Option<Spelling<'s>> {
        let (registry, repository) = (self.registry(group), group.set(KeyPart::Repository));
        // An object's name, and what an entry of a kustomization finds its image by.
        if ["kind", "newName", "newTag"].iter().any(|key| self.tree.get(self.mapping, key).is_some()) || group.set(KeyPart::Image).is_some()
        {
            return None;
        }
        // `{name: api, path: acme/api}`: what the entry is called by, and the image.
        let other = group.set(KeyPart::Name).and_then(|other| self.scalar(other));
        if is_word(self.text) && other.is_some_and(|other| other.contains('/')) {
            return None;
        }
        match (registry, repository) {
            (Some(registry), Some(repository)) if !self.is_source() => {
                Some(Spelling { front: vec![registry, repository], ..Spelling::new() })
            }
            (None, Some(repository)) if self.says_image() && self.scalar(repository).is_some_and(is_namespace) => {
                let is_sure = self.scalar(repository).is_some_and(has_host);
                let confidence = if is_sure { Confidence::High } else { Confidence::Low };
                Some(Spelling { front: vec![repository], confidence, ..Spelling::new() })
            }
            (registry, None) if self.says_image() => {
                let is_told = registry.is_some() || group.set(KeyPart::Tag).is_some() || group.set(KeyPart::Digest).is_some();
                let guard = if is_told { Guard::WellFormed } else { Guard::Named };
                Some(Spelling { front: front(registry, group), guard, ..Spelling::new() })
            }
            _ => None,
        }
    }

    fn by_repository(&self, group: &Group<'s>) -> Option<Spelling<'s>> {
        let registry = self.registry(group);
        let name = group.set(KeyPart::Name).filter(|_| self.tree.get(self.mapping, "kind").is_none());
        let image = group.set(KeyPart::Image).and_then(|image| self.scalar(image));
        let is_last = |word: &str| self.text.rsplit('/').next() == Some(word);
        if image.is_some_and(|image| is_word(image) && !is_last(image)) {
            return None;
        }
        let is_joined = name.is_some() && image.is_none();
        if is_joined && (registry.is_some() || (self.says_image() && is_namespace(self.text))) && !self.is_source() {
            return None;
        }
        let unsure = || if self.is_source() { Confidence::Low } else { Confidence::High };
        let tag = group.set(KeyPart::Tag).filter(|(key, _)| is_tag(key));
        let mut spelling = Spelling::new();
        match registry {
            Some(_) if has_host(self.text) => spelling.confidence = unsure(),
            Some(_) => (spelling.front, spelling.confidence) = (front(registry, group), unsure()),
            None if self.says_image() => {}
            None if tag.is_some() || group.awaits_tag || group.set(KeyPart::Digest).is_some() => {
                // Source code at a revision has the same two keys.
                if !has_host(self.text) {
                    spelling.confidence = unsure();
                }
            }
            None => return None,
        }
        Some(spelling)
    }

    /// What `image` means beside other keys: what they leave of the reference.
    fn by_image(&self, group: &Group<'s>) -> Option<Spelling<'s>> {
        let registry = self.registry(group).filter(|_| !has_host(self.text));
        let repository = group.set(KeyPart::Repository).filter(|_| is_word(self.text));
        let is_whole =
            repository.and_then(|repository| self.scalar(repository)).is_some_and(|text| text.rsplit('/').next() == Some(self.text));
        if is_whole {
            return None;
        }
        let tag = group.set(KeyPart::Tag).filter(|(key, _)| is_tag(key) || Naming::of(key) > Naming::Nothing);
        let mut spelling = Spelling { tag, ..Spelling::new() };
        match (registry, repository) {
            (_, Some(repository)) => spelling.front = registry.into_iter().chain([repository]).collect(),
            (Some(_), None) => spelling.front = front(registry, group),
            (None, None) if tag.is_some() || group.awaits_tag || group.set(KeyPart::Digest).is_some() => {}
            (None, None) if is_word(self.text) && !self.outer(group).is_empty() => {}
            (None, None) => return None,
        }
        Some(spelling)
    }

    /// Whether any key beside the value is a registry's.
    fn has_registry(&self) -> bool {
        let keys = self.tree.pairs(self.mapping).iter().filter_map(|(key, _)| self.tree.scalar(*key));
        keys.take(FEW).any(|key| KeyPart::of(&key.text) == Some(KeyPart::Registry))
    }

    /// The registry that a mapping gives all that is in it, where the value, which names none, is one of them.
    pub(super) fn registry_around(&self) -> Option<Beside<'s>> {
        if has_host(self.text) {
            return None;
        }
        let group = Group::of(&self.mappings.keys(self.tree, self.mapping), self.key, self.tree);
        let own = || group.set(KeyPart::Registry).filter(|registry| self.scalar(*registry).is_some_and(is_registry));
        own().or_else(|| self.outer(&group).into_iter().next())
    }

    /// The registry beside the value, which does not begin with it by itself: `image: "{{ registry }}acme/web"`.
    fn registry(&self, group: &Group<'s>) -> Option<Beside<'s>> {
        let registry = group.set(KeyPart::Registry).or_else(|| group.set(KeyPart::Host).filter(|_| self.says_image()));
        registry.filter(|(key, _)| !self.text.contains(key))
    }

    /// The registry, and the beginning of the path, that a mapping around this one gives all that is in it, the innermost that does.
    fn outer(&self, group: &Group<'s>) -> Vec<Beside<'s>> {
        let around =
            self.path.iter().rev().skip(1).map(|step| step.node).filter(|node| self.tree.target(*node) != self.tree.target(self.mapping));
        let with_global = |node: NodeId| {
            let global = self.tree.get(node, "global");
            [Some(node), global, global.and_then(|global| self.tree.get(global, "image"))].into_iter().flatten()
        };
        let beside = with_global(self.mapping).skip(1);
        for node in beside.chain(around.chain(self.root.filter(|root| *root != self.mapping)).flat_map(with_global)) {
            let keys = self.mappings.keys(self.tree, node);
            let of = |part: KeyPart| {
                let stems = BTreeSet::from(["", group.stem.as_str(), "default"]);
                let mut held: Vec<&Held<'_>> =
                    stems.into_iter().filter_map(|stem| keys.get(stem)).flatten().filter(|held| held.part == part).collect();
                held.sort_unstable_by_key(|held| held.at);
                held.into_iter().map(|held| (held.key, held.value)).collect::<Vec<_>>().into_iter()
            };
            let registry = of(KeyPart::Registry).find(|registry| self.scalar(*registry).is_some_and(is_registry));
            if let Some(registry) = registry {
                let namespace = of(KeyPart::Namespace).find(|(key, _)| Naming::of(key) > Naming::Nothing);
                return std::iter::once(registry).chain(namespace.filter(|namespace| self.scalar(*namespace).is_some())).collect();
            }
        }
        Vec::new()
    }

    /// Whether the key of the value, or the one around its mapping, means an image: `imageName`, `webImage: {name: …}`, `images: {web: {name: …}}`.
    fn says_image(&self) -> bool {
        let mut above = self.path.iter().rev().skip(1).filter_map(|step| step.key);
        let is_image = |key: &str| Naming::of(key) == Naming::Image;
        let (around, further) = (above.next(), above.next());
        if around.is_some_and(is_image) && further.is_some_and(holds_a_machine) {
            return false;
        }
        is_image(self.key) || around.is_some_and(is_image) || further.is_some_and(|key| is_image(key) && key.ends_with(['s', 'S']))
    }

    fn is_source(&self) -> bool {
        let around = self.path.iter().rev().skip(1).find_map(|step| step.key);
        around.is_some_and(|around| SOURCES.contains(&around))
    }

    fn scalar(&self, (_, node): Beside<'s>) -> Option<&'s str> {
        self.tree.scalar(node).filter(|value| !value.is_null()).map(|value| value.text.as_ref()).filter(|text| !text.is_empty())
    }
}

/// The keys of a mapping that belong to one reference.
#[derive(Debug, Default)]
struct Group<'s> {
    stem: String,
    set: BTreeMap<KeyPart, Beside<'s>>,
    /// Whether a tag is there without a value: what fills it in is elsewhere.
    awaits_tag: bool,
    empty_registry: Option<NodeId>,
}

impl<'s> Group<'s> {
    fn of(keys: &Keys<'s>, key: &str, tree: &Tree<'s>) -> Self {
        let mut group = Self { stem: KeyPart::stem(key), ..Self::default() };
        for held in keys.get(&group.stem).into_iter().flatten().filter(|held| held.key != key) {
            match tree.scalar(held.value) {
                Some(value) if !value.is_null() && !value.text.is_empty() => {
                    let have = group.set.entry(held.part).or_insert((held.key, held.value));
                    // A version beside a tag is that of something else.
                    if held.part == KeyPart::Tag && is_tag(held.key) {
                        *have = (held.key, held.value);
                    }
                }
                Some(_) if held.part == KeyPart::Registry => group.empty_registry = Some(held.value),
                Some(_) => group.awaits_tag |= is_tag(held.key),
                None => {}
            }
        }
        group
    }

    fn set(&self, part: KeyPart) -> Option<Beside<'s>> {
        self.set.get(&part).copied()
    }
}

impl<'s> Mappings<'s> {
    /// The keys of a mapping that hold parts of references, by their stems.
    fn keys(&self, tree: &'s Tree<'s>, mapping: NodeId) -> Rc<Keys<'s>> {
        let mapping = tree.target(mapping);
        let mut of = self.of.borrow_mut();
        let keys = of.entry(mapping).or_insert_with(|| {
            let mut keys = Keys::new();
            for (at, (key, value)) in tree.all_pairs(mapping).into_iter().enumerate() {
                let Some(part) = KeyPart::of(key) else { continue };
                let alike = keys.entry(KeyPart::stem(key)).or_default();
                if alike.len() < ALIKE {
                    alike.push(Held { part, key, value, at });
                }
            }
            Rc::new(keys)
        });
        Rc::clone(keys)
    }
}

/// So many keys are looked through for a registry before what else says that a name is an image's.
const FEW: usize = 64;

/// A registry, and the namespace behind it.
fn front<'s>(registry: Option<Beside<'s>>, group: &Group<'s>) -> Vec<Beside<'s>> {
    let namespace = group.set(KeyPart::Namespace).filter(|_| registry.is_some());
    registry.into_iter().chain(namespace).collect()
}

/// Whether a key is a tag's, not any version's.
fn is_tag(key: &str) -> bool {
    key.get(key.len().saturating_sub(3)..).is_some_and(|end| end.eq_ignore_ascii_case("tag"))
}

/// One segment of a path.
fn is_word(text: &str) -> bool {
    !text.contains(['/', ':', '@']) && !text.is_empty()
}

/// Whether a text begins with a registry's domain, or with something unknown in its place.
pub(super) fn has_host(text: &str) -> bool {
    text.split_once('/').is_some_and(|(first, _)| is_domain(first))
}

fn is_domain(word: &str) -> bool {
    word.contains(['.', ':']) || word == "localhost"
}

/// Whether a text is a registry, perhaps with the beginning of a path.
fn is_registry(text: &str) -> bool {
    !text.contains("://") && !text.contains(char::is_whitespace) && text.split('/').next().is_some_and(is_domain)
}

/// Whether a repository is what a name may follow: one segment, behind a registry or alone.
fn is_namespace(text: &str) -> bool {
    let path = if has_host(text) { text.split_once('/').map_or("", |(_, path)| path) } else { text };
    !path.contains('/')
}
