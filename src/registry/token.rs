//! Owns bearer tokens: one request for each realm, service, scope and credential, however many ask at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::http::Uri;

use super::grant::{Grant, basic_header};
use super::origin::Origin;
use super::realm::Realm;
use super::retry::{OnFailure, Patience, patiently};
use super::transport::{Content, Method, Reply, Request, Transport};
use super::{Code, Outcome, Presence, Reason, Settings};
use crate::credentials::{Credential, Found, Secret, percent_encoded as encode};

/// The most bytes of a token server's answer.
const ANSWER: usize = 64 * 1024;

/// A token's life when the server tells none, and the shortest that is believed (distribution's token specification).
const SHORTEST: Duration = Duration::from_secs(60);

/// How long before its end a token is no longer used.
const MARGIN: Duration = Duration::from_secs(10);

/// One question to a token server.
#[derive(Debug)]
pub(super) struct Question<'a> {
    pub(super) registry: &'a Origin,
    pub(super) realm: &'a Realm,
    pub(super) scope: String,
    pub(super) found: Option<&'a Found>,
}

/// A token is for one registry, though several may send us to one server, and it is got by one credential.
type Key = (Origin, String, Option<String>, String, Option<Credential>);

/// The tokens of a run.
#[derive(Debug, Default)]
pub(super) struct Tokens(Mutex<BTreeMap<Key, Arc<Slot>>>);

/// What became of the last question for one token.
#[derive(Debug, Default)]
enum Last {
    /// It was never put, or its token is of no use.
    #[default]
    Nothing,
    /// A token that is good until then.
    Token(Grant, Instant),
    /// None, as was heard then.
    Failure(Presence, Instant),
}

/// One token, for all who want it.
#[derive(Debug, Default)]
struct Slot(Mutex<Last>);

impl Slot {
    /// A token that is still good, or a new one. Who came before a failure was heard has waited for just this question, and is told the same:
    /// else all who wait would ask a silent server one after the other. Who comes later asks again, as it may have passed.
    fn get(&self, came: Instant, ask: impl FnOnce() -> Result<(Grant, Duration), Presence>) -> Result<Grant, Presence> {
        // Held while the server is asked, so that those who want the same token wait for it instead of asking too.
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Last::Token(grant, end) if Instant::now() < *end => return Ok(grant.clone()),
            Last::Failure(presence, heard) if came <= *heard => return Err(presence.clone()),
            _ => {}
        }
        match ask() {
            Ok((grant, life)) => {
                *last = Last::Token(grant.clone(), Instant::now() + life.max(SHORTEST).checked_sub(MARGIN).unwrap_or(SHORTEST));
                Ok(grant)
            }
            Err(presence) => {
                *last = Last::Failure(presence.clone(), Instant::now());
                Err(presence)
            }
        }
    }

    /// Drops this token.
    fn forget(&self, grant: &Grant) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(&*last, Last::Token(it, _) if it.header == grant.header) {
            *last = Last::Nothing;
        }
    }
}

impl Tokens {
    /// A token that is still good, or a new one.
    pub(super) fn get(&self, transport: &Transport, settings: &Settings, question: &Question<'_>) -> Result<Grant, Presence> {
        let came = Instant::now();
        let key = (
            question.registry.clone(),
            question.realm.uri.to_string(),
            question.realm.service.clone(),
            question.scope.clone(),
            question.found.map(|found| found.credential.clone()),
        );
        let slot = Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default());
        slot.get(came, || ask(transport, settings, question))
    }

    /// Drops the token of a grant that a registry did not accept.
    pub(super) fn forget(&self, grant: &Grant) {
        let slots: Vec<Arc<Slot>> = self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        for slot in slots {
            slot.forget(grant);
        }
    }
}

fn ask(transport: &Transport, settings: &Settings, question: &Question<'_>) -> Result<(Grant, Duration), Presence> {
    let service = question.realm.service.as_deref().map(|service| format!("service={}&", encode(service))).unwrap_or_default();
    let query = format!("{service}scope={}", encode(&question.scope));
    let reply = match question.found.map(|found| &found.credential) {
        Some(Credential::IdentityToken(token)) => {
            let form = format!("grant_type=refresh_token&client_id=transship&{query}&refresh_token={}", encode(token.expose()));
            let reply = send(transport, settings, question, &Sent::Form(&Secret::new(form)))?;
            if matches!(reply.status, 404 | 405) {
                // A server without this flow takes the token as a password.
                send(transport, settings, question, &Sent::Query(&query, Some(&basic_header("<token>", token))))?
            } else {
                reply
            }
        }
        Some(Credential::Basic { user, password }) => {
            let header = basic_header(user, password);
            send(transport, settings, question, &Sent::Query(&format!("account={}&{query}", encode(user)), Some(&header)))?
        }
        Some(Credential::RegistryToken(_)) | None => send(transport, settings, question, &Sent::Query(&query, None))?,
    };
    read(question, &reply)
}

