//! Owns what can be rendered: a Helm chart with its values, a kustomize root, a Compose file.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

/// What kind of program renders a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A chart: a folder with a `Chart.yaml`.
    Helm,
    /// A folder with a kustomization.
    Kustomize,
    /// A Compose file.
    Compose,
}

impl Kind {
    /// All kinds, in the order of reports.
    pub const ALL: [Self; 3] = [Self::Helm, Self::Kustomize, Self::Compose];

    /// The word for people and machines; also the option that names the program.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Helm => "helm",
            Self::Kustomize => "kustomize",
            Self::Compose => "compose",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One thing that is rendered as a whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit {
    /// What renders it.
    pub kind: Kind,
    /// The chart's folder, the kustomization's folder or the Compose file, from the tree's root; `.` for the root itself.
    pub path: PathBuf,
    /// A chart's values file from the tree's root; `None` renders its defaults.
    pub values: Option<PathBuf>,
}

impl Unit {
    /// Whether it lies in one of `folders` (from the tree's root), or is one; where there is none, every unit does.
    pub fn is_within(&self, folders: &[PathBuf]) -> bool {
        folders.is_empty() || folders.iter().any(|folder| is_in(&self.path, folder))
    }
}

/// Whether a path is a place or lies in it, both from the tree's root.
pub(super) fn is_in(path: &Path, place: &Path) -> bool {
    let plain = |path: &'_ Path| path.strip_prefix(".").unwrap_or(path).to_path_buf();
    plain(path).starts_with(plain(place))
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.path.display())?;
        match &self.values {
            Some(values) => write!(f, " with {}", values.display()),
            None => Ok(()),
        }
    }
}

/// Which files a kustomization may read, as kustomize itself sees to it (`--load-restrictor`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Restriction {
    /// Those of its own folder.
    #[default]
    Own,
    /// Any: some lie beside it.
    None,
}
