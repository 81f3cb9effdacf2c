//! The registry client against a registry that runs in the test and misbehaves as told: the acceptance checks of `docs/security.md`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

#[path = "registry/answers.rs"]
mod answers;
#[path = "registry/credentials.rs"]
mod credentials;
#[path = "registry/evil.rs"]
mod evil;
#[path = "registry/kit.rs"]
mod kit;
#[path = "registry/logins.rs"]
mod logins;
#[path = "registry/many.rs"]
mod many;
#[path = "registry/orders.rs"]
mod orders;
#[path = "registry/promises.rs"]
mod promises;
#[cfg(unix)]
#[path = "support/script.rs"]
mod script;
#[path = "support/registry/mod.rs"]
mod support;
#[path = "registry/tokens.rs"]
mod tokens;
#[cfg(unix)]
#[path = "support/witness.rs"]
mod witness;
