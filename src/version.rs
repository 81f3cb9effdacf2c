//! Owns versions of charts, and what is asked of them, as Helm reads both (Masterminds/semver v3: `version.go`, `constraints.go`).

use std::cmp::Ordering;

/// A version: `1.2.3-rc.1`, with or without a `v`, and with 0 for what is not said. What stands behind a `+` makes no difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    numbers: [u64; 3],
    before: Vec<Word>,
}

/// A word of a pre-release. Numbers come before other words (Semantic Versioning 2.0.0, 11).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Word {
    Number(u64),
    Text(String),
}

impl Version {
    /// Reads a version; `None` where the text is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let Pattern { version, said, is_open } = Pattern::parse(text)?;
        (said > Said::Nothing && !is_open).then_some(version)
    }

    /// Whether it comes before the release of its numbers.
    #[must_use]
    pub fn is_before_release(&self) -> bool {
        !self.before.is_empty()
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let released = |version: &Self| version.before.is_empty();
        let order = self.numbers.cmp(&other.numbers).then(released(self).cmp(&released(other)));
        order.then_with(|| self.before.cmp(&other.before))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// How much of a version is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
    Nothing,
    Major,
    Minor,
    Whole,
}

/// A version of which parts may be left open (`1.x`).
struct Pattern {
    version: Version,
    said: Said,
    is_open: bool,
}

impl Pattern {
    fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let text = text.split('+').next().unwrap_or_default();
        let (numbers, before) = text.split_once('-').map_or((text, ""), |(numbers, before)| (numbers, before));
        let (mut version, mut said) = (Version { numbers: [0; 3], before: Vec::new() }, 0);
        let (mut parts, mut is_open) = (numbers.split('.'), false);
        for number in &mut version.numbers {
            match parts.next() {
                None => break,
                Some("x" | "X" | "*") => is_open = true,
                Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                    let value = digits.parse().ok()?;
                    // What follows an open part is as open.
                    if !is_open {
                        (*number, said) = (value, said + 1);
                    }
                }
                Some(_) => return None,
            }
        }
        if parts.next().is_some() || numbers.is_empty() {
            return None;
        }
        if text.contains('-') {
            let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            let word = |word: &str| is_word(word).then(|| word.parse().map_or_else(|_| Word::Text(word.to_owned()), Word::Number));
            version.before = before.split('.').map(word).collect::<Option<_>>()?;
        }
        let said = [Said::Nothing, Said::Major, Said::Minor, Said::Whole].get(said).copied().unwrap_or(Said::Whole);
        Some(Self { version, said, is_open })
    }
}

/// Bytes of the longest constraint that is read: people write a few comparisons.
const LONGEST: usize = 1 << 10;

/// What is asked of a version: `^1.2`, `>=1.2 <2 || 3.x`. Nothing asks for any release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint(Vec<Vec<Comparison>>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Comparison {
    sign: Sign,
    bound: Version,
    said: Said,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Equal,
    Differs,
    More,
    Less,
    AtLeast,
    AtMost,
    Tilde,
    Caret,
}

impl Sign {
    /// Reads a sign at the start of a text.
    fn split(text: &str) -> (Self, &str) {
        let signs = [
            ("!=", Self::Differs),
            (">=", Self::AtLeast),
            ("=>", Self::AtLeast),
            ("<=", Self::AtMost),
            ("=<", Self::AtMost),
            ("~>", Self::Tilde),
            ("~", Self::Tilde),
            ("^", Self::Caret),
            (">", Self::More),
            ("<", Self::Less),
            ("=", Self::Equal),
        ];
        let found = signs.iter().find_map(|(sign, meant)| text.strip_prefix(sign).map(|rest| (*meant, rest)));
        found.map_or((Self::Equal, text), |(sign, rest)| (sign, rest.trim_start()))
    }
}

impl Constraint {
    /// Reads a constraint; `None` where the text is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // It is compared with any number of versions.
        if text.len() > LONGEST {
            return None;
        }
        let text = if text.trim().is_empty() { "*" } else { text };
        text.split("||").map(Self::all_of).collect::<Option<_>>().map(Self)
    }

    /// Comparisons that hold together: blanks and commas stand between them, and blanks behind a sign.
    fn all_of(text: &str) -> Option<Vec<Comparison>> {
        if let Some((low, high)) = text.split_once(" - ") {
            let bound = |sign, text: &str| Comparison::parse(sign, text.trim());
            return Some(vec![bound(Sign::AtLeast, low)?, bound(Sign::AtMost, high)?]);
        }
        let mut found = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (sign, behind) = Sign::split(rest);
            let (word, next) = behind.split_at(behind.find([' ', '\t', ',']).unwrap_or(behind.len()));
            found.push(Comparison::parse(sign, word)?);
            rest = next.trim_start_matches([' ', '\t', ',']);
        }
        (!found.is_empty()).then_some(found)
    }

    /// Whether a version is one of those that are asked for. One before a release is so only where the constraint names such a version.
    #[must_use]
    pub fn allows(&self, version: &Version) -> bool {
        self.0.iter().any(|all| {
            let may_be = !version.is_before_release() || all.iter().any(|one| one.bound.is_before_release());
            may_be && all.iter().all(|one| one.holds(version))
        })
    }
}

