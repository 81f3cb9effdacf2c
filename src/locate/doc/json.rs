//! Owns JSON with comments, and JSON5: comments are masked at equal length, and what is left is YAML, trailing commas, names without quotes and texts in
//! single quotes included.

use std::borrow::Cow;

/// The text with blanks for its comments, and each quote in a text in single quotes written as YAML does; line breaks stay where they are.
pub(crate) fn without_comments(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut masked = Cow::Borrowed(bytes);
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr3(b'"', b'\'', b'/', rest)) {
        let start = at + found;
        let rest = &bytes[start..];
        at = start
            + match rest {
                [b'"' | b'\'', ..] => string_length(rest),
                [b'/', b'/', ..] => memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
                [b'/', b'*', ..] => memchr::memmem::find(rest, b"*/").map_or(rest.len(), |end| end + 2),
                _ => 1,
            };
        if matches!(rest, [b'/', b'/' | b'*', ..]) {
            let comment = masked.to_mut().get_mut(start..at).unwrap_or_default();
            comment.iter_mut().filter(|byte| !matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
        }
        for escape in quotes_in_quotes(rest.get(..at - start).unwrap_or_default()) {
            masked.to_mut()[start + escape] = b'\'';
        }
    }
    match masked {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        // Whole characters were replaced, and by ASCII.
        Cow::Owned(masked) => Cow::Owned(String::from_utf8(masked).unwrap_or_default()),
    }
}

/// Where a text in single quotes escapes one: `'it\'s'`.
fn quotes_in_quotes(text: &[u8]) -> impl Iterator<Item = usize> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            at += text.get(at..).and_then(|rest| memchr::memchr(b'\\', rest))? + 2;
            if text.get(at - 1) == Some(&b'\'') {
                return Some(at - 2);
            }
        }
    })
    .filter(|_| text.first() == Some(&b'\''))
}

/// The length of the string that the text begins with, quotes included.
pub(super) fn string_length(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = text.get(at) {
        match byte {
            byte if text.first() == Some(byte) => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locate::doc::Tree;

    #[test]
    fn comments_go_blank_and_strings_stay() {
        let text = "{\"a\": \"https://x\\\"//y\", // c\n/* é\n */\"b\": 1 / 2}";
        let masked = without_comments(text);
        assert_eq!(masked, "{\"a\": \"https://x\\\"//y\",     \n     \n   \"b\": 1 / 2}");
        assert_eq!(masked.len(), text.len());
        assert_eq!(without_comments("{\"a\": 1} /* open"), "{\"a\": 1}        ");
    }

    #[test]
    fn what_is_left_is_yaml() {
        for text in [
            "{\n\t\"a\": [\n\t\t1,\n\t\t2, // two\n\t],\n\t\"b\":{\"c\":\"\\/\",},\n}\n",
            "// only a comment\n{}",
            "{\"a\": \"\\ud83d\\ude00\"}",
            "{\n  $a: 'https://x', // it's\n  b: ['it\\'s // \"one\"', 'C:\\\\', .5, +1, 0xF,],\n  'c': {d: Infinity,},\n}",
        ] {
            assert!(Tree::read(&without_comments(text)).is_ok_and(|tree| tree.root().is_some()), "{text}");
        }
    }
}
