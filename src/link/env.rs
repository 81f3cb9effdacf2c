//! Owns `.env` files: which variable has which value, and where its bytes stand.
//!
//! The rules are those of compose-go's `dotenv` package: `KEY=VALUE` or `KEY: VALUE`, `export` before it, single quotes without and double
//! quotes with escapes, a comment after white space and `#`, `$` variables inside a value.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::locate::Variable;
use crate::occurrence::Spelling;
use crate::text::{FileId, Span};

/// Reads a `.env` file. Of several lines for one variable the last one counts; a line that is no assignment is passed over, as Compose
/// reports it itself.
#[must_use]
pub fn read(bytes: &[u8], file: FileId) -> BTreeMap<String, Variable> {
    let mut variables = BTreeMap::new();
    let mut start = 0;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        if let Some((name, value)) = assignment(line, start) {
            variables.insert(name, variable(bytes, value, file));
        }
        start += line.len();
    }
    variables
}

/// The name and the range of the value, with its quotes, of a line that starts at byte `base`.
fn assignment(line: &[u8], base: usize) -> Option<(String, Range<usize>)> {
    let text = std::str::from_utf8(line).ok()?;
    let body = text.trim_start_matches(['\u{feff}', ' ', '\t']);
    let body = body.strip_prefix("export ").map_or(body, str::trim_start);
    let name_length = body.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-')).count();
    let (name, rest) = body.split_at(name_length);
    let value = rest.trim_start_matches([' ', '\t']).strip_prefix(['=', ':'])?;
    let value = value.trim_start_matches([' ', '\t']);
    let start = base + (text.len() - value.len());
    (!name.is_empty()).then(|| (name.to_owned(), start..start + value_length(value)))
}

/// How far a value goes: to its closing quote, or to a comment or the line's end.
fn value_length(value: &str) -> usize {
    let bytes = value.as_bytes();
    if let Some(quote @ (b'"' | b'\'')) = bytes.first() {
        let mut at = 1;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'\\' if *quote == b'"' => at += 1,
                byte if byte == quote => return at + 1,
                _ => {}
            }
            at += 1;
        }
    }
    let comment = value.match_indices('#').map(|(at, _)| at).find(|&at| at == 0 || bytes.get(at - 1).is_some_and(u8::is_ascii_whitespace));
    value[..comment.unwrap_or(value.len())].trim_end().len()
}

fn variable(bytes: &[u8], value: Range<usize>, file: FileId) -> Variable {
    let text = bytes.get(value.clone()).map(String::from_utf8_lossy).unwrap_or_default();
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\'') && text.len() >= 2 && text.ends_with(*c));
    let range = if quote.is_some() { value.start + 1..value.end - 1 } else { value };
    let inner = if quote.is_some() { &text[1..text.len() - 1] } else { &text };
    let known = quote == Some('\'') || !inner.contains(['$', '\\']);
    Variable { text: known.then(|| inner.to_owned()), span: Span::new(file, range), spelling: Spelling::Verbatim }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(String, Option<String>, String)> {
        let variables = read(text.as_bytes(), FileId(0));
        let shown = |(name, variable): (String, Variable)| (name, variable.text, text[variable.span.range()].to_owned());
        variables.into_iter().map(shown).collect()
    }

    fn one(text: &str) -> Option<String> {
        all(text).into_iter().next().and_then(|(_, text, bytes)| {
            assert!(text.as_ref().is_none_or(|text| *text == bytes));
            text
        })
    }

    #[test]
    fn reads_the_value_and_its_bytes() {
        assert_eq!(one("A=redis:7\n").as_deref(), Some("redis:7"));
        assert_eq!(one("export A = \"redis:7\" # c\r\n").as_deref(), Some("redis:7"));
        assert_eq!(one("A='x$y'").as_deref(), Some("x$y"));
        assert_eq!(one("A=redis:7 # pinned\n").as_deref(), Some("redis:7"));
        assert_eq!(one("A=redis#7\n").as_deref(), Some("redis#7"));
        assert_eq!(one("A=\r\n").as_deref(), Some(""));
        assert_eq!(one("A=${B}/x"), None);
    }

    #[test]
    fn the_last_line_counts_and_noise_is_passed_over() {
        assert_eq!(one("# A=1\nA=1\nnoise\nA=2\n").as_deref(), Some("2"));
        assert!(all("=x\n# c\n\n").is_empty());
    }
}
