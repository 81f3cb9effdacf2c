//! Owns an origin: scheme, host and port, what a credential is bound to.

use std::fmt;
use std::net::IpAddr;

use ureq::http::Uri;

use crate::reference::{DOCKER_HUB, Name};

/// A domain as the policy compares it.
pub(super) fn canonical(domain: &str) -> String {
    Name::new(Some(&domain.to_ascii_lowercase()), "x/x").domain.into_owned()
}

/// How a registry is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Scheme {
    /// Plain text, for registries that are listed for it.
    Http,
    /// TLS.
    Https,
}

/// Scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Origin {
    pub(super) scheme: Scheme,
    /// Lower case; an IPv6 address without its brackets.
    pub(super) host: String,
    pub(super) port: u16,
}

impl Origin {
    /// Where a registry's API answers. Docker Hub's is not at its own name (docker's `registry/config.go`).
    pub(super) fn of_domain(domain: &str, scheme: Scheme) -> Option<Self> {
        let authority = if domain == DOCKER_HUB { "registry-1.docker.io" } else { domain };
        let name = if scheme == Scheme::Http { "http" } else { "https" };
        Self::of(&format!("{name}://{authority}/").parse().ok()?)
    }

    /// The origin of an absolute URL of HTTP; `None` for any other, and for one that carries a user.
    pub(super) fn of(uri: &Uri) -> Option<Self> {
        let scheme = match uri.scheme_str()? {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return None,
        };
        let authority = uri.authority()?;
        if authority.as_str().contains('@') {
            return None;
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let port = match authority.port_u16() {
            Some(port) => port,
            // What is there and no port (RFC 3986 has no bound for one) must not be taken for none.
            None if !matches!(authority.as_str().strip_prefix(authority.host()), Some("" | ":")) => return None,
            None => {
                if scheme == Scheme::Http {
                    80
                } else {
                    443
                }
            }
        };
        (!host.is_empty()).then_some(Self { scheme, host, port })
    }

    /// The address, when the host is one.
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// `host`, or `host:port` where the port is not the scheme's own.
    pub(super) fn domain(&self) -> String {
        match (self.scheme, self.port) {
            (Scheme::Http, 80) | (Scheme::Https, 443) => self.typed_host(),
            _ => format!("{}:{}", self.typed_host(), self.port),
        }
    }

    fn typed_host(&self) -> String {
        if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() }
    }

    /// What the origin is called where people write hosts: without its scheme's own port and with it, and Docker Hub by the name that stands
    /// in references.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names = vec![self.domain()];
        if self.domain() == self.typed_host() {
            names.push(format!("{}:{}", self.domain(), self.port));
        }
        if Self::of_domain(DOCKER_HUB, self.scheme).as_ref() == Some(self) {
            names.push(DOCKER_HUB.to_owned());
        }
        names
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.scheme == Scheme::Http { "http://" } else { "https://" })?;
        f.write_str(&self.domain())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docker_hub_answers_at_another_host() {
        let hub = Origin::of_domain("docker.io", Scheme::Https).unwrap();
        assert_eq!(hub.to_string(), "https://registry-1.docker.io");
        assert_eq!(hub.names(), ["registry-1.docker.io", "registry-1.docker.io:443", "docker.io"]);
        assert_eq!(Origin::of_domain("r.example:5000", Scheme::Https).unwrap().names(), ["r.example:5000"]);
    }

    #[test]
    fn what_is_no_port_is_no_origin() {
        let of = |domain: &str| Origin::of_domain(domain, Scheme::Http);
        for domain in ["127.0.0.1:99999", "r.example:65536", "r.example:0443443", "[::1]:70000"] {
            assert_eq!(of(domain), None, "{domain}");
        }
        assert_eq!(of("r.example:65535").unwrap().port, 65535);
    }

    #[test]
    fn default_ports_are_the_same_origin() {
        let of = |text: &str| Origin::of(&text.parse().unwrap());
        assert_eq!(of("https://R.example:443/a"), of("https://r.example/b"));
        assert_ne!(of("https://r.example/"), of("http://r.example/"));
        assert_eq!(of("http://user@r.example/"), None);
        assert_eq!(of("http://[::1]:5000/").unwrap().domain(), "[::1]:5000");
    }
}
