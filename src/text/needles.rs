//! Owns looking for words in a text, for many of them in time that does not grow with their number.

use std::ops::Range;

use aho_corasick::AhoCorasick;
use memchr::memmem::Finder;

/// Up to so many words are looked for one by one: each pass looks for the rarest bytes of its word.
const FEW: usize = 16;

/// Words that are looked for together.
#[derive(Clone, Debug)]
pub(crate) enum Needles {
    /// One pass for each.
    Few(Vec<Finder<'static>>),
    /// One pass for all.
    Many(AhoCorasick),
}

impl Default for Needles {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Needles {
    pub(crate) fn new<'w>(words: impl Iterator<Item = &'w str> + Clone) -> Self {
        let is_many = words.clone().nth(FEW).is_some();
        // More of them than an automaton can have are slow, and found all the same.
        let many = is_many.then(|| AhoCorasick::new(words.clone()).ok()).flatten();
        many.map_or_else(|| Self::Few(words.map(|word| Finder::new(word).into_owned()).collect()), Self::Many)
    }

    /// Whether one of them stands in the text.
    pub(crate) fn are_in(&self, text: &[u8]) -> bool {
        match self {
            Self::Few(words) => words.iter().any(|word| word.find(text).is_some()),
            Self::Many(words) => words.is_match(text),
        }
    }

    /// Where they stand, by where they begin; those that lie in or over another too.
    pub(crate) fn find(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = match self {
            Self::Few(words) => words.iter().flat_map(|word| word.find_iter(text).map(|at| at..at + word.needle().len())).collect(),
            Self::Many(words) => words.find_overlapping_iter(text).map(|found| found.range()).collect(),
        };
        found.sort_by_key(|range| range.start);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_words_are_found_alike() {
        let few = ["quay.io", "io.a", "ay"];
        let many: Vec<String> = (0..FEW).map(|number| format!("none{number}")).collect();
        let text = b"quay.io.a quay";
        for words in [few.to_vec(), few.into_iter().chain(many.iter().map(String::as_str)).collect()] {
            let needles = Needles::new(words.iter().copied());
            assert_eq!(needles.find(text), [0..7, 2..4, 5..9, 12..14]);
            assert!(needles.are_in(text) && !needles.are_in(b"q.io"));
        }
    }
}
