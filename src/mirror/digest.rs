//! Owns the digests by which text is known again that transship has made itself.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// The digest of some bytes, `sha256:…`.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold("sha256:".to_owned(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// How many hexadecimal digits tell names apart: enough that chance never makes two alike, and few enough to be read.
const SHORT: usize = 12;

/// A short digest for a name that says all that `text` does, though it may hold few characters.
pub(super) fn short(text: &str) -> String {
    sha256(text.as_bytes()).chars().skip("sha256:".len()).take(SHORT).collect()
}
