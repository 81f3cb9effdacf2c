//! Owns the question whether a file can concern a run at all, asked in one pass over its bytes.

use aho_corasick::{AhoCorasick, MatchKind};
use memchr::memmem::Finder;

use crate::lint::suppression::MARK;

/// Up to so many texts are looked for one by one: each pass looks for the rarest bytes of its text, and stops at few of them.
const FEW: usize = 4;

/// Looks for the literals of the mappings in a file before anything is parsed.
#[derive(Clone, Debug, Default)]
pub struct Prefilter {
    needles: Option<Needles>,
}

#[derive(Clone, Debug)]
enum Needles {
    Few(Vec<Finder<'static>>),
    Many(AhoCorasick),
}

impl Prefilter {
    /// A file concerns the run when it holds one of `literals`, or one of our comments. `None`: every file does.
    pub fn new(literals: Option<Vec<String>>) -> Self {
        let Some(mut literals) = literals else { return Self::default() };
        literals.push(MARK.to_owned());
        if literals.len() <= FEW {
            let finders = literals.iter().map(|literal| Finder::new(literal).into_owned());
            return Self { needles: Some(Needles::Few(finders.collect())) };
        }
        // Only leftmost kinds look for several literals at once with vector instructions; which one is found does not matter here.
        let needles = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(literals);
        // A set too large to build only costs time: every file is parsed then.
        Self { needles: needles.ok().map(Needles::Many) }
    }

    /// Whether `text` may hold something that concerns the run.
    pub fn admits(&self, text: &[u8]) -> bool {
        match &self.needles {
            None => true,
            Some(Needles::Few(finders)) => finders.iter().any(|finder| finder.find(text).is_some()),
            Some(Needles::Many(needles)) => needles.is_match(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn admits_what_holds_a_literal_or_a_comment_of_ours() {
        let filter = Prefilter::new(Some(vec!["k8s.gcr.io".to_owned()]));
        assert!(filter.admits(b"image: k8s.gcr.io/pause"));
        assert!(filter.admits(b"# transship: ignore"));
        assert!(!filter.admits(b"image: nginx"));
        assert!(Prefilter::new(None).admits(b"image: nginx"));
    }
}
