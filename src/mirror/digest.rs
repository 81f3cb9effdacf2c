//! Owns the digests by which text is known again that transship has made itself.

/// The digest of some bytes, `sha256:…`.
pub fn sha256(bytes: &[u8]) -> String {
    crate::registry::digest(bytes, None)
}

/// How many hexadecimal digits tell names apart: enough that chance never makes two alike, and few enough to be read.
const SHORT: usize = 12;

/// A short digest for a name that says all that `text` does, though it may hold few characters.
pub(super) fn short(text: &str) -> String {
    sha256(text.as_bytes()).chars().skip("sha256:".len()).take(SHORT).collect()
}
