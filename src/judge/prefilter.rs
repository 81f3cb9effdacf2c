//! Owns the question whether a file can concern a run at all, asked in one pass over its bytes.

use aho_corasick::{AhoCorasick, MatchKind};
use memchr::memmem::Finder;
use regex::bytes::Regex;

use super::parts::{heads, joins, pieces, tails};
use crate::lint::suppression::MARK;

/// Up to so many texts are looked for one by one: each pass looks for the rarest bytes of its text, and stops at few of them.
const FEW: usize = 4;
/// Bytes of all literals up to which it is asked whether one stands in a file in parts.
const LONGEST: usize = 1_024;

/// Looks for the literals of the mappings in a file before anything is parsed.
#[derive(Clone, Debug, Default)]
pub struct Prefilter {
    needles: Option<Needles>,
}

#[derive(Clone, Debug)]
struct Needles {
    whole: Whole,
    /// What a literal looks like that stands there in parts; none where there are too many literals: what may hold any is parsed then.
    in_parts: Option<InParts>,
}

#[derive(Clone, Debug)]
enum Whole {
    Few(Vec<Finder<'static>>),
    Many(AhoCorasick),
}

#[derive(Clone, Debug)]
struct InParts {
    pieces: Regex,
    joins: Regex,
    heads: Regex,
    tails: Regex,
}

/// What was seen of the literals in the files of a set: any of the signs below.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen(u8);

impl Seen {
    /// A literal may stand there.
    const WHOLE: Self = Self(1);
    /// Values are joined to each other.
    const JOINS: Self = Self(2);
    /// A value is the beginning of a literal.
    const HEADS: Self = Self(4);
    /// A value is the end of one.
    const TAILS: Self = Self(8);

    fn when(self, is_seen: bool) -> Self {
        if is_seen { self } else { Self::default() }
    }

    const fn has(self, sign: Self) -> bool {
        self.0 & sign.0 != 0
    }

    const fn is_joined(self) -> bool {
        self.has(Self::JOINS) && self.has(Self::HEADS) && self.has(Self::TAILS)
    }

    /// Whether a file or files in which that was seen may concern the run.
    #[must_use]
    pub const fn admits(self) -> bool {
        self.has(Self::WHOLE) || self.is_joined()
    }

    /// Whether only a second look can tell.
    pub const fn is_open(self) -> bool {
        self.has(Self::HEADS) && !self.admits()
    }

    /// What was seen in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Prefilter {
    /// A file concerns the run when it holds one of `literals`, in whatever spelling, or one of our comments. `None`: every file does.
    pub fn new(literals: Option<Vec<String>>) -> Self {
        let Some(literals) = literals else { return Self::default() };
        let is_short = literals.iter().map(String::len).sum::<usize>() <= LONGEST;
        let compiled = || Some(InParts { pieces: pieces(&literals)?, joins: joins()?, heads: heads(&literals)?, tails: tails(&literals)? });
        let in_parts = is_short.then(compiled).flatten();
        let mut all = literals.clone();
        all.push(MARK.to_owned());
        let whole = if all.len() <= FEW {
            Some(Whole::Few(all.iter().map(|literal| Finder::new(literal).into_owned()).collect()))
        } else {
            // Only leftmost kinds look for several literals at once with vector instructions; which one is found does not matter here.
            let mut builder = AhoCorasick::builder();
            builder.match_kind(MatchKind::LeftmostFirst).ascii_case_insensitive(in_parts.is_none());
            // A set too large to build only costs time: every file is parsed then.
            builder.build(all).ok().map(Whole::Many)
        };
        Self { needles: whole.map(|whole| Needles { whole, in_parts }) }
    }

    /// What else `text` holds of a name in parts.
    pub fn look_again(&self, text: &[u8]) -> Seen {
        let parts = self.needles.as_ref().and_then(|needles| needles.in_parts.as_ref());
        let seen = |parts: &InParts| Seen::JOINS.when(parts.joins.is_match(text)).or(Seen::TAILS.when(parts.tails.is_match(text)));
        parts.map_or(Seen::default(), seen)
    }

