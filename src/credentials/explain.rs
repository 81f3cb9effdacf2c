//! Owns the answer to "which credential would be used here, and why": places and entries, never a secret.

use std::path::PathBuf;

use serde::Serialize;

use super::key;
use super::store::{Credentials, Match};

/// Where the credential for a repository would come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The repository asked for, canonical.
    pub repository: String,
    /// Every place, in order of precedence; all before the one that is used have nothing.
    pub places: Vec<Place>,
}

/// One place where a credential was looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// What names the place: a flag, a variable, or the program whose default it is.
    pub by: &'static str,
    /// The file; none for a text in the environment.
    pub path: Option<PathBuf>,
    /// Whether others than its owner can read the secrets in it.
    pub exposed: bool,
    /// What was found there.
    pub looked: Looked,
}

/// What a place has for the repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "found")]
pub enum Looked {
    /// There is no such file.
    Absent,
    /// It is there and not read.
    PassedOver {
        /// Why not.
        because: &'static str,
    },
    /// Nothing for this repository.
    Nothing,
    /// A place before it is used.
    NotReached,
    /// This entry is used.
    Entry {
        /// The key as written.
        key: String,
        /// `basic`, `identity-token` or `registry-token`.
        kind: &'static str,
        /// The user, where there is one.
        user: Option<String>,
    },
    /// This helper is asked; later places only when it knows nothing.
    Helper {
        /// The program's name.
        program: String,
        /// What it is asked for.
        server: String,
        /// The key as it stands in `credHelpers`; none when it is the file's `credsStore`.
        key: Option<String>,
        /// Where the program is; none when it is in no folder of `PATH`.
        at: Option<PathBuf>,
    },
}

impl Explanation {
    /// The place that is used, or asked first.
    #[must_use]
    pub fn used(&self) -> Option<&Place> {
        self.places.iter().find(|place| matches!(place.looked, Looked::Entry { .. } | Looked::Helper { .. }))
    }
}

impl Credentials {
    /// Says which place would give the credential for a repository. No helper is run.
    #[must_use]
    pub fn explain(&self, domain: &str, path: &str) -> Explanation {
        let mut settled = false;
        let places = self.sources.iter().map(|source| {
            let looked = match (&source.file, source.find(domain, path)) {
                (None, _) => source.passed_over.map_or(Looked::Absent, |because| Looked::PassedOver { because }),
                _ if settled => Looked::NotReached,
                (_, None) => Looked::Nothing,
                (_, Some(Match::Entry { entry })) => {
                    settled = true;
                    let user = entry.credential.user().map(str::to_owned);
                    Looked::Entry { key: entry.written.clone(), kind: entry.credential.kind(), user }
                }
                (_, Some(Match::Helper { suffix, key })) => self.helper(suffix, domain, Some(key)),
                (_, Some(Match::Store { suffix })) => self.helper(suffix, domain, None),
            };
            Place { by: source.by, path: source.path.clone(), exposed: source.exposed, looked }
        });
        Explanation { places: places.collect(), repository: key::name(domain, path) }
    }

    fn helper(&self, suffix: &str, domain: &str, key: Option<String>) -> Looked {
        Looked::Helper {
            program: format!("docker-credential-{suffix}"),
            server: key::server(&key::normalise(domain)),
            key,
            at: super::helper::program(suffix, self.path.as_deref()),
        }
    }
}
