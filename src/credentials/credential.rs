//! Owns what a registry is shown.

use super::secret::Secret;

/// What a registry, or its token server, is shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Credential {
    /// A user and a password.
    Basic {
        /// The user; no secret.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A refresh token, to be changed for a bearer token (`identitytoken`, or the helper's user `<token>`).
    IdentityToken(Secret),
    /// A bearer token, to be sent as it is (`registrytoken`).
    RegistryToken(Secret),
}

impl Credential {
    /// A user and a password, taken as they are: nothing in them is expanded.
    pub fn basic(user: &str, password: &str) -> Self {
        Self::Basic { user: user.to_owned(), password: Secret::new(password) }
    }

    /// What it is: `basic`, `identity-token` or `registry-token`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Basic { .. } => "basic",
            Self::IdentityToken(_) => "identity-token",
            Self::RegistryToken(_) => "registry-token",
        }
    }

    /// Its user, where it has one.
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::Basic { user, .. } => Some(user),
            Self::IdentityToken(_) | Self::RegistryToken(_) => None,
        }
    }

    /// Its secret.
    pub const fn secret(&self) -> &Secret {
        match self {
            Self::Basic { password, .. } => password,
            Self::IdentityToken(token) | Self::RegistryToken(token) => token,
        }
    }
}
