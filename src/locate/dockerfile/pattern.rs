//! Owns what `${V#p}`, `${V%p}` and `${V/p/r}` make of a value (`shell/lex.go`, `convertShellPatternToRegex`).

use regex::{NoExpand, Regex};

/// Which of the texts that a pattern fits is taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// The shortest (`#`, `%`).
    Shortest,
    /// The longest (`##`, `%%`).
    Longest,
}

/// How many of the places that a pattern fits are replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Times {
    /// The first (`/`).
    Once,
    /// All (`//`).
    Always,
}

/// One element of a pattern.
#[derive(Clone, Copy)]
enum Token {
    Star,
    Any,
    Char(char),
}

/// `value` without what `pattern` fits at its start; `None` when the pattern is not valid.
pub(super) fn trim_start(value: &str, pattern: &str, reach: Reach) -> Option<String> {
    let fits = compile("^", &tokens(pattern)?, reach)?;
    Some(fits.find(value).map_or(value, |found| value.get(found.end()..).unwrap_or_default()).to_owned())
}

/// `value` without what `pattern` fits at its end; `None` when the pattern is not valid.
pub(super) fn trim_end(value: &str, pattern: &str, reach: Reach) -> Option<String> {
    // Regular expressions look for the leftmost text, so both are turned round.
    let reversed: String = value.chars().rev().collect();
    let mut tokens = tokens(pattern)?;
    tokens.reverse();
    let fits = compile("^", &tokens, reach)?;
    let rest = fits.find(&reversed).map_or(&*reversed, |found| reversed.get(found.end()..).unwrap_or_default());
    Some(rest.chars().rev().collect())
}

/// `value` with what `pattern` fits replaced; `None` when the pattern is not valid, or when all places shall become a text with a `$`:
/// `BuildKit` takes that for the number of a group.
pub(super) fn replace(value: &str, pattern: &str, by: &str, times: Times) -> Option<String> {
    if times == Times::Always && by.contains('$') {
        return None;
    }
    let fits = compile("", &tokens(pattern)?, Reach::Longest)?;
    Some(match times {
        Times::Once => fits.replace(value, NoExpand(by)).into_owned(),
        Times::Always => fits.replace_all(value, NoExpand(by)).into_owned(),
    })
}

fn tokens(pattern: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(char) = chars.next() {
        tokens.push(match char {
            '*' => Token::Star,
            '?' => Token::Any,
            // `}` and `/` are escaped for the substitution's sake; the escape is not part of the pattern.
            '\\' => match chars.next()? {
                escaped @ ('}' | '/' | '*' | '?' | '\\') => Token::Char(escaped),
                _ => return None,
            },
            char => Token::Char(char),
        });
    }
    Some(tokens)
}

fn compile(anchor: &str, tokens: &[Token], reach: Reach) -> Option<Regex> {
    let mut source = anchor.to_owned();
    for token in tokens {
        match token {
            Token::Star if reach == Reach::Shortest => source.push_str(".*?"),
            Token::Star => source.push_str(".*"),
            Token::Any => source.push('.'),
            Token::Char(char) => source.push_str(&regex::escape(char.encode_utf8(&mut [0; 4]))),
        }
    }
    Regex::new(&source).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trims_and_replaces_as_a_shell_does() {
        assert_eq!(trim_end("1.2-rc1", "-rc*", Reach::Shortest).unwrap(), "1.2");
        assert_eq!(trim_end("1.2.3", ".*", Reach::Shortest).unwrap(), "1.2");
        assert_eq!(trim_end("1.2.3", ".*", Reach::Longest).unwrap(), "1");
        assert_eq!(trim_start("a/b/c", "*/", Reach::Shortest).unwrap(), "b/c");
        assert_eq!(trim_start("a/b/c", "*/", Reach::Longest).unwrap(), "c");
        assert_eq!(replace("1.2.3", ".", "-", Times::Once).unwrap(), "1-2.3");
        assert_eq!(replace("1.2.3", ".", "-", Times::Always).unwrap(), "1-2-3");
        assert_eq!(replace("a/b", "\\/", "-", Times::Once).unwrap(), "a-b");
        assert!(replace("a/b", "/", "$0", Times::Always).is_none());
        assert!(replace("a", "\\x", "", Times::Once).is_none());
    }
}
