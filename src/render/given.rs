//! Owns what some charts are rendered with, beside what all are.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use globset::GlobSet;

/// What charts are rendered with.
#[derive(Clone, Debug)]
pub struct Given {
    /// Where the rendered tree lies in the whole one, whose paths the globs are for.
    pub within: PathBuf,
    /// Their folders; `None` for all charts.
    pub folders: Option<GlobSet>,
    /// Values files, from a chart's folder or from the root.
    pub values: GlobSet,
    /// Arguments for helm.
    pub arguments: Vec<OsString>,
}

impl Given {
    /// Whether it is meant for the chart in a folder.
    pub(super) fn is_for(&self, chart: &Path) -> bool {
        self.folders.as_ref().is_none_or(|folders| folders.is_match(self.whole(chart)))
    }

    /// Whether a values file is one of the chart; `own` is its path from the chart's folder.
    pub(super) fn takes(&self, chart: &Path, own: &Path, file: &Path) -> bool {
        self.is_for(chart) && (self.values.is_match(own) || self.values.is_match(self.whole(file)))
    }

    fn whole(&self, path: &Path) -> PathBuf {
        // An empty last part would stand behind a slash.
        self.within.join(path).components().filter(|part| !matches!(part, Component::CurDir)).collect()
    }
}
