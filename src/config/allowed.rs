//! Owns what a rule file allows by path and repository, where no comment can: `suppressions: {ignore: …}`.

use std::sync::Arc;

use globset::GlobSet;

use super::Reason;
use super::files::Files;
use super::globs::globs;
use crate::mapping::{Date, Fault, Node, RuleFile};
use crate::reference::Reference;

/// What rule files allow.
#[derive(Clone, Debug, Default)]
pub struct Allowed {
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    files: GlobSet,
    /// The canonical name of a repository, or the beginning of names with its `/`; all without it.
    repository: Option<String>,
    /// All without any.
    lints: Vec<String>,
    until: Option<Date>,
    reason: Option<Arc<str>>,
}

/// What allows a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Why, as written.
    pub reason: Option<Arc<str>>,
}

impl Row {
    fn means(&self, repository: &str) -> bool {
        self.repository.as_deref().is_none_or(|name| name == repository || (name.ends_with('/') && repository.starts_with(name)))
    }
}

impl Allowed {
    /// What allows findings of a lint in the file at `path`, of the repository by its canonical name.
    #[must_use]
    pub fn holds(&self, path: &str, lint: &str, repository: &str, today: Date) -> Option<Allowance> {
        let row = self.rows.iter().find(|row| {
            let is_over = row.until.is_some_and(|day| day <= today);
            let is_meant = row.lints.is_empty() || row.lints.iter().any(|one| one == lint);
            !is_over && is_meant && row.means(repository) && row.files.is_match(path)
        })?;
        Some(Allowance { reason: row.reason.clone() })
    }

    /// Whether nothing is.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// `suppressions.ignore:` of all rule files. Where reasons are required, an entry without one is a fault.
pub(super) fn allowed(files: &mut Files<'_>, reason: Reason) -> Allowed {
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for loaded in &files.all {
        let entries = loaded.file.root.get("suppressions").and_then(|node| node.get("ignore")).map(Node::items).unwrap_or_default();
        for entry in entries {
            let globs = globs(&loaded.file, &entry.texts_at("files"), &mut faults);
            match row(&loaded.file, entry, globs, reason) {
                Ok(row) => rows.push(row),
                Err(fault) => faults.push(*fault),
            }
        }
    }
    files.faults.extend(faults);
    Allowed { rows }
}

fn row(file: &RuleFile, entry: &Node, files: GlobSet, reason: Reason) -> Result<Row, Box<Fault>> {
    let fault = |node: &Node, message: String, label: &str| Box::new(Fault::new(file.place(&node.span), message).label(label));
    if reason == Reason::Required && entry.text_at("reason").is_none() {
        return Err(fault(entry, "a suppression has no `reason`".to_owned(), "`suppressions.reason` is `required`"));
    }
    let until = match entry.text_at("until") {
        Some(text) => {
            Some(Date::parse(&text.text).ok_or_else(|| fault(entry, format!("`{}` is no day", text.text), "expected YYYY-MM-DD"))?)
        }
        None => None,
    };
    let repository = match entry.text_at("repository") {
        Some(text) => {
            let expected = "expected a repository without a tag (`quay.io/acme/web`), or the beginning of names (`quay.io/acme/`)";
            Some(canonical(&text.text).ok_or_else(|| fault(entry, format!("`{}` names no repository", text.text), expected))?)
        }
        None => None,
    };
    let lints: Vec<String> = entry.texts_at("lints").into_iter().map(|text| text.text).collect();
    let reason = entry.text_at("reason").map(|text| text.text.as_str().into());
    Ok(Row { files, repository, lints, until, reason })
}

/// The canonical name, with the `/` that the beginning of names ends with.
fn canonical(text: &str) -> Option<String> {
    match text.strip_suffix('/') {
        Some(folder) if !folder.contains('/') && (folder.contains(['.', ':']) || folder == "localhost") => Some(format!("{folder}/")),
        Some(folder) => Some(format!("{}/", Reference::parse(&format!("{folder}/x")).ok()?.name().to_string().strip_suffix("/x")?)),
        None => {
            let read = Reference::parse(text).ok().filter(|read| read.tag().is_none() && read.digest().is_none())?;
            Some(read.name().to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Options, load};
    use crate::source::{Memory, TreePath};

    const TODAY: Date = Date { year: 2026, month: 6, day: 1 };

    fn load_from(rules: &str) -> Result<Allowed, String> {
        let options = Options { config: TreePath::new(".transship.yaml").ok(), ..Options::default() };
        let loaded = load(&options, &Memory::from([(".transship.yaml", rules)]));
        loaded.map(|config| config.unwrap().allowed).map_err(|faults| faults.to_string())
    }

    #[test]
    fn an_entry_speaks_of_its_files_repositories_and_lints_until_its_day() {
        let allowed = load_from(
            "suppressions:\n  ignore:\n  - {files: 'gen/**', repository: nginx, reason: x}\n  - {files: [a.json, b.json], repository: quay.io/acme/, lints: old-registry}\n  - {files: c.json, until: 2026-06-01}\n  - {files: d.json, until: 2026-06-02}\n",
        )
        .unwrap();
        let holds = |path, lint, repository| allowed.holds(path, lint, repository, TODAY).is_some();
        assert!(
            holds("gen/a/b.json", "old-registry", "docker.io/library/nginx") && !holds("gen/x", "old-registry", "docker.io/library/redis")
        );
        assert!(holds("b.json", "old-registry", "quay.io/acme/a/b") && !holds("b.json", "old-registry", "quay.io/acmes/a"));
        assert!(!holds("b.json", "denied-registry", "quay.io/acme/a"));
        assert!(!holds("c.json", "old-registry", "") && holds("d.json", "old-registry", ""));
    }

    #[test]
    fn what_no_entry_can_mean_is_told() {
        for (entry, want) in [
            ("{files: a, repository: 'quay.io/a:1'}", "names no repository"),
            ("{files: a, lints: nosuch}", "nosuch"),
            ("{files: a, lints: broken-document}", "broken-document"),
            ("{files: a, until: soon}", "no day"),
            ("{repository: a}", "files"),
            ("{files: a}", "has no `reason`"),
        ] {
            let required = if entry == "{files: a}" { "required" } else { "optional" };
            let told = load_from(&format!("suppressions: {{reason: {required}, ignore: [{entry}]}}\n")).unwrap_err();
            assert!(told.contains(want), "{entry}: {told}");
        }
    }
}
