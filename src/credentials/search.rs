//! Owns the one way through the places: what is asked, what is explained, and where the search ends.

use std::path::PathBuf;

use serde::Serialize;

use super::file::{AuthFile, Entry};
use super::{Credential, HelperFault, Trouble, key};

/// Whether the search comes to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// It does.
    Surely,
    /// Only where no helper of the places before it knows the registry.
    IfNoHelperKnows,
    /// It ends before.
    Not,
}

/// What a helper says to the search.
pub(super) enum Answer {
    /// The credential.
    Known(Credential),
    /// It knows nothing: the search goes on.
    Nothing,
    /// It was not asked, since nothing is to be run: nobody knows how the search goes on.
    Unasked,
    /// It gave no answer. The search ends, as another credential used in silence would hide the fault.
    Fault(HelperFault),
}

/// A helper that a place names for a registry.
#[derive(Clone, Copy)]
pub(super) struct Helper<'a> {
    pub(super) suffix: &'a str,
    /// The registry that it is for, as written under `credHelpers`; none when `credsStore` names it for all.
    pub(super) registry: Option<&'a str>,
}

/// What a place has for a repository.
pub(super) enum Hit<'a> {
    /// An entry with a credential.
    Entry(&'a Entry),
    /// A helper, and what it said.
    Helper(Helper<'a>, Answer),
}

/// One place on the way. Nothing is looked for in one that the search does not come to.
pub(super) struct Step<'a> {
    pub(super) source: &'a Source,
    pub(super) reach: Reach,
    pub(super) hit: Option<Hit<'a>>,
}

/// Goes through all places in order, up to where the search ends; the rest is listed as not reached.
pub(super) fn walk<'a>(
    sources: &'a [Source],
    domain: &str,
    path: &str,
    ask: &dyn Fn(Helper<'_>) -> Result<Answer, Trouble>,
) -> Vec<Step<'a>> {
    let mut reach = Reach::Surely;
    let steps = sources.iter().map(|source| {
        let here = reach;
        let hit = if here == Reach::Not { None } else { source.find(domain, path, ask) };
        reach = match &hit {
            None | Some(Hit::Helper(_, Answer::Nothing)) => here,
            Some(Hit::Helper(_, Answer::Unasked)) => Reach::IfNoHelperKnows,
            Some(Hit::Entry(_) | Hit::Helper(_, Answer::Known(_) | Answer::Fault(_))) => Reach::Not,
        };
        Step { source, reach: here, hit }
    });
    steps.collect()
}

impl Helper<'_> {
    /// The program's name.
    pub(super) fn program(self) -> String {
        format!("docker-credential-{}", self.suffix.escape_debug())
    }
}

/// One source, in the order of precedence.
#[derive(Debug)]
pub(super) struct Source {
    /// What names it (`--authfile`, `REGISTRY_AUTH_FILE`, …).
    pub(super) by: &'static str,
    /// The file; `None` for a text in the environment.
    pub(super) path: Option<PathBuf>,
    /// What it holds; `None` when there is no such file.
    pub(super) file: Option<AuthFile>,
    /// Whether others than its owner can read it.
    pub(super) exposed: bool,
    /// Why it is not read, though it is there.
    pub(super) passed_over: Option<&'static str>,
}

impl Source {
    /// What to call it in a message.
    pub(super) fn name(&self) -> String {
        self.path.as_ref().map_or_else(|| self.by.to_owned(), |path| path.display().to_string())
    }

    /// What it would use for a repository: the registry's own helper, the entry with the longest path, the common store.
    fn find(&self, domain: &str, path: &str, ask: &dyn Fn(Helper<'_>) -> Result<Answer, Trouble>) -> Option<Hit<'_>> {
        let file = self.file.as_ref()?;
        let domain = key::normalise(domain);
        let own = file.helpers.get(&domain);
        if let Some((written, suffix)) = own.filter(|(_, suffix)| !suffix.is_empty()) {
            return Some(self.asked(Helper { suffix, registry: Some(written) }, ask));
        }
        let entry = key::scopes(&domain, path).iter().find_map(|scope| file.auths.get(scope));
        // An empty helper takes a registry out of the common store (docker/cli `getConfiguredCredentialStore`).
        let store = file.store.as_deref().filter(|_| own.is_none());
        entry.map(Hit::Entry).or_else(|| store.map(|suffix| self.asked(Helper { suffix, registry: None }, ask)))
    }

    fn asked<'a>(&self, helper: Helper<'a>, ask: &dyn Fn(Helper<'_>) -> Result<Answer, Trouble>) -> Hit<'a> {
        let answer = ask(helper).unwrap_or_else(|trouble| {
            let key = helper.registry.map_or_else(|| "credsStore".to_owned(), |written| format!("credHelpers.{written}"));
            Answer::Fault(HelperFault { program: helper.program(), key, file: self.name(), trouble })
        });
        Hit::Helper(helper, answer)
    }
}
