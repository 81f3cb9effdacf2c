//! Owns what stands before a word whose statement begins in a line above: `new KafkaContainer(⏎ "acme/web:1"`.

use std::borrow::Cow;

/// Lines above that are looked at.
const LINES: usize = 4;

/// Bytes of a line that are looked at.
const NEAR: usize = 512;

/// What stands in the statement before a word, behind `before`, the part of its line, which begins at `line`.
pub(super) fn statement<'t>(text: &'t str, line: usize, before: &'t str) -> Cow<'t, str> {
    let mut whole = Cow::Borrowed(before);
    let mut end = line;
    for _ in 0..LINES {
        let is_called = whole.trim_start().starts_with('.');
        let is_argument = || whole.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'`'));
        let Some(above) = text.get(..end.saturating_sub(1)).filter(|_| end > 0) else { break };
        let start = above.rfind('\n').map_or(0, |at| at + 1);
        let own = above.get(start..).unwrap_or_default().trim();
        if own.len() > NEAR || !(is_called || own.ends_with('(') && is_argument()) {
            break;
        }
        whole = Cow::Owned(format!("{own}{}", whole.trim_start()));
        end = start;
    }
    whole
}

/// Bytes above a call in which its class begins.
const CLASS: usize = 16 << 10;

/// The class whose part a call of `super` makes, above a byte: `class Web extends GenericContainer {`.
pub(super) fn extended(text: &str, at: usize) -> Option<&str> {
    const WORD: &str = "extends ";
    let mut start = at.saturating_sub(CLASS);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    let above = text.get(start..at)?;
    let class = above.get(above.rfind(WORD)? + WORD.len()..)?;
    let length = class.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    class.get(..length).filter(|class| !class.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn before<'t>(text: &'t str, word: &str) -> Cow<'t, str> {
        let at = text.find(word).unwrap();
        let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
        statement(text, line, &text[line..at])
    }

    #[test]
    fn a_statement_goes_on_in_an_open_bracket_and_before_a_method() {
        assert_eq!(before("x = new KafkaContainer(\n    \"acme/web:1\"\n);", "acme"), "x = new KafkaContainer(\"");
        assert_eq!(before("a = Name\n  .parse(\"acme/web:1\")", "acme"), "a = Name.parse(\"");
        assert_eq!(before("a = client\n  .container()\n  .from(\n \"acme/web:1\")", "acme"), "a = client.container().from(\"");
        for text in ["run(\n  x, \"acme/web:1\")", "done()\n  \"acme/web:1\"", "\"acme/web:1\"", "\n\"acme/web:1\""] {
            let at = text.find("acme").unwrap();
            let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
            assert_eq!(before(text, "acme"), &text[line..at], "{text}");
        }
    }
}
