//! Owns the smallest differences between two references, part by part.

use std::ops::Range;

use crate::reference::{Part, Reference};

/// One difference: the bytes of the old reference's text that go, and what stands there in the new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// Bytes of the joined text; empty to insert.
    pub(super) range: Range<usize>,
    /// The new text, with the separators that come or go with it.
    pub(super) text: String,
    /// The part that it belongs to.
    pub(super) part: Part,
}

/// What turns `old` into `new`, in order of place; none when they read the same.
pub(super) fn changes(old: &Reference, new: &Reference) -> Vec<Change> {
    let path = old.range(Part::Path).unwrap_or_default();
    let name_end = path.end;
    let tag_end = old.range(Part::Tag).map_or(name_end, |tag| tag.end);
    [
        domain(old, new),
        segments(old.path(), path.start, new.path()),
        suffix(':', Part::Tag, old.range(Part::Tag), name_end, old.tag(), new.tag()),
        suffix('@', Part::Digest, old.range(Part::Digest), tag_end, old.digest(), new.digest()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn domain(old: &Reference, new: &Reference) -> Option<Change> {
    let (range, text) = match (old.range(Part::Domain), new.domain()) {
        (Some(range), Some(domain)) if old.domain() != Some(domain) => (range, domain.to_owned()),
        (Some(range), None) => (range.start..range.end + 1, String::new()),
        (None, Some(domain)) => (0..0, format!("{domain}/")),
        _ => return None,
    };
    Some(Change { range, text, part: Part::Domain })
}

/// What turns one run of segments into another: the segments that both end with stay, then those that both begin with, and the rest is
/// replaced. `at` is where `old` begins. An insertion carries its own slash, so does a removal.
pub(super) fn segments(old: &str, at: usize, new: &str) -> Option<Change> {
    let (before, after): (Vec<_>, Vec<_>) = (old.split('/').collect(), new.split('/').collect());
    let most = before.len().min(after.len());
    let tail = before.iter().rev().zip(after.iter().rev()).take_while(|(a, b)| a == b).count();
    let head = before.iter().zip(&after).take(most - tail).take_while(|(a, b)| a == b).count();
    let middle = |all: &[&str]| all.iter().take(all.len() - tail).skip(head).copied().collect::<Vec<_>>().join("/");
    let (gone, come) = (middle(&before), middle(&after));
    let start = at + before.iter().take(head).map(|segment| segment.len() + 1).sum::<usize>();
    let end = at + old.len();
    let (range, text) = match (before.len() - head - tail, after.len() - head - tail) {
        (0, 0) => return None,
        (0, _) if tail > 0 => (start..start, format!("{come}/")),
        (0, _) => (end..end, format!("/{come}")),
        (_, 0) if tail > 0 => (start..start + gone.len() + 1, String::new()),
        (_, 0) => (start.saturating_sub(1)..end, String::new()),
        _ => (start..start + gone.len(), come),
    };
    Some(Change { range, text, part: Part::Path })
}

fn suffix(separator: char, part: Part, range: Option<Range<usize>>, end: usize, old: Option<&str>, new: Option<&str>) -> Option<Change> {
    let (range, text) = match (range, new) {
        (Some(range), Some(new)) if old != Some(new) => (range, new.to_owned()),
        (Some(range), None) => (range.start.saturating_sub(1)..range.end, String::new()),
        (None, Some(new)) => (end..end, format!("{separator}{new}")),
        _ => return None,
    };
    Some(Change { range, text, part })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(old: &str, new: &str) -> Vec<(Range<usize>, String)> {
        let read = |text: &str| Reference::parse(text).unwrap();
        changes(&read(old), &read(new)).into_iter().map(|c| (c.range, c.text)).collect()
    }

    fn one(range: Range<usize>, text: &str) -> (Range<usize>, String) {
        (range, text.to_owned())
    }

    #[test]
    fn domain_and_path_are_separate() {
        assert_eq!(told("docker.io/lablup/python:3", "cr.backend.ai/stable/python:3"), [one(0..9, "cr.backend.ai"), one(10..16, "stable")]);
    }

    #[test]
    fn what_is_added_brings_its_separator() {
        assert_eq!(told("redis", "m.io/hub/library/redis"), [one(0..0, "m.io/"), one(0..0, "hub/library/")]);
        assert_eq!(told("a/b", "a/b/c"), [one(3..3, "/c")]);
        assert_eq!(told("a/b", "a/b:1"), [one(3..3, ":1")]);
    }

    #[test]
    fn what_is_removed_takes_its_separator() {
        assert_eq!(told("quay.io/a/b", "a/b"), [one(0..8, "")]);
        assert_eq!(told("a/b/c", "b/c"), [one(0..2, "")]);
        assert_eq!(told("a/b/c", "a"), [one(1..5, "")]);
        assert_eq!(told("a/b:1", "a/b"), [one(3..5, "")]);
    }

    #[test]
    fn common_ends_stay() {
        assert_eq!(told("a/x/b", "a/y/z/b"), [one(2..3, "y/z")]);
        assert_eq!(told("a/a", "a/a/a"), [one(0..0, "a/")]);
        assert_eq!(told("a/b:1", "a/b:1"), []);
    }
}
