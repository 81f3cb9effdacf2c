//! Owns the answer to "which credential would be used here, and why": places and entries, never a secret.

use std::path::PathBuf;

use serde::Serialize;

use super::search::{Answer, Helper, Hit, Reach, walk};
use super::{Credentials, helper, key};

/// Where the credential for a repository would come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The repository asked for, canonical.
    pub repository: String,
    /// Every place, in order of precedence; all before the first that has something have nothing.
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
    /// Whether the search comes to it.
    pub reach: Reach,
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
    /// The search ends before.
    NotReached,
    /// This entry is used, if the search comes to it.
    Entry {
        /// The key as written.
        key: String,
        /// `basic`, `identity-token` or `registry-token`.
        kind: &'static str,
        /// The user, where there is one.
        user: Option<String>,
    },
    /// This helper is asked, if the search comes to it; later places only when it knows nothing.
    Helper {
        /// The program's name.
        program: String,
        /// What it is asked for.
        server: String,
        /// The key as it stands in `credHelpers`; none when it is the file's `credsStore`.
        key: Option<String>,
        /// Where the program is; none when it is in no folder of `PATH`.
        at: Option<PathBuf>,
        /// Why it cannot be run, which ends the search.
        fault: Option<String>,
    },
}

impl Explanation {
    /// The place that is used, or asked first.
    pub fn used(&self) -> Option<&Place> {
        self.places.iter().find(|place| matches!(place.looked, Looked::Entry { .. } | Looked::Helper { .. }))
    }
}

impl Credentials {
    /// Says which place would give the credential for a repository. No helper is run.
    pub fn explain(&self, domain: &str, path: &str) -> Explanation {
        let ask = |asked: Helper<'_>| helper::program(asked, self.path.as_deref()).map(|_| Answer::Unasked);
        let steps = walk(&self.sources, domain, path, &ask);
        let places = steps.into_iter().map(|step| {
            let source = step.source;
            let looked = match step.hit {
                None if source.file.is_none() => source.passed_over.map_or(Looked::Absent, |because| Looked::PassedOver { because }),
                None if step.reach == Reach::Not => Looked::NotReached,
                None => Looked::Nothing,
                Some(Hit::Entry(entry)) => {
                    let user = entry.credential.user().map(str::to_owned);
                    Looked::Entry { key: entry.written.clone(), kind: entry.credential.kind(), user }
                }
                Some(Hit::Helper(asked, answer)) => Looked::Helper {
                    program: asked.program(),
                    server: key::server(&key::normalise(domain)),
                    key: asked.registry.map(str::to_owned),
                    at: helper::program(asked, self.path.as_deref()).ok(),
                    fault: if let Answer::Fault(fault) = answer { Some(fault.to_string()) } else { None },
                },
            };
            Place { by: source.by, path: source.path.clone(), exposed: source.exposed, reach: step.reach, looked }
        });
        Explanation { places: places.collect(), repository: key::name(domain, path) }
    }
}
