//! Owns what a client may do: which hosts, by which trust, for how long and how often.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::proxy::Proxies;
use crate::reference::Name;

/// All settings of a client. Nothing of a scanned repository may flow into them, unless the user trusts its configuration.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The registries that may be contacted.
    pub hosts: Hosts,
    /// Registries (`host[:port]`) that are spoken to without TLS. No other ever is.
    pub plain_http: BTreeSet<String>,
    /// Token servers (`host[:port]`) that may be shown credentials besides a registry's own host.
    pub realms: BTreeSet<String>,
    /// Files with certificate authorities to be trusted beside the system's.
    pub ca_files: Vec<PathBuf>,
    /// Folders laid out as docker's `certs.d`: one folder for each `host[:port]`, `*.crt` authorities, `*.cert` with `*.key` a client's.
    pub certs_d: Vec<PathBuf>,
    /// Proxies.
    pub proxies: Proxies,
    /// Times, tries and sizes.
    pub limits: Limits,
}

/// Which registries may be contacted. References cannot widen it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// These, by canonical domain; Docker Hub is `docker.io`.
    Only(BTreeMap<String, Access>),
    /// Any at a public address; those named have their own access.
    Any {
        /// The access of a registry that is not named.
        access: Access,
        /// Those that are.
        named: BTreeMap<String, Access>,
    },
}

/// How a registry may be contacted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// With the credentials that are stored for it.
    Credentials,
    /// Without any.
    Anonymous,
}

impl Default for Hosts {
    fn default() -> Self {
        Self::Only(BTreeMap::new())
    }
}

impl Hosts {
    /// Exactly these domains, in any spelling of Docker Hub, with the credentials that are stored for them.
    pub fn only<'a>(domains: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Only(domains.into_iter().map(|domain| (canonical(domain), Access::Credentials)).collect())
    }

    /// Adds a domain; where it is there already, the wider access stays.
    pub fn allow(&mut self, domain: &str, access: Access) {
        let (Self::Only(named) | Self::Any { named, .. }) = self;
        let entry = named.entry(canonical(domain)).or_insert(access);
        *entry = access.min(*entry);
    }

    /// The access to a canonical domain, and whether the configuration names it. `None` when it must not be contacted.
    pub(super) fn access(&self, domain: &str) -> Option<(Access, super::address::Trust)> {
        use super::address::Trust::{Implied, Named};
        match self {
            Self::Only(named) => named.get(domain).map(|access| (*access, Named)),
            Self::Any { access, named } => Some(named.get(domain).map_or((*access, Implied), |access| (*access, Named))),
        }
    }
}

/// A domain as the policy compares it.
pub(super) fn canonical(domain: &str) -> String {
    Name::new(Some(&domain.to_ascii_lowercase()), "x/x").domain.into_owned()
}

/// Times, tries and sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For the name and the connection.
    pub connect: Duration,
    /// For one request, from the name to the last byte.
    pub request: Duration,
    /// How often a request is sent at most when the network, or the registry for a moment, fails.
    pub tries: u32,
    /// The longest first pause between two tries; it doubles, and each pause is a random part of it.
    pub pause: Duration,
    /// The longest pause of our own.
    pub longest_pause: Duration,
    /// The longest `Retry-After` that is waited for; a longer one is reported at once.
    pub max_wait: Duration,
    /// Requests in flight to one host.
    pub per_host: usize,
    /// Redirects that are followed.
    pub redirects: usize,
    /// When the whole run must be over: nothing is tried again or waited for beyond it.
    pub end: Option<Instant>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            request: Duration::from_secs(20),
            tries: 3,
            pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
            max_wait: Duration::from_secs(60),
            per_host: 4,
            redirects: 3,
            end: None,
        }
    }
}

/// The `certs.d` folders that docker and podman read, those of the user first. `get` reads one variable.
#[must_use]
pub fn default_certs_d(get: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let config = get("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| get("HOME").map(|home| PathBuf::from(home).join(".config")));
    let user = config.map(|folder| folder.join("containers/certs.d"));
    user.into_iter().chain(["/etc/containers/certs.d".into(), "/etc/docker/certs.d".into()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_docker_hub_is_one_host() {
        let hosts = Hosts::only(["index.docker.io"]);
        assert!(hosts.access("docker.io").is_some());
        assert!(hosts.access("evil.example").is_none());
    }

    #[test]
    fn the_wider_access_stays() {
        let mut hosts = Hosts::only(["r.example"]);
        hosts.allow("R.example", Access::Anonymous);
        assert_eq!(hosts.access("r.example").unwrap().0, Access::Credentials);
    }
}
