//! Owns the split of a stream into its documents, by markers and brackets alone, so that a broken one does not take the others with it.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr_iter;

use super::json::string_length;

/// The bytes of each document. A line that begins with `---` or `...` followed by white space is a marker wherever it stands: no scalar may
/// hold one at the start of a line (YAML 1.2.2, rule 206 `c-forbidden`).
pub(crate) fn documents(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut start = 0;
    let mut line = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    // Directives (`%YAML 1.2`) belong to the document that follows them.
    let mut only_directives = true;
    for end in memchr_iter(b'\n', bytes).map(|at| at + 1).chain((!bytes.ends_with(b"\n")).then_some(bytes.len())) {
        let content = bytes.get(line..end).unwrap_or_default();
        if is_marker(content, b"---") && !only_directives && line > start {
            found.push(start..line);
            start = line;
        } else if is_marker(content, b"...") {
            found.push(start..end);
            start = end;
            only_directives = true;
            line = end;
            continue;
        }
        only_directives &= content.first().is_none_or(|b| matches!(b, b'%' | b'#' | b'\n' | b'\r')) && !is_marker(content, b"---");
        line = end;
    }
    if start < bytes.len() {
        found.push(start..bytes.len());
    }
    found.into_iter().flat_map(|range| in_a_row(bytes, range)).collect()
}

/// Values of JSON that follow each other without a marker between them are a document each, as kubectl reads them.
fn in_a_row(bytes: &[u8], Range { mut start, end }: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    while let Some(length) = bytes.get(start..end).and_then(value_length) {
        let rest = bytes.get(start + length..end).unwrap_or_default().trim_ascii_start();
        if !matches!(rest, [b'{' | b'[', ..]) {
            break;
        }
        found.push(start..start + length);
        start += length;
    }
    found.push(start..end);
    found
}

/// The length of the list or mapping in brackets that a text begins with; none for what may be a tag of a template.
fn value_length(bytes: &[u8]) -> Option<usize> {
    let value = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    if !matches!(value, [b'{', next, ..] if !matches!(next, b'{' | b'%' | b'#')) && !matches!(value, [b'[', next, ..] if *next != b'[') {
        return None;
    }
    let (mut at, mut depth) = (bytes.len() - value.len(), 0_usize);
    loop {
        match bytes.get(at)? {
            b'"' => at += string_length(&bytes[at..]),
            sign => {
                at += 1;
                match sign {
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' if depth == 1 => return Some(at),
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
            }
        }
    }
}

fn is_marker(line: &[u8], marker: &[u8]) -> bool {
    line.strip_prefix(marker).is_some_and(|rest| rest.first().is_none_or(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')))
}

/// What stands for each byte that is no text.
pub(crate) const NO_TEXT: char = '^';

/// The bytes as text of the same length: each byte that is not UTF-8 becomes `^`, which stands in no reference and means nothing to
/// YAML, so that every offset stays what it is.
pub(crate) fn same_length_text(bytes: &[u8]) -> Cow<'_, str> {
    let mut text = match std::str::from_utf8(bytes) {
        Ok(text) => return Cow::Borrowed(text),
        Err(_) => String::with_capacity(bytes.len()),
    };
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n(NO_TEXT, chunk.invalid().len()));
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        documents(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn splits_at_markers_and_keeps_directives_with_their_document() {
        assert_eq!(split("a: 1\n---\nb: 2\n"), ["a: 1\n", "---\nb: 2\n"]);
        assert_eq!(split("%YAML 1.2\n---\na: 1\n...\n# c\n---\nb: 2"), ["%YAML 1.2\n---\na: 1\n...\n", "# c\n---\nb: 2"]);
        assert_eq!(split("---\na: 1\n--- \nb: |\n  ---\n"), ["---\na: 1\n", "--- \nb: |\n  ---\n"]);
        assert_eq!(split("# licence\n---\na: 1\n"), ["# licence\n---\na: 1\n"]);
    }

    #[test]
    fn values_of_json_in_a_row_are_documents() {
        assert_eq!(split("{\"a\": \"}\"}\n{\"b\": [1]} [2]\n"), ["{\"a\": \"}\"}", "\n{\"b\": [1]}", " [2]\n"]);
        for one in ["{a: b}: c\n", "{{ a }}\n{{ b }}\n", "{% if a %}\n{b: c}", "{\"a\": 1\n{", "[a]\n# b\n", "[[a]]\n[[b]]"] {
            assert_eq!(split(one), [one]);
        }
    }

    #[test]
    fn a_byte_that_is_no_text_keeps_every_offset() {
        assert_eq!(same_length_text(b"a\xff\xfeb"), "a^^b");
    }
}
