//! Owns one question to a registry from first to last: grants, redirects, tries.

use std::collections::BTreeMap;
use std::sync::Arc;

use ureq::http::Uri;

use super::address::Trust;
use super::auth::{Auth, Means, Refused, Target};
use super::grant::Grant;
use super::origin::{Origin, Scheme, canonical};
use super::retry::{OnFailure, Patience, patiently};
use super::told::Told;
use super::transport::{Method, Reply, Request, Transport};
use super::{Code, Presence, Reason, Settings, Unusable};
use crate::credentials::{Credentials, Found};
use crate::reference::Reference;

/// One question about a repository.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    pub(super) method: Method,
    /// What follows the repository in the URL (`manifests/1.0`).
    pub(super) rest: &'a str,
    pub(super) accept: &'a str,
    pub(super) cap: usize,
    pub(super) on_failure: OnFailure,
}

/// An answer, and what was shown to get it.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) reply: Reply,
    pub(super) grant: Option<Grant>,
    pub(super) by: By,
    told: Arc<Told>,
}

/// Who gave an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// The registry itself.
    Registry,
    /// A host that it sent the same question to: the same manifest, by a registry's path. Its word is the registry's.
    Referred(String),
    /// A host that it redirected to for something else.
    Elsewhere(String),
}

impl Answer {
    /// Where the credential comes from.
    pub(super) fn source(&self) -> Option<&str> {
        self.grant.as_ref()?.source.as_deref()
    }

    /// A reason that it gives, with its status and the credential that was shown.
    pub(super) fn reason(&self, code: Code, message: impl Into<String>) -> Reason {
        Reason::new(code, message).with_status(self.reply.status).with_credential(self.source())
    }

    /// What such a reason comes to.
    pub(super) fn presence(&self, code: Code, message: impl Into<String>) -> Presence {
        Presence::of(self.reason(code, message))
    }

    /// A text of the registry's as it may be shown: without steering characters, and without the secrets that it may repeat.
    pub(super) fn shown(&self, text: &str) -> String {
        self.told.shown(text)
    }
}

/// The registry client's inner part: transport, grants, policy.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) settings: Arc<Settings>,
    transport: Transport,
    auth: Auth,
}

impl Exchange {
    pub(super) fn new(settings: Settings, credentials: Arc<Credentials>) -> Result<Self, Unusable> {
        let settings = Arc::new(settings);
        let transport = Transport::new(Arc::clone(&settings))?;
        for origin in settings.hosts.domains().filter_map(|domain| settings.origin(domain)) {
            transport.check_certificates(&origin)?;
        }
        Ok(Self { transport, auth: Auth::new(credentials), settings })
    }

    /// Where a reference's repository is, when it may be asked.
    pub(super) fn target(&self, reference: &Reference) -> Result<Target, Presence> {
        let name = reference.name();
        let domain = canonical(&name.domain);
        let origin = self.settings.origin(&domain).ok_or_else(|| Presence::new(Code::BadName, format!("`{domain}` is no host")))?;
        let trust = self.allowed(&domain, &origin)?;
        Ok(Target { path: name.path.into_owned(), domain, origin, trust })
    }

    /// How an origin is trusted that may be asked.
    fn allowed(&self, domain: &str, origin: &Origin) -> Result<Trust, Presence> {
        let trust = self.trust(origin);
        if trust == Trust::Implied && !self.settings.is_anonymous(origin) {
            return Err(Presence::new(Code::HostNotAllowed, format!("`{domain}` is not among the registries that may be contacted")));
        }
        Ok(trust)
    }

    /// What lies at an address, up to so many bytes. No credential is shown for it.
    pub(super) fn page(&self, address: &str, accept: &str, cap: usize) -> Result<Answer, Presence> {
        if self.settings.limits.is_late() {
            return Err(Presence::late());
        }
        let parsed = address.parse::<Uri>().ok().and_then(|uri| Some((Origin::of(&uri)?, uri)));
        let (origin, uri) = parsed.ok_or_else(|| Presence::new(Code::BadName, "its address is none of HTTP"))?;
        let domain = origin.domain();
        if origin.scheme == Scheme::Http && !self.settings.is_plain(&origin) {
            return Err(Presence::new(Code::TlsNotSpoken, format!("the address is one of `{domain}` without TLS")));
        }
        let trust = self.allowed(&domain, &origin)?;
        let target = Target { path: String::new(), domain, origin, trust };
        self.put(&target, Question { method: Method::Get, rest: "", accept, cap, on_failure: OnFailure::TryAgain }, &uri, None)
    }

