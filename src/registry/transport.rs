//! Owns one HTTP request: agents by origin, time limits, sizes, and what a fault of the network is called.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ureq::http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use ureq::http::{Request as HttpRequest, Uri};
use ureq::{Agent, Proxy};

use super::address::{Trust, is_refused};
use super::dial::Dial;
use super::failure::Failure;
use super::gate::Gate;
use super::origin::{Origin, Scheme};
use super::room::{Room, SMALL, Seat};
use super::settings::Settings;
use super::tls::{Authorities, Unusable};
use crate::credentials::Secret;

/// The most bytes of an answer that is no success.
pub(super) const ERROR_BODY: usize = 64 * 1024;

/// How many hosts are kept connected before those that answers led to are let go.
const PEERS: usize = 64;

/// The methods that are ever used. POST goes to token servers only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Head,
    Get,
    Post,
}

/// One request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'a> {
    pub(super) method: Method,
    pub(super) uri: &'a Uri,
    pub(super) trust: Trust,
    pub(super) accept: &'a str,
    pub(super) authorization: Option<&'a Secret>,
    /// The body of a POST.
    pub(super) form: Option<&'a Secret>,
    /// The most bytes of a success.
    pub(super) cap: usize,
}

/// One answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// Held as long as a large body is.
    seat: Option<Seat>,
}

impl Reply {
    /// A header as text; `None` when it is absent or no text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// What is kept for one origin.
#[derive(Debug)]
pub(super) struct Peer {
    agent: Agent,
    pub(super) gate: Gate,
    /// Pulls left, where the registry says so (`ratelimit-remaining`); -1 when it does not.
    remaining: AtomicI64,
}

impl Peer {
    /// Pulls left, where the registry says so.
    pub(super) fn remaining(&self) -> Option<i64> {
        Some(self.remaining.load(Ordering::Relaxed)).filter(|left| *left >= 0)
    }
}

/// All connections of a client.
#[derive(Debug)]
pub(super) struct Transport {
    settings: Arc<Settings>,
    authorities: Authorities,
    peers: Mutex<BTreeMap<(Origin, Trust), Arc<Peer>>>,
    room: Room,
}

impl Transport {
    /// Reads the certificate files; opens no connection.
    pub(super) fn new(settings: Arc<Settings>) -> Result<Self, Unusable> {
        let authorities = Authorities::load(&settings.ca_files, &settings.certs_d)?;
        Ok(Self { settings, authorities, peers: Mutex::default(), room: Room::default() })
    }

    /// Reads the `certs.d` folders of a registry, so that a fault in them is told before anything is asked.
    pub(super) fn check_certificates(&self, domain: &str) -> Result<(), Unusable> {
        self.authorities.config(domain).map(drop)
    }

    /// The peer of an origin.
    pub(super) fn peer(&self, origin: &Origin, trust: Trust) -> Result<Arc<Peer>, Failure> {
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(peer) = peers.get(&(origin.clone(), trust)) {
            return Ok(Arc::clone(peer));
        }
        let peer = Arc::new(Peer {
            agent: self.agent(origin, trust)?,
            gate: Gate::new(self.settings.limits.per_host),
            remaining: AtomicI64::new(-1),
        });
        if peers.len() >= PEERS {
            // Redirects could lead to ever new hosts; only those that the configuration names are worth keeping.
            peers.retain(|(_, trust), peer| *trust == Trust::Named || Arc::strong_count(peer) > 1);
        }
        peers.insert((origin.clone(), trust), Arc::clone(&peer));
        Ok(peer)
    }

    fn agent(&self, origin: &Origin, trust: Trust) -> Result<Agent, Failure> {
        let limits = &self.settings.limits;
        // ureq would read the environment itself; we choose, since it knows one proxy for both schemes only.
        let proxy = match self.settings.proxies.choose(origin) {
            None => None,
            Some(url) => Some(Proxy::new(url.expose()).map_err(|_| Failure::Proxy)?),
        };
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_response_header_size(64 * 1024)
            .max_idle_connections(limits.per_host.max(1) * 2)
            .max_idle_connections_per_host(limits.per_host.max(1))
            .timeout_global(Some(limits.request))
            .timeout_connect(Some(limits.connect))
            .timeout_resolve(Some(limits.connect))
            .user_agent(concat!("transship/", env!("CARGO_PKG_VERSION")))
            .proxy(proxy);
        if origin.scheme == Scheme::Https {
            config =
                config.tls_config(self.authorities.config(&origin.domain()).map_err(|fault| Failure::Certificates(fault.to_string()))?);
        }
        Ok(Agent::with_parts(config.build(), ureq::unversioned::transport::DefaultConnector::default(), Dial::new(trust)))
    }

