//! Owns the formats in the binary: the files of `rules/formats`, embedded by the build script.

/// Name and text of every file of `rules/formats`, in order of name.
pub(super) const FORMATS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/formats.rs"));
