//! Owns the record in a folder of charts: what was fetched for what, from where, and with which digests.

use serde::{Deserialize, Serialize};

/// The name of the file, in the folder of charts.
pub const NAME: &str = "charts.json";

/// The version of the file; another one is not read.
const VERSION: u32 = 1;

/// The record: sorted, without secrets and without the time, so that it changes only when a chart does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    version: u32,
    charts: Vec<Entry>,
}

/// One chart, for one wish.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// The version that was asked for.
    pub wanted: String,
    /// Where it was asked for: `https://…`, or `oci://…`.
    pub from: String,
    /// The version that came.
    pub version: String,
    /// The file in the folder.
    pub file: String,
    /// The digest of the file.
    pub digest: String,
    /// The digest of its manifest, where a registry keeps it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub manifest: Option<String>,
    /// What says the same digest, beside the bytes.
    pub proven: Vec<Proven>,
}

/// What said the digest of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proven {
    /// The repository's index.
    Index,
    /// The registry's manifest.
    Manifest,
    /// A provenance file, whose signature was not checked.
    Provenance,
}

/// Why a text is no record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRecord {
    /// It is not JSON of the right form.
    #[error("{0}")]
    Form(String),
    /// A later version of the tool wrote it.
    #[error("its version is {0}, and this program knows version {VERSION}")]
    Later(u32),
}

impl Record {
    /// A record of these entries.
    pub fn new(mut charts: Vec<Entry>) -> Self {
        charts.sort();
        charts.dedup();
        Self { version: VERSION, charts }
    }

    /// The entries, sorted.
    pub fn entries(&self) -> &[Entry] {
        &self.charts
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`NoRecord`], with line and column where the text is not of the right form.
    pub fn parse(text: &str) -> Result<Self, NoRecord> {
        let record: Self = serde_json::from_str(text).map_err(|fault| NoRecord::Form(fault.to_string()))?;
        if record.version == VERSION { Ok(record) } else { Err(NoRecord::Later(record.version)) }
    }

    /// Its text.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).map(|text| text + "\n").unwrap_or_default()
    }
}
