//! `transship.lock`: which digest each target had, so that a later run can tell that one has moved.

mod drift;

pub use drift::{Drift, Now, Told, drift};

use serde::{Deserialize, Serialize};

/// The name of the file.
pub const NAME: &str = "transship.lock";

/// The version of the file; another one is not read.
const VERSION: u32 = 1;

/// The lock: sorted, distinct, without secrets and without the time, so that it changes only when an image does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    version: u32,
    references: Vec<Entry>,
}

/// One target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The target, canonical.
    pub target: String,
    /// What it is a copy of, canonical; none when the files name the target already.
    pub source: Option<String>,
    /// The digest of the target's manifest.
    pub target_digest: String,
    /// The digest of the source's manifest; none when its registry does not say.
    pub source_digest: Option<String>,
    /// The target's platforms, sorted.
    pub platforms: Vec<String>,
}

/// Why a text is no lock.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoLock {
    /// It is not JSON of the right form.
    #[error("{0}")]
    Form(String),
    /// Another version of the tool wrote it.
    #[error("its version is {0}, and this program reads version {VERSION}")]
    Version(u32),
}

impl Lock {
    /// A lock of these entries.
    #[must_use]
    pub fn new(mut references: Vec<Entry>) -> Self {
        for entry in &mut references {
            entry.platforms.sort();
            entry.platforms.dedup();
        }
        references.sort();
        references.dedup();
        Self { version: VERSION, references }
    }

    /// The entries, sorted by target.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.references
    }

    /// Reads a lock.
    ///
    /// # Errors
    /// [`NoLock`], with line and column where the text is not of the right form.
    pub fn parse(text: &str) -> Result<Self, NoLock> {
        let lock: Self = serde_json::from_str(text).map_err(|fault| NoLock::Form(fault.to_string()))?;
        if lock.version == VERSION { Ok(Self::new(lock.references)) } else { Err(NoLock::Version(lock.version)) }
    }

    /// The text of the file.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{:#}\n", serde_json::json!(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(target: &str, digest: &str) -> Entry {
        let platforms = vec!["linux/arm64".to_owned(), "linux/amd64".to_owned()];
        Entry { target: target.into(), source: None, target_digest: digest.into(), source_digest: None, platforms }
    }

    #[test]
    fn what_is_written_is_read_again_and_sorted() {
        let lock = Lock::new(vec![entry("r.io/b:1", "sha256:b"), entry("r.io/a:1", "sha256:a"), entry("r.io/b:1", "sha256:b")]);
        assert_eq!(lock.entries().len(), 2);
        assert_eq!(lock.entries()[0].target, "r.io/a:1");
        assert_eq!(lock.entries()[0].platforms, ["linux/amd64", "linux/arm64"]);
        assert_eq!(Lock::parse(&lock.text()), Ok(lock));
    }

    #[test]
    fn another_version_and_other_text_are_refused() {
        assert_eq!(Lock::parse(r#"{"version": 2, "references": []}"#), Err(NoLock::Version(2)));
        assert!(matches!(Lock::parse("<<<<<<< ours"), Err(NoLock::Form(_))));
    }
}
