//! Owns who asks a forge, and how that is said to it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::credentials::Secret;

/// Who asks a forge.
#[derive(Clone, Debug)]
pub enum Login {
    /// Whoever has this token.
    Token(Secret),
    /// Somebody of that name, with a password or a token in its place.
    User {
        /// The name.
        name: String,
        /// What is shown for it.
        password: Secret,
    },
}

impl Login {
    /// The value of the header that says it to an API.
    #[must_use]
    pub fn header(&self) -> Secret {
        match self {
            Self::Token(token) => Secret::new(format!("Bearer {}", token.expose())),
            Self::User { name, password } => basic(name, password),
        }
    }

    /// What nobody else may see.
    #[must_use]
    pub const fn secret(&self) -> &Secret {
        match self {
            Self::Token(secret) | Self::User { password: secret, .. } => secret,
        }
    }
}

/// A name and a password (RFC 7617).
pub(super) fn basic(name: &str, password: &Secret) -> Secret {
    Secret::new(format!("Basic {}", STANDARD.encode(format!("{name}:{}", password.expose()))))
}
