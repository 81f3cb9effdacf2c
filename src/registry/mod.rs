//! What registries say of references: a client of our own for the OCI distribution API, and what is built on its answers.
//!
//! The client asks only the hosts that its settings allow, and public ones that these send it to; it shows a credential only to the origin that it is stored for, and never takes
//! "could not ask" for "missing". `docs/security.md` lists its promises with the tests that hold them.

mod address;
mod auth;
mod cache;
mod challenge;
pub mod chart;
mod classify;
mod client;
mod compare;
mod dial;
mod exchange;
mod failure;
mod few;
mod gate;
mod grant;
mod manifest;
mod origin;
mod outcome;
mod pause;
mod presence;
mod proxy;
mod question;
mod realm;
mod reason;
mod retry;
mod room;
mod schedule;
mod settings;
mod strikes;
mod tags;
mod tls;
mod token;
mod told;
mod transport;
pub mod verify;
mod web;

pub use cache::Cached;
pub use chart::PackedChart;
pub use client::Client;
pub use compare::{Comparison, End, compare};
pub(crate) use manifest::digest;
pub use manifest::{Child, Content, Manifest};
pub use outcome::{Outcome, Verdict};
#[cfg(feature = "cli")]
pub(crate) use pause::retry_after;
pub use presence::{Image, Presence, Proof};
pub use proxy::Proxies;
pub use reason::{Code, Reason};
pub use settings::{Hosts, Limits, Settings, default_certs_d, system_file};
pub use tags::nearest;
pub use tls::Unusable;
pub use transport::Method;
pub use web::{Call, Said, Web};

use std::collections::BTreeMap;

use crate::platform::Platform;
use crate::reference::Reference;

/// What is wanted of a reference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// Platforms that it must have; none means any.
    pub platforms: Vec<Platform>,
    /// How much of the registry's word is checked.
    pub depth: Depth,
}

/// How much of a registry's word is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Depth {
    /// One HEAD: presence, and the digest where a header tells it.
    #[default]
    Head,
    /// The digest as well: where no header tells it, the manifest is read and hashed.
    Digest,
    /// The manifest is always read and hashed (`--strict`).
    Hash,
    /// So it is, and the platforms are told: of a single image those in its configuration, which is one more request.
    Platforms,
}

crate::text::shown_as_in_json!(Depth);

/// Something that can be asked about references: the client, or a stand-in.
pub trait Registry: Send + Sync {
    /// What it says of a reference.
    fn presence(&self, reference: &Reference, ask: &Ask) -> Presence;

    /// The manifest that a reference names, its bytes hashed.
    ///
    /// # Errors
    /// The presence that stands in the way.
    fn manifest(&self, reference: &Reference) -> Result<Manifest, Presence>;

    /// The platforms of a manifest, sorted: those of an index, or the one in an image's configuration.
    ///
    /// # Errors
    /// The presence that stands in the way of the configuration.
    fn platforms(&self, reference: &Reference, manifest: &Manifest) -> Result<Vec<Platform>, Presence>;

    /// The tags of a reference's repository, as listed, at most 10 000 on 20 pages.
    ///
    /// # Errors
    /// The presence that stands in the way.
    fn tags(&self, reference: &Reference) -> Result<Vec<String>, Presence>;

    /// Whether the registry's "missing" can be believed. A pull-through cache of distribution 2.8 whose upstream is down answers for a tag
    /// exactly as if the upstream had said that it is missing; asked for a digest that cannot exist, it gives itself away. One request, for
    /// each host with something missing ([`verify::all`] makes it); a stand-in is believed.
    ///
    /// # Errors
    /// The presence of whatever the registry called missing.
    fn can_tell(&self, reference: &Reference) -> Result<(), Presence> {
        let _ = reference;
        Ok(())
    }

    /// Pulls left at each registry that told so (`ratelimit-remaining`, as Docker Hub does), by its domain.
    fn remaining(&self) -> BTreeMap<String, i64> {
        BTreeMap::new()
    }

    /// Something that differs where a reference would be asked in another way: with another credential, scheme, authority or proxy. It tells
    /// nothing of them. `None` where the reference may not be asked, or nobody knows how it would be: what was said of it is then not
    /// remembered.
    fn identity(&self, reference: &Reference) -> Option<String>;
}
