//! Owns what the folders above a file say about it, asked once a folder.

use std::path::{Component, Path, PathBuf};

use crate::locate::Surroundings;

/// A worker's memory of the folders above the file that it saw last. Files come in order, so the next one nearly always shares them, and the
/// memory never grows with the tree.
#[derive(Debug)]
pub struct Around {
    start: PathBuf,
    above: Vec<Folder>,
}

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    has_chart: Chart,
    repository: Repository,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chart {
    Here,
    No,
}

/// Whether a repository begins in a folder: charts above it are somebody else's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repository {
    BeginsHere,
    No,
}

impl Around {
    /// Relative paths are taken from `start`, the current folder.
    #[must_use]
    pub fn new(start: &Path) -> Self {
        Self { start: start.to_owned(), above: Vec::new() }
    }

    /// What stands around the file at `path`. A chart above the folders that are walked counts too, up to the root of the repository.
    pub fn of(&mut self, path: &Path) -> Surroundings {
        let file = normal(&self.start.join(path));
        let Some(folder) = file.parent() else { return Surroundings::Plain };
        self.enter(folder);
        let first = self.above.iter().rposition(|folder| folder.repository == Repository::BeginsHere).unwrap_or(0);
        let chart = self.above.iter().rposition(|folder| folder.has_chart == Chart::Here).filter(|&chart| chart >= first);
        let Some(chart) = chart else { return Surroundings::Plain };
        if chart + 1 == self.above.len() {
            return Surroundings::ChartRoot;
        }
        let in_templates = self.above.get(chart + 1).is_some_and(|next| next.path.file_name().is_some_and(|name| name == "templates"));
        if in_templates { Surroundings::ChartTemplates } else { Surroundings::InChart }
    }

    /// Makes `above` the chain of folders that ends in `folder`.
    fn enter(&mut self, folder: &Path) {
        while self.above.last().is_some_and(|last| !folder.starts_with(&last.path)) {
            self.above.pop();
        }
        // Where a repository began, the chain was cut: what lies above it is not known to the next folder either, and not asked for.
        let known = self.above.last().map(|last| last.path.clone());
        let mut new: Vec<Folder> = Vec::new();
        for path in folder.ancestors() {
            if known.as_deref() == Some(path) {
                break;
            }
            let has_chart = if path.join("Chart.yaml").is_file() { Chart::Here } else { Chart::No };
            let repository = if path.join(".git").exists() { Repository::BeginsHere } else { Repository::No };
            new.push(Folder { path: path.to_owned(), has_chart, repository });
            if repository == Repository::BeginsHere {
                break;
            }
        }
        self.above.extend(new.into_iter().rev());
    }
}

/// The path without `.` and `..`, by its text alone.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}
