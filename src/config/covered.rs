//! Owns which files a rule file wants looked into: `exclude:` and `include:`.

use globset::GlobSet;

use super::files::Files;
use super::globs::{globs, globs_of};

/// Globs on paths from the top of the tree. One that fits a folder means all that is in it.
#[derive(Clone, Debug, Default)]
pub struct Covered {
    exclude: Vec<GlobSet>,
    /// The only ones, where any rule file has some.
    include: Vec<GlobSet>,
    /// The globs as they are written: key, glob, and by whom.
    written: Vec<(&'static str, String, String)>,
}

impl Covered {
    /// Whether the file at `path` is passed by.
    #[must_use]
    pub fn leaves(&self, path: &str) -> bool {
        let fits = |set: &GlobSet| {
            set.is_match(path) || path.match_indices('/').any(|(at, _)| path.get(..at).is_some_and(|folder| set.is_match(folder)))
        };
        self.exclude.iter().any(fits) || !(self.include.is_empty() || self.include.iter().any(fits))
    }

    /// The globs as they are written: the key, the glob, and the rule file that says it.
    pub fn written(&self) -> impl Iterator<Item = &(&'static str, String, String)> {
        self.written.iter()
    }

    /// Whether every file is looked into.
    #[must_use]
    pub const fn is_everything(&self) -> bool {
        self.exclude.is_empty() && self.include.is_empty()
    }

    /// The same without what these globs fit.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub fn without(mut self, exclude: &[String]) -> Result<Self, String> {
        if !exclude.is_empty() {
            self.exclude.push(globs_of(exclude)?);
            self.written.extend(exclude.iter().map(|glob| ("exclude", glob.clone(), "--exclude".to_owned())));
        }
        Ok(self)
    }

    /// What both cover.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.exclude.extend(other.exclude.iter().cloned());
        self.include.extend(other.include.iter().cloned());
        self.written.extend(other.written.iter().cloned());
        self
    }
}

/// `exclude:` and `include:` of all rule files: what one leaves out is left out, and what one wants is wanted.
pub(super) fn covered(files: &mut Files<'_>) -> Covered {
    let mut covered = Covered::default();
    let mut faults = Vec::new();
    for loaded in &files.all {
        for (key, sets) in [("exclude", &mut covered.exclude), ("include", &mut covered.include)] {
            let all = loaded.file.root.texts_at(key);
            if !all.is_empty() {
                sets.push(globs(&loaded.file, &all, &mut faults));
                covered.written.extend(all.into_iter().map(|glob| (key, glob.text, loaded.file.source.name.clone())));
            }
        }
    }
    files.faults.extend(faults);
    covered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_means_all_that_is_in_it_and_a_name_only_itself() {
        let globs = |all: &[&str]| globs_of(&all.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap();
        let covered = Covered { exclude: vec![globs(&["docs/old", "**/testdata", "*.tmp"])], ..Covered::default() };
        for path in ["docs/old/a", "docs/old/b/c", "testdata/x", "a/b/testdata/x/y", "x.tmp"] {
            assert!(covered.leaves(path), "{path}");
        }
        for path in ["docs/older/a", "docs/a", "a/testdatas/x", "a/x.tmp", "old/docs/old"] {
            assert!(!covered.leaves(path), "{path}");
        }
        let covered =
            Covered { exclude: vec![globs(&["deploy/dev"])], include: vec![globs(&["deploy", "**/Dockerfile"])], written: Vec::new() };
        let left = |path| covered.leaves(path);
        assert_eq!([left("deploy/a"), left("x/Dockerfile"), left("deploy/dev/a"), left("x/y")], [false, false, true, true]);
    }
}
