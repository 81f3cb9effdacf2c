//! Owns the judgement whether a registry may be used.

use super::Registries;
use crate::mapping::{Atom, Subject, could_meet, host, small_domain};
use crate::reference::{DOCKER_HUB, HOLE, HUB_DOMAINS, Reference};

/// What `registries:` says of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Nothing is against it.
    Allowed,
    /// This entry of `deny` names it.
    Denied(String),
    /// There is a list of allowed registries, and it is not in it.
    NotAllowed,
    /// A hole hides the registry, or the part of the path that decides.
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    Yes,
    No,
    Maybe,
}

impl Registries {
    /// Whether the reference's registry may be used. The longest entry that names it decides; of equal ones `deny` does.
    #[must_use]
    pub fn judge(&self, reference: &Reference) -> Judgement {
        if self.allow.is_empty() && self.deny.is_empty() {
            return Judgement::Allowed;
        }
        let subject = Subject::new(reference);
        let find = |entries: &[String], wanted: Named| {
            let named = entries.iter().filter(|entry| names(entry, &subject) == wanted);
            named.max_by_key(|entry| entry.len()).cloned()
        };
        if find(&self.deny, Named::Maybe).or_else(|| find(&self.allow, Named::Maybe)).is_some() {
            return Judgement::Unknown;
        }
        match (find(&self.deny, Named::Yes), find(&self.allow, Named::Yes)) {
            (Some(deny), Some(allow)) if allow.len() > deny.len() => Judgement::Allowed,
            (Some(deny), _) => Judgement::Denied(deny),
            (None, Some(_)) => Judgement::Allowed,
            (None, None) if self.allow.is_empty() => Judgement::Allowed,
            (None, None) => Judgement::NotAllowed,
        }
    }
}

/// Whether an entry names the subject, for every filling of its holes.
fn names(entry: &str, subject: &Subject<'_>) -> Named {
    let entry = canonical(entry);
    let atoms = atoms(&entry);
    let fits = |name: &str| {
        let known = name.split(HOLE).next().unwrap_or_default();
        match entry.strip_prefix("*.") {
            Some(below) => {
                let domain = known.split('/').next().filter(|domain| domain.len() < known.len());
                let (wild, rest) = below.split_once('/').map_or((below, ""), |(wild, rest)| (wild, rest));
                domain.is_some_and(|domain| {
                    let path = known.get(domain.len() + 1..).unwrap_or_default();
                    domain.strip_suffix(wild).is_some_and(|left| left.ends_with('.')) && starts(path, rest, name.contains(HOLE))
                })
            }
            None => starts(known, &entry, name.contains(HOLE)),
        }
    };
    if subject.names().all(fits) {
        Named::Yes
    } else if subject.names().any(|name| could_meet(name, &atoms) || could_meet(name, &below(&atoms))) && subject.holed {
        Named::Maybe
    } else {
        Named::No
    }
}

/// Whether a name starts with an entry, on whole segments; of a name with a hole only the start is known.
fn starts(known: &str, entry: &str, holed: bool) -> bool {
    match known.strip_prefix(entry) {
        Some(_) if entry.is_empty() => true,
        Some("") => !holed,
        Some(rest) => rest.starts_with('/'),
        None => false,
    }
}

/// The entry with one name for Docker Hub and no slash at its end.
fn canonical(entry: &str) -> String {
    let entry = entry.trim_end_matches('/');
    let (domain, path) = entry.split_once('/').map_or((entry, None), |(domain, path)| (domain, Some(path)));
    let host = host(domain);
    let domain = if HUB_DOMAINS.contains(&&*host) { DOCKER_HUB } else { &host };
    path.map_or_else(|| domain.to_owned(), |path| format!("{domain}/{path}"))
}

fn atoms(entry: &str) -> Vec<Atom> {
    match entry.strip_prefix('*') {
        Some(rest) => std::iter::once(Atom::Within(None)).chain(rest.chars().map(Atom::Is)).collect(),
        None => entry.chars().map(Atom::Is).collect(),
    }
}

