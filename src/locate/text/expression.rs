//! Owns whether a name is a text in an expression of a template: what comes of that is what a document holds.

use std::ops::Range;

use super::words::WORDS;

/// How expressions of templates are opened and closed in a line; what has no end goes on to the line's.
const EXPRESSIONS: [(&[u8], &[u8]); 3] = [(b"{{", b"}}"), (b"<%=", b"%>"), (b"#@ ", b"\n")];

/// Whether a name in the line with the bytes `line` stands in quotes in an expression (`{{ 'quay.io/acme/a' if dev else 'quay.io/acme/b' }}`).
pub(super) fn holds(text: &[u8], line: &Range<usize>, name: &Range<usize>) -> bool {
    let before = text.get(line.start..name.start).unwrap_or_default();
    let quote = before.last().filter(|byte| matches!(byte, b'"' | b'\''));
    let is_quoted = quote.is_some_and(|quote| {
        let rest = text.get(name.end..line.end).unwrap_or_default();
        // A tag may be added to it.
        rest.iter().find(|byte| !matches!(byte, b':' | b'/' | b'-' | b'.')) == Some(quote)
    });
    is_quoted
        && EXPRESSIONS.iter().any(|(open, close)| {
            let inner = memchr::memmem::rfind(before, open).and_then(|open| before.get(open..));
            inner.is_some_and(|inner| memchr::memmem::find(inner, close).is_none() && !is_compared(inner))
        })
}

/// Whether the last function that is called in `inner`, and not closed, compares its arguments.
fn is_compared(inner: &[u8]) -> bool {
    let open = inner.iter().rposition(|byte| *byte == b'(');
    let open = open.filter(|open| inner.iter().rposition(|byte| *byte == b')').is_none_or(|close| close < *open));
    let Some(callee) = open.and_then(|open| inner.get(..open)) else { return false };
    let start = callee.iter().rposition(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_')).map_or(0, |at| at + 1);
    let name = callee.get(start..).unwrap_or_default().to_ascii_lowercase();
    WORDS.comparing.iter().any(|word| memchr::memmem::find(&name, word.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_held(line: &str) -> bool {
        let at = line.find("quay.io").unwrap();
        let end = at + line[at..].find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | ':'))).unwrap_or(line.len() - at);
        holds(line.as_bytes(), &(0..line.len()), &(at..end))
    }

    #[test]
    fn texts_in_expressions_are_told_from_others() {
        for held in [
            "a: {{ x | default('quay.io/a') }}",
            "a: \"{{ 'quay.io/a:1' if b else c }}\"",
            "a: <%= x || \"quay.io/a\" %>",
            "a: #@ \"quay.io/a:\" + b",
        ] {
            assert!(is_held(held), "{held}");
        }
        for other in [
            "a: quay.io/a",
            "a: 'quay.io/a'",
            "a: {{ quay.io/a }}",
            "a: {{ b }} 'quay.io/a'",
            "a: {{ b | replace('quay.io/a', 'x') }}",
            "a: b #@ quay.io/a",
        ] {
            assert!(!is_held(other), "{other}");
        }
    }
}
