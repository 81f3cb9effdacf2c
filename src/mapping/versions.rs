//! Owns the comparison of tags as versions: `>=1.8 <2`.

use std::cmp::Ordering;

/// Comparisons that must all hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Versions(Vec<(Relation, Version)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Less,
    AtMost,
    Equal,
    AtLeast,
    More,
}

/// The numbers at the start of a tag; those that are not there are 0.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Version(Vec<u64>);

impl Versions {
    /// Reads comparisons, separated by blanks or commas; `None` when the text does not start with one.
    ///
    /// # Errors
    /// What is wrong with a comparison.
    pub(crate) fn parse(text: &str) -> Option<Result<Self, String>> {
        if !text.starts_with(['<', '>', '=']) {
            return None;
        }
        let spaced = text.replace(',', " ");
        let mut comparisons = Vec::new();
        let mut words = spaced.split_whitespace();
        while let Some(word) = words.next() {
            let (relation, rest) = match Relation::split(word) {
                Some((relation, "")) => (relation, words.next().unwrap_or_default()),
                Some(found) => found,
                None => return Some(Err(format!("expected a comparison like `>=1.8`, not `{word}`"))),
            };
            let Some(version) = Version::parse(rest) else {
                return Some(Err(format!("expected a version like `1.8` or `v1.8.0`, not `{rest}`")));
            };
            comparisons.push((relation, version));
        }
        Some(Ok(Self(comparisons)))
    }

    /// Whether the tag is a version and every comparison holds.
    pub(crate) fn hold(&self, tag: &str) -> bool {
        let Some(version) = Version::parse(tag) else { return false };
        self.0.iter().all(|(relation, bound)| relation.holds(version.compare(bound)))
    }

    /// Whether no version can satisfy both.
    pub(crate) fn exclude(&self, other: &Self) -> bool {
        let all: Vec<_> = self.0.iter().chain(&other.0).collect();
        // Bounds on a line have no common point exactly when two of them have none.
        all.iter().enumerate().any(|(at, (a, low))| {
            all.iter().skip(at + 1).any(|(b, high)| match (a, b, low.compare(high)) {
                (Relation::Equal, _, order) => !b.holds(order),
                (_, Relation::Equal, order) => !a.holds(order.reverse()),
                (Relation::Less | Relation::AtMost, Relation::More | Relation::AtLeast, order) => apart(*a, *b, order.reverse()),
                (Relation::More | Relation::AtLeast, Relation::Less | Relation::AtMost, order) => apart(*b, *a, order),
                _ => false,
            })
        })
    }
}

/// Whether a lower bound that compares as `order` with an upper bound leaves nothing between.
const fn apart(upper: Relation, lower: Relation, order: Ordering) -> bool {
    match order {
        Ordering::Greater => true,
        Ordering::Equal => matches!(upper, Relation::Less) || matches!(lower, Relation::More),
        Ordering::Less => false,
    }
}

impl Relation {
    fn split(word: &str) -> Option<(Self, &str)> {
        let signs =
            [("<=", Self::AtMost), (">=", Self::AtLeast), ("==", Self::Equal), ("<", Self::Less), (">", Self::More), ("=", Self::Equal)];
        signs.iter().find_map(|(sign, relation)| word.strip_prefix(sign).map(|rest| (*relation, rest)))
    }

    const fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Equal => order.is_eq(),
            Self::AtLeast => order.is_ge(),
            Self::More => order.is_gt(),
        }
    }
}

impl Version {
    /// Numbers joined by dots after an optional `v`. What follows them (`-alpine`, `_arm64`) names a variant of an image, not an older
    /// version of it, and is not compared.
    fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let numbers = text.get(..end)?.trim_end_matches('.');
        if numbers.is_empty() {
            return None;
        }
        numbers.split('.').map(str::parse).collect::<Result<_, _>>().ok().map(Self)
    }

    fn compare(&self, other: &Self) -> Ordering {
        let length = self.0.len().max(other.0.len());
        let numbers = |version: &Self| version.0.iter().copied().chain(std::iter::repeat(0)).take(length).collect::<Vec<_>>();
        numbers(self).cmp(&numbers(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(text: &str) -> Versions {
        Versions::parse(text).unwrap().unwrap()
    }

    #[test]
    fn compares_numbers_not_letters() {
        let from = versions(">=1.8");
        for tag in ["v1.8.0", "1.8", "1.10.1", "v1.11.1-eksbuild.4", "2"] {
            assert!(from.hold(tag), "{tag}");
        }
        for tag in ["1.7.9", "v1.6.7", "latest", "", "v", "sha-1.9"] {
            assert!(!from.hold(tag), "{tag}");
        }
        assert!(versions(">= 1.8, <2").hold("1.9") && !versions(">=1.8 <2").hold("2.0.0"));
        assert!(versions("=3.8").hold("3.8.0"));
    }

    #[test]
    fn knows_ranges_that_have_nothing_in_common() {
        for (a, b) in [(">=1.8", "<1.8"), ("<1.8", ">=1.8"), (">1", "<=1"), ("=1", ">1"), (">=2", "=1"), ("=1", "=2")] {
            assert!(versions(a).exclude(&versions(b)), "{a} {b}");
        }
        for (a, b) in [(">=1.8", "<=1.8"), (">1", ">2"), ("=1", ">=1"), ("<2", ">1")] {
            assert!(!versions(a).exclude(&versions(b)), "{a} {b}");
        }
    }

    #[test]
    fn says_what_is_no_comparison() {
        assert!(Versions::parse("1.8").is_none());
        assert!(Versions::parse(">=1.8 latest").unwrap().is_err());
        assert!(Versions::parse(">=").unwrap().is_err());
    }
}
