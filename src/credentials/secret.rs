//! Owns the wrapper that keeps a secret out of every output.

use std::fmt;

/// A text that must never be printed: `Debug` shows a placeholder, there is no `Display` and no serialisation.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, to be sent and not to be kept.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// `text` with every copy of the secret replaced by `[secret]`: a registry may repeat what it was sent. Secrets of fewer than four
    /// bytes are left, since they would tear harmless words apart.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        if self.0.len() < 4 { text.to_owned() } else { text.replace(&self.0, "[secret]") }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_it() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "[secret]");
    }

    #[test]
    fn a_repeated_secret_is_taken_out_of_a_message() {
        assert_eq!(Secret::new("hunter2").redact("no user with hunter2"), "no user with [secret]");
    }
}
