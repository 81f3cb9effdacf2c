//! Owns the words of commands.

/// Bytes within which quotes and brackets are closed; those that are longer hold the word that is asked about.
const LONGEST_QUOTE: usize = 512;

/// A word without quotes around it, and without what separates the items of a list.
pub(super) fn trimmed(word: &[u8]) -> &[u8] {
    let is_mark = |byte: &u8| matches!(byte, b'"' | b'\'' | b',' | b'[' | b']' | b'\\');
    let start = word.iter().position(|byte| !is_mark(byte)).unwrap_or(word.len());
    let end = word.iter().rposition(|byte| !is_mark(byte)).map_or(start, |at| at + 1);
    word.get(start..end).unwrap_or_default()
}

/// The words of a command that is read.
#[derive(Default)]
struct Words<'t> {
    all: Vec<&'t [u8]>,
    /// How many of them stand before the item of a list that is read.
    item: usize,
}

impl<'t> Words<'t> {
    /// Takes the next word. An item of several words in a list (`[docker pull a, docker push b]`) is a command of its own; items of one word
    /// each are the words of one (`[docker, pull, a]`).
    fn take(&mut self, word: Option<&'t [u8]>) {
        let Some(word) = word else { return };
        if word.starts_with(b"[") {
            self.item = self.all.len() + usize::from(word.len() == 1);
        }
        self.all.push(word);
        if let [.., last, b','] = word
            && !matches!(last, b'"' | b'\'' | b'`')
        {
            if self.all.len() - self.item > 1 {
                self.all.clear();
            }
            self.item = self.all.len();
        }
    }
}

/// The words of the last command that begins in `before`, and the text that stands directly before the word that follows.
pub(super) fn words(before: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    // A byte order mark belongs to no word.
    let before = before.strip_prefix(b"\xef\xbb\xbf").unwrap_or(before);
    let (mut words, mut start, mut at) = (Words::default(), 0, 0);
    while let Some(rest) = before.get(at..).filter(|rest| !rest.is_empty()) {
        let word = before.get(start..at).filter(|word| !word.is_empty());
        let near = rest.get(..LONGEST_QUOTE).unwrap_or(rest);
        let closed = |open: usize, close: &[u8]| memchr::memmem::find(near.get(open..)?, close).map(|at| open + at + close.len());
        match rest {
            [b'\\', b'\r', b'\n', ..] => {
                words.take(word);
                (at, start) = (at + 3, at + 3);
            }
            [b'\\', b'\n', ..] => {
                words.take(word);
                (at, start) = (at + 2, at + 2);
            }
            [b'\\', _, ..] => at += 2,
            [byte, ..] if byte.is_ascii_whitespace() => {
                words.take(word);
                (at, start) = (at + 1, at + 1);
            }
            [quote @ (b'"' | b'\'' | b'`'), behind @ ..] => match closed(1, &[*quote]) {
                Some(length) => at += length,
                None if behind.is_empty() => at += 1,
                // The command stands inside the quotes.
                None => {
                    words = Words::default();
                    (at, start) = (at + 1, at + 1);
                }
            },
            [b'{', b'{', ..] => at += closed(2, b"}}").unwrap_or(2),
            [b'$', b'{', ..] => at += closed(2, b"}").unwrap_or(2),
            [b'$', b'(', ..] => {
                if let Some(length) = balanced(near) {
                    at += length;
                } else {
                    words = Words::default();
                    (at, start) = (at + 2, at + 2);
                }
            }
            [b';' | b'|' | b'&' | b'(' | b')', ..] => {
                words = Words::default();
                (at, start) = (at + 1, at + 1);
            }
            _ => at += 1,
        }
    }
    (words.all, before.get(start..).unwrap_or_default())
}

/// The length of `$(…)` at the start of a text, if it is closed there.
pub(super) fn balanced(text: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 1 => return Some(at + 1),
            b')' => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    None
}
