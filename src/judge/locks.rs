//! Owns the comparison of a chart's lock with the chart.

use serde::Deserialize;

use crate::diagnostic::Diagnostic;
use crate::lint::stale_lock::report;
use crate::locate::File;
use crate::text::{Span, harmless};
use crate::version::{Constraint, Version};

use super::Reading;

/// A lock, and the file whose dependencies it locks (Helm's resolver: the same names in the same number, repositories as they are typed).
const LOCKS: [(&str, &str); 2] = [("Chart.lock", "Chart.yaml"), ("requirements.lock", "requirements.yaml")];

#[derive(Debug, Default, Deserialize)]
struct Locked {
    #[serde(default)]
    dependencies: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    repository: String,
}

/// What is wrong in the locks among the files of a reading.
pub(super) fn stale(reading: &Reading<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for lock in reading.files.iter().filter(|file| reading.is_asked(file.id)) {
        let (folder, name) = lock.path.rsplit_once('/').map_or(("", lock.path), |(folder, name)| (folder, name));
        let Some((_, head)) = LOCKS.iter().find(|(lock, _)| *lock == name) else { continue };
        let is_head = |file: &&File<'_>| file.path.strip_prefix(folder).is_some_and(|rest| rest.trim_start_matches('/') == *head);
        let Some(head) = reading.files.iter().find(is_head) else { continue };
        // What cannot be read is told as such.
        let (Some(wanted), Some(locked)) = (dependencies(head), dependencies(lock)) else { continue };
        let shown = reading.path_of(lock.id);
        let chart = shown.rsplit_once('/').map_or(".", |(folder, _)| folder);
        let command = format!("helm dependency update {chart}");
        found.extend(differences(&wanted, &locked).into_iter().map(|(name, what)| report(place(lock, name), harmless(&what), &command)));
    }
    found
}

fn dependencies(file: &File<'_>) -> Option<Vec<Dependency>> {
    serde_yaml::from_str::<Locked>(std::str::from_utf8(file.bytes).ok()?).ok().map(|read| read.dependencies)
}

/// Each difference, with the name of the dependency. A chart may be there twice, in two versions.
fn differences<'d>(wanted: &'d [Dependency], locked: &'d [Dependency]) -> Vec<(&'d str, String)> {
    let mut found = Vec::new();
    let named = |all: &'d [Dependency], name: &str| all.iter().filter(|one| one.name == name).collect::<Vec<_>>();
    for one in wanted {
        let same = named(locked, &one.name);
        let what = if same.is_empty() {
            format!("the lock has no `{}`, which the chart depends on", one.name)
        } else if let Some(other) = same.first().filter(|_| same.iter().all(|other| other.repository != one.repository)) {
            format!("`{}` is locked from `{}`, and the chart names `{}`", one.name, other.repository, one.repository)
        } else if let Some(other) = same.first().filter(|_| !same.iter().any(|other| allows(&one.version, &other.version))) {
            format!("`{}` is locked in {}, and the chart asks for `{}`", one.name, other.version, one.version)
        } else {
            continue;
        };
        found.push((one.name.as_str(), what));
    }
    let gone = locked.iter().filter(|one| named(wanted, &one.name).is_empty());
    found.extend(gone.map(|one| (one.name.as_str(), format!("`{}` is locked, and the chart does not depend on it", one.name))));
    found
}

/// Whether a version is asked for; what is no range of versions allows any.
fn allows(wanted: &str, version: &str) -> bool {
    let both = Constraint::parse(wanted).zip(Version::parse(version));
    both.is_none_or(|(wanted, version)| wanted.allows(&version))
}

/// Where a lock names a dependency; its first line where it does not.
fn place(lock: &File<'_>, name: &str) -> Span {
    let name = format!("name: {name}\n");
    let first = || 0..memchr::memchr(b'\n', lock.bytes).unwrap_or(lock.bytes.len());
    let at = memchr::memmem::find(lock.bytes, name.as_bytes());
    Span::new(lock.id, at.map_or_else(first, |at| at + "name: ".len()..at + name.len() - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(wanted: &str, locked: &str) -> Vec<String> {
        let read = |text: &str| serde_yaml::from_str::<Locked>(&format!("dependencies: [{text}]")).unwrap().dependencies;
        differences(&read(wanted), &read(locked)).into_iter().map(|(_, what)| what).collect()
    }

    #[test]
    fn a_lock_says_what_its_chart_says() {
        let wanted = "{name: db, version: ^1.2, repository: https://a}, {name: own, repository: '', version: ~0.1}";
        assert_eq!(said(wanted, "{name: db, version: 1.9.0, repository: https://a}, {name: own, version: 0.1.4}"), [""; 0]);
        assert_eq!(
            said(wanted, "{name: db, version: 2.0.0, repository: https://a}, {name: more, version: 0.1.4}"),
            [
                "`db` is locked in 2.0.0, and the chart asks for `^1.2`",
                "the lock has no `own`, which the chart depends on",
                "`more` is locked, and the chart does not depend on it",
            ]
        );
        let moved =
            said("{name: db, version: 1.2.0, repository: 'oci://r.io/charts'}", "{name: db, version: 1.2.0, repository: https://a}");
        assert_eq!(moved, ["`db` is locked from `https://a`, and the chart names `oci://r.io/charts`"]);
    }

    #[test]
    fn a_chart_in_two_versions_is_locked_in_both() {
        let both = "{name: db, version: 1.x, repository: a}, {name: db, version: 2.x, repository: a}";
        assert_eq!(said(both, "{name: db, version: 1.1.0, repository: a}, {name: db, version: 2.1.0, repository: a}"), [""; 0]);
    }
}
