//! Owns the guess whether a text that breaks the grammar was meant as a reference.

/// Whether somebody meant `text` as a reference, and misspelled it. A text is no such thing when it has letters that no reference has
/// (`<image>`, `{{ .image }}`, `C:\\images`), a scheme (`ko://example.com/cmd`), the beginning of a file's path, or a word that waits to be
/// filled in (`REPLACE_ME`, `gcr.io/PROJECT_ID/app`).
pub fn looks_meant(text: &str) -> bool {
    let own = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/' | b':' | b'@' | b'+');
    let name = &text[..text.find('@').unwrap_or(text.len())];
    text.bytes().any(|b| b.is_ascii_alphanumeric())
        && text.bytes().all(own)
        && !text.contains("://")
        && !text.starts_with(['/', '.'])
        && !name.split(['/', ':']).any(is_to_be_filled_in)
}

/// A word in capitals. A single capital letter is more likely a slip.
fn is_to_be_filled_in(word: &str) -> bool {
    let capitals = word.bytes().filter(u8::is_ascii_uppercase).count();
    capitals > 1 && !word.bytes().any(|b| b.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::looks_meant;

    #[test]
    fn a_slip_looks_meant() {
        for text in ["bats/bats@sha256:123", "Bats/Bats:1", "Nginx", "nginx:", "a//b:1", "quay.io/a/b:1:2", "a/b:-1", "quay.io/X/web"] {
            assert!(looks_meant(text), "{text}");
        }
    }

    #[test]
    fn placeholders_paths_and_addresses_do_not() {
        let texts = [
            "",
            ":",
            "<image>",
            "{{ .Values.image }}",
            "${IMAGE}",
            "your image",
            "REPLACE_ME",
            "IMAGE:TAG",
            "gcr.io/PROJECT_ID/web:1",
            "C:\\images\\web",
            "/images/web",
            "./web",
            "ko://example.com/cmd/Web",
            "https://example.com/Web",
        ];
        for text in texts {
            assert!(!looks_meant(text), "{text}");
        }
    }
}
