//! Campaigns over real repositories, from the first list to the last merge: bare repositories in a folder stand for a forge.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test may panic, and writes its scratch files")]

#[path = "campaign/bitbucket.rs"]
mod bitbucket;
#[path = "campaign/described.rs"]
mod described;
#[path = "campaign/elsewhere.rs"]
mod elsewhere;
#[path = "campaign/gitea.rs"]
mod gitea;
#[path = "campaign/github.rs"]
mod github;
#[path = "campaign/gitlab.rs"]
mod gitlab;
#[path = "support/go_tools.rs"]
mod go_tools;
#[path = "campaign/kit.rs"]
mod kit;
#[path = "campaign/many.rs"]
mod many;
#[path = "campaign/page.rs"]
mod page;
#[path = "support/program.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod program;
#[path = "campaign/real.rs"]
mod real;
#[path = "campaign/served.rs"]
mod served;
#[path = "support/registry/mod.rs"]
mod server;
#[path = "campaign/tea.rs"]
mod tea;
#[path = "campaign/verified.rs"]
mod verified;
#[path = "campaign/whole.rs"]
mod whole;
