//! Owns the way from a host's name to the addresses that may be connected to.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::http::uri::Authority;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::address::{Trust, is_refused};

/// A name leads to an address that must not be contacted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address {0} must not be contacted")]
pub(super) struct AddressRefused(pub(super) IpAddr);

/// Resolves a name once and judges what it finds; the addresses judged are the addresses connected to, so that a name that changes its
/// mind between the two (DNS rebinding) gains nothing.
#[derive(Debug)]
pub(super) struct Dial {
    trust: Trust,
    /// The proxy between, which trusted configuration names: it may be in a private network, whatever the host is that is asked through it.
    proxy: Option<Authority>,
    resolver: DefaultResolver,
    known: Mutex<BTreeMap<String, Vec<SocketAddr>>>,
}

impl Dial {
    pub(super) fn new(trust: Trust, proxy: Option<Authority>) -> Self {
        Self { trust, proxy, resolver: DefaultResolver::default(), known: Mutex::default() }
    }

    fn trust_in(&self, uri: &Uri) -> Trust {
        if self.proxy.is_some() && self.proxy.as_ref() == uri.authority() { Trust::Named } else { self.trust }
    }

    fn look_up(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<Vec<SocketAddr>, ureq::Error> {
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        // An address needs no resolver, and no thread to time it.
        if let Ok(address) = host.parse::<IpAddr>() {
            let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 });
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        match self.resolver.resolve(uri, config, timeout) {
            Ok(found) => Ok(found.iter().copied().collect()),
            // The resolver reports a name that is not known as a fault of input and output.
            Err(ureq::Error::Io(_)) => Err(ureq::Error::HostNotFound),
            Err(fault) => Err(fault),
        }
    }
}

impl Resolver for Dial {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let key = uri.authority().map(ToString::to_string).unwrap_or_default();
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let addresses = if let Some(addresses) = known {
            addresses
        } else {
            let found = self.look_up(uri, config, timeout)?;
            if let Some(refused) = found.iter().find(|address| is_refused(address.ip(), self.trust_in(uri))) {
                return Err(ureq::Error::Other(Box::new(AddressRefused(refused.ip()))));
            }
            self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(key, found.clone());
            found
        };
        let mut resolved = self.empty();
        // ureq holds sixteen addresses; more would be a panic in its array.
        addresses.into_iter().take(16).for_each(|address| resolved.push(address));
        if resolved.is_empty() { Err(ureq::Error::HostNotFound) } else { Ok(resolved) }
    }
}
