//! Owns one HTTP request: agents by origin, time limits, sizes, and what a fault of the network is called.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ureq::http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use ureq::http::{Request as HttpRequest, Response, Uri};
use ureq::{Agent, AsSendBody, Body, Proxy, ProxyProtocol};

use super::address::{Trust, is_refused};
use super::dial::Dial;
use super::failure::{AtProxy, Failure};
use super::gate::Gate;
use super::origin::{Origin, Scheme};
use super::proxy::shown;
use super::room::{Room, SMALL, Seat};
use super::settings::Settings;
use super::tls::{Authorities, Unusable};
use crate::credentials::Secret;

/// The most bytes of an answer that is no success.
pub(super) const ERROR_BODY: usize = 64 * 1024;

/// How many hosts are kept connected before those that answers led to are let go.
const PEERS: usize = 64;

/// The methods that are ever used. Registries are only asked: POST goes to token servers, and what changes something to servers of [`Web`](super::Web).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// It is asked whether something is there.
    Head,
    /// Something is asked.
    Get,
    /// Something is made.
    Post,
    /// Something is put in its place.
    Put,
    /// Something is changed.
    Patch,
    /// Something is taken away.
    Delete,
}

/// What a request carries.
#[derive(Clone, Copy, Debug)]
pub(super) enum Content<'a> {
    /// The fields of a form; they may hold a secret.
    Form(&'a Secret),
    /// JSON.
    Json(&'a str),
}

/// One request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'a> {
    pub(super) method: Method,
    pub(super) uri: &'a Uri,
    pub(super) trust: Trust,
    pub(super) accept: &'a str,
    pub(super) authorization: Option<&'a Secret>,
    pub(super) content: Option<Content<'a>>,
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

impl Drop for Reply {
    fn drop(&mut self) {
        if let Some(seat) = &mut self.seat {
            seat.give_back(std::mem::take(&mut self.body));
        }
    }
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
    /// The proxy between, as it may be shown.
    proxy: Option<String>,
    pub(super) gate: Gate,
    /// Pulls left, where the registry says so (`ratelimit-remaining`); [`UNSAID`] when it does not, [`UNHEARD`] as long as nothing was heard.
    remaining: AtomicI64,
}

/// The registry has answered, and says nothing of pulls.
const UNSAID: i64 = -1;

/// The registry has not answered yet.
const UNHEARD: i64 = -2;

impl Peer {
    /// Pulls left, where the registry says so.
    pub(super) fn remaining(&self) -> Option<i64> {
        Some(self.remaining.load(Ordering::Relaxed)).filter(|left| *left >= 0)
    }

    /// Whether the registry has answered, so that it would have said how many pulls are left.
    pub(super) fn is_heard(&self) -> bool {
        self.remaining.load(Ordering::Relaxed) != UNHEARD
    }

    /// Notes what an answer says of pulls. One that wants a credential first says nothing yet.
    fn note(&self, reply: &Reply) {
        let left = reply.header("ratelimit-remaining").and_then(|text| text.split(';').next()?.trim().parse::<i64>().ok());
        if let Some(left) = left {
            self.remaining.store(left.max(0), Ordering::Relaxed);
        } else if reply.status != 401 {
            let _ = self.remaining.compare_exchange(UNHEARD, UNSAID, Ordering::Relaxed, Ordering::Relaxed);
        }
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
        let authorities = Authorities::load(&settings.ca_files, &settings.certs_d, settings.system_file.as_deref())?;
        Ok(Self { settings, authorities, peers: Mutex::default(), room: Room::default() })
    }

    /// Reads the `certs.d` folders of a registry that is spoken to with TLS, so that a fault in them is told before anything is asked.
    pub(super) fn check_certificates(&self, origin: &Origin) -> Result<(), Unusable> {
        if origin.scheme == Scheme::Https { self.authorities.config(origin, Trust::Named).map(drop) } else { Ok(()) }
    }

    /// The peer of an origin.
    pub(super) fn peer(&self, origin: &Origin, trust: Trust) -> Result<Arc<Peer>, Failure> {
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(peer) = peers.get(&(origin.clone(), trust)) {
            return Ok(Arc::clone(peer));
        }
        let peer = Arc::new(Peer {
            agent: self.agent(origin, trust)?,
            proxy: self.settings.proxies.choose(origin).map(shown),
            gate: Gate::new(self.settings.limits.per_host),
            remaining: AtomicI64::new(UNHEARD),
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
            Some(url) => {
                let failed = |fault| Failure::Proxy { proxy: shown(url), fault };
                let proxy = Proxy::new(url.expose()).map_err(|_| failed(AtProxy::Url))?;
                // ureq is built without SOCKS, and would say that the name does not resolve.
                let is_http = matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https);
                Some(proxy).filter(|_| is_http).ok_or_else(|| failed(AtProxy::Kind)).map(Some)?
            }
        };
        let authority = proxy.as_ref().and_then(|proxy| proxy.uri().authority()).cloned();
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_response_header_size(64 * 1024)
            .max_idle_connections(limits.per_host.max(1) * 2)
            .max_idle_connections_per_host(limits.per_host.max(1))
            .timeout_connect(Some(limits.for_connection()))
            .timeout_resolve(Some(limits.for_connection()))
            .user_agent(concat!("transship/", env!("CARGO_PKG_VERSION")))
            .proxy(proxy);
        if origin.scheme == Scheme::Https {
            config = config.tls_config(self.authorities.config(origin, trust).map_err(|fault| Failure::Certificates(fault.to_string()))?);
        }
        Ok(Agent::with_parts(config.build(), ureq::unversioned::transport::DefaultConnector::default(), Dial::new(trust, authority)))
    }

    /// Pulls left at each host that says so, as it said last.
    pub(super) fn remaining(&self) -> BTreeMap<String, i64> {
        let peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        peers.iter().filter_map(|((origin, _), peer)| Some((origin.domain(), peer.remaining()?))).collect()
    }

    /// Sends one request to an origin that policy allows, and reads the answer up to its cap. One whose body is large when no seat is free
    /// is sent again once there is one: the time of a request is not for waiting. What changes something is sent once, and waits before.
    pub(super) fn send(&self, peer: &Peer, request: Request<'_>) -> Result<Reply, Failure> {
        let is_asked = matches!(request.method, Method::Head | Method::Get) || matches!(request.content, Some(Content::Form(_)));
        if is_asked && let Some(reply) = self.try_send(peer, request, None)? {
            return Ok(reply);
        }
        self.try_send(peer, request, Some(self.room.seat()))?.ok_or_else(|| Failure::Network("no memory is free".to_owned()))
    }

    /// The answer; none when it is large and no seat for it was free.
    fn try_send(&self, peer: &Peer, request: Request<'_>, mut seat: Option<Seat>) -> Result<Option<Reply>, Failure> {
        let origin = Origin::of(request.uri).ok_or(Failure::Malformed)?;
        // Through a proxy no name is resolved here, so an address in the URL is judged before.
        if let Some(address) = origin.address().filter(|address| is_refused(*address, request.trust)) {
            return Err(Failure::Address(address));
        }
        let _inside = peer.gate.enter();
        // Counted from here, as the wait for a place is no fault of the host.
        let limits = &self.settings.limits;
        let time = limits.for_request().ok_or(Failure::Late)?;
        let mut built = HttpRequest::builder().uri(request.uri).header(ACCEPT, request.accept).header(ACCEPT_ENCODING, "identity");
        if let Some(authorization) = request.authorization {
            built = built.header(AUTHORIZATION, authorization.expose());
        }
        let built = match request.method {
            Method::Head => built.method("HEAD"),
            Method::Get => built.method("GET"),
            Method::Post => built.method("POST"),
            Method::Put => built.method("PUT"),
            Method::Patch => built.method("PATCH"),
            Method::Delete => built.method("DELETE"),
        };
        let answer = match request.content {
            Some(Content::Form(form)) => {
                timed(&peer.agent, built.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.expose()), time)
            }
            Some(Content::Json(text)) => timed(&peer.agent, built.header(CONTENT_TYPE, "application/json").body(text), time),
            None => timed(&peer.agent, built.body(()), time),
        }?;
        let failed = |fault| match Failure::of(fault, origin.scheme, limits) {
            Failure::Timeout(_) | Failure::Unconnected(_) if limits.is_late() => Failure::Late,
            failure => failure.behind(peer.proxy.as_deref()),
        };
        let (parts, mut body) = answer.map_err(failed)?.into_parts();
        let success = parts.status.is_success();
        let mut reply = Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: seat.as_mut().map(Seat::memory).unwrap_or_default(),
            seat,
        };
        if let (407, Some(proxy)) = (reply.status, &peer.proxy) {
            return Err(Failure::Proxy { proxy: proxy.clone(), fault: AtProxy::Login });
        }
        peer.note(&reply);
        if success && reply.header("content-encoding").is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
            return Err(Failure::Encoded);
        }
        let cap = if success { request.cap } else { ERROR_BODY };
        // What a GET would be refused for, a HEAD proves nothing by (RFC 9110, 9.3.2: the header fields are the same).
        let length = reply.header("content-length").and_then(|length| length.trim().parse::<usize>().ok());
        if request.method == Method::Head {
            return if success && length.is_some_and(|length| length > cap) { Err(Failure::TooLarge(cap)) } else { Ok(Some(reply)) };
        }
        let mut reader = body.as_reader();
        let mut chunk = [0; 16 * 1024];
        loop {
            let read = reader.read(&mut chunk).map_err(|fault| failed(ureq::Error::from(fault)))?;
            let Some(bytes) = chunk.get(..read).filter(|bytes| !bytes.is_empty()) else { return Ok(Some(reply)) };
            let left = cap - reply.body.len();
            if bytes.len() > left {
                if success {
                    return Err(Failure::TooLarge(cap));
                }
                // What an error says beyond its cap is not needed.
                reply.body.extend_from_slice(bytes.get(..left).unwrap_or_default());
                return Ok(Some(reply));
            }
            if reply.body.len() + bytes.len() > SMALL && reply.seat.is_none() {
                let Some(mut seat) = self.room.free_seat() else { return Ok(None) };
                let start = std::mem::replace(&mut reply.body, seat.memory());
                reply.body.extend_from_slice(&start);
                reply.seat = Some(seat);
            }
            if reply.body.capacity() - reply.body.len() < bytes.len() {
                // Doubling, but never beyond the cap.
                reply.body.reserve_exact(reply.body.len().max(bytes.len()).min(left));
            }
            reply.body.extend_from_slice(bytes);
        }
    }
}

