//! Owns the difference between a lock and what registries say now.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Lock;

/// One target as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Now {
    /// The target, canonical.
    pub target: String,
    /// The digest that its registry tells; none when it told none, which is no drift: that it could not be asked is said elsewhere.
    pub digest: Option<String>,
}

/// How the lock and the present differ in one target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case", tag = "drift")]
pub enum Drift {
    /// The target has another digest.
    Moved {
        /// The target.
        target: String,
        /// The digests in the lock; more than one when sources disagreed.
        locked: Vec<String>,
        /// The digest now.
        now: String,
    },
    /// The files name a target that the lock does not know.
    NotLocked {
        /// The target.
        target: String,
    },
    /// The lock knows a target that no file names any more.
    NotUsed {
        /// The target.
        target: String,
    },
}

impl Drift {
    /// The target.
    #[must_use]
    pub fn target(&self) -> &str {
        match self {
            Self::Moved { target, .. } | Self::NotLocked { target } | Self::NotUsed { target } => target,
        }
    }
}

impl std::fmt::Display for Drift {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Moved { target, locked, now } => write!(f, "`{target}` is now `{now}`, locked is `{}`", locked.join("`, `")),
            Self::NotLocked { target } => write!(f, "`{target}` is not in the lock"),
            Self::NotUsed { target } => write!(f, "`{target}` is in the lock, and nothing names it"),
        }
    }
}

/// Every difference, sorted. Sources are not compared: before a fix the files name them, after it they do not.
#[must_use]
pub fn drift(lock: &Lock, now: &[Now]) -> Vec<Drift> {
    let mut locked: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for entry in lock.entries() {
        locked.entry(&entry.target).or_default().insert(&entry.target_digest);
    }
    let mut found = BTreeSet::new();
    for one in now {
        match (locked.get(one.target.as_str()), &one.digest) {
            (None, _) => drop(found.insert(Drift::NotLocked { target: one.target.clone() })),
            (Some(digests), Some(digest)) if !digests.contains(digest.as_str()) => {
                let locked = digests.iter().map(|digest| (*digest).to_owned()).collect();
                found.insert(Drift::Moved { target: one.target.clone(), locked, now: digest.clone() });
            }
            (Some(_), _) => {}
        }
    }
    let named: BTreeSet<&str> = now.iter().map(|one| one.target.as_str()).collect();
    found.extend(locked.keys().filter(|target| !named.contains(*target)).map(|target| Drift::NotUsed { target: (*target).to_owned() }));
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::super::Entry;
    use super::*;

    #[test]
    fn moved_new_and_unused_targets_are_drift_and_an_unknown_digest_is_not() {
        let entry = |target: &str| Entry {
            target: target.into(),
            source: None,
            target_digest: "sha256:a".into(),
            source_digest: None,
            platforms: Vec::new(),
        };
        let lock = Lock::new(["same", "moved", "silent", "unused"].map(entry).to_vec());
        let now = |target: &str, digest: Option<&str>| Now { target: target.into(), digest: digest.map(str::to_owned) };
        let found = drift(&lock, &[now("same", Some("sha256:a")), now("moved", Some("sha256:b")), now("silent", None), now("new", None)]);
        let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "`moved` is now `sha256:b`, locked is `sha256:a`",
                "`new` is not in the lock",
                "`unused` is in the lock, and nothing names it"
            ]
        );
    }
}
