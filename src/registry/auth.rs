//! Owns what answers a challenge: which credential, by which way, and what was learned of each repository.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use super::address::Trust;
use super::challenge::{self, Challenge};
use super::grant::{Grant, forms};
use super::origin::Origin;
use super::realm::{Realm, scope};
use super::token::{Question, Tokens};
use super::told::Told;
use super::transport::{Reply, Transport};
use super::{Code, Presence, Settings};
use crate::credentials::{Credential, Credentials, Found};

/// A grant that a registry did not take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refused<'a> {
    pub(super) grant: &'a Grant,
    /// 401, or 403.
    pub(super) status: u16,
}

impl Refused<'_> {
    /// Whether its token may have come to its end. One that has never worked would be no better anew, and one that is told to be too weak, or
    /// gets a 403, was understood (RFC 6750 section 3.1).
    fn may_have_expired(&self, challenge: &Challenge) -> bool {
        self.status == 401 && self.grant.worked.load(Ordering::Relaxed) && challenge.get("error") != Some("insufficient_scope")
    }
}

/// A repository, and by which way it is reached.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) domain: String,
    pub(super) path: String,
    pub(super) origin: Origin,
    pub(super) trust: Trust,
}

/// A way in which a registry asks for credentials.
#[derive(Clone, Debug)]
enum Way {
    Basic,
    Bearer { realm: Realm, scope: String },
}

/// Where requests are sent from, and under which rules.
#[derive(Clone, Copy, Debug)]
pub(super) struct Means<'a> {
    pub(super) transport: &'a Transport,
    pub(super) settings: &'a Settings,
}

/// Grants by repository.
#[derive(Debug, Default)]
pub(super) struct Auth {
    credentials: Arc<Credentials>,
    tokens: Tokens,
    /// How a repository was seen to ask, so that later requests bring their grant at once. Another repository of the same registry may be
    /// public, or have another token server: what is said of it must not depend on which was asked first.
    learned: Mutex<BTreeMap<(String, String), Way>>,
    pub(super) told: Arc<Told>,
}

impl Auth {
    pub(super) fn new(credentials: Arc<Credentials>) -> Self {
        Self { credentials, ..Self::default() }
    }

    /// The credential that would be used for a repository.
    pub(super) fn credential(&self, target: &Target) -> Result<Option<Found>, Presence> {
        // Whoever is not trusted to name a registry does not choose who is shown a credential.
        if target.trust == Trust::Implied {
            return Ok(None);
        }
        let found = self.credentials.find(&target.domain, &target.path);
        found.map_err(|fault| Presence::new(Code::CredentialHelper, fault.to_string()))
    }

    /// The grant for a first request, by what was learned of the repository; none when nothing was. One that cannot be had is none, and the
    /// repository is asked plainly: its own challenge decides.
    pub(super) fn at_once(&self, means: Means<'_>, target: &Target) -> Option<Grant> {
        let key = (target.domain.clone(), target.path.clone());
        let way = self.learned.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned()?;
        let grant = self.credential(target).and_then(|found| self.grant(means, target, &way, found.as_ref()));
        grant.unwrap_or_else(|_| {
            self.learned.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
            None
        })
    }

    /// The grant that answers a 401; none when there is nothing to show that was not shown. `refused` is the grant that was just not taken.
    pub(super) fn answer(
        &self,
        means: Means<'_>,
        target: &Target,
        reply: &Reply,
        refused: Option<Refused<'_>>,
    ) -> Result<Option<Grant>, Presence> {
        // Realms are written in any encoding. A bomb of headers is cut: no registry offers more than a few ways.
        let values = reply.headers.get_all("www-authenticate").iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let challenges: Vec<Challenge> = values.take(8).flat_map(|value| challenge::parse(&value)).take(16).collect();
        let found = self.credential(target)?;
        let mut refusal = None;
        for challenge in challenges.iter().filter(|challenge| challenge.scheme == "bearer") {
            match Realm::judge(means.settings, &target.origin, target.trust, challenge, &self.told) {
                Ok(realm) => return self.bearer(means, target, (realm, challenge), found.as_ref(), refused),
                // Another way may be open.
                Err(presence) => refusal = refusal.or(Some(presence)),
            }
        }
        if challenges.iter().any(|challenge| challenge.scheme == "basic")
            && let Some(grant) = self.grant(means, target, &Way::Basic, found.as_ref())?
        {
            self.learn(target, Way::Basic);
            // The same header again would get the same answer.
            return Ok(Some(grant).filter(|grant| refused.is_none_or(|refused| refused.grant.header != grant.header)));
        }
        match (refusal, found) {
            (Some(refusal), _) => Err(refusal),
            (None, Some(found)) if refused.is_none() => Err(not_shown(target, &found, &challenges)),
            _ => Ok(None),
        }
    }

