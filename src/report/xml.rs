//! Owns how text stands in XML.

use std::fmt::Write as _;

use crate::text::harmless;

/// Text of others between two tags or in an attribute: nothing of it ends either, steers a reader, or is a character that XML has not (XML 1.0,
/// section 2.2).
pub(super) fn xml(text: &str) -> String {
    let text = harmless(text);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => _ = write!(out, "{}", c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_an_attribute_or_is_no_character() {
        assert_eq!(xml("a\"b'<c>&\u{1}\u{ffff}\n]]>"), "a&quot;b&apos;&lt;c&gt;&amp;\\u{1}\\u{ffff}\\u{a}]]&gt;");
    }
}
