//! Owns how the words of registries and programs are shown: cut short, and without characters that steer a terminal or a log.

use super::steering::steers;

/// The most characters of a foreign text that are kept.
const SHOWN: usize = 240;

/// `text` with control, format and direction characters replaced by `?`, white space folded, and cut to 240 characters.
#[must_use]
pub fn clean(text: &str) -> String {
    let mut shown = String::new();
    for (count, c) in text.split_whitespace().flat_map(|word| std::iter::once(' ').chain(word.chars())).skip(1).enumerate() {
        if count == SHOWN {
            shown.push('…');
            break;
        }
        shown.push(if steers(c) { '?' } else { c });
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_lose_their_escape() {
        assert_eq!(clean("a\u{1b}[31mb\r\n::error::c\u{202e}"), "a?[31mb ::error::c?");
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(clean(&"x".repeat(9_999)).chars().count(), SHOWN + 1);
    }
}
