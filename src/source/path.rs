//! Owns the path of a file in a tree: relative to the tree's root and normalised, so that nothing outside of the tree has one.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// A path in a tree of files: segments with `/` between them, none of them empty, `.` or `..`. The root's own path is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TreePath(Arc<str>);

/// Why a text is no path in a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPath {
    /// It begins at the root of a file system.
    #[error("it is not relative")]
    Absolute,
    /// Its `..` lead above the root.
    #[error("it leads out of the tree")]
    Outside,
}

impl TreePath {
    /// The path that `text` means, seen from the root: `./a/../b` is `b`.
    ///
    /// # Errors
    /// [`BadPath`] when it leads out of the tree.
    pub fn new(text: &str) -> Result<Self, BadPath> {
        Self::default().join(text)
    }

    /// The path that `text` means, seen from this folder.
    ///
    /// # Errors
    /// [`BadPath`] when it leads out of the tree.
    pub fn join(&self, text: &str) -> Result<Self, BadPath> {
        if text.starts_with('/') {
            return Err(BadPath::Absolute);
        }
        if self.is_root() && text.split('/').all(|part| !matches!(part, "" | "." | "..")) {
            return Ok(Self(text.into()));
        }
        let mut parts: Vec<&str> = self.segments().collect();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop().ok_or(BadPath::Outside)?),
                part => parts.push(part),
            }
        }
        Ok(Self(parts.join("/").into()))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder that it lies in; the root's is the root.
    #[must_use]
    pub fn folder(&self) -> Self {
        Self(self.0.rsplit_once('/').map_or("", |(folder, _)| folder).into())
    }

    /// Its last segment.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// Its segments, outermost first.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }

    /// What of it lies below `folder`: the rest of its text, empty for the folder itself; `None` when it lies elsewhere.
    #[must_use]
    pub fn below(&self, folder: &Self) -> Option<&str> {
        let rest = self.0.strip_prefix(folder.as_str())?;
        if folder.is_root() || rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
    }

    /// Whether it is the root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The folders above it, the innermost first, the root last.
    pub fn above(&self) -> impl Iterator<Item = Self> {
        std::iter::successors((!self.is_root()).then(|| self.folder()), |folder| (!folder.is_root()).then(|| folder.folder()))
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Ord for TreePath {
    /// Folder by folder, names in byte order: what lies in `a` comes before `a-b`.
    fn cmp(&self, other: &Self) -> Ordering {
        let weight = |byte: &u8| if *byte == b'/' { 0 } else { *byte };
        let (own, other) = (self.0.as_bytes(), other.0.as_bytes());
        // Most paths share their folders: eight bytes are compared at once.
        let same = own.chunks_exact(8).zip(other.chunks_exact(8)).take_while(|(own, other)| own == other).count() * 8;
        let differs = own.iter().zip(other).skip(same).position(|(own, other)| own != other).map(|at| same + at);
        differs.map_or_else(|| own.len().cmp(&other.len()), |at| own.get(at).map(weight).cmp(&other.get(at).map(weight)))
    }
}

impl PartialOrd for TreePath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> TreePath {
        TreePath::new(text).unwrap()
    }

    #[test]
    fn a_path_is_normalised_and_stays_in_its_tree() {
        assert_eq!(path("./a//b/../c/.").as_str(), "a/c");
        assert_eq!(path("a/b").join("../../c").unwrap(), path("c"));
        assert_eq!(path("a").join("../.."), Err(BadPath::Outside));
        assert_eq!(TreePath::new("a/../../b"), Err(BadPath::Outside));
        assert_eq!(path("a").join("/etc/passwd"), Err(BadPath::Absolute));
    }

    #[test]
    fn folders_end_at_the_root() {
        let above: Vec<String> = path("a/b/c.yaml").above().map(|folder| folder.to_string()).collect();
        assert_eq!(above, ["a/b", "a", ""]);
        assert_eq!(path("").above().count(), 0);
        assert!(path("a/b") < path("a-b") && path("a") < path("a/b"));
        assert_eq!((path("a/b").below(&path("a")), path("ab").below(&path("a")), path("a").below(&path(""))), (Some("b"), None, Some("a")));
    }
}
