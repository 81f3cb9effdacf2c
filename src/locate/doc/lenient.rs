//! Owns what readers of YAML and JSON take that YAML's grammar does not: a quoted value that goes on in any column, tabs between words, and what JSON
//! allows in texts.

/// The text, of the same length, as the grammar wants it: line breaks in quotes and tabs outside of them are blanks. None when nothing is
/// different, or a quote is not closed. go-yaml and libyaml ask no indentation of quoted lines, and take tabs inside brackets and behind words; JSON knows halves of
/// surrogate pairs, which are read as U+FFFD, and control signs from U+007F on, which are read as blanks (RFC 8259, sections 7 and 8.2).
pub(crate) fn lenient(text: &str) -> Option<String> {
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    let mut line = 0;
    while let Some(&byte) = bytes.get(at) {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before)).copied().unwrap_or(b'\n');
        let begins = matches!(before, b' ' | b'\t' | b'\n' | b'\r' | b'[' | b'{' | b',' | b':');
        match byte {
            b'"' | b'\'' if begins => at = quoted(&mut bytes, at)?,
            b'#' if matches!(before, b' ' | b'\t' | b'\n' | b'\r') => at = line_end(&bytes, at),
            b'\t' => {
                if let Some(tab) = bytes.get_mut(at) {
                    *tab = b' ';
                }
                at += 1;
            }
            b'|' | b'>' if begins && opens_block(&bytes, at) => {
                at = block_end(&bytes, line, line_end(&bytes, at));
                line = at;
            }
            b'\n' => {
                at += 1;
                line = at;
            }
            _ => at += 1,
        }
    }
    // Whole characters were replaced, and by ASCII.
    (bytes != text.as_bytes()).then(|| String::from_utf8(bytes).ok()).flatten()
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', bytes.get(at..).unwrap_or_default()).map_or(bytes.len(), |end| at + end)
}

/// Past the quoted value that opens at `at`; its line breaks become blanks.
fn quoted(bytes: &mut [u8], at: usize) -> Option<usize> {
    let quote = *bytes.get(at)?;
    let mut at = at + 1;
    loop {
        match *bytes.get(at)? {
            b'\\' if quote == b'"' => at += escape(bytes, at),
            0x7f => {
                *bytes.get_mut(at)? = b' ';
                at += 1;
            }
            0xc2 if matches!(bytes.get(at + 1), Some(0x80..=0x84 | 0x86..=0x9f)) => {
                bytes.get_mut(at..at + 2)?.fill(b' ');
                at += 2;
            }
            byte if byte == quote && quote == b'\'' && bytes.get(at + 1) == Some(&quote) => at += 2,
            byte if byte == quote => return Some(at + 1),
            b'\n' | b'\r' => {
                *bytes.get_mut(at)? = b' ';
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// The length of the escape at `at`: that of both where two make one sign. A half that has no other becomes the sign for what cannot be read.
fn escape(bytes: &mut [u8], at: usize) -> usize {
    let unit = |at: usize| {
        let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    match (unit(at), unit(at + 6)) {
        (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
        (Some(0xd800..=0xdfff), _) => {
            if let Some(digits) = bytes.get_mut(at + 2..at + 6) {
                digits.copy_from_slice(b"fffd");
            }
            6
        }
        _ => 2,
    }
}

/// Whether nothing but its own signs and a comment follows a `|` or `>` in its line.
fn opens_block(bytes: &[u8], at: usize) -> bool {
    let rest = bytes.get(at + 1..line_end(bytes, at)).unwrap_or_default();
    let rest =
        rest.iter().position(|byte| !matches!(byte, b'+' | b'-' | b'0'..=b'9')).map_or(&[][..], |end| rest.get(end..).unwrap_or_default());
    let rest = rest.trim_ascii();
    rest.is_empty() || rest.starts_with(b"#")
}

/// The first line behind `at` that is not blank and no further in than the line at `line`.
fn block_end(bytes: &[u8], line: usize, at: usize) -> usize {
    let indent = |from: usize| bytes.get(from..).unwrap_or_default().iter().take_while(|byte| **byte == b' ').count();
    let outer = indent(line);
    let mut next = (at + 1).min(bytes.len());
    while next < bytes.len() {
        let is_blank = bytes.get(next..line_end(bytes, next)).unwrap_or_default().trim_ascii().is_empty();
        if !is_blank && indent(next) <= outer {
            break;
        }
        next = (line_end(bytes, next) + 1).min(bytes.len());
    }
    next
}

#[cfg(test)]
mod tests {
    use super::super::Tree;
    use super::*;

    #[test]
    fn what_other_readers_take_is_read() {
        for text in [
            "a:\n  b: \"x\n  y\"\n  c: 1\n",
            "a: \"x\ny\"\nb: 1\n",
            "a:\n  b: {\n\t\tc: 1,\n\t\td: 2 }\n",
            "{\"a\": \"\\ud83d\", \"b\": \"\\ude00\\u0041\"}",
            "{\"a\": \"\u{7f} \u{80}\"}",
        ] {
            let read = lenient(text).unwrap();
            assert_eq!(read.len(), text.len());
            assert!(Tree::read(&read).is_ok(), "{read}");
        }
    }

    #[test]
    fn a_pair_of_surrogates_stays() {
        assert_eq!(lenient("{\"a\": \"\\ud83d\\ude00\"}"), None);
        assert_eq!(lenient("{\"a\": \"\\\\ud83d\"}"), None, "a backslash that is escaped escapes nothing");
        assert_eq!(lenient("{\"a\": \"\\ud83d\\ud83d\\ude00\"}").unwrap(), "{\"a\": \"\\ufffd\\ud83d\\ude00\"}");
    }

    #[test]
    fn nothing_is_made_of_what_is_open_or_the_same() {
        assert_eq!(lenient("a: \"x\n"), None);
        assert_eq!(lenient("a: it's\n"), None);
    }
}
