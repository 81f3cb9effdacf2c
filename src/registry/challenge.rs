//! Owns the reading of `WWW-Authenticate`: several headers, several challenges in each.

use std::collections::BTreeMap;

/// The most bytes of one header that are read.
const LENGTH: usize = 8 * 1024;

/// One challenge (RFC 9110 section 11.6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    /// Lower case (`bearer`, `basic`).
    pub(super) scheme: String,
    /// By lower-case name. A name that comes twice keeps its first value.
    pub(super) parameters: BTreeMap<String, String>,
}

impl Challenge {
    /// A parameter that is there and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// The challenges of one header's value. What cannot be read ends the reading; what came before stands.
pub(super) fn parse(value: &str) -> Vec<Challenge> {
    let mut found: Vec<Challenge> = Vec::new();
    let mut rest = value.get(..LENGTH).unwrap_or(value).trim_start_matches([' ', '\t', ',']);
    while let Some((word, after)) = token(rest) {
        let after = after.trim_start_matches([' ', '\t']);
        if let Some((challenge, text)) = found.last_mut().zip(after.strip_prefix('=')) {
            let Some((text, next)) = parameter(text.trim_start_matches([' ', '\t'])) else { break };
            challenge.parameters.entry(word.to_ascii_lowercase()).or_insert(text);
            rest = next;
        } else {
            found.push(Challenge { scheme: word.to_ascii_lowercase(), parameters: BTreeMap::new() });
            rest = token68(after).unwrap_or(after);
        }
        rest = rest.trim_start_matches([' ', '\t', ',']);
    }
    found
}

/// What follows the one text that some schemes have in place of parameters (`Negotiate YII/abc==`); none where parameters stand.
fn token68(text: &str) -> Option<&str> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    let end = text.bytes().position(|byte| !is_token(byte)).unwrap_or(text.len());
    let rest = text.get(end..)?.trim_start_matches('=').trim_start_matches([' ', '\t']);
    (end > 0 && (rest.is_empty() || rest.starts_with(','))).then_some(rest)
}

fn token(text: &str) -> Option<(&str, &str)> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let end = text.bytes().position(|byte| !is_token(byte)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// A parameter's value, quoted or not. Unquoted ones are read up to a comma or a blank, since registries write URLs without quotes.
fn parameter(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return Some((value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return quoted.get(at + 1..).map(|rest| (value, rest)),
            '\\' => value.push(letters.next()?.1),
            _ => value.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_docker_hubs_challenge() {
        let [challenge] = parse(r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull""#)
            .try_into()
            .unwrap();
        assert_eq!(challenge.scheme, "bearer");
        assert_eq!(challenge.get("realm"), Some("https://auth.docker.io/token"));
        assert_eq!(challenge.get("scope"), Some("repository:a/b:pull"));
    }

    #[test]
    fn two_challenges_may_share_a_header() {
        let found = parse(r#"Bearer realm="https://c.example/v2/token",service="s, with \"comma\"", Basic realm="c""#);
        assert_eq!(found.iter().map(|challenge| challenge.scheme.as_str()).collect::<Vec<_>>(), ["bearer", "basic"]);
        assert_eq!(found[0].get("service"), Some(r#"s, with "comma""#));
    }

    #[test]
    fn a_scheme_with_one_text_hides_no_other() {
        for text in ["Negotiate a/b==, Basic realm=\"x\"", "Negotiate YII+/abc , Basic realm=x", "Negotiate, Basic realm=\"x\""] {
            let found = parse(text);
            assert_eq!(found.iter().map(|it| it.scheme.as_str()).collect::<Vec<_>>(), ["negotiate", "basic"], "{text}");
            assert_eq!(found[1].get("realm"), Some("x"));
        }
    }

    #[test]
    fn an_empty_header_has_no_challenge() {
        assert!(parse("").is_empty());
        assert!(parse(" , ").is_empty());
    }

    #[test]
    fn a_url_without_quotes_is_read() {
        assert_eq!(parse("Bearer realm=https://r.example/t?x=1,service=s")[0].get("realm"), Some("https://r.example/t?x=1"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC{0,200}") {
            parse(&text);
        }
    }
}
