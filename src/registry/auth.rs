//! Owns what is shown to a registry: grants made of credentials and challenges, and what was learned of each registry.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::address::Trust;
use super::challenge::{self, Challenge};
use super::origin::Origin;
use super::presence::Presence;
use super::realm::{Realm, scope};
use super::reason::{Code, Reason};
use super::settings::{Access, Settings};
use super::token::{Question, Tokens};
use super::transport::{Reply, Transport};
use crate::credentials::{Credential, Credentials, Found, Secret};

/// What is sent in `Authorization`, and where it comes from.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    /// The header's value.
    pub(super) header: Secret,
    /// Where the credential comes from; none for an anonymous token.
    pub(super) source: Option<String>,
    /// Every secret in it, to be taken out of what the registry says.
    pub(super) secrets: Vec<Secret>,
}

/// A repository, and by which way it is reached.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) domain: String,
    pub(super) path: String,
    pub(super) origin: Origin,
    pub(super) trust: Trust,
    pub(super) access: Access,
}

/// The way in which a registry was seen to ask for credentials, so that later requests bring theirs at once.
#[derive(Clone, Debug)]
enum Learned {
    Basic,
    Bearer(Realm),
}

/// Grants by registry and repository.
#[derive(Debug, Default)]
pub(super) struct Auth {
    credentials: Arc<Credentials>,
    tokens: Tokens,
    learned: Mutex<BTreeMap<String, Learned>>,
}

impl Auth {
    pub(super) fn new(credentials: Arc<Credentials>) -> Self {
        Self { credentials, ..Self::default() }
    }

    /// The credential that would be used for a repository.
    pub(super) fn credential(&self, target: &Target) -> Result<Option<Found>, Presence> {
        if target.access == Access::Anonymous {
            return Ok(None);
        }
        let found = self.credentials.find(&target.domain, &target.path);
        found.map_err(|fault| Presence::LoginRequired(Reason::new(Code::CredentialHelper, fault.to_string())))
    }

    /// The grant for a first request, by what was learned of the registry; none when nothing was.
    pub(super) fn at_once(&self, transport: &Transport, settings: &Settings, target: &Target) -> Result<Option<Grant>, Presence> {
        let learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner).get(&target.domain).cloned();
        match learned {
            None => Ok(None),
            Some(Learned::Basic) => Ok(self.credential(target)?.and_then(|found| basic(&found))),
            Some(Learned::Bearer(realm)) => {
                let found = self.credential(target)?;
                let question =
                    Question { registry: &target.domain, realm: &realm, scope: scope(None, &target.path), found: found.as_ref() };
                self.tokens.get(transport, settings, &question).map(Some)
            }
        }
    }

    /// The grant that answers a 401; none when there is nothing to show. `refused` is the grant that was just not accepted: the token in it
    /// is forgotten.
    pub(super) fn answer(
        &self,
        transport: &Transport,
        settings: &Settings,
        target: &Target,
        reply: &Reply,
        refused: Option<&Grant>,
    ) -> Result<Option<Grant>, Presence> {
        if let Some(grant) = refused {
            self.tokens.forget(grant);
        }
        let values = reply.headers.get_all("www-authenticate").iter().filter_map(|value| value.to_str().ok());
        // A bomb of headers is cut: no registry offers more than a few ways.
        let challenges: Vec<Challenge> = values.take(8).flat_map(challenge::parse).take(16).collect();
        let of = |scheme: &str| challenges.iter().find(|challenge| challenge.scheme == scheme);
        if let Some(challenge) = of("bearer") {
            let realm = Realm::judge(settings, &target.origin, target.trust, challenge)?;
            let found = self.credential(target)?;
            if let Some(Found { credential: Credential::RegistryToken(token), source }) = &found {
                return Ok(Some(Grant {
                    header: Secret::new(format!("Bearer {}", token.expose())),
                    source: Some(source.clone()),
                    secrets: vec![token.clone()],
                }));
            }
            let wanted = scope(Some(challenge), &target.path);
            if wanted == scope(None, &target.path) {
                self.learn(target, Learned::Bearer(realm.clone()));
            }
            let question = Question { registry: &target.domain, realm: &realm, scope: wanted, found: found.as_ref() };
            return self.tokens.get(transport, settings, &question).map(Some);
        }
        if of("basic").is_none() {
            return Ok(None);
        }
        self.learn(target, Learned::Basic);
        let Some(found) = self.credential(target)? else { return Ok(None) };
        let grant = basic(&found);
        // The same header again would get the same answer.
        Ok(grant.filter(|grant| refused.is_none_or(|refused| refused.header != grant.header)))
    }

    fn learn(&self, target: &Target, way: Learned) {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner).insert(target.domain.clone(), way);
    }
}

fn basic(found: &Found) -> Option<Grant> {
    let Credential::Basic { user, password } = &found.credential else { return None };
    Some(basic_of(user, password, Some(found.source.clone())))
}

/// A grant of a user and a password.
pub(super) fn basic_of(user: &str, password: &Secret, source: Option<String>) -> Grant {
    let encoded = Secret::new(STANDARD.encode(format!("{user}:{}", password.expose())));
    let header = Secret::new(format!("Basic {}", encoded.expose()));
    Grant { header, source, secrets: vec![password.clone(), encoded] }
}
