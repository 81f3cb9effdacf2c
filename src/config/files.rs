//! Owns the rule files of a run and how they extend each other.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::packs;
use crate::mapping::{Fault, Place, RuleFile, Source, Text, Voice};
use crate::source::{Content, TreePath, content};

/// The most bytes of a rule file: 10,000 mappings have half of it.
const LARGEST: usize = 1 << 20;
/// The most files of which each extends the next.
const DEEPEST: usize = 32;

/// A file that was read, and where it stands.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) file: RuleFile,
    identity: Identity,
    /// Indices of the files that it extends.
    pub(super) extends: Vec<usize>,
    /// 1 for the rule file, 2 for what it extends, and so on; the shortest way counts.
    pub(super) layer: usize,
}

/// What makes a file the same file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Identity {
    Pack(String),
    File(TreePath),
}

impl Loaded {
    /// The folder that it stands in; a pack stands in none.
    pub(super) fn folder(&self) -> Option<TreePath> {
        if let Identity::File(path) = &self.identity { Some(path.folder()) } else { None }
    }
}

/// All rule files of a run.
pub(super) struct Files<'t> {
    tree: &'t dyn crate::source::Files,
    /// Whose the files of the tree are.
    voice: Voice,
    pub(super) all: Vec<Loaded>,
    pub(super) faults: Vec<Fault>,
    sources: usize,
}

impl<'t> Files<'t> {
    /// None yet; those that are named come from `tree`, and are this voice.
    pub(super) fn new(tree: &'t dyn crate::source::Files, voice: Voice) -> Self {
        Self { tree, voice, all: Vec::new(), faults: Vec::new(), sources: 0 }
    }

    /// A text of the command line or of a pack, numbered in the order of loading.
    pub(super) fn source(&mut self, name: &str, text: &str) -> Arc<Source> {
        self.source_of(name, text, Voice::User)
    }

    fn source_of(&mut self, name: &str, text: &str, voice: Voice) -> Arc<Source> {
        self.sources += 1;
        Arc::new(Source { order: self.sources, name: name.to_owned(), text: text.to_owned(), voice })
    }

    /// A path as people would type it.
    pub(super) fn shown(&self, path: &TreePath) -> String {
        self.tree.shown(path)
    }

    /// Loads a rule file and all that it extends.
    pub(super) fn load_file(&mut self, path: &TreePath, stack: &[usize]) -> Option<usize> {
        let identity = Identity::File(path.clone());
        if let Some(known) = self.all.iter().position(|loaded| loaded.identity == identity) {
            return Some(known);
        }
        let mut buffer = Vec::new();
        let text = read(self.tree, path, &mut buffer);
        let name = self.tree.shown(path);
        match text {
            Ok(text) => Some(self.add(&name, text, identity, Some(&path.folder()), stack)),
            Err(why) => {
                let source = self.source(&name, "");
                self.faults.push(Fault::new(Place { source, span: 0..0 }, format!("cannot read the rule file `{name}`: {why}")));
                None
            }
        }
    }

    /// Loads a built-in pack that is named at `place`.
    pub(super) fn load_pack(&mut self, name: &str, place: &Place, stack: &[usize]) -> Option<usize> {
        let identity = Identity::Pack(name.to_owned());
        if let Some(known) = self.all.iter().position(|loaded| loaded.identity == identity) {
            return Some(known);
        }
        if let Some(text) = packs::text(name) {
            return Some(self.add(&format!("pack {name}"), text, identity, None, stack));
        }
        let known: Vec<_> = packs::names().map(|name| format!("`{name}`")).collect();
        let fault = Fault::new(place.clone(), format!("there is no pack `{name}`"));
        let fault = fault.label(format!("expected one of {}, or a path with a `/`", known.join(", ")));
        self.faults.push(fault.meant(name, packs::names()));
        None
    }

    fn add(&mut self, name: &str, text: &str, identity: Identity, folder: Option<&TreePath>, stack: &[usize]) -> usize {
        let voice = if matches!(identity, Identity::File(_)) { self.voice } else { Voice::User };
        let source = self.source_of(name, text, voice);
        let file = RuleFile::read(source, &mut self.faults);
        let entries = file.root.texts_at("extends");
        let index = self.all.len();
        self.all.push(Loaded { file, identity, extends: Vec::new(), layer: usize::MAX });
        let stack: Vec<usize> = stack.iter().copied().chain([index]).collect();
        let extends: Vec<usize> = entries.iter().filter_map(|entry| self.extend(entry, index, folder, &stack)).collect();
        if let Some(loaded) = self.all.get_mut(index) {
            loaded.extends = extends;
        }
        index
    }

