//! Owns the question whether a file can concern a run at all, asked in one pass over its bytes.

use aho_corasick::{AhoCorasick, MatchKind};
use memchr::memmem::Finder;
use regex::bytes::Regex;

use super::parts::{BASE64, Late, beginnings, changes, changes_of_images, compiled, spellings};
use super::words::Names;
use crate::lint::suppression::MARK;

/// Up to so many texts are looked for one by one: each pass looks for the rarest bytes of its text, and stops at few of them.
const FEW: usize = 4;
/// Reads as a value that nobody knows ([`crate::reference::HOLE`]).
const HOLE: &str = "\u{fffc}";
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
    /// Quotes in words, and backticks that continue a line: what any literal may stand behind in parts, where nobody knows how it looks.
    quoted: Option<Regex>,
}

#[derive(Clone, Debug)]
enum Whole {
    Few(Vec<Finder<'static>>),
    Many(AhoCorasick),
}

#[derive(Clone, Debug)]
struct InParts {
    /// Where more may be seen by the others.
    sight: Regex,
    spellings: Late,
    changes: Late,
    names: Names,
}

/// What was seen of the literals in the files of a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seen {
    /// Nothing.
    #[default]
    Nothing,
    /// A value is the beginning of a literal, so only a second look at all of them can tell.
    Beginning,
    /// A literal may stand there.
    Literal,
}

impl Prefilter {
    /// A file concerns the run when it holds one of `literals`, in whatever spelling, or one of our comments. `None`: every file does.
    pub fn new(literals: Option<Vec<String>>) -> Self {
        let Some(literals) = literals else { return Self::default() };
        let is_short = literals.iter().map(String::len).sum::<usize>() <= LONGEST;
        let in_parts = || {
            let spellings = spellings(&literals);
            let sight = compiled(&format!("{spellings}|{}|{}", changes(&literals), beginnings(&literals)))?;
            let (spellings, changes) = (Late::new(spellings), Late::new(changes_of_images(&literals)));
            Some(InParts { sight, spellings, changes, names: Names::new(&literals) })
        };
        let in_parts = is_short.then(in_parts).flatten();
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
        let quoted = in_parts.is_none().then(|| compiled(&format!(r#"[\w.][`"']+[\w.]|`[ \t]*\r?$|{BASE64}"#))).flatten();
        Self { needles: whole.map(|whole| Needles { whole, in_parts, quoted }) }
    }

    /// Whether values of `texts` can be a literal when they are joined to each other: the second look at a set in which a
    /// [beginning](Seen::Beginning) was seen.
    pub fn are_joined<'a>(&self, texts: impl Iterator<Item = &'a [u8]>) -> bool {
        let parts = self.needles.as_ref().and_then(|needles| needles.in_parts.as_ref());
        parts.is_some_and(|parts| parts.names.are_made_of(texts))
    }

    /// What `text` holds of what concerns the run, as far as a first look tells.
    pub fn look(&self, text: &[u8]) -> Seen {
        let Some(needles) = &self.needles else { return Seen::Literal };
        let is_whole = match &needles.whole {
            Whole::Few(finders) => finders.iter().any(|finder| finder.find(text).is_some()),
            Whole::Many(whole) => whole.is_match(text),
        };
        match &needles.in_parts {
            _ if is_whole => Seen::Literal,
            Some(parts) if !parts.sight.is_match(text) => Seen::Nothing,
            Some(parts) if parts.spellings.may_be_in(text) || parts.changes.may_be_in(text) => Seen::Literal,
            Some(_) => Seen::Beginning,
            None if memchr::memchr3(b'$', b'\\', b'{', text).is_some() || memchr::memmem::find(text, HOLE.as_bytes()).is_some() => {
                Seen::Literal
            }
            None if needles.quoted.as_ref().is_none_or(|quoted| quoted.is_match(text)) => Seen::Literal,
            None => Seen::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(filter: &Prefilter, texts: &[&str]) -> bool {
        let first = texts.iter().map(|text| filter.look(text.as_bytes())).max();
        first == Some(Seen::Literal) || (first == Some(Seen::Beginning) && filter.are_joined(texts.iter().map(|text| text.as_bytes())))
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
            "image: quay.i$o/a",
            "image: qu${A}y.io/a",
            "FROM quay.i\"${A}\"/a",
            "image: qu\u{fffc}y.io/a",
            "image: \"qu\\ufffcy.io/a\"",
            "image: {{ .Values.a }}.io/a",
            "image: {{ printf \"%s.io/a\" .Values.a }}",
            "image: {{ print \"quay\" \".io\" }}/a",
            "image: {{ join \".\" (list \"quay\" \"io\") }}/a",
            "image: {{ \"qxy.io\" | replace \"x\" \"ua\" }}/a",
            "ARG A=qxy.io\nFROM ${A/x/ua}/a",
            "ARG A=quay.\nARG B=io\nFROM ${A}${B}/a",
            "FROM quay.\\\n# a comment\n\n  # another\nio/a",
            "FROM qu\\  \nay.io/a",
            "# escape=`\nFROM qu`\nay.io/a",
            "ARG A=quayxio\nFROM ${A/x/.}/a",
            "image: !!binary cXVheS5pby9hL2I6MQ==",
            "image: {{ \"quayxio\" | replace \"x\" \".\" }}/a",
        ] {
            assert!(admits(&filter, &[text]), "{text}");
        }
        assert!(admits(&filter, &["image: ${A}${B}/a", "A=quay.\nB=io\n"]), "in two files");
        // The same among so many literals that nobody knows how each looks in parts.
        let many = Prefilter::new(Some((0..200).map(|number| format!("r{number}.example.com")).chain(["quay.io".to_owned()]).collect()));
        for text in ["FROM qu\"ay\".io/a", "FROM qu`\nay.io/a", "FROM qu\\ay.io/a", "FROM ${A}.io/a"] {
            assert!(admits(&many, &[text]), "{text}");
        }
        assert!(!admits(&many, &["image: \"nginx\""]));
    }

    #[test]
    fn a_sign_in_the_place_of_another_is_seen() {
        let filter = Prefilter::new(Some(vec!["my-quay.io".to_owned()]));
        for text in [
            "image: {{ \"my_quay.io\" | replace \"_\" \"-\" }}/a",
            "image: {{ \"my~quay.io\" | replace \"~\" \"-\" }}/a",
            "image: {{ \"myxquay.io\" | replace \"x\" \"-\" }}/a",
            "a: my_\nb: quay.io\nimage: {{ print .a .b | replace \"_\" \"-\" }}/a",
            "a: my_quay_\nb: io\nimage: {{ print .a .b | replace \"_\" \"-\" | replace \"-i\" \".i\" }}/a",
        ] {
            assert!(admits(&filter, &[text]), "{text}");
        }
        assert!(!admits(&filter, &["name: {{ include \"a.fullname\" . | replace \".\" \"-\" | replace \"_\" \"-\" }}"]));
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
