//! Owns requests to a server that is no registry and speaks JSON: by the same rules for addresses, certificates, proxies, times and sizes.

use std::sync::Arc;

use ureq::http::Uri;

use super::address::Trust;
use super::origin::{Origin, Scheme};
use super::transport::{Content, Method, Request, Transport};
use super::{Code, Reason, Settings, Unusable};
use crate::credentials::Secret;

/// The most bytes of an answer.
const ANSWER: usize = 32 << 20;

/// One request.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// What is done.
    pub method: Method,
    /// The whole address.
    pub url: &'a str,
    /// The media types that are understood.
    pub accept: &'a str,
    /// The value of the header that says who asks.
    pub authorization: Option<&'a Secret>,
    /// What is sent, as JSON.
    pub body: Option<&'a str>,
}

/// One answer.
#[derive(Debug)]
pub struct Said {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: Vec<u8>,
    headers: Vec<(String, String)>,
}

impl Said {
    /// A header as text; `None` when it is absent or no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Servers that are spoken to because the user names them. Nothing is tried again, and no redirect is followed: whoever calls knows what that means.
#[derive(Debug)]
pub struct Web {
    transport: Transport,
}

impl Web {
    /// Reads the certificate files; opens no connection.
    ///
    /// # Errors
    /// [`Unusable`] names the file that cannot be used.
    pub fn new(settings: Settings) -> Result<Self, Unusable> {
        Ok(Self { transport: Transport::new(Arc::new(settings))? })
    }

    /// Sends one request. Without TLS only this machine is spoken to.
    ///
    /// # Errors
    /// The reason why there is no answer; it holds no secret.
    pub fn call(&self, call: &Call<'_>) -> Result<Said, Reason> {
        let bad = |message: &str| Reason::new(Code::BadName, format!("`{}` {message}", call.url));
        let uri: Uri = call.url.parse().map_err(|_| bad("is no address"))?;
        let origin = Origin::of(&uri).ok_or_else(|| bad("is no address of HTTP"))?;
        let is_here = origin.address().is_some_and(|address| address.is_loopback());
        if origin.scheme == Scheme::Http && !is_here {
            return Err(Reason::new(
                Code::TlsNotSpoken,
                format!("`{origin}` is an address without TLS, and only this machine is spoken to so"),
            ));
        }
        let (method, accept, authorization) = (call.method, call.accept, call.authorization);
        let content = call.body.map(Content::Json);
        let request = Request { method, uri: &uri, trust: Trust::Named, accept, authorization, content, cap: ANSWER };
        let told = |failure: super::failure::Failure| failure.presence(&origin.domain()).reason().clone();
        let peer = self.transport.peer(&origin, Trust::Named).map_err(told)?;
        let mut reply = self.transport.send(&peer, request).map_err(told)?;
        let text = |(name, value): (&ureq::http::HeaderName, &ureq::http::HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        let headers = reply.headers.iter().filter_map(text).collect();
        Ok(Said { status: reply.status, headers, body: std::mem::take(&mut reply.body) })
    }
}