    /// Something that tells the way to a target from every other (origin, authorities, proxy, credential), without telling the credential.
    /// `None` where the credential is not known.
    pub(super) fn identity(&self, target: &Target) -> Option<String> {
        let credential = match self.auth.credential(target).ok()? {
            // Quoted, so that no two credentials are spelled alike.
            Some(Found { credential, source }) => {
                format!("{source:?} {} {:?} {:?}", credential.kind(), credential.user(), credential.secret().expose())
            }
            None => String::new(),
        };
        let proxy = self.settings.proxies.choose(&target.origin).map_or("", |proxy| proxy.expose());
        let Settings { ca_files, certs_d, system_file, .. } = &*self.settings;
        let way = format!("{}\0{ca_files:?}\0{certs_d:?}\0{system_file:?}\0{proxy}\0{credential}", target.origin);
        Some(super::manifest::digest(way.as_bytes(), None))
    }

    /// Pulls left at a registry, where it says so.
    pub(super) fn remaining(&self, target: &Target) -> Option<i64> {
        self.transport.peer(&target.origin, target.trust).ok()?.remaining()
    }

    /// Whether a registry has answered, so that it would have said how many pulls are left.
    pub(super) fn is_heard(&self, target: &Target) -> bool {
        self.transport.peer(&target.origin, target.trust).is_ok_and(|peer| peer.is_heard())
    }

    /// Pulls left at each registry that says so; Docker Hub answers at another host than its own.
    pub(super) fn all_remaining(&self) -> BTreeMap<String, i64> {
        self.transport.remaining().into_iter().map(|(host, left)| (canonical(&host), left)).collect()
    }

    /// Puts a question. A 401 is answered once with a new grant; what is a 401 then is the answer. A grant that was brought at once and gets a
    /// 403 decides nothing: the plain question's own challenge does, so that the same is said whatever was asked before.
    pub(super) fn ask(&self, target: &Target, question: Question<'_>) -> Result<Answer, Presence> {
        // Each request looks at the clock; this is for the credential helper before it.
        if self.settings.limits.is_late() {
            return Err(Presence::late());
        }
        let uri = format!("{}/v2/{}/{}", target.origin, target.path, question.rest);
        let uri: Uri = uri.parse().map_err(|_| Presence::new(Code::BadName, format!("`{}` is no host", target.domain)))?;
        let means = Means { transport: &self.transport, settings: &self.settings };
        let first = self.put(target, question, &uri, self.auth.at_once(means, target))?;
        // A 401 of another host is about that host's credentials, of which none is ever shown.
        if first.by != By::Registry {
            return Ok(first);
        }
        let status = first.reply.status;
        let refused = first.grant.as_ref().map(|grant| Refused { grant, status });
        let plain = match (status, refused) {
            (401, _) => None,
            (403, Some(_)) => match self.put(target, question, &uri, None)? {
                plain if plain.reply.status == 401 && plain.by == By::Registry => Some(plain),
                plain => return Ok(plain),
            },
            _ => return Ok(first),
        };
        let challenge = &plain.as_ref().unwrap_or(&first).reply;
        match self.auth.answer(means, target, challenge, refused)? {
            Some(grant) => self.put(target, question, &uri, Some(grant)),
            None => Ok(first),
        }
    }

    fn put(&self, target: &Target, question: Question<'_>, uri: &Uri, grant: Option<Grant>) -> Result<Answer, Presence> {
        let (reply, by) = self.follow(target, question, uri, grant.as_ref())?;
        if let Some(grant) = grant.as_ref().filter(|_| !matches!(reply.status, 401 | 403)) {
            grant.note_success();
        }
        Ok(Answer { reply, grant, by, told: Arc::clone(&self.auth.told) })
    }

    /// Sends, and follows redirects as policy allows. The grant goes to the registry's own origin only.
    fn follow(&self, target: &Target, question: Question<'_>, uri: &Uri, grant: Option<&Grant>) -> Result<(Reply, By), Presence> {
        let mut uri = uri.clone();
        let (mut origin, mut trust) = (target.origin.clone(), target.trust);
        for _ in 0..=self.settings.limits.redirects {
            // A host that a redirect names may repeat a secret.
            let host = if origin == target.origin { origin.domain() } else { self.auth.told.shown(&origin.domain()) };
            let peer = self.transport.peer(&origin, trust).map_err(|failure| failure.presence(&host))?;
            let authorization = grant.filter(|_| origin == target.origin).map(|grant| &grant.header);
            let request = Request {
                method: question.method,
                uri: &uri,
                trust,
                accept: question.accept,
                authorization,
                content: None,
                cap: question.cap,
            };
            let patience = Patience { limits: &self.settings.limits, gate: &peer.gate, host: &host, on_failure: question.on_failure };
            let reply = patiently(&patience, || self.transport.send(&peer, request))?;
            if !matches!(reply.status, 301 | 302 | 303 | 307 | 308) {
                return Ok((reply, by(target, question, (&origin, &uri), host)));
            }
            let place = reply.header("location").unwrap_or_default();
            let judged = self.judge(&uri, (&origin, trust), place);
            (uri, origin, trust) = judged.map_err(|(code, message)| Presence::of(Reason::new(code, message).with_status(reply.status)))?;
        }
        Err(Presence::new(Code::BadRedirect, format!("`{}` redirects without end", target.domain)))
    }

