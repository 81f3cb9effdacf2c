//! Owns whether a name can be put together from the words that stand in the files of a set.

use std::collections::BTreeSet;
use std::ops::Range;

use memchr::memmem;

/// Names that may stand in pieces: `quay.` in one line, `io` in another.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// All of them as they are [known], each behind the end of a line.
    joined: Vec<u8>,
    longest: usize,
    /// Which two letters follow each other in one of them, so that most words need no search.
    pairs: Vec<bool>,
}

impl Names {
    pub(super) fn new(literals: &[String]) -> Self {
        let joined = literals.iter().flat_map(|literal| [b"\n", literal.as_bytes()].concat()).map(known);
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
    /// beginning, or behind a sign that ends a key, a flag or a scheme, and goes to its end, or to a sign that ends a domain; it stands where a value
    /// may, or beside one.
    pub(super) fn are_made_of<'a>(&self, texts: impl Iterator<Item = &'a [u8]>) -> bool {
        let mut runs = BTreeSet::new();
        let mut piece = Vec::new();
        for text in texts {
            for word in words(text) {
                let letters = &text[word.clone()];
                let may_begin = |at: &usize| {
                    let next = letters.get(at + 1).filter(|next| !matches!(letters[*at], b'/') && !matches!(next, b'/' | b':' | b'@'));
                    // The first letter alone may be a piece; any other goes on with the second.
                    next.is_none_or(|next| self.pairs.get(number(&[known(letters[*at]), known(*next)])) == Some(&true))
                };
                let behind_signs = (1..letters.len()).filter(|at| KINDS[usize::from(letters[at - 1])] == Kind::Ends);
                let starts = std::iter::once(0).chain(behind_signs).filter(may_begin);
                for start in starts {
                    piece.clear();
                    // No longer piece is part of a name either once two letters do not follow each other in any.
                    for (letter, next) in
                        letters[start..].iter().zip(letters[start + 1..].iter().map(Some).chain([None])).take(self.longest)
                    {
                        piece.push(known(*letter));
                        if piece.len() > 1 && self.pairs.get(number(&piece[piece.len() - 2..])) != Some(&true) {
                            break;
                        }
                        if *letter == b'/' || matches!(next, None | Some(b'/' | b':' | b'@')) {
                            let mut found = memmem::find_iter(&self.joined, &piece).peekable();
                            let from = word.start + start;
                            if found.peek().is_some() && is_value(text, &word, from..from + piece.len()) {
                                runs.extend(found.map(|at| (at, at + piece.len())));
                            }
                        }
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

/// A letter as it is compared: small, and every sign like any other, since a template may put one in the place of another.
const fn known(letter: u8) -> u8 {
    match letter {
        b'.' | b'_' | b'-' | b'/' | b':' | b'@' | b'=' => b'.',
        letter => letter.to_ascii_lowercase(),
    }
}

/// Two letters as a number.
fn number(pair: &[u8]) -> usize {
    pair.iter().fold(0, |number, &letter| number << 8 | usize::from(letter))
}

/// Bytes of its line before a piece that say whether it is a value.
const BESIDE: usize = 256;

/// Whether a piece of a word may be a value, or what stands beside one: a single word of a sentence, of a command or of a template's code is none.
fn is_value(text: &[u8], word: &Range<usize>, piece: Range<usize>) -> bool {
    // Code may print numbers.
    text[piece.clone()].iter().all(u8::is_ascii_digit) || begins_value(text, word, piece.start) && ends_value(text, word, piece)
}

fn begins_value(text: &[u8], word: &Range<usize>, at: usize) -> bool {
    let behind = |at: usize| text[..at].iter().next_back().copied();
    if at > word.start {
        // Behind a dash begins what stands in for a variable.
        let (name, is_braced) = (&text[word.start..at - 1], text[..word.start].ends_with(b"${"));
        return behind(at) != Some(b'-') || name.ends_with(b":") || is_braced && !name.contains(&b'-');
    }
    // A file may be one line.
    let near = &text[at.saturating_sub(BESIDE)..at];
    let line = &near[memchr::memrchr(b'\n', near).map_or(0, |end| end + 1)..];
    let before = line.trim_ascii_end();
    let is_only = |sign: u8| text[word.clone()].iter().all(|letter| *letter == sign);
    match before.last() {
        // An item of a list, or the end of a document.
        None => !is_only(b'-'),
        // What a template calls the value that it is at.
        Some(b'{' | b'(' | b'|') if is_only(b'.') => false,
        Some(b'-') if is_only(b'.') && before.ends_with(b"{-") => false,
        Some(b'=' | b':' | b'-' | b'/' | b',' | b'[' | b'(' | b'|' | b'{' | b'"' | b'\'' | b'`') => true,
        Some(_) => before.len() == line.len() || is_named(before),
    }
}

/// Whether a line ends in what a Dockerfile, or a document with tags and anchors, puts before a value.
fn is_named(line: &[u8]) -> bool {
    let mut words = line.rsplit(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let last = words.next().unwrap_or_default();
    last.starts_with(b"!")
        || last.starts_with(b"&")
        || words.next().is_some_and(|word| word.eq_ignore_ascii_case(b"ENV") || word.eq_ignore_ascii_case(b"ARG"))
}

fn ends_value(text: &[u8], word: &Range<usize>, piece: Range<usize>) -> bool {
    let rest = &text[piece.end..];
    let behind = rest.trim_ascii_start();
    // Of several variables of a line each ends at a blank.
    let is_one_of_many = || piece.start > word.start && text[piece.start - 1] == b'=';
    let is_at_end = || rest.iter().take_while(|sign| sign.is_ascii_whitespace()).any(|sign| *sign == b'\n');
    behind.len() == rest.len()
        || matches!(behind.first(), None | Some(b'#' | b'\\' | b'"' | b'\'' | b'`' | b',' | b')' | b'}' | b']'))
        || is_one_of_many()
        || is_at_end()
}

/// The runs of signs of which names are made, without the names of variables.
fn words(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            match text.get(at)? {
                b'$' => at += 1 + text[at + 1..].iter().take_while(|&&sign| sign.is_ascii_alphanumeric() || sign == b'_').count(),
                b'%' => at += 2,
                sign if KINDS[usize::from(*sign)] == Kind::Other => at += 1,
                _ => break,
            }
        }
        let start = at;
        at += text[at..].iter().take_while(|&&sign| KINDS[usize::from(sign)] != Kind::Other).count();
        Some(start..at)
    })
}

/// What a sign is in a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It stands in none.
    Other,
    /// It is part of one.
    Part,
    /// It is, and ends a key, a flag or a scheme, behind which a name may begin.
    Ends,
}

/// The kind of each sign.
const KINDS: [Kind; 256] = {
    let mut kinds = [Kind::Other; 256];
    let mut sign = 0_u8;
    loop {
        kinds[sign as usize] = match sign {
            b'=' | b':' | b'-' | b'/' | b'@' => Kind::Ends,
            b'.' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => Kind::Part,
            _ => Kind::Other,
        };
        if sign == u8::MAX {
            break kinds;
        }
        sign += 1;
    }
};

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
        assert!(made("my-quay.io", &["a: my_\n", "b: quay.io\n", "{{ print .a .b | replace \"_\" \"-\" }}"]), "with other signs");
    }

    #[test]
    fn values_stand_in_many_ways() {
        for (first, second) in [
            ("a: quay.\n", "b: io\n"),
            ("a: quay. # there\n", "- io\r\n"),
            ("{a: quay., c: 1}", "b: &x io"),
            ("a: !!str quay.\n", "\"io\""),
            ("ENV A=quay. C=1\n", "ENV B io\n"),
            ("ARG A=quay.\n", "arg B=io \\\n"),
            ("${A:-quay.}", "${B-io}"),
            ("${A:+quay.}", "x{{.B}}io/acme"),
            ("a: |\n  quay.\n", "--set b=io,c=1"),
            ("{{ print \"quay\" `.` }}", "<b>io</b>"),
            ("printf '%squay.'", "(io)"),
        ] {
            assert!(made("quay.io", &[first, second]), "{first} {second}");
        }
        assert!(made("k8s.io", &["{{ print \"k\" 8 \"s.io\" }}"]), "numbers of code");
    }

    #[test]
    fn what_sentences_commands_and_code_say_is_no_value() {
        for text in [
            "a: quay. b\nb: io\n",
            "a: quay.\nb: a io b\n",
            "a: quay\nb: io\nc: {{ . }}{{- . -}}{{ tpl .x . }}",
            "a: quay.\nb: do-io\n",
            "a: quay.\nb: -io\n",
        ] {
            assert!(!made("quay.io", &[text]), "{text}");
        }
        assert!(!made("qu-ay.io", &["a: qu\n-\n- b: ay.io\n---\n"]));
    }

    #[test]
    fn a_name_with_a_gap_is_not_made() {
        assert!(!made("quay.io", &["k: qu\nv: y.io\n"]));
        assert!(!made("quay.io", &["k: quay.\nv: bio\n"]));
        assert!(!made("quay.io", &["k: ay.io\nv: $qu"]), "no variable has its own name as a value");
    }
}
