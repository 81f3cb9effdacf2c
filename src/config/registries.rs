//! Owns the judgement whether a registry may be used.

use super::Registries;
use crate::mapping::{Atom, Date, Subject, could_meet, host, small_domain};
use crate::reference::{DOCKER_HUB, HOLE, HUB_DOMAINS, Reference};

/// An entry of `registries.allow` or `registries.deny`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// A domain, or a domain and a path; `*` stands for a whole label or segment, at the front of a domain for any number of labels.
    pub name: String,
    /// Of what is allowed, the day on which that ends. Of what is denied, the day from which on it is an error.
    pub until: Option<Date>,
    /// Why it is there.
    pub reason: Option<String>,
    /// Who knows more.
    pub owner: Option<String>,
    /// Where it is told.
    pub link: Option<String>,
    /// The rule file or pack that says it.
    pub by: String,
}

impl Entry {
    /// What people are told of it beside its name: reason, owner and link, as far as they are given.
    #[must_use]
    pub fn told(&self) -> String {
        let owner = self.owner.as_ref().map(|owner| format!("ask {owner}"));
        let told: Vec<&str> = [&self.reason, &owner, &self.link].into_iter().flatten().map(String::as_str).collect();
        if told.is_empty() { String::new() } else { format!(" ({})", told.join("; ")) }
    }

    fn names(&self, subject: &Subject<'_>) -> Named {
        names(&self.name, subject)
    }
}

/// What `registries:` says of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Nothing is against it.
    Allowed,
    /// This entry of `deny` names it.
    Denied(Entry),
    /// There is a list of allowed registries, and it is not in it, or no longer: then the entry whose day has come.
    NotAllowed(Option<Entry>),
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
    /// Whether the reference's registry may be used on a day. The longest entry that names it decides; of equal ones `deny` does.
    #[must_use]
    pub fn judge(&self, reference: &Reference, today: Date) -> Judgement {
        if self.allow.is_empty() && self.deny.is_empty() {
            return Judgement::Allowed;
        }
        let subject = Subject::new(reference);
        let (ended, allow): (Vec<&Entry>, Vec<&Entry>) = self.allow.iter().partition(|entry| entry.until.is_some_and(|day| day <= today));
        let deny: Vec<&Entry> = self.deny.iter().collect();
        let find = |entries: &[&Entry], wanted: Named| {
            let named = entries.iter().filter(|entry| entry.names(&subject) == wanted);
            named.max_by_key(|entry| entry.name.len()).map(|entry| (*entry).clone())
        };
        if find(&deny, Named::Maybe).or_else(|| find(&allow, Named::Maybe)).is_some() {
            return Judgement::Unknown;
        }
        match (find(&deny, Named::Yes), find(&allow, Named::Yes)) {
            (Some(deny), Some(allow)) if allow.name.len() > deny.name.len() => Judgement::Allowed,
            (Some(deny), _) => Judgement::Denied(deny),
            (None, Some(_)) => Judgement::Allowed,
            (None, None) if self.allow.is_empty() => Judgement::Allowed,
            (None, None) => Judgement::NotAllowed(find(&ended, Named::Yes)),
        }
    }
}

/// Whether an entry names the subject, for every filling of its holes.
fn names(entry: &str, subject: &Subject<'_>) -> Named {
    let entry = canonical(entry);
    let atoms = atoms(&entry);
    if subject.names().all(|name| covers(&entry, name)) {
        Named::Yes
    } else if subject.names().any(|name| could_meet(name, &atoms) || could_meet(name, &below(&atoms))) && subject.holed {
        Named::Maybe
    } else {
        Named::No
    }
}

