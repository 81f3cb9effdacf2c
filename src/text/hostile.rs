//! Owns how texts are shown that others may have written to steer whoever reads them: a terminal, a log, a person.

/// The most characters of what a registry or a program said that are kept.
const SHOWN: usize = 240;

/// Whether a character steers a terminal, a log or a reader instead of being seen: control characters (a line break ends a comment, a line of a
/// log begins a command of a CI service), what is not visible, and what changes the direction of writing.
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Text of others (scanned files, their names, what renderers say) for one line that people read: what steers stands there as `\u{…}`, and so does
/// what begins a command of a CI service, for the text may begin a line (actions/runner `ActionCommand.cs`: `::` behind blanks, `##[` anywhere;
/// azure-pipelines-agent `CommandExtension`: `##vso[` anywhere; TeamCity: `##teamcity[`).
pub fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Whether nothing was there but blanks so far, and whether a colon is the first that was.
    let (mut blank, mut colon) = (true, false);
    for c in text.chars() {
        let is_command = (c == '[' && begins_command(&out)) || (c == ':' && colon);
        colon = c == ':' && blank;
        blank &= c.is_whitespace() && !steers(c);
        if steers(c) || is_command {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether a bracket behind the text would make a command: `##`, and the name of a service or none.
fn begins_command(text: &str) -> bool {
    text.trim_end_matches(|c: char| c.is_ascii_alphabetic()).ends_with("##")
}

/// The same for text whose places are known by their bytes: what begins a command anywhere is made unreadable, and nothing is moved. What steers
/// stands there as something visible of the same length, but for ASCII, which whoever shows the text has signs for, and for a byte order mark.
#[must_use]
pub fn without_commands(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c.len_utf8() {
            1 if c == '[' && begins_command(&out) => out.push('?'),
            2 if steers(c) => out.push('¿'),
            3 if steers(c) && c != '\u{feff}' => out.push('\u{fffd}'),
            4 if steers(c) => out.push_str("\u{fffd}?"),
            _ => out.push(c),
        }
    }
    out
}

/// What a registry or a program said: control, format and direction characters are `?`, white space is folded, and 240 characters are kept.
pub fn clean(text: &str) -> String {
    let mut shown = String::new();
    for (count, c) in text.split_whitespace().flat_map(|word| std::iter::once(' ').chain(word.chars())).skip(1).enumerate() {
        if count == SHOWN {
            shown.push('…');
            break;
        }
        let is_command = (c == '[' && begins_command(&shown)) || (c == ':' && shown == ":");
        shown.push(if steers(c) || is_command { '?' } else { c });
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_in_a_line_that_is_shown_is_seen_and_nothing_is_moved() {
        let text = "\u{feff}a\u{9b}31m##[x]\u{202e}é\u{e0041}b";
        assert_eq!(without_commands(text), "\u{feff}a¿31m##?x]\u{fffd}é\u{fffd}?b");
        assert_eq!(without_commands(text).len(), text.len());
    }

    #[test]
    fn what_steers_is_seen() {
        assert_eq!(harmless("a\n::warning::b\u{1b}[31m\u{202e}\u{ad}é"), r"a\u{a}::warning::b\u{1b}[31m\u{202e}\u{ad}é");
    }

    #[test]
    fn no_command_of_a_ci_service_is_left() {
        assert_eq!(harmless(" ::error::x ##[set-output]y"), r" :\u{3a}error::x ##\u{5b}set-output]y");
        assert_eq!(harmless("a ::b 1::2"), "a ::b 1::2");
        assert_eq!(clean("::error::x ##[y]"), ":?error::x ##?y]");
        assert_eq!(harmless("a ##vso[task.x]b #vso[ ##a-b["), r"a ##vso\u{5b}task.x]b #vso[ ##a-b[");
        assert_eq!((clean("##vso[x]"), without_commands("##teamcity[x]")), ("##vso?x]".to_owned(), "##teamcity?x]".to_owned()));
        assert_eq!(without_commands("a ##[y]"), "a ##?y]");
    }

    #[test]
    fn escape_sequences_lose_their_escape() {
        assert_eq!(clean("a\u{1b}[31mb\r\n::error::c\u{202e}"), "a?[31mb ::error::c?");
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(clean(&"x".repeat(9_999)).chars().count(), SHOWN + 1);
    }
}