fn below(atoms: &[Atom]) -> Vec<Atom> {
    let mut all = atoms.to_vec();
    all.extend([Atom::Is('/'), Atom::Across]);
    all
}

/// What is wrong with an entry, if anything.
pub(super) fn check(entry: &str) -> Result<(), String> {
    let domain = entry.split('/').next().unwrap_or_default();
    if !(domain.contains(['.', ':']) || domain == "localhost") {
        return Err(format!("expected a domain, or a domain and a path; an organisation of Docker Hub is written `docker.io/{entry}`"));
    }
    let plain = canonical(entry);
    let sample = plain.strip_prefix("*.").map_or_else(|| format!("{plain}/x"), |below| format!("x.{below}/x"));
    Reference::parse(&sample).map_err(|error| error.to_string())?;
    small_domain(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(allow: &[&str], deny: &[&str], text: &str) -> Judgement {
        let list = |entries: &[&str]| entries.iter().map(ToString::to_string).collect();
        let registries = Registries { allow: list(allow), deny: list(deny) };
        registries.judge(&Reference::parse_with_holes(&text.replace('?', &HOLE.to_string())).unwrap())
    }

    #[test]
    fn the_longest_entry_decides() {
        assert_eq!(judge(&["docker.io/lablup"], &["docker.io"], "lablup/python"), Judgement::Allowed);
        assert_eq!(judge(&["docker.io/lablup"], &["docker.io"], "lablup2/python"), Judgement::Denied("docker.io".into()));
        assert_eq!(judge(&[], &["index.docker.io"], "nginx"), Judgement::Denied("index.docker.io".into()));
        assert_eq!(judge(&["quay.io"], &[], "ghcr.io/a/b"), Judgement::NotAllowed);
        assert_eq!(judge(&[], &["docker.io"], "docker.io.evil.com/a"), Judgement::Allowed);
        for text in ["EVIL.io/a/b", "evil.io:443/a/b"] {
            assert_eq!(judge(&[], &["evil.io"], text), Judgement::Denied("evil.io".into()), "{text}");
        }
        assert_eq!(judge(&[], &["Evil.io:443"], "evil.io/a"), Judgement::Denied("Evil.io:443".into()));
        assert_eq!(judge(&[], &["evil.io"], "evil.io:8443/a"), Judgement::Allowed);
        assert_eq!(judge(&[], &["docker.io"], "Docker.IO/nginx"), Judgement::Denied("docker.io".into()));
    }

    #[test]
    fn a_star_stands_for_all_below_a_domain() {
        assert_eq!(judge(&["*.example.com"], &[], "a.example.com/x"), Judgement::Allowed);
        assert_eq!(judge(&["*.example.com"], &[], "a.b.example.com:5000/x"), Judgement::NotAllowed);
        assert_eq!(judge(&["*.example.com"], &[], "notexample.com/x"), Judgement::NotAllowed);
        assert_eq!(judge(&["*.example.com/team"], &[], "a.example.com/team/x"), Judgement::Allowed);
        assert_eq!(judge(&["*.example.com/team"], &[], "a.example.com/other/x"), Judgement::NotAllowed);
    }

    #[test]
    fn a_hole_leaves_open_only_what_it_hides() {
        assert_eq!(judge(&[], &["docker.io"], "docker.io/nginx?"), Judgement::Denied("docker.io".into()));
        assert_eq!(judge(&[], &["docker.io"], "nginx:?"), Judgement::Denied("docker.io".into()));
        assert_eq!(judge(&["quay.io/a"], &[], "quay.io/?"), Judgement::Unknown);
        assert_eq!(judge(&["quay.io/a"], &[], "quay.io/a/?"), Judgement::Allowed);
        assert_eq!(judge(&[], &["eu.gcr.io"], "?.gcr.io/x"), Judgement::Unknown);
        assert_eq!(judge(&[], &["eu.gcr.io"], "?.quay.io/x"), Judgement::Allowed);
    }
}