    fn bearer(
        &self,
        means: Means<'_>,
        target: &Target,
        (realm, challenge): (Realm, &Challenge),
        found: Option<&Found>,
        refused: Option<Refused<'_>>,
    ) -> Result<Option<Grant>, Presence> {
        let way = Way::Bearer { realm, scope: scope(Some(challenge), &target.path) };
        let mut grant = self.grant(means, target, &way, found)?;
        if let Some(refused) = refused
            && grant.as_ref().is_some_and(|grant| grant.header == refused.grant.header)
        {
            if !refused.may_have_expired(challenge) {
                return Ok(None);
            }
            self.tokens.forget(refused.grant);
            grant = self.grant(means, target, &way, found)?.filter(|grant| grant.header != refused.grant.header);
        }
        self.learn(target, way);
        Ok(grant)
    }

    /// What a credential gives by a way; none when it cannot be shown that way.
    fn grant(&self, means: Means<'_>, target: &Target, way: &Way, found: Option<&Found>) -> Result<Option<Grant>, Presence> {
        self.told.add(found.iter().flat_map(|found| forms(&found.credential)).collect::<Vec<_>>().iter());
        let source = found.map(|found| found.source.clone());
        let grant = match (way, found.map(|found| &found.credential)) {
            (Way::Basic, _) => return Ok(found.and_then(Grant::basic)),
            (Way::Bearer { .. }, Some(Credential::RegistryToken(token))) => Grant::bearer(token, source),
            (Way::Bearer { realm, scope }, _) => {
                let question = Question { registry: &target.origin, realm, scope: scope.clone(), found };
                // Who got the token first may have found the same credential elsewhere.
                Grant { source, ..self.tokens.get(means.transport, means.settings, &question)? }
            }
        };
        self.told.add([&grant.secret]);
        Ok(Some(grant))
    }

    fn learn(&self, target: &Target, way: Way) {
        let key = (target.domain.clone(), target.path.clone());
        self.learned.lock().unwrap_or_else(PoisonError::into_inner).insert(key, way);
    }
}

/// A credential is stored, and the registry offers no way to show it.
fn not_shown(target: &Target, found: &Found, challenges: &[Challenge]) -> Presence {
    let domain = &target.domain;
    let kind = match &found.credential {
        Credential::Basic { .. } => None,
        Credential::IdentityToken(_) => Some("an identity token"),
        Credential::RegistryToken(_) => Some("a bearer token"),
    };
    let (code, why) = match kind.filter(|_| challenges.iter().any(|challenge| challenge.scheme == "basic")) {
        Some(kind) => (Code::BadCredentials, format!("a user and a password, and what is stored for it is {kind}")),
        // Harbor answers so for a project that does not exist.
        None => {
            (Code::MissingOrPrivate, "a credential in no way that is known, so the stored one was not shown: missing or private".to_owned())
        }
    };
    Presence::new(code, format!("`{domain}` asks for {why}"))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::credentials::Places;
    use crate::registry::origin::Scheme;

    #[test]
    fn a_registry_that_a_stranger_names_is_shown_no_credential() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(br#"{"auths":{"r.example":{"auth":"Ym9iOnRvcHNlY3JldA=="}}}"#).unwrap();
        let credentials = Credentials::load(&Places { docker: Some(file.path().to_owned()), ..Places::default() }).unwrap();
        let auth = Auth::new(Arc::new(credentials));
        let found = |trust| {
            let origin = Origin::of_domain("r.example", Scheme::Https).unwrap();
            auth.credential(&Target { domain: "r.example".to_owned(), path: "a/b".to_owned(), origin, trust }).unwrap().is_some()
        };
        assert!(found(Trust::Named) && !found(Trust::Implied));
    }
}
