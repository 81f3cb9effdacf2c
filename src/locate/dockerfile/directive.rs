//! Owns what stands before the first instruction and steers the reading: `escape`, and the image that reads the file (`syntax`).
//!
//! The rules are those of `BuildKit`'s `directives.go`: directives are the first lines, each at most once; the value of `syntax` ends at the
//! first blank; `//` lines and a JSON object may carry `syntax` too, for files in another language.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::locate::{Fault, note};
use crate::text::{FileId, Span};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The directives that there are; any other line ends them.
const KEYS: [&str; 3] = ["syntax", "escape", "check"];

/// What the head of a file says.
#[derive(Clone, Debug)]
pub(super) struct Head {
    /// Where the text starts: behind a byte order mark.
    pub(super) start: usize,
    /// The byte that escapes and continues lines: `\` or a backtick.
    pub(super) escape: u8,
    /// The bytes that name the image reading the file.
    pub(super) syntax: Option<Range<usize>>,
    /// What language the rest is in.
    pub(super) language: Language,
    /// What is wrong with the directives.
    pub(super) faults: Vec<Fault>,
}

/// What language a file is in, as far as its head tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// Dockerfile instructions.
    Dockerfile,
    /// Whatever the image named by `syntax` reads.
    Other,
}

/// One `key=value` line.
struct Directive {
    key: &'static str,
    value: Range<usize>,
}

impl Head {
    /// Reads the head of a file.
    pub(super) fn new(bytes: &[u8], file: FileId) -> Self {
        let start = if bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let mut head = Self { start, escape: b'\\', syntax: None, language: Language::Dockerfile, faults: Vec::new() };
        head.read_escape(bytes, file);
        head.read_syntax(bytes);
        head
    }

    fn read_escape(&mut self, bytes: &[u8], file: FileId) {
        let mut seen = Vec::new();
        for directive in directives(bytes, self.start, b"#", Indent::Allowed) {
            let span = Span::new(file, directive.value.clone());
            if seen.contains(&directive.key) {
                note(&mut self.faults, Fault { span, message: format!("only one `{}` directive can be used", directive.key) });
                break;
            }
            if directive.key == "escape" {
                match bytes.get(directive.value) {
                    Some(&[escape @ (b'\\' | b'`')]) => self.escape = escape,
                    _ => note(&mut self.faults, Fault { span, message: "`escape` must be a backslash or a backtick".to_owned() }),
                }
            }
            seen.push(directive.key);
        }
    }

    fn read_syntax(&mut self, bytes: &[u8]) {
        let mut start = self.start;
        if bytes.get(start..).is_some_and(|text| text.starts_with(b"#!")) {
            start = line_end(bytes, start).1;
        }
        let named = |comment: &[u8]| {
            let found = directives(bytes, start, comment, Indent::Refused).find(|directive| directive.key == "syntax")?;
            let value = bytes.get(found.value.clone())?;
            let end = value.iter().position(|b| *b == b' ').unwrap_or(value.len());
            Some(found.value.start..found.value.start + end)
        };
        self.syntax = named(b"#");
        if self.syntax.is_none() {
            self.syntax = named(b"//").or_else(|| json_syntax(bytes, start));
            if self.syntax.is_some() {
                self.language = Language::Other;
            }
        }
    }
}

/// Whether a directive may stand behind white space. `BuildKit` reads `escape` after it has cut leading blanks, and `syntax` before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Indent {
    Allowed,
    Refused,
}

/// The directives from byte `start` on, up to the first line that is none.
fn directives<'a>(bytes: &'a [u8], start: usize, comment: &'a [u8], indent: Indent) -> impl Iterator<Item = Directive> + 'a {
    let mut at = start;
    std::iter::from_fn(move || {
        if at >= bytes.len() {
            return None;
        }
        let (end, next) = line_end(bytes, at);
        let mut line = at..end;
        if indent == Indent::Allowed {
            trim(bytes, &mut line);
        }
        at = next;
        if !bytes.get(line.clone())?.starts_with(comment) {
            return None;
        }
        line.start += comment.len();
        trim(bytes, &mut line);
        let text = bytes.get(line.clone())?;
        let equals = memchr::memchr(b'=', text)?;
        let key = text.get(..equals)?.trim_ascii_end();
        let key = KEYS.into_iter().find(|known| key.eq_ignore_ascii_case(known.as_bytes()))?;
        let mut value = line.start + equals + 1..line.end;
        trim(bytes, &mut value);
        (!value.is_empty()).then_some(Directive { key, value })
    })
}

/// The end of the line at `start` without its line feed, and where the next one starts.
fn line_end(bytes: &[u8], start: usize) -> (usize, usize) {
    let rest = bytes.get(start..).unwrap_or_default();
    memchr::memchr(b'\n', rest).map_or((bytes.len(), bytes.len()), |at| (start + at, start + at + 1))
}

/// Takes white space off both ends of a range.
fn trim(bytes: &[u8], range: &mut Range<usize>) {
    let text = bytes.get(range.clone()).unwrap_or_default();
    let before = text.len() - text.trim_ascii_start().len();
    let after = text.len() - text.trim_ascii_end().len();
    if before == text.len() {
        range.end = range.start;
        return;
    }
    range.start += before;
    range.end -= after;
}

/// The value of `syntax` in a file that is one JSON object: the bytes between its quotes, when none of them is escaped.
fn json_syntax(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let text = bytes.get(start..)?;
    if text.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    let object: BTreeMap<String, Value<'_>> = serde_json::from_slice(text).ok()?;
    let Value::Text(value) = object.get("syntax")? else { return None };
    // What is borrowed stands in the text as it is meant.
    let at = start + (value.as_ptr().addr() - text.as_ptr().addr());
    Some(at..at + value.len())
}

/// A value of the object.
#[derive(Deserialize)]
#[serde(untagged)]
enum Value<'t> {
    /// A text without escapes.
    Text(&'t str),
    Other(IgnoredAny),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn syntax(text: &str) -> Option<&str> {
        Head::new(text.as_bytes(), FileId(0)).syntax.map(|range| &text[range])
    }

    #[test]
    fn reads_syntax_in_its_three_spellings() {
        assert_eq!(syntax("#syntax=docker/dockerfile:1 # pinned\nFROM a"), Some("docker/dockerfile:1"));
        assert_eq!(syntax("#!/usr/bin/env x\n# Syntax = a/b \r\n"), Some("a/b"));
        assert_eq!(syntax("// syntax=a/b:2\n"), Some("a/b:2"));
        assert_eq!(syntax("{\"x\": {\"syntax\": \"c\"}, \"syntax\": \"a/b:3\"}"), Some("a/b:3"));
    }

    #[test]
    fn a_directive_after_anything_else_is_a_comment() {
        assert_eq!(syntax("# hello\n# syntax=a/b\n"), None);
        assert_eq!(syntax("\n# syntax=a/b\n"), None);
        assert_eq!(Head::new(b"FROM a\n# escape=`\n", FileId(0)).escape, b'\\');
    }

    #[test]
    fn a_second_directive_of_a_kind_is_a_fault() {
        assert_eq!(Head::new(b"# escape=`\n# escape=\\\nFROM a", FileId(0)).faults.len(), 1);
    }
}
