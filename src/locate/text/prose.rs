//! Owns whether a name in settings stands in a text for readers: in a sentence, or under a key that describes something.

use std::ops::Range;

use super::words::WORDS;

/// Bytes above a line in which the key of its block is looked for.
const BLOCK: usize = 4 << 10;

/// Words in a row that make a sentence before a name, and behind it: two columns of a list make none, nor does the argument of a command.
const BEFORE: usize = 2;
const BEHIND: usize = 3;

/// Whether a name stands under a key that describes something.
pub(super) fn is_described(text: &[u8], line: &Range<usize>, name: &Range<usize>) -> bool {
    describes(key_of(before(text, line, name)).map(|(key, _)| key).or_else(|| key_above(text, line.start)))
}

/// Whether plain words stand before a name in its line, or behind it.
pub(super) fn is_in_sentence(text: &[u8], line: &Range<usize>, name: &Range<usize>) -> bool {
    let before = before(text, line, name);
    let behind = text.get(name.end..line.end.min(name.end + BLOCK)).unwrap_or_default();
    let words = |text: &[u8]| text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).map(is_plain).collect::<Vec<bool>>();
    let lead = key_of(before).map_or(before, |(_, value)| value);
    // The sign of an assignment ends a sentence, whatever quotes follow it: `param image string = '`.
    let is_assigned = without_quotes(lead).ends_with(b"=");
    let (lead, rest) = (words(lead), words(behind.strip_prefix(b" ").unwrap_or_default()));
    let leads = !is_assigned && lead.ends_with(&[true]) && lead.iter().filter(|word| **word).count() >= BEFORE;
    leads || rest.len() >= BEHIND && rest.iter().take(BEHIND).all(|word| *word)
}

/// A text without the quotes and blanks at its end.
fn without_quotes(text: &[u8]) -> &[u8] {
    let is_mark = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`' | b' ' | b'\t');
    text.get(..text.iter().rposition(|byte| !is_mark(byte)).map_or(0, |at| at + 1)).unwrap_or_default()
}

/// The part of a name's line before it.
fn before<'t>(text: &'t [u8], line: &Range<usize>, name: &Range<usize>) -> &'t [u8] {
    text.get(line.start.max(name.start.saturating_sub(BLOCK))..name.start).unwrap_or_default()
}

/// A word as sentences have them.
fn is_plain(word: &[u8]) -> bool {
    let is_mark = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`' | b'(' | b')' | b',' | b'.' | b':' | b';' | b'!' | b'?');
    let start = word.iter().position(|byte| !is_mark(byte)).unwrap_or(word.len());
    let end = word.iter().rposition(|byte| !is_mark(byte)).map_or(start, |at| at + 1);
    let inner = word.get(start..end).unwrap_or_default();
    // The quotes in which a name stands are no word, and end none; what a bracket follows is the name of a function.
    inner.is_empty() || inner.iter().all(u8::is_ascii_alphabetic) && word.get(end) != Some(&b'(')
}

fn describes(key: Option<&[u8]>) -> bool {
    let Some(key) = key else { return false };
    let key = key.rsplit(|byte| matches!(byte, b'.' | b'/' | b'_' | b'-')).next().unwrap_or_default().to_ascii_lowercase();
    WORDS.describing.iter().any(|word| word.as_bytes() == key)
}

/// The last key in a line, at its begin or in a mapping of one line, and what stands behind its colon.
fn key_of(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let is_mark = |byte: &u8| matches!(byte, b':' | b'=');
    let mut marks = line.iter().enumerate().rev().filter(|(_, byte)| is_mark(byte));
    marks.find_map(|(at, _)| key_before(line, at))
}

/// The key that ends at a colon, and what stands behind it.
fn key_before(line: &[u8], colon: usize) -> Option<(&[u8], &[u8])> {
    let value = line.get(colon + 1..)?;
    // Behind a colon a blank follows, or a text; settings of systemd have neither.
    let is_set = line.get(colon) == Some(&b'=');
    if !is_set && !value.first().is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'')) {
        return None;
    }
    let before = line.get(..colon)?.trim_ascii_end();
    let before = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")).unwrap_or(before);
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/');
    let start = before.iter().rposition(|byte| !is_part(byte)).map_or(0, |at| at + 1);
    let (outer, key) = before.split_at(start);
    let outer = outer.strip_suffix(b"\"").or_else(|| outer.strip_suffix(b"'")).unwrap_or(outer).trim_ascii();
    let begins = matches!(outer.last(), None | Some(b'{' | b',')) || outer.iter().all(|byte| matches!(byte, b'-' | b' '));
    (begins && !key.is_empty()).then_some((key, value))
}

/// The key of the block around a line: the nearest line above that is indented less and has one. Items of a list may stand below their key.
pub(super) fn key_above(text: &[u8], line: usize) -> Option<&[u8]> {
    let indent = |line: &[u8]| line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let is_item = |line: &[u8]| line.trim_ascii_start().starts_with(b"- ");
    let own = text.get(line..)?;
    let (own, deepest) = (indent(own), indent(own) + usize::from(is_item(own)));
    let above = text.get(line.saturating_sub(BLOCK)..line)?;
    let above = above.strip_prefix(b"\xef\xbb\xbf").unwrap_or(above);
    let mut lines = above.split(|byte| *byte == b'\n').rev().filter(|line| !line.trim_ascii().is_empty());
    lines.find(|line| indent(line) < own || indent(line) < deepest && !is_item(line)).and_then(key_of).map(|(key, _)| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(text: &str) -> bool {
        let at = text.find("quay.io").unwrap();
        let end = at + text[at..].find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',')).unwrap_or(text.len() - at);
        let line = text[..at].rfind('\n').map_or(0, |at| at + 1)..text[at..].find('\n').map_or(text.len(), |end| at + end);
        is_described(text.as_bytes(), &line, &(at..end)) || is_in_sentence(text.as_bytes(), &line, &(at..end))
    }

    #[test]
    fn sentences_and_descriptions_are_for_readers() {
        for text in [
            "description: quay.io/acme/web",
            "  \"description\": \"quay.io/acme/web\",",
            "hint: pull it from quay.io/acme/web first",
            "hint: \"The image `quay.io/acme/web` is old\"",
            "hint: quay.io/acme/web is the one that runs",
            "release-notes: |\n  quay.io/acme/web:1\n  and more",
            "usage: >-\n  docker pull\n  quay.io/acme/web:1",
            "title = \"quay.io/acme/web\"",
            "Description=the web server of quay.io/acme/web",
            "image: {description: \"what to test with, quay.io/acme/web by default\", default: x}",
            "image: {default: x, description: quay.io/acme/web}",
        ] {
            assert!(reads(text), "{text}");
        }
    }

    #[test]
    fn values_are_not() {
        for text in [
            "image: quay.io/acme/web:1",
            "images: [quay.io/acme/web]",
            "web quay.io/acme/web:1",
            "args: --image quay.io/acme/web:1",
            "run: ./copy quay.io/acme/web:1 x",
            "web:\n  description: x\n  source: quay.io/acme/web",
            "web:\n  - quay.io/acme/web",
            "entry: quay.io/acme/web lint all --strict",
            "IMAGE=quay.io/acme/web",
            "param containerImage string = 'quay.io/acme/web:1'",
            "image := \"quay.io/acme/web:1\"",
            "web: \"{{ image | default('quay.io/acme/web') }}\"",
            "image: {description: \"what to test with\", default: quay.io/acme/web}",
        ] {
            assert!(!reads(text), "{text}");
        }
    }
}
