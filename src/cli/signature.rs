//! Owns the proof that a file comes from whoever holds a key: signatures of minisign, or a digest that the user knows.

use std::path::Path;

use minisign_verify::{PublicKey, Signature};

use crate::registry::digest;

/// A public key, as minisign writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key(String);

impl Key {
    /// Reads a key: the name of a file that minisign has written, or the key itself.
    ///
    /// # Errors
    /// Why it is none, for people.
    pub(super) fn read(typed: &str, start: &Path) -> Result<Self, String> {
        let path = start.join(typed);
        let text = if path.is_file() {
            std::fs::read_to_string(&path).map_err(|error| format!("`{typed}` was not read: {}", crate::diagnostic::reason(&error)))?
        } else {
            typed.to_owned()
        };
        // A file has a comment in its first line.
        let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("untrusted comment:"));
        let line = line.ok_or_else(|| format!("`{typed}` holds no key"))?;
        PublicKey::from_base64(line).map_err(|_| format!("`{typed}` is neither a file nor a public key of minisign"))?;
        Ok(Self(line.to_owned()))
    }

    /// The key itself, in one line.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a file's bytes have been signed with it.
    ///
    /// # Errors
    /// Why not, for people.
    pub(super) fn verify(&self, bytes: &[u8], signature: &str) -> Result<(), String> {
        let key = PublicKey::from_base64(&self.0).map_err(|error| error.to_string())?;
        let signature = Signature::decode(signature).map_err(|_| "its signature is none of minisign".to_owned())?;
        // Older releases of minisign sign the file's bytes themselves, which is no weaker.
        key.verify(bytes, &signature, true).map_err(|_| "its signature is not by this key, or of other bytes".to_owned())
    }
}

/// Whether bytes have a SHA-256 that the user knows, in hexadecimal digits, `sha256:` before them or not.
///
/// # Errors
/// The digest that they have, for people.
pub(super) fn has_digest(bytes: &[u8], known: &str) -> Result<(), String> {
    let own = digest(bytes, None);
    let known = known.trim().to_ascii_lowercase();
    if own == known || own.strip_prefix("sha256:") == Some(&known) { Ok(()) } else { Err(format!("its digest is {own}")) }
}
