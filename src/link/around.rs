//! Owns what the folders above a file say about it, asked once a folder.

use crate::format::Surroundings;
use crate::source::{Files, TreePath};

/// A memory of the folders above the file that was asked for last. Files come in order, so the next one nearly always shares them, and the
/// memory never grows with the tree.
pub struct Around<'f> {
    files: &'f dyn Files,
    above: Vec<Folder>,
}

struct Folder {
    path: TreePath,
    has_chart: bool,
    /// Whether a repository begins here: charts above it are somebody else's.
    begins: bool,
}

impl<'f> Around<'f> {
    /// Asks `files`.
    #[must_use]
    pub fn new(files: &'f dyn Files) -> Self {
        Self { files, above: Vec::new() }
    }

    /// What stands around the file at `path`.
    pub fn of(&mut self, path: &TreePath) -> Surroundings {
        self.enter(&path.folder());
        let first = self.above.iter().rposition(|folder| folder.begins).unwrap_or(0);
        let chart = self.above.iter().rposition(|folder| folder.has_chart).filter(|&chart| chart >= first);
        let Some(chart) = chart else { return Surroundings::Plain };
        match self.above.get(chart + 1) {
            None => Surroundings::ChartRoot,
            Some(next) if next.path.name() == "templates" => Surroundings::ChartTemplates,
            Some(_) => Surroundings::InChart,
        }
    }

    /// Makes `above` the chain of folders from the root to `folder`.
    fn enter(&mut self, folder: &TreePath) {
        while self.above.last().is_some_and(|last| folder.below(&last.path).is_none()) {
            self.above.pop();
        }
        let known = self.above.last().map(|last| last.path.clone());
        let mut new: Vec<TreePath> =
            std::iter::once(folder.clone()).chain(folder.above()).take_while(|path| Some(path) != known.as_ref()).collect();
        new.reverse();
        for path in new {
            let is_there = |name: &str| path.join(name).is_ok_and(|file| self.files.is_file(&file));
            let folder = Folder { has_chart: is_there("Chart.yaml"), begins: is_there(".git") || is_there(".git/HEAD"), path };
            self.above.push(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Memory;

    #[test]
    fn surroundings_are_those_of_the_nearest_chart() {
        let names =
            ["c/Chart.yaml", "c/templates/sub/a.yaml", "c/charts/d/Chart.yaml", "c/charts/d/values.yaml", "c/ci/values.yaml", "x/y"];
        let tree = Memory::from(names.map(|name| (name, "")));
        let mut around = Around::new(&tree);
        let mut of = |path: &str| around.of(&TreePath::new(path).unwrap());
        assert_eq!(of("c/Chart.yaml"), Surroundings::ChartRoot);
        assert_eq!(of("c/templates/sub/a.yaml"), Surroundings::ChartTemplates);
        assert_eq!(of("c/charts/d/values.yaml"), Surroundings::ChartRoot);
        assert_eq!(of("c/ci/values.yaml"), Surroundings::InChart);
        assert_eq!(of("x/y"), Surroundings::Plain);
        assert_eq!(of("c/templates/a.yaml"), Surroundings::ChartTemplates, "after another folder");
    }

    #[test]
    fn surroundings_end_where_a_repository_begins() {
        let tree = Memory::from([("Chart.yaml", ""), ("sub/.git/HEAD", ""), ("sub/a/x.yaml", ""), ("y.yaml", "")]);
        let mut around = Around::new(&tree);
        let mut of = |path: &str| around.of(&TreePath::new(path).unwrap());
        assert_eq!(
            (of("y.yaml"), of("sub/a/x.yaml"), of("y.yaml")),
            (Surroundings::ChartRoot, Surroundings::Plain, Surroundings::ChartRoot)
        );
    }
}