    /// What `text` holds of what concerns the run, as far as a first look tells. Where that [is open](Seen::is_open) for a set, each of its files
    /// is [looked at again](Prefilter::look_again).
    pub fn look(&self, text: &[u8]) -> Seen {
        let Some(needles) = &self.needles else { return Seen::WHOLE };
        let is_whole = match &needles.whole {
            Whole::Few(finders) => finders.iter().any(|finder| finder.find(text).is_some()),
            Whole::Many(whole) => whole.is_match(text),
        };
        match &needles.in_parts {
            _ if is_whole => Seen::WHOLE,
            Some(InParts { pieces, heads, .. }) => Seen::WHOLE.when(pieces.is_match(text)).or(Seen::HEADS.when(heads.is_match(text))),
            None => Seen::WHOLE.when(memchr::memchr3(b'$', b'\\', b'{', text).is_some()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(filter: &Prefilter, texts: &[&str]) -> bool {
        let first = texts.iter().map(|text| filter.look(text.as_bytes())).fold(Seen::default(), Seen::or);
        first.admits() || (first.is_open() && texts.iter().map(|text| filter.look_again(text.as_bytes())).fold(first, Seen::or).admits())
    }

    #[test]
    fn admits_what_holds_a_literal_or_a_comment_of_ours() {
        let filter = Prefilter::new(Some(vec!["k8s.gcr.io".to_owned()]));
        assert!(admits(&filter, &["image: k8s.gcr.io/pause"]));
        assert!(admits(&filter, &["# transship: ignore"]));
        assert!(!admits(&filter, &["image: nginx"]));
        assert!(admits(&Prefilter::new(None), &["image: nginx"]));
    }

    #[test]
    fn a_literal_is_seen_in_every_spelling() {
        let filter = Prefilter::new(Some(vec!["quay.io".to_owned()]));
        for text in [
            "FROM quay.\\\nio/a",
            "FROM qu\"ay\".io/a",
            "FROM qu\\ay.io/a",
            "image: ${A:-quay}.io/a",
            "FROM ${A}.io/a",
            "FROM $A.io/a",
            "FROM quay.${B}/a",
            "FROM ${A}\".io\"/a",
            "image: \"\\x71uay.io/a\"",
            "image: \"\\u0071uay.io/a\"",
            "image: \"quay.\\\n  io/a\"",
            "image: QUAY.io/a",
            "image: {{ .Values.a }}.io/a",
            "image: {{ printf \"%s.io/a\" .Values.a }}",
            "image: {{ print \"quay\" \".io\" }}/a",
            "image: {{ join \".\" (list \"quay\" \"io\") }}/a",
            "image: {{ \"qxy.io\" | replace \"x\" \"ua\" }}/a",
            "ARG A=qxy.io\nFROM ${A/x/ua}/a",
            "ARG A=quay.\nARG B=io\nFROM ${A}${B}/a",
        ] {
            assert!(admits(&filter, &[text]), "{text}");
        }
        assert!(admits(&filter, &["image: ${A}${B}/a", "A=quay.\nB=io\n"]), "in two files");
    }

    #[test]
    fn what_files_are_made_of_is_no_literal_in_parts() {
        let filter = Prefilter::new(Some(vec!["quay.io".to_owned(), "k8s.gcr.io".to_owned()]));
        for text in [
            "FROM nginx:1\nRUN apt-get update && \\\n    apt-get install -y curl \\\n    git\nENV A=\"b\" C='d'\n",
            "services:\n  web:\n    image: \"nginx:${TAG:-1}\"\n    environment: [\"A=${B}\", 'C=d']\n",
            "{\"a\": {\"b\": \"open\"}, \"c\": [\"d\"]}",
            "name: {{ include \"a.fullname\" . }}-{{ .Values.b | replace \"+\" \"_\" | quote }}\n",
        ] {
            assert!(!admits(&filter, &[text]), "{text}");
        }
    }
}
