//! Owns what is shown to a registry, and the texts under which a credential is sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::credentials::{Credential, Found, Secret};

/// What is sent in `Authorization`, and where it comes from.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    /// The header's value.
    pub(super) header: Secret,
    /// Where the credential comes from; none for an anonymous token.
    pub(super) source: Option<String>,
    /// What of it must not be shown.
    pub(super) secret: Secret,
    /// Whether a registry has taken it; shared by its copies.
    pub(super) worked: Arc<AtomicBool>,
}

impl Grant {
    /// A grant of a bearer token.
    pub(super) fn bearer(token: &Secret, source: Option<String>) -> Self {
        let header = Secret::new(format!("Bearer {}", token.expose()));
        Self { header, source, secret: token.clone(), worked: Arc::default() }
    }

    /// A grant of a user and a password; none of a token.
    pub(super) fn basic(found: &Found) -> Option<Self> {
        let Credential::Basic { user, password } = &found.credential else { return None };
        let header = basic_header(user, password);
        Some(Self { header, source: Some(found.source.clone()), secret: password.clone(), worked: Arc::default() })
    }

    /// Notes that a registry has taken it.
    pub(super) fn note_success(&self) {
        self.worked.store(true, Ordering::Relaxed);
    }
}

/// A user and a password as a header's value (RFC 7617).
pub(super) fn basic_header(user: &str, password: &Secret) -> Secret {
    Secret::new(format!("Basic {}", pair(user, password)))
}

fn pair(user: &str, password: &Secret) -> String {
    STANDARD.encode(format!("{user}:{}", password.expose()))
}

/// The texts under which a credential is sent.
pub(super) fn forms(credential: &Credential) -> [Secret; 2] {
    let user = if let Credential::Basic { user, .. } = credential { user } else { "<token>" };
    [credential.secret().clone(), Secret::new(pair(user, credential.secret()).trim_end_matches('='))]
}
