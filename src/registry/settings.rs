//! Owns what a client may do: which hosts, by which trust, for how long and how often.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::origin::{Origin, Scheme, canonical};
use super::proxy::Proxies;

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
    /// The file that stands for the system's certificate authorities, where the environment names one ([`system_file`]).
    pub system_file: Option<PathBuf>,
    /// Proxies.
    pub proxies: Proxies,
    /// Times, tries and sizes.
    pub limits: Limits,
}

/// The registries that may be contacted, by canonical domain; Docker Hub is `docker.io`. References cannot add one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    named: BTreeSet<String>,
    anonymous: BTreeSet<String>,
    others: Others,
}

/// What of hosts that nobody names beforehand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Others {
    #[default]
    Refused,
    Anonymous,
}

impl Hosts {
    /// Exactly these domains, in any spelling of Docker Hub.
    pub fn only<'a>(domains: impl IntoIterator<Item = &'a str>) -> Self {
        Self { named: domains.into_iter().map(canonical).collect(), ..Self::default() }
    }

    /// These as well, without credentials and at public addresses only: somebody names them who is not trusted.
    #[must_use]
    pub fn and_anonymously<'a>(self, domains: impl IntoIterator<Item = &'a str>) -> Self {
        let others = domains.into_iter().map(canonical).filter(|domain| !self.named.contains(domain)).collect();
        Self { anonymous: others, ..self }
    }

    /// And every other host, without credentials and at public addresses only: what is fetched is named by strangers.
    #[must_use]
    pub fn and_others_anonymously(self) -> Self {
        Self { others: Others::Anonymous, ..self }
    }

    /// Whether a host is trusted, as it is written.
    pub fn is_trusted(&self, host: &str) -> bool {
        self.named.contains(&canonical(host))
    }

    /// The domains that are asked without credentials.
    pub fn anonymous(&self) -> impl Iterator<Item = &String> {
        self.anonymous.iter()
    }

    /// The domains that are trusted.
    pub(super) fn domains(&self) -> impl Iterator<Item = &String> {
        self.named.iter()
    }
}

impl Settings {
    /// Where a registry's API answers, in plain text only where the registry is listed for it.
    pub(super) fn origin(&self, domain: &str) -> Option<Origin> {
        let plain = Origin::of_domain(domain, Scheme::Http)?;
        if self.is_plain(&plain) { Some(plain) } else { Origin::of_domain(domain, Scheme::Https) }
    }

    /// Whether a registry of the list of those without TLS answers at this origin.
    pub(super) fn is_plain(&self, origin: &Origin) -> bool {
        origin.scheme == Scheme::Http && names(self.plain_http.iter(), origin)
    }

    /// Whether a token server of the list answers at this origin.
    pub(super) fn is_realm(&self, origin: &Origin) -> bool {
        names(self.realms.iter(), origin)
    }

    /// Whether a registry that may be contacted without credentials answers at this origin.
    pub(super) fn is_anonymous(&self, origin: &Origin) -> bool {
        self.hosts.others == Others::Anonymous || names(self.hosts.anonymous.iter(), origin)
    }

    /// Whether a registry that may be contacted answers at this origin.
    pub(super) fn is_named(&self, origin: &Origin) -> bool {
        names(self.hosts.domains(), origin)
    }
}

/// Whether one of the domains, in any spelling of its port, is where this origin answers.
fn names<'a>(mut domains: impl Iterator<Item = &'a String>, origin: &Origin) -> bool {
    domains.any(|domain| Origin::of_domain(&canonical(domain), origin.scheme).as_ref() == Some(origin))
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
    /// When the whole run must be over: nothing is asked, tried again or waited for beyond it, and what is in flight then is cut off.
    pub end: Option<Instant>,
}

/// The longest time that one request is given, so that every clock can count to its end.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl Limits {
    /// Whether the whole run must be over.
    pub(super) fn is_late(&self) -> bool {
        self.end.is_some_and(|end| Instant::now() >= end)
    }

    /// What one request may take from now on; `None` when the whole run must be over.
    pub(super) fn for_request(&self) -> Option<Duration> {
        let left = self.end.map(|end| end.saturating_duration_since(Instant::now()));
        let time = self.request.min(LONGEST).min(left.unwrap_or(LONGEST));
        Some(time).filter(|time| !time.is_zero())
    }

    /// What the name and the connection may take.
    pub(super) fn for_connection(&self) -> Duration {
        self.connect.min(LONGEST)
    }
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
pub fn default_certs_d(get: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let config = get("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| get("HOME").map(|home| PathBuf::from(home).join(".config")));
    let user = config.map(|folder| folder.join("containers/certs.d"));
    user.into_iter().chain(["/etc/containers/certs.d".into(), "/etc/docker/certs.d".into()]).collect()
}

/// The file that stands for the system's certificate authorities, where the environment names one. `get` reads one variable.
pub fn system_file(get: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    get(super::tls::SYSTEM_FILE).filter(|path| !path.is_empty()).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_docker_hub_is_one_host() {
        let settings = Settings { hosts: Hosts::only(["index.docker.io"]), ..Settings::default() };
        assert!(settings.is_named(&settings.origin("docker.io").unwrap()));
        assert!(!settings.is_named(&settings.origin("evil.example").unwrap()));
    }

    #[test]
    fn a_port_that_goes_without_saying_may_be_said() {
        let settings = Settings {
            hosts: Hosts::only(["r.example:443", "p.example"]),
            plain_http: ["p.example:80".to_owned()].into(),
            realms: ["t.example:443".to_owned()].into(),
            ..Settings::default()
        };
        let of = |text: &str| Origin::of(&text.parse().unwrap()).unwrap();
        assert!(settings.is_named(&of("https://r.example/")));
        assert!(!settings.is_named(&of("https://r.example:8443/")));
        assert_eq!(settings.origin("p.example"), Some(of("http://p.example:80/")));
        assert!(settings.is_realm(&of("https://t.example/")));
        assert!(!settings.is_realm(&of("https://t.example:8443/")));
    }
}
