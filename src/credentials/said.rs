//! Owns which words of a failed helper may be shown: enough to tell why, and no secret.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::secret::Secret;
use crate::text::clean;

/// The most lines of each text that are shown.
const LINES: usize = 3;

/// What stands for a secret.
const HIDDEN: &str = "[secret]";

/// The first lines of what a helper said, on one line, cut short, and without what steers a terminal. Taken out are the secrets of the user's
/// files, and, since a helper knows others, whatever looks like one: what follows the word `password` and its kin, what stands before the `@` of
/// a URL, and words that no human would choose. A name or a number that is lost with them is a small price.
pub(super) fn shown(texts: &[&str], known: &[&Secret]) -> String {
    let lines = texts.iter().flat_map(|text| text.lines().map(str::trim).filter(|line| !line.is_empty()).take(LINES));
    let text = lines.collect::<Vec<_>>().join("; ");
    let text = known.iter().fold(text, |text, secret| secret.redact(&text));
    // Before anything is cut, as half a secret would not be found.
    clean(&without_likely(&text))
}

/// An assignment, an option of a command line, a scheme of `Authorization`, a user of a URL: what comes next is, or may be, a secret.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    // The last part of a URL's path is no name, though a colon follows it.
    let name = r"[\w-]*(?:passw(?:or)?d|passphrase|secret|token|authori[sz]ation|api[_-]?key|access[_-]?key|private[_-]?key)[\w-]*";
    let value = r#"(?:(?:bearer|basic)\s+)?(?:"[^"]*"?|'[^']*'?|[^\s"',;]+)"#;
    Regex::new(&format!(r#"(?i)((?:^|[^/\w-]){name}["']?\s*[:=]\s*|--{name}\s+|\b(?:bearer|basic)\s+){value}|(://)[^/\s@]+@"#)).ok()
});

/// A run of characters that tokens are made of, long enough for one.
static LONG: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[A-Za-z0-9+/_=.~-]{20,}").ok());

/// A word.
static WORD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[A-Za-z0-9]{6,}").ok());

fn without_likely(text: &str) -> String {
    let has = |text: &str, is: fn(&char) -> bool| text.chars().any(|c| is(&c));
    let is_mixed = |text: &str| has(text, char::is_ascii_digit) && has(text, char::is_ascii_alphabetic);
    // A path or a host has one case; a token of this length that has one does not come by.
    let is_token = |text: &str| is_mixed(text) && has(text, char::is_ascii_uppercase) && has(text, char::is_ascii_lowercase);
    let text = replaced(text, &NAMED, |found| {
        let kept = found.get(1).map_or("", |name| name.as_str());
        if found.get(2).is_some() { format!("://{HIDDEN}@") } else { format!("{kept}{HIDDEN}") }
    });
    let whole = |found: &Captures<'_>| found.get(0).map_or_else(String::new, |run| run.as_str().to_owned());
    let hidden_if = |hides: bool, run: String| if hides { HIDDEN.to_owned() } else { run };
    let text = replaced(&text, &LONG, |found| hidden_if(is_token(&whole(found)), whole(found)));
    replaced(&text, &WORD, |found| hidden_if(is_mixed(&whole(found)), whole(found)))
}

/// Nothing is shown where it cannot be looked through.
fn replaced(text: &str, pattern: &LazyLock<Option<Regex>>, by: impl Fn(&Captures<'_>) -> String) -> String {
    pattern.as_ref().map_or_else(String::new, |pattern| pattern.replace_all(text, by).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_why_stays() {
        for text in [
            "error: SSO session has expired, run aws sso login",
            "Error: request to 123456789012.dkr.ecr.eu-west-1.amazonaws.com: NoCredentialProviders: no valid providers in chain",
            "open /home/alice/.config/gcloud/credentials.db: permission denied",
            "Get https://10.0.0.1:8443/token: x509: certificate signed by unknown authority",
            "gpg: decryption failed: No secret key",
            "exit status 1",
        ] {
            assert_eq!(shown(&[text], &[]), text);
        }
    }

    #[test]
    fn what_looks_like_a_secret_goes() {
        for text in [
            "token ghp_hunter2hunter2hunter2",
            "refresh_token: hunter, expired",
            "SECRET=hunter",
            "\"Password\" : \"two hunter words\"",
            "cannot use hunter2 here",
            "eyJhbGciOi1.eyJodW50ZXIi2.hunterABC1",
            "--password hunter",
            "Basic hunter",
            "https://bob:hunter@r.example",
            "no hunter either",
        ] {
            let shown = shown(&[text], &[&Secret::new("hunter ei")]);
            assert!(!shown.contains("hunter") && shown.contains(HIDDEN), "{text}: {shown}");
        }
    }
}
