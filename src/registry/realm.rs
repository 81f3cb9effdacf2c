//! Owns which token server a registry may send us to, and with what question.

use ureq::http::Uri;

use super::address::Trust;
use super::challenge::Challenge;
use super::origin::{Origin, Scheme};
use super::told::Told;
use super::{Code, Presence, Settings};

/// Registries whose owner runs the token server under another name.
const SAME_OWNER: [(&str, &str); 4] = [
    ("registry-1.docker.io", "auth.docker.io"),
    ("registry.gitlab.com", "gitlab.com"),
    ("docker.elastic.co", "docker-auth.elastic.co"),
    ("registry.digitalocean.com", "api.digitalocean.com"),
];

/// A token server that may be asked, and the question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Realm {
    pub(super) uri: Uri,
    pub(super) trust: Trust,
    pub(super) service: Option<String>,
}

impl Realm {
    /// Judges a bearer challenge of `registry`. Allowed are the registry's own origin, its owner's token server, and those that the
    /// configuration lists; plain HTTP only where the registry itself is spoken to so.
    pub(super) fn judge(
        settings: &Settings,
        registry: &Origin,
        trust: Trust,
        challenge: &Challenge,
        told: &Told,
    ) -> Result<Self, Presence> {
        let malformed = || Presence::new(Code::Malformed, format!("`{}` names no token server that can be asked", registry.domain()));
        let uri: Uri = challenge.get("realm").ok_or_else(malformed)?.parse().map_err(|_| malformed())?;
        let origin = Origin::of(&uri).ok_or_else(malformed)?;
        let refused = |why: &str| {
            let message = format!("`{}` sends us to the token server `{}`, {why}", registry.domain(), told.shown(&origin.domain()));
            Presence::new(Code::RealmNotAllowed, message)
        };
        if origin.scheme == Scheme::Http && registry.scheme == Scheme::Https {
            return Err(refused("which is not asked without TLS"));
        }
        let listed = settings.is_realm(&origin);
        let trust = if origin.host == registry.host && origin.port == registry.port {
            trust
        } else if listed {
            Trust::Named
        } else if SAME_OWNER.iter().any(|(owner, realm)| *owner == registry.host && *realm == origin.host) && origin.port == 443 {
            Trust::Implied
        } else {
            return Err(refused("which is neither its own nor listed"));
        };
        Ok(Self { uri, trust, service: challenge.get("service").map(str::to_owned) })
    }
}

/// The scope to ask for: pulling from the repository that the challenge names, since some registries know it by another name (GitLab),
/// and never more than pulling. Anything else in the challenge is passed over for our own.
pub(super) fn scope(challenge: Option<&Challenge>, path: &str) -> String {
    let named = challenge.and_then(|challenge| challenge.get("scope")).and_then(|scope| {
        let name = scope.strip_prefix("repository:")?.rsplit_once(':')?.0;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"./_-:".contains(&byte);
        (name.len() <= 512 && !name.is_empty() && name.bytes().all(plain)).then_some(name)
    });
    format!("repository:{}:pull", named.unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::challenge::parse;

    fn judge(registry: &str, realm: &str, listed: &[&str]) -> Result<Realm, Presence> {
        let settings = Settings { realms: listed.iter().map(|realm| (*realm).to_owned()).collect(), ..Settings::default() };
        let challenge = parse(&format!("Bearer realm=\"{realm}\",service=\"s\"")).remove(0);
        Realm::judge(&settings, &Origin::of(&registry.parse().unwrap()).unwrap(), Trust::Implied, &challenge, &Told::default())
    }

    #[test]
    fn docker_hubs_own_token_server_needs_no_list() {
        assert!(judge("https://registry-1.docker.io/", "https://auth.docker.io/token", &[]).is_ok());
        assert!(judge("https://evil.example/", "https://auth.docker.io/token", &[]).is_err());
    }

    #[test]
    fn another_port_is_another_server() {
        let refused = judge("https://r.example/", "https://r.example:8443/token", &[]).unwrap_err();
        assert_eq!(refused.reason().code, Code::RealmNotAllowed);
        assert!(judge("https://r.example/", "https://r.example:8443/token", &["r.example:8443"]).is_ok());
    }

    #[test]
    fn tls_is_not_given_up_for_a_listed_server() {
        assert!(judge("https://r.example/", "http://t.example/token", &["t.example"]).is_err());
    }

    #[test]
    fn a_realm_with_a_user_in_it_is_refused() {
        assert!(judge("https://r.example/", "https://r.example@evil.example/token", &["evil.example"]).is_err());
    }

    #[test]
    fn never_asks_for_more_than_pulling() {
        let of = |text: &str| scope(Some(&parse(text)[0]), "a/b");
        assert_eq!(of(r#"Bearer realm="r",scope="repository:group/x:pull,push,delete""#), "repository:group/x:pull");
        assert_eq!(of(r#"Bearer realm="r",scope="registry:catalog:*""#), "repository:a/b:pull");
        assert_eq!(of(r#"Bearer realm="r""#), "repository:a/b:pull");
    }
}
