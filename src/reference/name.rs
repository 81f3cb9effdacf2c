//! Owns repository names in their two spellings: canonical and familiar.

use std::borrow::Cow;
use std::fmt;

use super::grammar::{is_domain_word, is_identifier};

/// Docker Hub's canonical domain.
pub const DOCKER_HUB: &str = "docker.io";

/// The domains that Docker Hub answers to. distribution/reference folds the first two; the others are the API hosts that people copy.
pub const HUB_DOMAINS: [&str; 4] = [DOCKER_HUB, "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"];

/// A repository: domain and path, in canonical form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name<'a> {
    /// Domain with port; Docker Hub is always `docker.io`.
    pub domain: Cow<'a, str>,
    /// Path; on Docker Hub a one-segment path carries `library/`.
    pub path: Cow<'a, str>,
}

impl<'a> Name<'a> {
    /// The canonical name for a domain (none means Docker Hub) and a path as typed.
    pub fn new(domain: Option<&'a str>, path: &'a str) -> Self {
        let hub = domain.is_none_or(|domain| HUB_DOMAINS.contains(&domain));
        let domain = if hub { DOCKER_HUB } else { domain.unwrap_or(DOCKER_HUB) };
        let path = if hub && !path.contains('/') { Cow::Owned(format!("library/{path}")) } else { Cow::Borrowed(path) };
        Self { domain: Cow::Borrowed(domain), path }
    }

    /// The short spelling that people type: Docker Hub's domain and `library/` left out, but where the path would read as another registry's
    /// (`docker.io/r.example/a`), or as an image's ID.
    pub fn familiar(&self) -> String {
        if self.domain != DOCKER_HUB {
            return self.to_string();
        }
        match self.path.strip_prefix("library/") {
            Some(rest) if !rest.contains('/') && !is_identifier(rest) => rest.to_owned(),
            _ if self.path.split('/').next().is_some_and(is_domain_word) => self.to_string(),
            _ => self.path.to_string(),
        }
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.domain, self.path)
    }
}
