//! Owns the spelling of an auth file's keys: what people and programs write for one registry, folded to one form.

use crate::reference::{DOCKER_HUB, HUB_DOMAINS};

/// The paths of the API, as `docker login` writes them behind a domain.
const VERSIONS: [&str; 2] = ["v1", "v2"];

/// The canonical form of a key: no scheme, no API version behind the domain, no trailing slash; Docker Hub's names are one. A path stays, since
/// containers auth.json scopes credentials by it. The port is compared as written: `:443` is not guessed (containers-auth.json(5)).
pub(super) fn normalise(key: &str) -> String {
    let key = key.trim();
    let key = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let key = key.trim_end_matches('/');
    // Further back it is the name of a repository or of a group, and without it the credential would be shown for all that stands beside it.
    let (domain, path) =
        key.split_once('/').map_or((key, None), |(domain, path)| (domain, Some(path).filter(|path| !VERSIONS.contains(path))));
    let domain = domain.to_ascii_lowercase();
    let domain = if HUB_DOMAINS.contains(&domain.as_str()) { DOCKER_HUB } else { &domain };
    path.map_or_else(|| domain.to_owned(), |path| format!("{domain}/{path}"))
}

/// The canonical name of a repository, or of a registry where the path is empty. The path stays as it is: a repository may be called `v2`.
pub(super) fn name(domain: &str, path: &str) -> String {
    let domain = normalise(domain);
    if path.is_empty() { domain } else { format!("{domain}/{path}") }
}

/// The keys that cover a repository, the closest first: `domain/a/b`, `domain/a`, `domain`.
pub(super) fn scopes(domain: &str, path: &str) -> Vec<String> {
    let whole = name(domain, path);
    let mut scopes = vec![whole.clone()];
    let mut rest = whole.as_str();
    while let Some((shorter, _)) = rest.rsplit_once('/') {
        scopes.push(shorter.to_owned());
        rest = shorter;
    }
    scopes
}

/// What a credential helper is asked for: the name under which `docker login` stores a registry.
pub(super) fn server(domain: &str) -> String {
    if domain == DOCKER_HUB { "https://index.docker.io/v1/".to_owned() } else { domain.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_docker_hub_are_one() {
        for key in
            ["https://index.docker.io/v1/", "docker.io", "registry-1.docker.io", "https://registry.hub.docker.com/v2/", "INDEX.docker.io"]
        {
            assert_eq!(normalise(key), "docker.io", "{key}");
        }
    }

    #[test]
    fn a_port_and_a_path_stay() {
        assert_eq!(normalise("http://r.example:5000/ns/"), "r.example:5000/ns");
        assert_ne!(normalise("r.example:443"), normalise("r.example"));
    }

    #[test]
    fn the_closest_scope_comes_first() {
        assert_eq!(scopes("r.example", "a/b"), ["r.example/a/b", "r.example/a", "r.example"]);
    }

    #[test]
    fn only_what_stands_behind_the_domain_is_a_version_of_the_api() {
        for key in ["https://r.example/v1/", "r.example/v2", "http://r.example/v2//"] {
            assert_eq!(normalise(key), "r.example", "{key}");
        }
        for key in ["r.example/team/v2", "https://r.example/team/v1/", "r.example/v2/v2"] {
            assert_ne!(normalise(key), "r.example/team", "{key}");
            assert!(normalise(key).ends_with(['1', '2']), "{key}");
        }
        assert_eq!(scopes("r.example", "team/v2"), ["r.example/team/v2", "r.example/team", "r.example"]);
        assert_eq!(scopes("r.example", "v2"), ["r.example/v2", "r.example"]);
    }
}
