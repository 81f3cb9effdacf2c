//! Owns the way from the paths that a user gives to roots that do not overlap.

use std::path::{Path, PathBuf};

/// One place to start from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Root {
    /// A file, or anything else that can be read to an end (a pipe of the shell).
    File(PathBuf),
    /// A folder.
    Folder {
        /// As given.
        path: PathBuf,
        /// Other roots inside of it, spelled as the walk will meet them. They are walked by themselves, since what is named is read even
        /// where ignore files or [`super::Vendored`] would keep the walk out.
        inner: Vec<PathBuf>,
    },
    /// Nothing that can be read.
    Missing {
        /// As given.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// The roots in order of their paths, the same place once.
pub(super) fn resolve(given: &[PathBuf]) -> Vec<Root> {
    let mut given: Vec<&PathBuf> = given.iter().collect();
    given.sort();
    let mut known: Vec<(PathBuf, &Path)> = Vec::new();
    let mut roots = Vec::new();
    for path in given {
        match path.canonicalize() {
            Ok(real) if known.iter().any(|(other, _)| *other == real) => {}
            Ok(real) => known.push((real, path)),
            Err(error) => roots.push(Root::Missing { path: path.clone(), reason: crate::diagnostic::reason(&error) }),
        }
    }
    for (real, path) in &known {
        if real.is_dir() {
            let inner = known.iter().filter(|(other, _)| other != real);
            let inner = inner.filter_map(|(other, _)| Some(path.join(other.strip_prefix(real).ok()?))).collect();
            roots.push(Root::Folder { path: path.to_path_buf(), inner });
        } else {
            roots.push(Root::File(path.to_path_buf()));
        }
    }
    roots.sort_by(|a, b| path(a).cmp(path(b)));
    roots
}

fn path(root: &Root) -> &Path {
    match root {
        Root::File(path) | Root::Folder { path, .. } | Root::Missing { path, .. } => path,
    }
}
