//! Owns here-documents: which ones a line opens, and where each ends.
//!
//! `BuildKit` splits the line into shell words and takes a word as a whole (`parser.go`, `heredocsFromLine`), so `<<<"x"` and `$((1<<3))`
//! open none. A line that does not split (an open quote, a substitution that its lexer does not know) opens none either.

use super::lines::is_space;

/// How deep substitutions may nest before the line counts as one that does not split.
const DEPTH: usize = 32;

/// A here-document that a line opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heredoc {
    /// The line that ends it.
    pub(super) name: Vec<u8>,
    tabs: Tabs,
}

/// Whether tabs before the line that ends a here-document are skipped (`<<-`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tabs {
    Kept,
    Skipped,
}

impl Heredoc {
    /// One past the line that ends a text starting at `at`; `None` when none does.
    pub(super) fn end(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let mut start = at;
        while start < bytes.len() {
            let rest = bytes.get(start..)?;
            let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            let mut line = rest.get(..length)?;
            while let Some((b'\r' | b'\n', before)) = line.split_last() {
                line = before;
            }
            while let (Tabs::Skipped, Some((b'\t', after))) = (self.tabs, line.split_first()) {
                line = after;
            }
            start += length;
            if line == self.name {
                return Some(start);
            }
        }
        None
    }
}

/// The here-documents that an instruction opens, in order; `text` is what follows its keyword.
pub(super) fn opened_by(text: &[u8]) -> Vec<Heredoc> {
    let start = text.iter().position(|b| !is_space(*b)).unwrap_or(text.len());
    let text = text.get(start..).unwrap_or_default();
    let marked = text.windows(2).any(|pair| pair == b"<<");
    // The exec form is no shell line.
    if !marked || (text.starts_with(b"[") && serde_json::from_slice::<Vec<String>>(text).is_ok()) {
        return Vec::new();
    }
    let Some(words) = Splitter::new(text, Quotes::Kept).words() else { return Vec::new() };
    words.iter().filter_map(|word| heredoc(word)).collect()
}

/// The here-document that a word opens: digits, `<<`, perhaps `-`, white space, and a name without `<`.
fn heredoc(word: &[u8]) -> Option<Heredoc> {
    let digits = word.iter().position(|b| !b.is_ascii_digit())?;
    let mut rest = word.get(digits..)?.strip_prefix(b"<<")?;
    let mut tabs = Tabs::Kept;
    if let Some(after) = rest.strip_prefix(b"-") {
        tabs = Tabs::Skipped;
        rest = after;
    }
    let rest = rest.trim_ascii_start();
    if rest.is_empty() || rest.contains(&b'<') {
        return None;
    }
    let mut words = Splitter::new(rest, Quotes::Removed).words()?;
    let name = words.pop()?;
    words.is_empty().then_some(Heredoc { name, tabs })
}

/// What becomes of quotes and escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quotes {
    Kept,
    Removed,
}

/// Splits a shell line into words, as `shell/lex.go` does when no variable is set.
struct Splitter<'a> {
    text: &'a [u8],
    at: usize,
    quotes: Quotes,
    word: Vec<u8>,
    words: Vec<Vec<u8>>,
}