/// How a question is sent.
enum Sent<'a> {
    Form(&'a Secret),
    Query(&'a str, Option<&'a Secret>),
}

fn send(transport: &Transport, settings: &Settings, question: &Question<'_>, sent: &Sent<'_>) -> Result<Reply, Presence> {
    let malformed = || Presence::new(Code::Malformed, format!("`{}` names no token server that can be asked", question.registry.domain()));
    let realm = question.realm;
    let uri: Uri = match sent {
        Sent::Form(_) => realm.uri.clone(),
        Sent::Query(query, _) => {
            let joint = if realm.uri.query().is_some() { '&' } else { '?' };
            format!("{}{joint}{query}", realm.uri).parse().map_err(|_| malformed())?
        }
    };
    let origin = Origin::of(&uri).ok_or_else(malformed)?;
    let peer = transport.peer(&origin, realm.trust).map_err(|failure| failure.presence(&origin.domain()))?;
    let (method, authorization, content) = match sent {
        Sent::Form(form) => (Method::Post, None, Some(Content::Form(form))),
        Sent::Query(_, authorization) => (Method::Get, *authorization, None),
    };
    let request = Request { method, uri: &uri, trust: realm.trust, accept: "application/json", authorization, content, cap: ANSWER };
    let patience = Patience { limits: &settings.limits, gate: &peer.gate, host: &origin.domain(), on_failure: OnFailure::TryAgain };
    patiently(&patience, || transport.send(&peer, request))
}

fn read(question: &Question<'_>, reply: &Reply) -> Result<(Grant, Duration), Presence> {
    let source = question.found.map(|found| found.source.as_str());
    let host = question.realm.uri.host().unwrap_or_default();
    let said = |code, what: &str| {
        let message = format!("the token server `{host}` {what}");
        Presence::of(Reason::new(code, message).with_status(reply.status).with_credential(source))
    };
    match (reply.status, source) {
        (200, _) => {}
        (401, Some(_)) => return Err(said(Code::BadCredentials, "does not accept the credential")),
        (401, None) => {
            let what = "gives nothing to the anonymous: missing or private";
            return Err(said(Code::MissingOrPrivate, what).called(Outcome::LoginRequired));
        }
        // Artifact Registry and GitLab refuse here what is missing, too.
        (403, _) => {
            let what = "refuses pulling from this repository: missing or private";
            return Err(said(Code::MissingOrPrivate, what).called(Outcome::Denied));
        }
        (300..=399, _) => return Err(said(Code::RedirectNotAllowed, "redirects, and credentials do not follow")),
        (status, _) => return Err(said(Code::UnexpectedStatus, &format!("answered with status {status}"))),
    }
    let malformed = || said(Code::Malformed, "answered without a token");
    let value: Value = serde_json::from_slice(&reply.body).map_err(|_| malformed())?;
    let text = |name: &str| value.get(name).and_then(Value::as_str).filter(|text| is_token(text));
    let token = Secret::new(text("token").or_else(|| text("access_token")).ok_or_else(malformed)?);
    let life = value.get("expires_in").and_then(Value::as_u64).map_or(SHORTEST, |seconds| Duration::from_secs(seconds.min(86_400)));
    Ok((Grant::bearer(&token, source.map(str::to_owned)), life))
}

/// Whether a text is safe as a header's value: visible ASCII, no more than 16 KiB.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.len() <= 16 * 1024 && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waited_for_a_failure_is_told_it_and_who_comes_later_asks_again() {
        let slot = Slot::default();
        let came = Instant::now();
        let failed = Presence::new(Code::Malformed, "no");
        assert_eq!(slot.get(came, || Err(failed.clone())).unwrap_err(), failed);
        assert_eq!(slot.get(came, || panic!("asked again")).unwrap_err(), failed);
        let later = std::iter::repeat_with(Instant::now).find(|now| matches!(&*slot.0.lock().unwrap(), Last::Failure(_, at) if now > at));
        let grant = slot.get(later.unwrap(), || Ok((Grant::bearer(&Secret::new("t"), None), SHORTEST))).unwrap();
        assert_eq!(grant.header.expose(), "Bearer t");
    }
}
