//! Owns the way from rows to a copy plan: sorted, distinct, and free of two images for one target.

use std::collections::BTreeMap;

use super::row::{Naming, Row, Wish};

/// The copies to make: sorted by target, then source; each pair once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopyPlan {
    rows: Vec<Row>,
}

impl CopyPlan {
    /// The rows, in order.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Whether nothing is to be copied.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// Why rows cannot all be in one plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// Two images are wanted under one reference, and they are not known to be the same.
    #[error("`{target}` would be a copy of `{first}` ({}) and of `{second}` ({})", said(.first_digest.as_deref()), said(.second_digest.as_deref()))]
    TwoSources {
        /// The target in canonical form.
        target: String,
        /// One source in canonical form.
        first: String,
        /// Its digest, when known.
        first_digest: Option<String>,
        /// The other source in canonical form.
        second: String,
        /// Its digest, when known.
        second_digest: Option<String>,
    },
    /// One source was seen with two digests: its tag moved while registries were asked.
    #[error("`{origin}` was seen with two digests, {first} and {second}; ask its registry again")]
    Moved {
        /// The source in canonical form.
        origin: String,
        /// One digest.
        first: String,
        /// The other.
        second: String,
    },
}

fn said(digest: Option<&str>) -> &str {
    digest.unwrap_or("digest not known")
}

/// Sorts and merges rows. Two sources may share a target only when both digests are known and equal. A target with tag and digest leaves the
/// tag to a row that has no digest, for whoever wants `name:tag@digest` pulls by the digest. Rows that are satisfied take part in all of that,
/// so that no run undoes the last one, and are then dropped.
///
/// # Errors
/// Every [`Conflict`], in order of target.
pub fn plan(rows: impl IntoIterator<Item = Row>) -> Result<CopyPlan, Vec<Conflict>> {
    let mut conflicts = Vec::new();
    let mut distinct: BTreeMap<(String, String), Row> = BTreeMap::new();
    let mut given: Vec<Row> = rows.into_iter().collect();
    // Whichever order the rows come in, the same one is kept and the same conflict is named.
    let spelled = |row: &Row| (row.source().as_str().to_owned(), row.target().as_str().to_owned());
    given.sort_by_cached_key(|row| (key(row), row.digest().map(str::to_owned), spelled(row)));
    for row in given {
        let key = key(&row);
        let merged = match distinct.remove(&key) {
            None => row,
            Some(before) => before.clone().merge(row.clone()).unwrap_or_else(|| {
                conflicts.push(moved(&before, &row));
                before
            }),
        };
        distinct.insert(key, merged);
    }
    let mut rows: Vec<Row> = distinct.into_values().collect();
    share_tags(&mut rows, &mut conflicts);
    rows.retain(|row| row.wish == Wish::Needed);
    if conflicts.is_empty() {
        Ok(CopyPlan { rows })
    } else {
        conflicts.dedup();
        Err(conflicts)
    }
}

/// What makes a copy distinct: target and source as they are asked for, `latest` said out loud.
fn key(row: &Row) -> (String, String) {
    let whole = |reference: &crate::reference::Reference| {
        if reference.tag().is_none() && reference.digest().is_none() { reference.pull() } else { reference.canonical() }
    };
    (whole(row.target()), whole(row.source()))
}

fn moved(before: &Row, row: &Row) -> Conflict {
    let digest = |row: &Row| row.digest().unwrap_or_default().to_owned();
    Conflict::Moved { origin: row.source().canonical(), first: digest(before), second: digest(row) }
}

/// Decides which rows name their copy by its tag.
fn share_tags(rows: &mut [Row], conflicts: &mut Vec<Conflict>) {
    let mut claims: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        if let Some(tag) = row.target_tag() {
            claims.entry(format!("{}:{tag}", row.target().name())).or_default().push(at);
        }
    }
    for (target, at) in claims {
        let claimants: Vec<&Row> = at.iter().filter_map(|&at| rows.get(at)).collect();
        // A target without a digest must be found by its tag; the others can be found without.
        let bare = || claimants.iter().copied().filter(|row| row.target().digest().is_none());
        let needed = bare().find(|row| row.wish == Wish::Needed);
        let Some(first) = needed.or_else(|| bare().next()).or_else(|| claimants.first().copied()) else { continue };
        let differs = |row: &Row| row.digest().is_none() || row.digest() != first.digest();
        if needed.is_some() {
            conflicts.extend(bare().filter(|row| *row != first && differs(row)).map(|second| two_sources(&target, first, second)));
        }
        let leave: Vec<usize> = {
            let pinned = |at: usize| rows.get(at).is_some_and(|row| row.target().digest().is_some() && row != first && differs(row));
            let ambiguous = first.target().digest().is_some() && at.iter().any(|&at| pinned(at));
            at.iter().copied().filter(|&at| pinned(at) || ambiguous).collect()
        };
        for at in leave {
            if let Some(row) = rows.get_mut(at) {
                row.naming = Naming::Digest;
            }
        }
    }
}

fn two_sources(target: &str, first: &Row, second: &Row) -> Conflict {
    Conflict::TwoSources {
        target: target.to_owned(),
        first: first.source().canonical(),
        first_digest: first.digest().map(str::to_owned),
        second: second.source().canonical(),
        second_digest: second.digest().map(str::to_owned),
    }
}

/// The rows as commands: `name:1` and `name:1@digest` may need the same one, which then has the places of both.
pub(super) fn commands<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Vec<Row> {
    let mut places: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut commands: Vec<Row> = Vec::new();
    for row in rows {
        let next = commands.len();
        let at = *places.entry((row.copy_from(), row.copy_to())).or_insert(next);
        let merged = commands.get(at).and_then(|before| before.clone().merge(row.clone()));
        match (commands.get_mut(at), merged) {
            (Some(before), Some(merged)) => *before = merged,
            _ => commands.push(row.clone()),
        }
    }
    commands
}
