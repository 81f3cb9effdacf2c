//! Owns the choice of a proxy for a host, as the usual variables say it.

use std::ffi::OsString;

use super::address::is_in;
use super::origin::{Origin, Scheme, canonical};
use crate::credentials::Secret;

/// The proxies of a run. Their URLs may hold a password.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    /// For TLS.
    pub https: Option<Secret>,
    /// For plain HTTP.
    pub http: Option<Secret>,
    /// Hosts that are contacted directly: names with their subdomains, addresses, networks (`10.0.0.0/8`), each with a port or not; `*` for all.
    pub direct: Vec<String>,
}

impl Proxies {
    /// `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in either case; `get` reads one variable. `HTTP_PROXY` in capitals is passed
    /// over in a CGI process, where a client could set it.
    pub fn from_environment(get: impl Fn(&str) -> Option<OsString>) -> Self {
        let read = |names: &[&str]| {
            // An empty variable is none: the other spelling may hold one.
            names.iter().find_map(|name| get(name).filter(|text| !text.is_empty())).map(|text| text.to_string_lossy().into_owned())
        };
        let all = read(&["all_proxy", "ALL_PROXY"]);
        let http = if get("REQUEST_METHOD").is_some() { read(&["http_proxy"]) } else { read(&["http_proxy", "HTTP_PROXY"]) };
        let direct = read(&["no_proxy", "NO_PROXY"]).unwrap_or_default();
        Self {
            https: read(&["https_proxy", "HTTPS_PROXY"]).or_else(|| all.clone()).map(Secret::new),
            http: http.or(all).map(Secret::new),
            direct: direct.split([',', ' ']).filter(|entry| !entry.is_empty()).map(str::to_owned).collect(),
        }
    }

    /// The proxy for a host; loopback is always direct.
    pub(super) fn choose(&self, origin: &Origin) -> Option<&Secret> {
        let local = origin.host == "localhost" || origin.address().is_some_and(|address| address.is_loopback());
        if local || self.direct.iter().any(|entry| covers(entry, origin)) {
            return None;
        }
        if origin.scheme == Scheme::Http { self.http.as_ref() } else { self.https.as_ref() }
    }

    /// The host and port of the proxy that `domain` would be asked through with TLS, without user and password; `None` when it is asked
    /// directly.
    pub fn shown(&self, domain: &str) -> Option<String> {
        self.shown_for(domain, Scheme::Https)
    }

    /// The same for plain HTTP.
    pub fn shown_plain(&self, domain: &str) -> Option<String> {
        self.shown_for(domain, Scheme::Http)
    }

    fn shown_for(&self, domain: &str, scheme: Scheme) -> Option<String> {
        self.choose(&Origin::of_domain(&canonical(domain), scheme)?).map(shown)
    }
}

/// A proxy's host and port, without user and password.
pub(super) fn shown(url: &Secret) -> String {
    let url = url.expose();
    let rest = url.rsplit_once('@').map_or(url, |(_, host)| host);
    let rest = rest.split_once("://").map_or(rest, |(_, host)| host);
    rest.trim_end_matches('/').to_owned()
}

fn covers(entry: &str, origin: &Origin) -> bool {
    if entry == "*" {
        return true;
    }
    if entry.contains('/') {
        return origin.address().is_some_and(|address| is_in(address, entry));
    }
    let (name, port) = match entry.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') => (name, port.parse::<u16>().ok()),
        _ => (entry, None),
    };
    if port.is_some_and(|port| port != origin.port) {
        return false;
    }
    let name = name.trim_start_matches("*.").trim_start_matches('.').to_ascii_lowercase();
    origin.host == name || origin.host.strip_suffix(&name).is_some_and(|front| front.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(direct: &str) -> Proxies {
        Proxies::from_environment(|name| match name {
            "HTTPS_PROXY" => Some("http://u:hunter2@proxy.example:3128".into()),
            "NO_PROXY" => Some(direct.into()),
            _ => None,
        })
    }

    #[test]
    fn the_password_of_a_proxy_is_not_shown() {
        let proxies = proxies("");
        assert_eq!(proxies.shown("quay.io").as_deref(), Some("proxy.example:3128"));
        assert!(!format!("{proxies:?}").contains("hunter2"));
    }

    #[test]
    fn an_empty_variable_does_not_hide_the_other_spelling() {
        let proxies = Proxies::from_environment(|name| match name {
            "http_proxy" | "no_proxy" => Some("".into()),
            "HTTP_PROXY" => Some("http://plain.example:3128".into()),
            "NO_PROXY" => Some("near.example".into()),
            _ => None,
        });
        assert_eq!(proxies.shown_plain("r.example").as_deref(), Some("plain.example:3128"));
        assert_eq!((proxies.shown("r.example"), proxies.shown_plain("near.example")), (None, None));
    }

    #[test]
    fn names_networks_and_loopback_are_direct() {
        let proxies = proxies("example.org, 10.0.0.0/8 .corp.example:5000");
        for direct in ["example.org", "r.example.org", "10.9.8.7:5000", "a.corp.example:5000", "localhost:5000", "127.0.0.1"] {
            assert_eq!(proxies.shown(direct), None, "{direct}");
        }
        for proxied in ["notexample.org", "11.0.0.1", "a.corp.example"] {
            assert!(proxies.shown(proxied).is_some(), "{proxied}");
        }
    }
}