    /// Sends one request to an origin that policy allows, and reads the answer up to its cap.
    pub(super) fn send(&self, peer: &Peer, request: Request<'_>) -> Result<Reply, Failure> {
        let origin = Origin::of(request.uri).ok_or(Failure::Malformed)?;
        // Through a proxy no name is resolved here, so an address in the URL is judged before.
        if let Some(address) = origin.address().filter(|address| is_refused(*address, request.trust)) {
            return Err(Failure::Address(address));
        }
        let _inside = peer.gate.enter();
        let mut built = HttpRequest::builder().uri(request.uri).header(ACCEPT, request.accept).header(ACCEPT_ENCODING, "identity");
        if let Some(authorization) = request.authorization {
            built = built.header(AUTHORIZATION, authorization.expose());
        }
        let built = match request.method {
            Method::Head => built.method("HEAD"),
            Method::Get => built.method("GET"),
            Method::Post => built.method("POST").header(CONTENT_TYPE, "application/x-www-form-urlencoded"),
        };
        let answer = match request.form {
            Some(form) => peer.agent.run(built.body(form.expose()).map_err(|_| Failure::Malformed)?),
            None => peer.agent.run(built.body(()).map_err(|_| Failure::Malformed)?),
        };
        let (parts, mut body) = answer.map_err(|fault| Failure::of(fault, origin.scheme))?.into_parts();
        let success = parts.status.is_success();
        let mut reply = Reply { status: parts.status.as_u16(), headers: parts.headers, body: Vec::new(), seat: None };
        if let Some(left) = reply.header("ratelimit-remaining").and_then(|text| text.split(';').next()?.trim().parse().ok()) {
            peer.remaining.store(left, Ordering::Relaxed);
        }
        if request.method == Method::Head {
            return Ok(reply);
        }
        if success && reply.header("content-encoding").is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
            return Err(Failure::Encoded);
        }
        let cap = if success { request.cap } else { ERROR_BODY };
        let mut reader = body.as_reader();
        let mut chunk = [0; 16 * 1024];
        loop {
            let read = reader.read(&mut chunk).map_err(|fault| Failure::of(ureq::Error::from(fault), origin.scheme))?;
            let Some(bytes) = chunk.get(..read).filter(|bytes| !bytes.is_empty()) else { return Ok(reply) };
            let left = cap - reply.body.len();
            if bytes.len() > left {
                if success {
                    return Err(Failure::TooLarge(cap));
                }
                // What an error says beyond its cap is not needed.
                reply.body.extend_from_slice(bytes.get(..left).unwrap_or_default());
                return Ok(reply);
            }
            if reply.body.len() + bytes.len() > SMALL && reply.seat.is_none() {
                reply.seat = Some(self.room.seat());
            }
            if reply.body.capacity() - reply.body.len() < bytes.len() {
                // Doubling, but never beyond the cap.
                reply.body.reserve_exact(reply.body.len().max(bytes.len()).min(left));
            }
            reply.body.extend_from_slice(bytes);
        }
    }
}

impl Transport {
    /// Pulls left at each host that says so, as it said last.
    pub(super) fn remaining(&self) -> BTreeMap<String, i64> {
        let peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        peers.iter().filter_map(|((origin, _), peer)| Some((origin.domain(), peer.remaining()?))).collect()
    }

    /// [`Transport::check_certificates`], for a registry that is spoken to with TLS.
    pub(super) fn check_certificates_unless_plain(&self, settings: &Settings, domain: &str) -> Result<(), Unusable> {
        if settings.plain_http.iter().any(|host| super::settings::canonical(host) == domain) {
            Ok(())
        } else {
            self.check_certificates(domain)
        }
    }
}
