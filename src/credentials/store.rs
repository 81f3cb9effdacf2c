//! Owns all credentials of a run: the auth files in their order, and the search through them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::file::{AuthFile, Owner};
use super::search::{Answer, Helper, Hit, Source, Step, walk};
use super::{Credential, HelperFault, Places, Secret, Trouble, helper, key, syncer};

/// A credential, and where it comes from in words that may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The credential.
    pub credential: Credential,
    /// `FILE: KEY`, or `FILE: helper NAME`.
    pub source: String,
}

/// An auth file that is named and cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("auth file {}: {fault}", .path.display())]
pub struct Malformed {
    /// The file.
    pub path: PathBuf,
    /// What is wrong, without any value of the file.
    pub fault: String,
}

/// How long a helper may take.
const HELPER: Duration = Duration::from_secs(10);

type Answers = BTreeMap<(String, String), Arc<Mutex<Option<Result<Option<Credential>, Trouble>>>>>;

/// All credentials of a run.
#[derive(Debug, Default)]
pub struct Credentials {
    pub(super) sources: Vec<Source>,
    pub(super) path: Option<std::ffi::OsString>,
    helper_timeout: Duration,
    insecure: Vec<String>,
    answers: Mutex<Answers>,
}

impl Credentials {
    /// No credentials at all: every registry is asked anonymously.
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads every file of `places`. A default file that is not there is no fault; one that is named (`--authfile`, `--auth`,
    /// `REGISTRY_AUTH_FILE`) is.
    ///
    /// # Errors
    /// [`Malformed`] with the file, for the first that cannot be used.
    pub fn load(places: &Places) -> Result<Self, Malformed> {
        let mut store = Self { path: places.path.clone(), helper_timeout: places.helper_timeout.unwrap_or(HELPER), ..Self::default() };
        if let Some(path) = &places.authfile {
            store.push("--authfile", Some(path), Some(parse(path, &named("--authfile", path)?, Owner::Containers)?));
        }
        if let Some(path) = &places.syncer {
            let (file, insecure) = syncer::parse(&named("--auth", path)?)
                .map_err(|fault| Malformed { path: path.clone(), fault: format!("{fault} (`--auth`)") })?;
            store.insecure = insecure;
            store.push("--auth", Some(path), Some(file));
        }
        if let Some(path) = &places.registry_auth_file {
            store.push("REGISTRY_AUTH_FILE", Some(path), Some(parse(path, &named("REGISTRY_AUTH_FILE", path)?, Owner::Containers)?));
        }
        if let Some(text) = &places.docker_auth_config {
            store.push("DOCKER_AUTH_CONFIG", None, Some(parse(Path::new("$DOCKER_AUTH_CONFIG"), text.expose(), Owner::Docker)?));
        }
        if let Some(because) = places.passed_over {
            store.sources.push(Source { by: "DOCKER_AUTH_CONFIG", path: None, file: None, exposed: false, passed_over: Some(because) });
        }
        let docker = places.docker.iter().map(|path| ("docker", Owner::Docker, path));
        for (by, owner, path) in docker.chain(places.containers.iter().map(|path| ("containers", Owner::Containers, path))) {
            let file = read(path)?.map(|text| parse(path, &text, owner)).transpose()?;
            store.push(by, Some(path), file);
        }
        Ok(store)
    }

    fn push(&mut self, by: &'static str, path: Option<&PathBuf>, file: Option<AuthFile>) {
        let exposed = path.is_some_and(|path| is_exposed(path)) && file.as_ref().is_some_and(|file| !file.auths.is_empty());
        self.sources.push(Source { by, path: path.cloned(), file, exposed, passed_over: None });
    }

    /// The registries that image-syncer's auth file calls insecure, with their paths.
    pub fn insecure(&self) -> &[String] {
        &self.insecure
    }

    /// The auth files with a credential that others than their owner can read.
    pub fn exposed(&self) -> impl Iterator<Item = &Path> {
        self.sources.iter().filter(|source| source.exposed).filter_map(|source| source.path.as_deref())
    }

    /// The credential for a repository, from the first source that has one. A helper is run at most once for a registry.
    ///
    /// # Errors
    /// [`HelperFault`] when the helper that is responsible gives no answer; no other source is tried then, since using a different
    /// credential in silence would hide the fault.
    pub fn find(&self, domain: &str, path: &str) -> Result<Option<Found>, HelperFault> {
        let server = key::server(&key::normalise(domain));
        let ask = |helper: Helper<'_>| Ok(self.ask(helper, &server)?.map_or(Answer::Nothing, Answer::Known));
        for Step { source, hit, .. } in walk(&self.sources, domain, path, &ask) {
            let (credential, from) = match hit {
                None | Some(Hit::Helper(_, Answer::Nothing | Answer::Unasked)) => continue,
                Some(Hit::Helper(_, Answer::Fault(fault))) => return Err(fault),
                Some(Hit::Entry(entry)) => (entry.credential.clone(), entry.written.clone()),
                Some(Hit::Helper(helper, Answer::Known(credential))) => (credential, format!("helper {}", helper.suffix)),
            };
            return Ok(Some(Found { credential, source: format!("{}: {from}", source.name()) }));
        }
        Ok(None)
    }

    fn ask(&self, helper: Helper<'_>, server: &str) -> Result<Option<Credential>, Trouble> {
        let slot = {
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(answers.entry((helper.suffix.to_owned(), server.to_owned())).or_default())
        };
        let mut answer = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let known = || -> Vec<&Secret> {
            let files = self.sources.iter().filter_map(|source| source.file.as_ref());
            files.flat_map(|file| file.auths.values()).map(|entry| entry.credential.secret()).collect()
        };
        answer.get_or_insert_with(|| helper::ask(helper, server, self.path.as_deref(), self.helper_timeout, &known())).clone()
    }
}

fn parse(path: &Path, text: &str, owner: Owner) -> Result<AuthFile, Malformed> {
    AuthFile::parse(text, owner).map_err(|fault| Malformed { path: path.to_owned(), fault })
}

/// The text of a file that must be there, since a flag or a variable names it.
fn named(by: &str, path: &Path) -> Result<String, Malformed> {
    read(path)?.ok_or_else(|| Malformed { path: path.to_owned(), fault: format!("no such file (named by `{by}`)") })
}

/// The most bytes that an auth file may have.
const FILE: u64 = 4 * 1024 * 1024;

fn read(path: &Path) -> Result<Option<String>, Malformed> {
    let malformed = |fault: String| Malformed { path: path.to_owned(), fault };
    match path.metadata() {
        Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(fault) => return Err(malformed(fault.kind().to_string())),
        Ok(data) if data.is_file() && data.len() > FILE => return Err(malformed("larger than 4 MiB".to_owned())),
        Ok(_) => {}
    }
    let bytes = std::fs::read(path).map_err(|fault| malformed(fault.kind().to_string()))?;
    String::from_utf8(bytes).map(Some).map_err(|_| malformed("not UTF-8".to_owned()))
}

#[cfg(unix)]
fn is_exposed(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|data| data.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
const fn is_exposed(_path: &Path) -> bool {
    false
}
