//! Owns what the words of a document tell before it is read: whether it can be of a format at all.

use crate::format::Format;

/// Whether a document can pass the format's test: it has the words of the outermost keys that the test asks for.
pub(super) fn may_be_of(format: &Format, document: &str) -> bool {
    let test = &format.table.document;
    let has = |key: &String| has_word(document, key);
    let any = |keys: &[String]| keys.is_empty() || keys.iter().any(has);
    test.all_of.iter().chain(&test.every_item_has).all(has) && any(&test.any_of) && any(&test.every_value_has)
}

/// Whether a document that nobody reads passes the format's test as far as its first column tells, where the keys of its outermost mapping begin.
pub(super) fn looks_of(format: &Format, document: &str) -> bool {
    let document = document.trim_start_matches('\u{feff}');
    let test = &format.table.document;
    let is_flow = document.trim_start().starts_with(['{', '[']);
    let has = |key: &String| if is_flow { has_word(document, key) } else { begins_line(document, key) };
    let any = |keys: &[String]| keys.is_empty() || keys.iter().any(has);
    may_be_of(format, document)
        && seems_of(format, document)
        && test.all_of.iter().all(has)
        && any(&test.any_of)
        && (is_flow || !test.none_of.iter().any(has))
        && (test.kinds.is_empty() || test.kinds.iter().any(|kind| has_word(document, kind)))
}

/// Whether a line begins with a key.
fn begins_line(document: &str, key: &str) -> bool {
    let is_key = |rest: &str| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':');
    document.lines().any(|line| line.trim_start_matches(['"', '\'', '\u{feff}']).strip_prefix(key).is_some_and(is_key))
}

/// Whether a document that cannot be read and may be of the format begins as a list where it has to be one.
pub(super) fn seems_of(format: &Format, document: &str) -> bool {
    let is_text = |line: &&str| !line.is_empty() && !line.starts_with('#') && !line.starts_with("---");
    let is_list = || document.lines().map(str::trim).find(is_text).is_some_and(|line| line.starts_with(['-', '[']));
    may_be_of(format, document) && (format.table.document.every_item_has.is_empty() || is_list())
}

/// Whether a document says in its first column that it is of a kind that the format does not look into. Schemas are long and frequent.
pub(crate) fn is_skipped(format: &Format, document: &str) -> bool {
    let says = |key: &str, value: &str| {
        let starts = memchr::memmem::find_iter(document.as_bytes(), key.as_bytes());
        starts.filter(|&at| at == 0 || document.as_bytes().get(at - 1) == Some(&b'\n')).any(|at| {
            let rest = document[at + key.len()..].strip_prefix(':');
            rest.and_then(|rest| rest.lines().next()).is_some_and(|rest| rest.trim().trim_matches(['"', '\'']) == value)
        })
    };
    format.table.skip.iter().any(|skip| says(&skip.key, &skip.value))
}

/// Whether a document may hold the values of a Secret, be it an item of a list, one of several, or what a kustomization makes.
pub(super) fn may_hold_secrets(document: &str) -> bool {
    let is_mark = |letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'');
    let is_kind = |at: usize| {
        let before = document[..at].trim_end_matches(is_mark).strip_suffix(':');
        before.is_some_and(|before| before.trim_end_matches(is_mark).ends_with("kind"))
    };
    memchr::memmem::find_iter(document.as_bytes(), "Secret").any(|at| {
        let rest = &document[at + "Secret".len()..];
        let rest = rest.strip_prefix("List").unwrap_or(rest);
        !rest.starts_with(|letter: char| letter.is_alphanumeric()) && is_kind(at)
    }) || memchr::memmem::find(document.as_bytes(), b"secretGenerator").is_some()
}

/// Whether a key may stand in a document, in any notation: its word does, with no letter, digit or `_` beside it, or an escape may spell it.
fn has_word(document: &str, key: &str) -> bool {
    let bytes = document.as_bytes();
    let ends = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
    let stands = |at: usize| ends(at.checked_sub(1).and_then(|before| bytes.get(before))) && ends(bytes.get(at + key.len()));
    // What else stands behind a backslash spells no character of a key.
    let spells = |at: usize| matches!(bytes.get(at + 1), Some(b'x' | b'u' | b'U' | b'/' | b'\n' | b'\r'));
    memchr::memmem::find_iter(bytes, key.as_bytes()).any(stands) || memchr::memchr_iter(b'\\', bytes).any(spells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_seen_in_every_notation() {
        for document in ["kind: x", "{\"kind\":1}", "? kind\n: x", "!!str kind: x", "'kind' : x", "a: &k kind\n*k : x", "<<: {kind: x}"] {
            assert!(has_word(document, "kind"), "{document}");
        }
        for document in ["\"\\x6bind\": x", "\"k\\u0069nd\": x", "\"ki\\\n  nd\": x"] {
            assert!(has_word(document, "kind"), "an escape may spell it: {document}");
        }
        for document in ["kinds: x", "mankind: x", "my_kind: x", "\"kin\\td\": x", ""] {
            assert!(!has_word(document, "kind"), "{document}");
        }
    }

    #[test]
    fn a_secret_is_seen_wherever_it_stands() {
        for document in [
            "kind: Secret\n",
            "kind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n",
            "{\"kind\":\"Secret\",\"data\":{}}",
            "items: [{kind: 'Secret'}]",
            "kind: SecretList\n",
            "secretGenerator:\n- name: a\n",
        ] {
            assert!(may_hold_secrets(document), "{document}");
        }
        for document in ["kind: SecretStore\n", "kind: Pod\nname: Secret\n", "kind: SecretListener\n", ""] {
            assert!(!may_hold_secrets(document), "{document}");
        }
    }
}
