//! Owns the formats in the binary: the files of `rules/formats`, embedded by the build script as JSON.

use super::FormatTable;

/// Name and text of every file of `rules/formats`, in order of name.
pub(super) const FORMATS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/formats.rs"));

/// All built-in tables.
pub(super) fn tables() -> impl Iterator<Item = FormatTable> {
    FORMATS.iter().filter_map(|(_, text)| serde_json::from_str(text).ok())
}

/// The built-in table of that id.
pub(super) fn table<T: serde::de::DeserializeOwned>(id: &str) -> Option<T> {
    FORMATS.iter().find(|(known, _)| *known == id).and_then(|(_, text)| serde_json::from_str(text).ok())
}
