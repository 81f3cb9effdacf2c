//! Owns the formats in the binary: the files of `rules/formats`, embedded by the build script.

/// Name and text of every file of `rules/formats`, in order of name.
pub(super) const FORMATS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/formats.rs"));

/// The built-in table of that id.
pub(super) fn table<T: serde::de::DeserializeOwned>(id: &str) -> Option<T> {
    FORMATS.iter().find(|(known, _)| *known == id).and_then(|(_, text)| serde_yaml::from_str(text).ok())
}