/// Whether an entry covers a name; of a name with a hole only the start is known.
fn covers(entry: &str, name: &str) -> bool {
    let known = name.split(HOLE).next().unwrap_or_default();
    let Some((domain, path)) = known.split_once('/') else { return false };
    let (wanted, below) = entry.split_once('/').unwrap_or((entry, ""));
    let segments: Vec<&str> = path.split('/').collect();
    // The last segment goes on behind the hole.
    let whole = segments.len() - usize::from(known.len() < name.len());
    let wanted_segments: Vec<&str> = below.split('/').filter(|segment| !segment.is_empty()).collect();
    let has_path = wanted_segments.len() <= whole && fit(&wanted_segments, segments.get(..wanted_segments.len()).unwrap_or_default());
    let (wanted, labels): (Vec<&str>, Vec<&str>) = (wanted.split('.').collect(), domain.split('.').collect());
    let has_domain = match wanted.split_first() {
        // At the front it stands for one label or more.
        Some((&"*", rest)) => labels.len() > rest.len() && fit(rest, labels.get(labels.len() - rest.len()..).unwrap_or_default()),
        _ => wanted.len() == labels.len() && fit(&wanted, &labels),
    };
    has_domain && has_path
}

/// Whether each part is the one that is wanted, or any where that is `*`.
fn fit(wanted: &[&str], parts: &[&str]) -> bool {
    wanted.iter().zip(parts).all(|(wanted, part)| wanted == part || (*wanted == "*" && !part.is_empty()))
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
    entry.chars().map(|c| if c == '*' { Atom::Within(None) } else { Atom::Is(c) }).collect()
}

fn below(atoms: &[Atom]) -> Vec<Atom> {
    let mut all = atoms.to_vec();
    all.extend([Atom::Is('/'), Atom::Across]);
    all
}

