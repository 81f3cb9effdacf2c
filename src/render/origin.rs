//! Owns what is said of where a rendered image's text comes from.

use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use crate::disk::shown;

/// Where an image's text comes from, most likely.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Origin {
    /// A key of a YAML file: values, a manifest, a kustomization, a Compose file.
    Key {
        /// The file, from the tree's root.
        #[serde(serialize_with = "as_text")]
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
        /// The key with those above it (`controller.image.repository`).
        key: String,
    },
    /// A line of a template, of an `.env` file, or inside a text.
    Line {
        /// The file, from the tree's root.
        #[serde(serialize_with = "as_text")]
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A template that puts the image together, so that nothing in the tree spells it.
    Template {
        /// The file, from the tree's root.
        #[serde(serialize_with = "as_text")]
        path: PathBuf,
    },
    /// A subchart that is packed, so that nothing in the tree spells it.
    Packed {
        /// The archive, from the tree's root.
        #[serde(serialize_with = "as_text")]
        path: PathBuf,
    },
    /// Something that is fetched.
    Remote {
        /// The base as typed.
        base: String,
    },
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key { path, line, key } => write!(f, "{}:{line} ({key})", path.display()),
            Self::Line { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Template { path } => write!(f, "{} (composed)", path.display()),
            Self::Packed { path } => write!(f, "{} (packed)", path.display()),
            Self::Remote { base } => write!(f, "{base} (remote)"),
        }
    }
}

/// A name may be no text, and is told all the same.
fn as_text<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&shown(path))
}