/// Runs a request that may take this time.
fn timed<B: AsSendBody>(
    agent: &Agent,
    request: Result<HttpRequest<B>, ureq::http::Error>,
    time: Duration,
) -> Result<Result<Response<Body>, ureq::Error>, Failure> {
    let request = request.map_err(|_| Failure::Malformed)?;
    Ok(agent.run(agent.configure_request(request).timeout_global(Some(time)).build()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::{TcpListener, TcpStream};

    /// Reads one request's head.
    fn request(stream: &TcpStream) {
        BufReader::new(stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).for_each(drop);
    }

    #[test]
    fn no_request_is_running_while_a_large_body_waits_for_its_seat() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let uri: Uri = format!("http://{}/v2/a/b/manifests/1", listener.local_addr().unwrap()).parse().unwrap();
        let transport = Transport::new(Arc::new(Settings::default())).unwrap();
        let mut seats: Vec<Seat> = std::iter::from_fn(|| transport.room.free_seat()).collect();
        let peer = transport.peer(&Origin::of(&uri).unwrap(), Trust::Named).unwrap();
        let asked = Request {
            method: Method::Get,
            uri: &uri,
            trust: Trust::Named,
            accept: "*/*",
            authorization: None,
            content: None,
            cap: 4 * SMALL,
        };
        std::thread::scope(|scope| {
            let answer = scope.spawn(|| transport.send(&peer, asked));
            let (mut first, _) = listener.accept().unwrap();
            request(&first);
            first.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n").unwrap();
            // The connection ends, though nobody has a time limit that has passed and every seat is taken.
            while first.write_all(&[b' '; 4096]).is_ok() {}
            seats.pop();
            let (mut second, _) = listener.accept().unwrap();
            request(&second);
            let body = vec![b' '; 2 * SMALL];
            second.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes()).unwrap();
            second.write_all(&body).unwrap();
            assert_eq!(answer.join().unwrap().unwrap().body.len(), body.len());
        });
    }
}
