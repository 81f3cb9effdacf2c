//! Owns the fingerprints by which services know a finding again: made of what a baseline knows it by, so that neither lines nor tags change them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::baseline::Key;
use crate::diagnostic::{Diagnostic, Sources};

/// Bytes of a digest that tell one key from all others.
const BYTES: usize = 12;

/// How many findings of each key were met.
#[derive(Debug, Default)]
pub(super) struct Fingerprints(BTreeMap<Key, usize>);

impl Fingerprints {
    /// The fingerprint of the next finding: the digest of its key, and which of that key it is.
    pub(super) fn next(&mut self, one: &Diagnostic, sources: &Sources) -> String {
        let key = Key::any(one, sources);
        let mut out = String::with_capacity(2 * BYTES + 2);
        for byte in Sha256::digest(format!("{}\0{}\0{}", key.path, key.lint, key.repository)).iter().take(BYTES) {
            let _ = write!(out, "{byte:02x}");
        }
        let number = self.0.entry(key).or_default();
        *number += 1;
        let _ = write!(out, ":{number}");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Severity;
    use crate::text::{FileId, Span};

    #[test]
    fn neither_line_nor_tag_changes_it_and_two_of_a_key_differ() {
        let sources = Sources::one(FileId(0), "a/Dockerfile", b"FROM a\n\n\n");
        let made = |references: &[&str]| -> Vec<String> {
            let mut all = Fingerprints::default();
            let one = |(at, reference): (usize, &&str)| Diagnostic {
                reference: Some((*reference).to_owned()),
                ..Diagnostic::new("old-registry", Severity::Error, "m", Span::new(FileId(0), at..at + 1))
            };
            references.iter().enumerate().map(one).map(|one| all.next(&one, &sources)).collect()
        };
        let (first, second) = (made(&["redis:7", "redis:7", "nginx"]), made(&["docker.io/redis:8", "nginx:1", "library/redis"]));
        assert_eq!([&first[0], &first[1], &first[2]], [&second[0], &second[2], &second[1]]);
        assert!(first[0].ends_with(":1") && first[1].ends_with(":2") && first[0] != first[1]);
    }
}
