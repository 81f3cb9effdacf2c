//! Owns what redirecting engines have in common: prefixes of paths, regular expressions of names, and one target for each repository.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Row, Written};

/// What stands before the longest run of segments that both paths end with: `lablup/python` and `stable/python` give `lablup` and `stable`.
/// `None` when the last segments differ.
pub(super) fn prefixes(source: &str, target: &str) -> Option<(String, String)> {
    let mut from: Vec<&str> = source.split('/').collect();
    let mut to: Vec<&str> = target.split('/').collect();
    let before = from.len();
    while from.last().is_some() && from.last() == to.last() {
        from.pop();
        to.pop();
    }
    (from.len() < before).then(|| (from.join("/"), to.join("/")))
}

/// The prefix that the target puts before the whole source path; `None` when it does anything else to it.
pub(super) fn prepended(source: &str, target: &str) -> Option<String> {
    if target == source {
        return Some(String::new());
    }
    target.strip_suffix(source)?.strip_suffix('/').map(str::to_owned)
}

/// `text` as a regular expression that matches just it. Classes instead of backslashes, since these files are unescaped more than once.
pub(super) fn pattern(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '.' | '[' | ']' => out.extend(['[', c, ']']),
            _ => out.push(c),
        }
        out
    })
}

/// Whether whoever asks the target's repository for what the source says gets the target. What is pinned is asked for by its digest, everything
/// else by its tag.
///
/// # Errors
/// Why not.
pub(super) fn found_alike(row: &Row) -> Result<(), &'static str> {
    match (row.source().digest(), row.target().digest()) {
        // Where both have one, they are the same.
        (Some(_), Some(_)) => Ok(()),
        (Some(_), None) => Err("a redirected registry is asked for the digest, and nothing says that the target has it"),
        (None, Some(_)) => {
            Err("a redirected registry is asked for the tag, and nothing says that it names the digest that the target is pinned to")
        }
        (None, None) => same_tag(row).ok_or("a redirected registry is asked for the old tag, and the target has another"),
    }
}

/// Whether a registry that fetches on the first pull finds the source under what the target says.
///
/// # Errors
/// Why not.
pub(super) fn fetched_alike(row: &Row) -> Result<(), &'static str> {
    if row.target().digest().is_some() {
        return Ok(());
    }
    same_tag(row).ok_or("what fetches on the first pull asks for the target's tag, and the source has another")
}

fn same_tag(row: &Row) -> Option<()> {
    let (from, to) = if row.is_tag_known() { (row.source_tag(), row.target_tag()) } else { (row.source().tag(), row.target().tag()) };
    (from == to).then_some(())
}

/// Groups rows by a key, keeps the groups whose value most of the rows agree on, and leaves out the rows that want another.
pub(super) fn agreed<'a, K: Ord, V: Ord + Clone>(
    rows: impl IntoIterator<Item = (K, V, &'a Row)>,
    written: &mut Written,
    reason: impl Fn(&K, &V) -> String,
) -> BTreeMap<K, (V, Vec<&'a Row>)> {
    let mut all: BTreeMap<K, BTreeMap<V, Vec<&Row>>> = BTreeMap::new();
    for (key, value, row) in rows {
        all.entry(key).or_default().entry(value).or_default().push(row);
    }
    let mut kept = BTreeMap::new();
    for (key, mut values) in all {
        let most = values.iter().max_by_key(|(value, rows)| (rows.len(), Reverse(*value))).map(|(value, _)| value.clone());
        let Some(most) = most else { continue };
        let chosen = values.remove(&most).unwrap_or_default();
        for row in values.into_values().flatten() {
            written.leave(row, reason(&key, &most));
        }
        kept.insert(key, (most, chosen));
    }
    kept
}