    /// Where a redirect leads, if we may go there: TLS is never given up, and hosts that no configuration names must be public.
    fn judge(&self, from: &Uri, (origin, trust): (&Origin, Trust), place: &str) -> Result<(Uri, Origin, Trust), (Code, String)> {
        let shown = |origin: &Origin| self.auth.told.shown(&origin.domain());
        let bad = || (Code::BadRedirect, format!("`{}` redirects to no place", shown(origin)));
        let text = match place {
            "" => return Err(bad()),
            _ if place.starts_with("//") => format!("{}:{place}", from.scheme_str().unwrap_or("https")),
            _ if place.starts_with('/') => format!("{origin}{place}"),
            _ if has_scheme(place) => place.to_owned(),
            _ => format!("{origin}{}", beside(from.path(), place)),
        };
        let uri: Uri = text.parse().map_err(|_| bad())?;
        let next = Origin::of(&uri).ok_or_else(bad)?;
        if next == *origin {
            return Ok((uri, next, trust));
        }
        let refused = |why: &str| (Code::RedirectNotAllowed, format!("`{}` redirects to `{}`, {why}", shown(origin), shown(&next)));
        if next.scheme == Scheme::Http && (origin.scheme == Scheme::Https || !self.settings.is_plain(&next)) {
            return Err(refused("which has no TLS"));
        }
        let trust = self.trust(&next);
        if next.address().is_some_and(|address| super::address::is_refused(address, trust)) {
            return Err(refused("an address that must not be contacted"));
        }
        Ok((uri, next, trust))
    }

    /// How an origin that an answer leads to is trusted: as named only where the configuration names it.
    fn trust(&self, origin: &Origin) -> Trust {
        if self.settings.is_named(origin) { Trust::Named } else { Trust::Implied }
    }
}

/// Whether a reference begins with a scheme (RFC 3986, 3.1), so that it is no relative one.
fn has_scheme(place: &str) -> bool {
    let scheme = place.split([':', '/', '?', '#']).next().unwrap_or_default();
    place[scheme.len()..].starts_with(':') && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// A relative path seen from another one (RFC 3986, 5.2.3 and 5.2.4).
fn beside(path: &str, place: &str) -> String {
    let (relative, rest) = place.split_at(place.find(['?', '#']).unwrap_or(place.len()));
    let above = if relative.is_empty() { path } else { path.rsplit_once('/').map_or("", |(above, _)| above) };
    let mut parts: Vec<&str> = above.split('/').skip(1).collect();
    for part in relative.split('/').filter(|part| !matches!(*part, "" | ".")) {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    format!("/{}{rest}", parts.join("/"))
}

/// Who answers at a place that the registry, or a redirect of its, leads to; `host` is its name for people.
fn by(target: &Target, question: Question<'_>, (origin, uri): (&Origin, &Uri), host: String) -> By {
    let is_same = uri.path().starts_with("/v2/") && uri.path().ends_with(&format!("/{}", question.rest));
    match is_same {
        _ if *origin == target.origin => By::Registry,
        true => By::Referred(host),
        false => By::Elsewhere(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_place_is_seen_from_where_it_is_said() {
        let from = "/v2/a/b/manifests/1";
        for (place, want) in [
            ("2", "/v2/a/b/manifests/2"),
            ("./2?x=/y", "/v2/a/b/manifests/2?x=/y"),
            ("../blobs/3", "/v2/a/b/blobs/3"),
            ("../../../../../../c", "/c"),
            ("?x=1", "/v2/a/b/manifests/1?x=1"),
        ] {
            assert_eq!(beside(from, place), want, "{place}");
        }
        assert!(has_scheme("https://r.example/") && has_scheme("evil:80/x") && !has_scheme("manifests/a:2") && !has_scheme("2"));
    }
    use crate::registry::Hosts;

    #[test]
    fn a_redirect_within_a_registry_is_followed_though_its_port_goes_without_saying() {
        let domain = "127.0.0.1:80".to_owned();
        let settings = Settings { hosts: Hosts::only([domain.as_str()]), plain_http: [domain].into(), ..Settings::default() };
        let exchange = Exchange::new(settings, Arc::default()).unwrap();
        let target = exchange.target(&Reference::parse("127.0.0.1:80/a/x:1").unwrap()).unwrap();
        let from: Uri = "http://127.0.0.1/v2/a/x/manifests/1".parse().unwrap();
        for place in ["/v2/b/manifests/1", "http://127.0.0.1:80/v2/b/manifests/1", "//127.0.0.1/v2/b/manifests/1"] {
            let (_, origin, trust) = exchange.judge(&from, (&target.origin, target.trust), place).unwrap();
            assert_eq!((origin, trust), (target.origin.clone(), Trust::Named), "{place}");
        }
    }
}
