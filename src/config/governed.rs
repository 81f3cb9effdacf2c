//! Owns which rule file governs which files: the closest one, in the file's folder or above.

use crate::source::TreePath;

/// Something for a whole tree, and for folders of it that have their own.
#[derive(Clone, Debug, Default)]
pub struct Governed<T> {
    whole: T,
    /// Folders that have their own, those farther down first.
    folders: Vec<(TreePath, T)>,
}

impl<T> Governed<T> {
    /// The same for all files.
    pub const fn all(whole: T) -> Self {
        Self { whole, folders: Vec::new() }
    }

    /// For each of the folders its own, for all other files `whole`.
    pub fn new(whole: T, mut folders: Vec<(TreePath, T)>) -> Self {
        folders.sort_by(|(a, _), (b, _)| b.cmp(a));
        Self { whole, folders }
    }

    /// What holds where no folder has its own.
    pub const fn whole(&self) -> &T {
        &self.whole
    }

    /// What holds for the file at `path`, from the top of the tree.
    pub fn of(&self, path: &str) -> &T {
        let is_below = |folder: &TreePath| path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'));
        self.folders.iter().find(|(folder, _)| is_below(folder)).map_or(&self.whole, |(_, own)| own)
    }

    /// All of them, that of the whole tree first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::once(&self.whole).chain(self.folders.iter().map(|(_, own)| own))
    }

    /// The folders that have their own, with it.
    pub fn folders(&self) -> impl Iterator<Item = (&TreePath, &T)> {
        self.folders.iter().map(|(folder, own)| (folder, own))
    }

    /// The same, with something made of each.
    pub fn map<U>(self, mut make: impl FnMut(T) -> U) -> Governed<U> {
        let whole = make(self.whole);
        Governed { whole, folders: self.folders.into_iter().map(|(folder, own)| (folder, make(own))).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_folder_decides_and_names_end_at_a_slash() {
        let folder = |path: &str| TreePath::new(path).unwrap();
        let governed = Governed::new("top", vec![(folder("a"), "a"), (folder("a/b"), "a/b"), (folder("a-b"), "a-b")]);
        let of = |path| *governed.of(path);
        assert_eq!(
            [of("x"), of("a/x"), of("a/b/c/x"), of("a/bc/x"), of("ab/x"), of("a-b/x"), of("a")],
            ["top", "a", "a/b", "a", "top", "a-b", "top"]
        );
    }
}
