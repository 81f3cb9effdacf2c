//! Owns here-documents: which ones a line opens, and where each ends.
//!
//! `BuildKit` splits the line into shell words and takes a word as a whole (`parser.go`, `heredocsFromLine`), so `<<<"x"` and `$((1<<3))`
//! open none. A line that does not split (an open quote, a substitution that its lexer does not know) opens none either.

use std::ops::Range;

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
    let Some((words, _)) = Splitter::new(text).words() else { return Vec::new() };
    words.into_iter().filter_map(|word| heredoc(text.get(word)?)).collect()
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
    let (words, marks) = Splitter::new(rest).words()?;
    let [word] = words.as_slice() else { return None };
    let name: Vec<u8> = word.clone().filter(|at| !marks.contains(at)).filter_map(|at| rest.get(at).copied()).collect();
    (!name.is_empty()).then_some(Heredoc { name, tabs })
}

/// Splits a shell line into words, as `shell/lex.go` does when no variable is set.
struct Splitter<'a> {
    text: &'a [u8],
    at: usize,
    /// Where quotes and escapes stand, which are no part of a word's meaning.
    marks: Vec<usize>,
}

impl<'a> Splitter<'a> {
    const fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, marks: Vec::new() }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// Notes that the byte taken last is a mark.
    fn mark(&mut self) {
        self.marks.push(self.at - 1);
    }

    /// Where the words stand, as typed, and the marks in them; `None` when the line does not split.
    fn words(mut self) -> Option<(Vec<Range<usize>>, Vec<usize>)> {
        let (mut words, mut start) = (Vec::new(), 0);
        let mut cut = |at: usize| {
            words.extend((start < at).then_some(start..at));
            start = at + 1;
        };
        while let Some(byte) = self.next() {
            match byte {
                b'\'' | b'"' => self.quoted(byte, 0)?,
                b'$' => {
                    let from = self.at;
                    self.dollar(0)?;
                    // A substitution outside of quotes is split again.
                    (from..self.at).filter(|at| self.text.get(*at).is_some_and(|byte| is_space(*byte))).for_each(&mut cut);
                }
                b'<' if self.peek() == Some(b'<') => {
                    self.next();
                    while self.peek().is_some_and(is_space) {
                        self.next();
                    }
                }
                b'\\' => {
                    self.mark();
                    self.next();
                }
                _ if is_space(byte) => cut(self.at - 1),
                _ => {}
            }
        }
        cut(self.at);
        Some((words, self.marks))
    }

    /// Goes past what stands in quotes, after the first.
    fn quoted(&mut self, quote: u8, depth: usize) -> Option<()> {
        self.mark();
        loop {
            match self.next()? {
                byte if byte == quote => {
                    self.mark();
                    return Some(());
                }
                b'$' if quote == b'"' => self.dollar(depth)?,
                b'\\' if quote == b'"' && matches!(self.peek(), Some(b'"' | b'$' | b'\\')) => {
                    self.mark();
                    self.next();
                }
                _ => {}
            }
        }
    }

    /// Goes past a variable's use, after the dollar sign.
    fn dollar(&mut self, depth: usize) -> Option<()> {
        if self.peek() != Some(b'{') {
            self.name();
            return Some(());
        }
        self.next();
        if depth > DEPTH || matches!(self.peek(), None | Some(b'{' | b'}' | b':')) {
            return None;
        }
        self.name();
        let mut operator = self.next()?;
        if operator == b':' {
            operator = self.next().filter(|operator| matches!(operator, b'+' | b'-' | b'?'))?;
        }
        match operator {
            b'}' => Some(()),
            b'+' | b'-' | b'?' | b'#' | b'%' => self.until(b'}', depth + 1),
            b'/' => {
                if self.peek() == Some(b'/') {
                    self.next();
                }
                self.until(b'/', depth + 1)?;
                self.until(b'}', depth + 1)
            }
            _ => None,
        }
    }

    fn until(&mut self, stop: u8, depth: usize) -> Option<()> {
        loop {
            match self.next()? {
                byte if byte == stop => return Some(()),
                byte @ (b'\'' | b'"') => self.quoted(byte, depth)?,
                b'$' => self.dollar(depth)?,
                b'\\' => {
                    self.mark();
                    self.next();
                }
                _ => {}
            }
        }
    }

    fn name(&mut self) {
        self.at += super::expand::name_at(self.text.iter().skip(self.at).copied());
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
        assert_eq!(names(r#" <<E\OF <<"a\"b\c" <<${x:-"d"}"#), ["EOF", "a\"b\\c", "${x:-d}"]);
    }

    #[test]
    fn here_strings_shifts_and_quoted_marks_open_none() {
        for line in [
            " cat <<<\"x\"",
            " x <<<$Y",
            " echo $((1<<3))",
            " \"<<EOF\"",
            " [\"<<EOF\"]",
            " echo a<<EOF",
            " <<",
            " <<''",
            " <<${a:- b}",
            " it's <<EOF",
        ] {
            assert!(names(line).is_empty(), "{line}");
        }
    }
}
