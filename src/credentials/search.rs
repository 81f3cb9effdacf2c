//! Owns the one way through the places: what is asked, what is explained, and where the search ends.

use serde::Serialize;

use super::fault::{HelperFault, Trouble};
use super::file::{Entry, HelperKey};
use super::key;
use super::store::{Credential, Credentials, Source};

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
    pub(super) key: HelperKey<'a>,
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

impl Credentials {
    /// Goes through all places in order, up to where the search ends; the rest is listed as not reached.
    pub(super) fn walk(&self, domain: &str, path: &str, ask: impl Fn(Helper<'_>) -> Result<Answer, Trouble>) -> Vec<Step<'_>> {
        let mut reach = Reach::Surely;
        let steps = self.sources.iter().map(|source| {
            let here = reach;
            let matched = (here != Reach::Not).then(|| source.find(domain, path)).flatten();
            let hit = matched.map(|matched| match matched {
                Match::Entry(entry) => Hit::Entry(entry),
                Match::Helper(helper) => {
                    let answer = ask(helper).unwrap_or_else(|trouble| {
                        Answer::Fault(HelperFault { program: helper.program(), key: helper.key.to_string(), file: source.name(), trouble })
                    });
                    Hit::Helper(helper, answer)
                }
            });
            reach = match &hit {
                None | Some(Hit::Helper(_, Answer::Nothing)) => here,
                Some(Hit::Helper(_, Answer::Unasked)) => Reach::IfNoHelperKnows,
                Some(Hit::Entry(_) | Hit::Helper(_, Answer::Known(_) | Answer::Fault(_))) => Reach::Not,
            };
            Step { source, reach: here, hit }
        });
        steps.collect()
    }
}

impl Helper<'_> {
    /// The program's name.
    pub(super) fn program(self) -> String {
        format!("docker-credential-{}", self.suffix.escape_debug())
    }
}

enum Match<'a> {
    Entry(&'a Entry),
    Helper(Helper<'a>),
}

impl Source {
    /// What it would use for a repository: the registry's own helper, the entry with the longest path, the common store.
    fn find(&self, domain: &str, path: &str) -> Option<Match<'_>> {
        let file = self.file.as_ref()?;
        let domain = key::normalise(domain);
        let own = file.helpers.get(&domain);
        if let Some((written, suffix)) = own.filter(|(_, suffix)| !suffix.is_empty()) {
            return Some(Match::Helper(Helper { suffix, key: HelperKey::Registry(written) }));
        }
        let entry = key::scopes(&domain, path).iter().find_map(|scope| file.auths.get(scope));
        // An empty helper takes a registry out of the common store (docker/cli `getConfiguredCredentialStore`).
        let store = file.store.as_deref().filter(|_| own.is_none());
        entry.map(Match::Entry).or_else(|| store.map(|suffix| Match::Helper(Helper { suffix, key: HelperKey::Store })))
    }
}
