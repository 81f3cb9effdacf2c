//! Owns the trees that lie in memory: files of their own, and buffers over another tree.

use std::collections::BTreeMap;

use super::{Files, Met, Scope, TreePath, Unread};

/// A tree of files in memory.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    files: BTreeMap<TreePath, Vec<u8>>,
}

impl Memory {
    /// Puts a file in, in the place of one that is there.
    pub fn put(&mut self, path: TreePath, bytes: Vec<u8>) {
        self.files.insert(path, bytes);
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Memory {
    /// Of paths and texts; what is no path in a tree is left out.
    fn from(files: [(&str, &str); N]) -> Self {
        let files = files.into_iter().filter_map(|(path, text)| Some((TreePath::new(path).ok()?, text.as_bytes().to_vec())));
        Self { files: files.collect() }
    }
}

impl Files for Memory {
    fn list(&self, scope: &Scope) -> Vec<Met> {
        scope.of_list(&self.files.keys())
    }

    fn read(&self, path: &TreePath, into: &mut Vec<u8>) -> Result<(), Unread> {
        into.clone_from(self.files.get(path).ok_or(Unread::Missing)?);
        Ok(())
    }

    fn is_file(&self, path: &TreePath) -> bool {
        self.files.contains_key(path)
    }
}

/// Files that somebody else holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held<'a>(pub(crate) BTreeMap<TreePath, &'a [u8]>);

impl Files for Held<'_> {
    fn list(&self, scope: &Scope) -> Vec<Met> {
        scope.of_list(&self.0.keys())
    }

    fn read(&self, path: &TreePath, into: &mut Vec<u8>) -> Result<(), Unread> {
        into.clear();
        into.extend_from_slice(self.0.get(path).ok_or(Unread::Missing)?);
        Ok(())
    }

    fn is_file(&self, path: &TreePath) -> bool {
        self.0.contains_key(path)
    }
}

/// Buffers over another tree: an editor's unsaved files, or a text from standard input under the name that it has.
#[derive(Clone, Debug)]
pub struct Overlay<F> {
    /// What lies above.
    pub over: Memory,
    /// What shows through where nothing lies above.
    pub under: F,
}

impl<F: Files> Files for Overlay<F> {
    fn list(&self, scope: &Scope) -> Vec<Met> {
        let mut found: BTreeMap<TreePath, Met> = self.under.list(scope).into_iter().map(|met| (met.path().clone(), met)).collect();
        let over = self.over.list(scope).into_iter().filter(|met| matches!(met, Met::File { .. }));
        found.extend(over.map(|met| (met.path().clone(), met)));
        found.into_values().collect()
    }

    fn read(&self, path: &TreePath, into: &mut Vec<u8>) -> Result<(), Unread> {
        if self.over.is_file(path) { self.over.read(path, into) } else { self.under.read(path, into) }
    }

    fn announce(&self, paths: &mut dyn Iterator<Item = &TreePath>) {
        self.under.announce(&mut paths.filter(|path| !self.over.is_file(path)));
    }

    fn is_file(&self, path: &TreePath) -> bool {
        self.over.is_file(path) || self.under.is_file(path)
    }

    fn shown(&self, path: &TreePath) -> String {
        self.under.shown(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_hides_the_file_below_it() {
        let (under, over) = (Memory::from([("a", "old"), ("b", "b")]), Memory::from([("a", "new"), ("c", "c")]));
        let tree = Overlay { over, under };
        let read = |path: &str| {
            let mut bytes = Vec::new();
            tree.read(&TreePath::new(path).unwrap(), &mut bytes).map(|()| String::from_utf8(bytes).unwrap())
        };
        assert_eq!((read("a").as_deref(), read("b").as_deref(), read("d")), (Ok("new"), Ok("b"), Err(Unread::Missing)));
        let listed: Vec<String> =
            tree.list(&Scope { roots: vec![TreePath::default()], ..Scope::default() }).iter().map(|met| met.path().to_string()).collect();
        assert_eq!(listed, ["a", "b", "c"]);
    }
}
