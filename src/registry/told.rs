//! Owns what was sent to registries in secret, so that nothing of it is shown when one of them repeats it.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::credentials::Secret;
use crate::text::clean;

/// Every secret that a run has sent. A registry may repeat one in the answer to another question than the one it came with.
#[derive(Debug, Default)]
pub(super) struct Told(Mutex<BTreeSet<Secret>>);

impl Told {
    /// Adds what is about to be sent.
    pub(super) fn add<'a>(&self, secrets: impl IntoIterator<Item = &'a Secret>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(secrets.into_iter().cloned());
    }

    /// A registry's text as it may be shown: without steering characters, and without a secret.
    pub(super) fn shown(&self, text: &str) -> String {
        let secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        clean(&secrets.iter().fold(text.to_owned(), |text, secret| secret.redact(&text)))
    }
}