impl<'a> Splitter<'a> {
    const fn new(text: &'a [u8], quotes: Quotes) -> Self {
        Self { text, at: 0, quotes, word: Vec::new(), words: Vec::new() }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn cut(&mut self) {
        if !self.word.is_empty() {
            self.words.push(std::mem::take(&mut self.word));
        }
    }

    /// The words; `None` when the line does not split.
    fn words(mut self) -> Option<Vec<Vec<u8>>> {
        while let Some(byte) = self.next() {
            match byte {
                b'\'' | b'"' => {
                    let inside = self.quoted(byte, 0)?;
                    self.word.extend(inside);
                }
                b'$' => {
                    let used = self.dollar(0)?;
                    // A substitution outside of quotes is split again.
                    for byte in used {
                        if is_space(byte) { self.cut() } else { self.word.push(byte) }
                    }
                }
                b'<' if self.peek() == Some(b'<') => {
                    self.next();
                    self.word.extend(b"<<");
                    while let Some(space) = self.peek().filter(|b| is_space(*b)) {
                        self.next();
                        self.word.push(space);
                    }
                }
                b'\\' => {
                    if self.quotes == Quotes::Kept {
                        self.word.push(byte);
                    }
                    self.word.extend(self.peek());
                    self.next();
                }
                _ if is_space(byte) => self.cut(),
                _ => self.word.push(byte),
            }
        }
        self.cut();
        Some(self.words)
    }

    /// What stands in quotes, after the first.
    fn quoted(&mut self, quote: u8, depth: usize) -> Option<Vec<u8>> {
        let mut inside = Vec::new();
        if self.quotes == Quotes::Kept {
            inside.push(quote);
        }
        loop {
            match self.next()? {
                byte if byte == quote => {
                    if self.quotes == Quotes::Kept {
                        inside.push(quote);
                    }
                    return Some(inside);
                }
                b'$' if quote == b'"' => inside.extend(self.dollar(depth)?),
                b'\\' if quote == b'"' => {
                    let escaped = self.peek().filter(|b| matches!(b, b'"' | b'$' | b'\\'));
                    if self.quotes == Quotes::Kept || escaped.is_none() {
                        inside.push(b'\\');
                    }
                    if let Some(byte) = escaped {
                        self.next();
                        inside.push(byte);
                    }
                }
                byte => inside.push(byte),
            }
        }
    }

    /// A variable's use, after the dollar sign, as it is typed.
    fn dollar(&mut self, depth: usize) -> Option<Vec<u8>> {
        let mut used = vec![b'$'];
        if self.peek() != Some(b'{') {
            used.extend(self.name());
            return Some(used);
        }
        self.next();
        used.push(b'{');
        if depth > DEPTH || matches!(self.peek(), None | Some(b'{' | b'}' | b':')) {
            return None;
        }
        used.extend(self.name());
        let mut operator = self.next()?;
        used.push(operator);
        if operator == b':' {
            operator = self.next()?;
            used.push(operator);
            if !matches!(operator, b'+' | b'-' | b'?') {
                return None;
            }
        }
        match operator {
            b'}' => return Some(used),
            b'+' | b'-' | b'?' | b'#' | b'%' => used.extend(self.until(b'}', depth + 1)?),
            b'/' => {
                if self.peek() == Some(b'/') {
                    used.extend(self.next());
                }
                used.extend(self.until(b'/', depth + 1)?);
                used.push(b'/');
                used.extend(self.until(b'}', depth + 1)?);
            }
            _ => return None,
        }
        used.push(b'}');
        Some(used)
    }

    fn until(&mut self, stop: u8, depth: usize) -> Option<Vec<u8>> {
        let mut inside = Vec::new();
        loop {
            match self.next()? {
                byte if byte == stop => return Some(inside),
                byte @ (b'\'' | b'"') => inside.extend(self.quoted(byte, depth)?),
                b'$' => inside.extend(self.dollar(depth)?),
                b'\\' => {
                    if self.quotes == Quotes::Kept {
                        inside.push(b'\\');
                    }
                    inside.extend(self.next());
                }
                byte => inside.push(byte),
            }
        }
    }

    fn name(&mut self) -> Vec<u8> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let name = super::expand::name_at(rest.iter().copied());
        self.at += name;
        rest.get(..name).unwrap_or_default().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(line: &str) -> Vec<String> {
        opened_by(line.as_bytes()).into_iter().map(|doc| String::from_utf8(doc.name).unwrap()).collect()
    }

    #[test]
    fn a_word_as_a_whole_opens_a_here_document() {
        assert_eq!(names(" <<EOF cat"), ["EOF"]);
        assert_eq!(names(" 3<<-'one two' cat"), ["one two"]);
        assert_eq!(names(" cat <<A <<\"B\" > x"), ["A", "B"]);
        assert_eq!(names(" cat <<  EOF"), ["EOF"]);
        assert_eq!(names(" <<$EOF"), ["$EOF"]);
    }

    #[test]
    fn here_strings_shifts_and_quoted_marks_open_none() {
        for line in [" cat <<<\"x\"", " x <<<$Y", " echo $((1<<3))", " \"<<EOF\"", " [\"<<EOF\"]", " echo a<<EOF", " <<", " it's <<EOF"] {
            assert!(names(line).is_empty(), "{line}");
        }
    }
}