/// What is wrong with an entry, if anything.
pub(super) fn check(entry: &str) -> Result<(), String> {
    let (domain, path) = entry.split_once('/').unwrap_or((entry, ""));
    if !(domain.contains(['.', ':']) || domain == "localhost") {
        return Err(format!("expected a domain, or a domain and a path; an organisation of Docker Hub is written `docker.io/{entry}`"));
    }
    let parts = || domain.split('.').chain(path.split('/'));
    if parts().any(|part| part.contains('*') && part != "*") {
        return Err("`*` stands for a whole label of a domain or a whole segment of a path, as in `*.example.com/*/base`".to_owned());
    }
    if domain.split('.').all(|label| label == "*") {
        return Err("expected a label of the domain that is no `*`".to_owned());
    }
    Reference::parse(&format!("{}/x", canonical(entry).replace('*', "x"))).map_err(|error| error.to_string())?;
    small_domain(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(allow: &[&str], deny: &[&str], text: &str) -> Judgement {
        let entry = |text: &&str| {
            let (name, until) = text.split_once(" until ").map_or((*text, None), |(name, day)| (name, Date::parse(day)));
            Entry { name: name.to_owned(), until, ..Entry::default() }
        };
        let list = |entries: &[&str]| entries.iter().map(entry).collect();
        let registries = Registries { allow: list(allow), deny: list(deny) };
        let today = Date { year: 2026, month: 6, day: 1 };
        registries.judge(&Reference::parse_with_holes(&text.replace('?', &HOLE.to_string())).unwrap(), today)
    }

    fn denied(name: &str) -> Judgement {
        Judgement::Denied(Entry { name: name.to_owned(), ..Entry::default() })
    }

    #[test]
    fn the_longest_entry_decides() {
        assert_eq!(judge(&["docker.io/lablup"], &["docker.io"], "lablup/python"), Judgement::Allowed);
        assert_eq!(judge(&["docker.io/lablup"], &["docker.io"], "lablup2/python"), denied("docker.io"));
        assert_eq!(judge(&[], &["index.docker.io"], "nginx"), denied("index.docker.io"));
        assert_eq!(judge(&["quay.io"], &[], "ghcr.io/a/b"), Judgement::NotAllowed(None));
        assert_eq!(judge(&[], &["docker.io"], "docker.io.evil.com/a"), Judgement::Allowed);
        for text in ["EVIL.io/a/b", "evil.io:443/a/b"] {
            assert_eq!(judge(&[], &["evil.io"], text), denied("evil.io"), "{text}");
        }
        assert_eq!(judge(&[], &["Evil.io:443"], "evil.io/a"), denied("Evil.io:443"));
        assert_eq!(judge(&[], &["evil.io"], "evil.io:8443/a"), Judgement::Allowed);
        assert_eq!(judge(&[], &["docker.io"], "Docker.IO/nginx"), denied("docker.io"));
    }

    #[test]
    fn a_star_stands_for_all_below_a_domain() {
        assert_eq!(judge(&["*.example.com"], &[], "a.example.com/x"), Judgement::Allowed);
        assert_eq!(judge(&["*.example.com"], &[], "a.b.example.com:5000/x"), Judgement::NotAllowed(None));
        assert_eq!(judge(&["*.example.com"], &[], "notexample.com/x"), Judgement::NotAllowed(None));
        assert_eq!(judge(&["*.example.com/team"], &[], "a.example.com/team/x"), Judgement::Allowed);
        assert_eq!(judge(&["*.example.com/team"], &[], "a.example.com/other/x"), Judgement::NotAllowed(None));
    }

    #[test]
    fn a_star_stands_for_a_whole_part() {
        assert_eq!(judge(&["quay.io/*/base"], &[], "quay.io/team/base/image"), Judgement::Allowed);
        assert_eq!(judge(&["quay.io/*/base"], &[], "quay.io/team/other"), Judgement::NotAllowed(None));
        assert_eq!(judge(&["*.dkr.ecr.*.amazonaws.com"], &[], "1234.dkr.ecr.eu-west-1.amazonaws.com/x"), Judgement::Allowed);
        assert_eq!(judge(&["*.dkr.ecr.*.amazonaws.com"], &[], "1234.dkr.ecr.eu.west.amazonaws.com/x"), Judgement::NotAllowed(None));
        assert_eq!(judge(&["quay.io/*/base"], &[], "quay.io/?/base"), Judgement::Unknown);
        assert_eq!(judge(&["quay.io/*"], &[], "quay.io/team/x?"), Judgement::Allowed);
        for entry in ["quay.io/team-*", "reg*.example.com", "*.*"] {
            assert!(check(entry).is_err(), "{entry}");
        }
        assert_eq!((check("*.example.com/*/base"), check("quay.io/*")), (Ok(()), Ok(())));
    }

    #[test]
    fn what_is_allowed_until_a_day_is_not_from_that_day_on() {
        assert_eq!(judge(&["ghcr.io", "quay.io until 2026-06-02"], &[], "quay.io/a/b"), Judgement::Allowed);
        let Judgement::NotAllowed(Some(ended)) = judge(&["ghcr.io", "quay.io until 2026-06-01"], &[], "quay.io/a/b") else { panic!() };
        assert_eq!(ended.name, "quay.io");
        assert_eq!(judge(&["quay.io/a until 2026-01-01"], &["quay.io"], "quay.io/a/b"), denied("quay.io"));
    }

    #[test]
    fn a_hole_leaves_open_only_what_it_hides() {
        assert_eq!(judge(&[], &["docker.io"], "docker.io/nginx?"), denied("docker.io"));
        assert_eq!(judge(&[], &["docker.io"], "nginx:?"), denied("docker.io"));
        assert_eq!(judge(&["quay.io/a"], &[], "quay.io/?"), Judgement::Unknown);
        assert_eq!(judge(&["quay.io/a"], &[], "quay.io/a/?"), Judgement::Allowed);
        assert_eq!(judge(&[], &["eu.gcr.io"], "?.gcr.io/x"), Judgement::Unknown);
        assert_eq!(judge(&[], &["eu.gcr.io"], "?.quay.io/x"), Judgement::Allowed);
    }
}