    fn extend(&mut self, entry: &Text, by: usize, folder: Option<&TreePath>, stack: &[usize]) -> Option<usize> {
        let place = self.all.get(by)?.file.place(&entry.span);
        let name = &entry.text;
        if stack.len() > DEEPEST {
            self.faults.push(Fault::new(place, format!("`{name}` is extended by way of {DEEPEST} files")).label("expected fewer steps"));
            return None;
        }
        let is_path = name.contains('/') || [".yaml", ".yml"].iter().any(|end| name.ends_with(end));
        let found = match folder {
            Some(folder) if is_path => 'file: {
                let fault = match folder.join(name) {
                    // What is no rule file is not shown in a fault either: others may have written this line.
                    Ok(path) if ![".yaml", ".yml"].iter().any(|end| path.name().ends_with(end)) => {
                        let fault = Fault::new(place, format!("`{}` is no rule file", self.tree.shown(&path)));
                        self.faults.push(fault.label("expected a file whose name ends in `.yaml` or `.yml`"));
                        return None;
                    }
                    Ok(path) if self.tree.is_file(&path) => break 'file self.load_file(&path, stack)?,
                    Ok(path) => Fault::new(place, format!("there is no rule file `{}`", self.tree.shown(&path))),
                    Err(fault) => Fault::new(place, format!("`{name}` is not read: {fault}")),
                };
                self.faults.push(fault.label("expected a path relative to this file, or the name of a pack"));
                return None;
            }
            _ => self.load_pack(name, &place, stack)?,
        };
        if stack.contains(&found) {
            let others: Vec<String> = stack.iter().skip_while(|index| **index != found).filter_map(|index| self.name(*index)).collect();
            let fault = Fault::new(place, format!("`{name}` extends itself, by way of {}", others.join(", ")));
            self.faults.push(fault.label("leave out one of these"));
            return None;
        }
        Some(found)
    }

    fn name(&self, index: usize) -> Option<String> {
        self.all.get(index).map(|loaded| format!("`{}`", loaded.file.source.name))
    }

    /// Numbers the layers from the roots inwards.
    pub(super) fn set_layers(&mut self, roots: &[(usize, usize)]) {
        let mut queue: Vec<(usize, usize)> = roots.to_vec();
        while let Some((index, layer)) = queue.pop() {
            let Some(loaded) = self.all.get_mut(index) else { continue };
            if layer < loaded.layer {
                loaded.layer = layer;
                queue.extend(loaded.extends.iter().map(|child| (*child, layer + 1)));
            }
        }
    }

    /// The file and all that it extends, at any depth.
    pub(super) fn reach(&self, index: usize) -> BTreeSet<usize> {
        reached(index, |index| self.all.get(index).map(|loaded| loaded.extends.clone()).unwrap_or_default())
    }

    /// The file and all that extend it, at any depth.
    pub(super) fn above(&self, index: usize) -> BTreeSet<usize> {
        let extend =
            |index| (0..self.all.len()).filter(move |&above| self.all.get(above).is_some_and(|loaded| loaded.extends.contains(&index)));
        reached(index, |index| extend(index).collect())
    }

    /// The files from the outer layer to the inner, in the order of loading.
    pub(super) fn outwards_in(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.all.len()).collect();
        order.sort_by_key(|index| self.all.get(*index).map(|loaded| (loaded.layer, *index)));
        order
    }
}

/// The text of a rule file, or why it has none.
fn read<'b>(files: &dyn crate::source::Files, path: &TreePath, buffer: &'b mut Vec<u8>) -> Result<&'b str, String> {
    match content(files, path, buffer) {
        Content::Text(bytes) if bytes.len() > LARGEST => Err(format!("it has more than {} MiB", LARGEST >> 20)),
        Content::Text(bytes) => std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned()),
        Content::Binary => Err("it is no text".to_owned()),
        Content::Unread(unread) => Err(unread.to_string()),
    }
}

fn reached(first: usize, next: impl Fn(usize) -> Vec<usize>) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut queue = vec![first];
    while let Some(index) = queue.pop() {
        if reached.insert(index) {
            queue.extend(next(index));
        }
    }
    reached
}
