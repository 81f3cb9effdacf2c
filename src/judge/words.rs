//! Owns whether a name can be put together from the words that stand in the files of a set.

use std::collections::BTreeSet;

use memchr::memmem;

/// Names that may stand in pieces: `quay.` in one line, `io` in another.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// All of them in small letters, each behind the end of a line.
    joined: Vec<u8>,
    longest: usize,
    /// Which two letters follow each other in one of them, so that most words need no search.
    pairs: Vec<bool>,
}

impl Names {
    pub(super) fn new(literals: &[String]) -> Self {
        let joined = literals.iter().flat_map(|literal| [b"\n", literal.as_bytes()].concat()).map(|letter| letter.to_ascii_lowercase());
        let joined: Vec<u8> = joined.collect();
        let mut pairs = vec![false; 1 << 16];
        for pair in joined.windows(2) {
            if let Some(known) = pairs.get_mut(number(pair)) {
                *known = true;
            }
        }
        Self { joined, longest: literals.iter().map(String::len).max().unwrap_or(0), pairs }
    }

    /// Whether words of `texts`, one behind the other, are one of the names, or its beginning and then more. Of each word a piece begins at its
    /// beginning, or behind a sign that ends a key, a flag or a scheme, and goes to its end, or to a sign that ends a domain.
    pub(super) fn are_made_of<'a>(&self, texts: impl Iterator<Item = &'a [u8]>) -> bool {
        let mut runs = BTreeSet::new();
        let mut piece = Vec::new();
        for word in texts.flat_map(words) {
            let starts = (0..word.len()).filter(|&at| at == 0 || matches!(word[at - 1], b'=' | b':' | b'-' | b'/' | b'@'));
            for start in starts {
                piece.clear();
                // No longer piece is part of a name either once two letters do not follow each other in any.
                for (letter, next) in word[start..].iter().zip(word[start + 1..].iter().map(Some).chain([None])).take(self.longest) {
                    piece.push(letter.to_ascii_lowercase());
                    if piece.len() > 1 && self.pairs.get(number(&piece[piece.len() - 2..])) != Some(&true) {
                        break;
                    }
                    if *letter == b'/' || matches!(next, None | Some(b'/' | b':' | b'@')) {
                        runs.extend(memmem::find_iter(&self.joined, &piece).map(|at| (at, at + piece.len())));
                    }
                }
            }
        }
        let mut reached: BTreeSet<usize> = memchr::memchr_iter(b'\n', &self.joined).map(|at| at + 1).collect();
        // In the order of their beginnings, so that whatever leads to a place is known before what goes on from there.
        for (from, to) in runs {
            if reached.contains(&from) {
                if self.joined.get(to).is_none_or(|&next| next == b'\n') {
                    return true;
                }
                reached.insert(to);
            }
        }
        false
    }
}

/// Two letters as a number.
fn number(pair: &[u8]) -> usize {
    pair.iter().fold(0, |number, &letter| number << 8 | usize::from(letter))
}

/// The runs of signs of which names are made, without the names of variables.
fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
            let hidden = match rest {
                [b'$', ..] => 1 + rest[1..].iter().take_while(|&&sign| sign.is_ascii_alphanumeric() || sign == b'_').count(),
                [b'%', ..] => 2,
                _ => rest.iter().take_while(|&&sign| sign != b'$' && sign != b'%' && !is_of_names(sign)).count(),
            };
            at += hidden;
            if hidden == 0 {
                let end = rest.iter().position(|&sign| !is_of_names(sign)).unwrap_or(rest.len());
                at += end;
                return Some(&rest[..end]);
            }
        }
    })
}

const fn is_of_names(sign: u8) -> bool {
    sign.is_ascii_alphanumeric() || matches!(sign, b'.' | b'_' | b'-' | b'/' | b':' | b'@' | b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(name: &str, texts: &[&str]) -> bool {
        Names::new(&["ghcr.io".to_owned(), name.to_owned()]).are_made_of(texts.iter().map(|text| text.as_bytes()))
    }

    #[test]
    fn words_of_several_files_make_a_name() {
        assert!(made("quay.io", &["image: ${A}${B}/a", "A=quay.\nB=io\n"]));
        assert!(made("quay.io", &["image: docker://${A:-QU}$X.io/a", "X=ay"]));
        assert!(made("quay.io/acme/", &["image: quay.{{ .a }}me/web", "a: io/ac\n"]), "a name with its path");
    }

    #[test]
    fn a_name_with_a_gap_is_not_made() {
        assert!(!made("quay.io", &["k: qu\nv: y.io\n"]));
        assert!(!made("quay.io", &["k: quay.\nv: bio\n"]));
        assert!(!made("quay.io", &["k: ay.io\nv: $qu"]), "no variable has its own name as a value");
    }
}