impl Comparison {
    fn parse(sign: Sign, text: &str) -> Option<Self> {
        Pattern::parse(text).map(|Pattern { version, said, .. }| Self { sign, bound: version, said })
    }

    fn holds(&self, version: &Version) -> bool {
        let Self { sign, bound, said } = self;
        let ([major, minor, patch], [own_major, own_minor, own_patch]) = (version.numbers, bound.numbers);
        if *said == Said::Nothing {
            return true;
        }
        match sign {
            Sign::Equal if *said == Said::Whole => version == bound,
            Sign::Differs => match said {
                Said::Whole => version != bound,
                Said::Minor => (major, minor) != (own_major, own_minor),
                _ => major != own_major,
            },
            // `>11` is what comes after all of 11.
            Sign::More => match said {
                Said::Whole => version > bound,
                Said::Minor => (major, minor) > (own_major, own_minor),
                _ => major > own_major,
            },
            Sign::Less => version < bound,
            Sign::AtLeast => version >= bound,
            Sign::AtMost => match said {
                Said::Whole => version <= bound,
                Said::Minor => (major, minor) <= (own_major, own_minor),
                _ => major <= own_major,
            },
            Sign::Equal | Sign::Tilde => {
                let is_zero = bound.numbers == [0; 3] && *said == Said::Whole;
                version >= bound && (is_zero || major == own_major && (*said == Said::Major || minor == own_minor))
            }
            Sign::Caret if own_major > 0 || *said == Said::Major => version >= bound && major == own_major,
            Sign::Caret if own_minor > 0 || *said == Said::Minor => version >= bound && (major, minor) == (0, own_minor),
            Sign::Caret => version >= bound && (major, minor, patch) == (0, 0, own_patch),
        }
    }
}

/// The version that Helm takes of those that there are: the one that is spelled as it is asked for, else the latest that is allowed.
pub fn chosen<'v>(wanted: &str, versions: impl Iterator<Item = &'v str> + Clone) -> Option<&'v str> {
    let bare = |text: &'v str| text.strip_prefix('v').unwrap_or(text);
    let wanted = wanted.trim();
    if let Some(same) = versions.clone().find(|version| *version == wanted) {
        return Some(same);
    }
    let constraint = Constraint::parse(wanted)?;
    let allowed = versions.filter_map(|text| Some((Version::parse(text)?, text))).filter(|(version, _)| constraint.allows(version));
    allowed.max_by(|(a, one), (b, other)| a.cmp(b).then_with(|| bare(one).cmp(bare(other)))).map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answers of Helm 3.22, asked by `helm pull --version` of a repository with these versions.
    const VERSIONS: [&str; 14] = [
        "0.0.3",
        "0.0.4",
        "0.2.3",
        "0.2.9",
        "0.3.0",
        "1.2.3",
        "1.2.9",
        "1.9.0-rc.1",
        "1.10.0",
        "2.0.0-beta.2",
        "2.0.0-beta.10",
        "2.1.0",
        "11.0.1",
        "v11.1.0",
    ];

    #[test]
    fn the_version_is_helms() {
        let asked = [
            ("", "v11.1.0"),
            ("*", "v11.1.0"),
            ("1.2.3", "1.2.3"),
            ("v1.2.3", "1.2.3"),
            ("=1.2.3", "1.2.3"),
            ("1.2", "1.2.9"),
            ("1", "1.10.0"),
            ("1.x", "1.10.0"),
            ("1.2.x", "1.2.9"),
            ("~1.2.3", "1.2.9"),
            ("~1", "1.10.0"),
            ("^1.2.3", "1.10.0"),
            ("^0.2.3", "0.2.9"),
            ("^0.0.3", "0.0.3"),
            ("^0.0", "0.0.4"),
            ("^0", "0.3.0"),
            (">=1.2, <2", "1.10.0"),
            (">= 1.2.0 < 1.3.0", "1.2.9"),
            (">11.0", "v11.1.0"),
            ("<=1", "1.10.0"),
            ("<1", "0.3.0"),
            ("1.2.3 - 1.3.0", "1.2.9"),
            ("0.2.x || 1.2.x", "1.2.9"),
            ("!=11.x <12", "2.1.0"),
            (">=1.9.0-0 <1.10.0", "1.9.0-rc.1"),
            (">=2.0.0-beta.1 <2.0.0", "2.0.0-beta.10"),
            ("~> 1.2", "1.2.9"),
        ];
        for (wanted, version) in asked {
            assert_eq!(chosen(wanted, VERSIONS.into_iter()), Some(version), "{wanted}");
        }
        for none in ["3", ">11", "^1.11", "1.2.4", "latest", ">=", "1.2.3.4"] {
            assert_eq!(chosen(none, VERSIONS.into_iter()), None, "{none}");
        }
    }

    #[test]
    fn versions_are_compared_word_by_word() {
        let of = |text| Version::parse(text).unwrap();
        let rising = ["1.0.0-2", "1.0.0-10", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta", "1.0.0", "1.0.1", "v1.10", "2"];
        assert!(rising.windows(2).all(|two| of(two[0]) < of(two[1])));
        assert_eq!(of("1.0.0+a"), of("v1.0.0+b"));
        assert!(["", "x", "1.x", "1..2", "1.2.3-", "1.2.3-a..b", "latest"].iter().all(|text| Version::parse(text).is_none()));
    }
}
