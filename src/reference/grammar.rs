//! Owns the character rules of each part of a reference, after distribution/reference `regexp.go`.

/// `path-component ["/" path-component]*`, where a component is runs of `[a-z0-9]` joined by one of `.`, `_`, `__` or any number of `-`.
pub(super) fn is_path(text: &str) -> bool {
    text.split('/').all(is_path_component)
}

fn is_path_component(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        let run = bytes[at..].iter().take_while(|b| b.is_ascii_lowercase() || b.is_ascii_digit()).count();
        if run == 0 {
            return false;
        }
        at += run;
        let rest = &bytes[at..];
        at += match rest {
            [] => return true,
            [b'_', b'_', ..] => 2,
            [b'.' | b'_', ..] => 1,
            [b'-', ..] => rest.iter().take_while(|&&b| b == b'-').count(),
            _ => return false,
        };
    }
}

/// `host [":" port]`: dot-separated labels, or an IPv6 address in brackets.
pub(super) fn is_domain(text: &str) -> bool {
    if let Some(rest) = text.strip_prefix('[') {
        let Some((address, port)) = rest.split_once(']') else { return false };
        return !address.is_empty()
            && address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':')
            && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port));
    }
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    host.split('.').all(is_label) && port.is_none_or(is_port)
}

fn is_port(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_label(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('-') && !text.ends_with('-') && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// A word character, then up to 127 word characters, dots and dashes.
pub(super) fn is_tag(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let mut bytes = text.bytes();
    text.len() <= 128 && bytes.next().is_some_and(word) && bytes.all(|b| word(b) || b == b'.' || b == b'-')
}

/// A digest whose algorithm is registered (go-digest `algorithm.go`): lower-case hex of the algorithm's length.
pub(super) fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else { return false };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return false,
    };
    hex.len() == length && is_lower_hex(hex)
}

/// A bare image ID: 64 lower-case hex digits. It never names a registry.
pub(super) fn is_identifier(text: &str) -> bool {
    text.len() == 64 && is_lower_hex(text)
}

fn is_lower_hex(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Whether the text before the first slash is a domain (distribution/reference `splitDockerDomain`).
pub(super) fn is_domain_word(word: &str) -> bool {
    word == "localhost" || word.contains(['.', ':']) || word.bytes().any(|b| b.is_ascii_uppercase())
}
