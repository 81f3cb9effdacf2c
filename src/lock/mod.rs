//! `transship.lock`: which digest each target had, so that a later run can tell that one has moved.

mod drift;

pub use drift::{Drift, Now, Told, drift};

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::reference::Reference;
use crate::text::conflict;

/// The name of the file.
pub const NAME: &str = "transship.lock";

/// The version of the file; another one is not read.
const VERSION: u32 = 1;

/// The lock: sorted, distinct, without secrets and without the time, so that it changes only when an image does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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

impl Entry {
    fn check(&self) -> Result<(), NoLock> {
        let is = |text: &str, prefix: &str| Reference::parse(&format!("{prefix}{text}")).is_ok();
        let references = std::iter::once(&self.target).chain(&self.source).find(|text| !is(text, ""));
        let digests = std::iter::once(&self.target_digest).chain(&self.source_digest).find(|text| !is(text, "x@"));
        match (references, digests) {
            (Some(text), _) => Err(NoLock::Entry(text.clone(), "reference")),
            (None, Some(text)) => Err(NoLock::Entry(text.clone(), "digest")),
            (None, None) => Ok(()),
        }
    }
}

/// What every version of the file has.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// How much of what the lock is about was looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// All of it: what was not found is not used.
    Whole,
    /// Some files: nothing is known of the rest.
    Part,
}

/// Why a text is no lock.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoLock {
    /// It is not JSON of the right form.
    #[error("{0}")]
    Form(String),
    /// Two branches were merged, and nobody has said which lock counts.
    #[error("line {0} is the mark of a merge conflict")]
    Conflict(usize),
    /// A later version of the tool wrote it.
    #[error("its version is {0}, and this program knows version {VERSION}")]
    Later(u32),
    /// An entry holds a text where a reference or a digest should stand.
    #[error("`{0}` is no {1}")]
    Entry(String, &'static str),
}

impl Lock {
    /// What a target is a copy of, as far as the lock remembers.
    pub fn source_of(&self, target: &str) -> Option<String> {
        self.of(target).find_map(|entry| entry.source.clone())
    }

    /// A lock of these entries.
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
    pub fn entries(&self) -> &[Entry] {
        &self.references
    }

    /// Reads a lock.
    ///
    /// # Errors
    /// [`NoLock`], with line and column where the text is not of the right form.
    pub fn parse(text: &str) -> Result<Self, NoLock> {
        if let Some(line) = conflict(text) {
            return Err(NoLock::Conflict(line));
        }
        let form = |fault: serde_json::Error| NoLock::Form(fault.to_string());
        // A later version may have other words, so it is asked for first.
        let Version { version } = serde_json::from_str(text).map_err(form)?;
        if version != VERSION {
            return Err(NoLock::Later(version));
        }
        let lock: Self = serde_json::from_str(text).map_err(form)?;
        lock.references.iter().try_for_each(Entry::check)?;
        Ok(Self::new(lock.references))
    }

    /// The lock with what `before` says of other targets: only a part of the files was looked into.
    #[must_use]
    pub fn with_rest_of(self, before: &Self) -> Self {
        let named: BTreeSet<&str> = self.references.iter().map(|entry| entry.target.as_str()).collect();
        let rest = before.references.iter().filter(|entry| !named.contains(entry.target.as_str())).cloned();
        Self::new(rest.chain(self.references.clone()).collect())
    }

    /// The entries of a target.
    pub fn of<'l>(&'l self, target: &'l str) -> impl Iterator<Item = &'l Entry> {
        self.references.iter().filter(move |entry| entry.target == target)
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        format!("{:#}\n", serde_json::json!(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(target: &str, digit: &str) -> Entry {
        let platforms = vec!["linux/arm64".to_owned(), "linux/amd64".to_owned()];
        let target_digest = format!("sha256:{}", digit.repeat(64));
        Entry { target: target.into(), source: None, target_digest, source_digest: None, platforms }
    }

    #[test]
    fn what_is_written_is_read_again_and_sorted() {
        let lock = Lock::new(vec![entry("r.io/b:1", "b"), entry("r.io/a:1", "a"), entry("r.io/b:1", "b")]);
        assert_eq!(lock.entries().len(), 2);
        assert_eq!(lock.entries()[0].target, "r.io/a:1");
        assert_eq!(lock.entries()[0].platforms, ["linux/amd64", "linux/arm64"]);
        assert_eq!(Lock::parse(&lock.text()), Ok(lock));
    }

    #[test]
    fn another_version_and_other_text_are_refused() {
        assert_eq!(Lock::parse(r#"{"version": 2, "entries": {}}"#), Err(NoLock::Later(2)));
        assert!(matches!(Lock::parse("{"), Err(NoLock::Form(_))));
        assert_eq!(Lock::parse("{\n<<<<<<< ours\n"), Err(NoLock::Conflict(2)));
        let odd = Lock::new(vec![Entry { target_digest: "sha256:z".into(), ..entry("r.io/a:1", "a") }]);
        assert_eq!(Lock::parse(&odd.text()), Err(NoLock::Entry("sha256:z".into(), "digest")));
    }

    #[test]
    fn a_part_replaces_its_own_targets_only() {
        let before = Lock::new(vec![entry("r.io/a:1", "a"), entry("r.io/b:1", "b")]);
        let lock = Lock::new(vec![entry("r.io/a:1", "c")]).with_rest_of(&before);
        assert_eq!(lock, Lock::new(vec![entry("r.io/a:1", "c"), entry("r.io/b:1", "b")]));
    }
}
