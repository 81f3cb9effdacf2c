//! The proof by rendering: what the real helm, kustomize and docker compose make of a tree before and after.
//!
//! `scripts/go-tools` builds the programs. Without them these tests only say so, unless `TRANSSHIP_GO_TOOLS=required` is set.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "a test may panic")]

#[path = "support/go_tools.rs"]
mod go_tools;
#[cfg(unix)]
#[path = "support/script.rs"]
mod script;
#[path = "render/support.rs"]
mod support;
#[cfg(unix)]
#[path = "support/witness.rs"]
mod witness;

#[path = "render/cases.rs"]
mod cases;
#[path = "render/limits.rs"]
mod limits;
#[path = "render/promises.rs"]
mod promises;
