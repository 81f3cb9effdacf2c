//! Owns which characters steer whoever shows them, and how a text is shown without.

/// Whether a character steers a terminal, a log or a reader instead of being seen: control characters (a line break ends a comment, a line of a
/// log begins a command of a CI service), what is not visible, and what changes the direction of writing.
#[must_use]
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Text from scanned files and their names for one line that people read: what steers stands there as `\u{…}`.
#[must_use]
pub fn harmless(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if steers(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn what_steers_is_seen() {
        assert_eq!(harmless("a\n::warning::b\u{1b}[31m\u{202e}\u{ad}é"), r"a\u{a}::warning::b\u{1b}[31m\u{202e}\u{ad}é");
    }
}
