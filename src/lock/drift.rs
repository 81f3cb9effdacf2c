//! Owns the difference between a lock and what registries say now.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Coverage, Lock};
use crate::registry::Verdict;

/// One reference as its registry tells it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The reference, canonical.
    pub reference: String,
    /// Its digest; or why its registry told none, for people.
    pub digest: Result<String, String>,
}

/// One target as it is now, and what it is a copy of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Now {
    /// The target.
    pub target: Told,
    /// Its source, where the files still name it.
    pub source: Option<Told>,
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
    /// What the target is a copy of has another digest: the copy is not what its source is now.
    SourceMoved {
        /// The target.
        target: String,
        /// The source.
        source: String,
        /// The digest in the lock.
        locked: String,
        /// The digest now.
        now: String,
    },
    /// What the target is a copy of could not be asked, so that nobody knows whether it is what the lock says.
    SourceSilent {
        /// The target.
        target: String,
        /// The source.
        source: String,
        /// Why, for people.
        reason: String,
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
    /// It in one word, as it stands in JSON.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Moved { .. } => "moved",
            Self::SourceMoved { .. } => "source-moved",
            Self::SourceSilent { .. } => "source-silent",
            Self::NotLocked { .. } => "not-locked",
            Self::NotUsed { .. } => "not-used",
        }
    }

    /// What it means for a gate.
    pub const fn verdict(&self) -> Verdict {
        if matches!(self, Self::SourceSilent { .. }) { Verdict::Undecided } else { Verdict::Finding }
    }

    /// The target.
    pub fn target(&self) -> &str {
        match self {
            Self::Moved { target, .. }
            | Self::SourceMoved { target, .. }
            | Self::SourceSilent { target, .. }
            | Self::NotLocked { target }
            | Self::NotUsed { target } => target,
        }
    }

    /// The source, where it is of one: a target may be a copy of several.
    pub fn source(&self) -> Option<&str> {
        match self {
            Self::SourceMoved { source, .. } | Self::SourceSilent { source, .. } => Some(source),
            Self::Moved { .. } | Self::NotLocked { .. } | Self::NotUsed { .. } => None,
        }
    }
}

impl std::fmt::Display for Drift {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Moved { target, locked, now } => write!(f, "`{target}` is now `{now}`, locked is `{}`", locked.join("`, `")),
            Self::SourceMoved { source, locked, now, .. } => write!(f, "its source `{source}` is now `{now}`, locked is `{locked}`"),
            Self::SourceSilent { source, reason, .. } => write!(f, "its source `{source}` could not be held against it: {reason}"),
            Self::NotLocked { target } => write!(f, "`{target}` is not in the lock"),
            Self::NotUsed { target } => write!(f, "`{target}` is in the lock, and nothing names it"),
        }
    }
}

/// Every difference, sorted. A source counts as long as `now` has it: before a fix the files name it, after it they do not.
pub fn drift(lock: &Lock, now: &[Now], coverage: Coverage) -> Vec<Drift> {
    let mut locked: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for entry in lock.entries() {
        locked.entry(&entry.target).or_default().insert(&entry.target_digest);
    }
    let mut found = BTreeSet::new();
    for Now { target: one, source } in now {
        found.extend(source.iter().flat_map(|source| moved_source(lock, &one.reference, source)));
        match (locked.get(one.reference.as_str()), &one.digest) {
            (None, _) => drop(found.insert(Drift::NotLocked { target: one.reference.clone() })),
            (Some(digests), Ok(digest)) if !digests.contains(digest.as_str()) => {
                let locked = digests.iter().map(|digest| (*digest).to_owned()).collect();
                found.insert(Drift::Moved { target: one.reference.clone(), locked, now: digest.clone() });
            }
            (Some(_), _) => {}
        }
    }
    if coverage == Coverage::Part {
        return found.into_iter().collect();
    }
    let named: BTreeSet<&str> = now.iter().map(|one| one.target.reference.as_str()).collect();
    found.extend(locked.keys().filter(|target| !named.contains(*target)).map(|target| Drift::NotUsed { target: (*target).to_owned() }));
    found.into_iter().collect()
}

/// The entries of a target whose source has another digest now.
fn moved_source<'l>(lock: &'l Lock, target: &'l str, source: &'l Told) -> impl Iterator<Item = Drift> + 'l {
    let same = lock.of(target).filter(move |entry| entry.source.as_ref() == Some(&source.reference));
    same.filter_map(|entry| {
        let (target, locked, source_name) = (target.to_owned(), entry.source_digest.clone()?, source.reference.clone());
        match source.digest.clone() {
            Ok(now) if now == locked => None,
            Ok(now) => Some(Drift::SourceMoved { target, source: source_name, locked, now }),
            Err(reason) => Some(Drift::SourceSilent { target, source: source_name, reason }),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::Entry;
    use super::*;

    fn told(reference: &str, digest: Option<&str>) -> Told {
        Told { reference: reference.into(), digest: digest.map(str::to_owned).ok_or_else(|| "silence".to_owned()) }
    }

    #[test]
    fn a_source_that_moved_is_drift_a_silent_one_is_undecided_and_another_one_is_neither() {
        let entry = Entry {
            target: "new".into(),
            source: Some("old".into()),
            target_digest: "sha256:a".into(),
            source_digest: Some("sha256:a".into()),
            platforms: Vec::new(),
        };
        let lock = Lock::new(vec![entry]);
        let found = |source: Option<Told>| drift(&lock, &[Now { target: told("new", Some("sha256:a")), source }], Coverage::Whole);
        for same in [None, Some(told("old", Some("sha256:a"))), Some(told("other", Some("sha256:b"))), Some(told("other", None))] {
            assert_eq!(found(same), []);
        }
        let silent = found(Some(told("old", None)));
        assert_eq!((silent[0].word(), silent[0].verdict()), ("source-silent", Verdict::Undecided));
        let moved = found(Some(told("old", Some("sha256:b"))));
        assert_eq!(moved[0].to_string(), "its source `old` is now `sha256:b`, locked is `sha256:a`");
    }

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
        let now = |target: &str, digest| Now { target: told(target, digest), source: None };
        let all = [now("same", Some("sha256:a")), now("moved", Some("sha256:b")), now("silent", None), now("new", None)];
        let found = drift(&lock, &all, Coverage::Whole);
        let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "`moved` is now `sha256:b`, locked is `sha256:a`",
                "`new` is not in the lock",
                "`unused` is in the lock, and nothing names it"
            ]
        );
        assert_eq!(drift(&lock, &all, Coverage::Part).len(), 2, "nothing is known of the rest");
    }
}
