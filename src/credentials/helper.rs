//! Owns the credential helper protocol: one program, one question, one answer in JSON.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::secret::Secret;
use super::store::Credential;
use crate::process::{self, Bounds, Stopped};

/// The most bytes that a helper's answer may have.
const ANSWER: u64 = 64 * 1024;

/// Why a helper gave no answer. Nothing that it printed is repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HelperFault {
    /// The configured suffix is no plain name, and could name a program elsewhere.
    #[error("`{0}` is no name of a credential helper")]
    Name(String),
    /// No such program in an absolute folder of `PATH`.
    #[error("credential helper `{0}` is not on the PATH")]
    Absent(String),
    /// It could not be started, or its pipes broke.
    #[error("credential helper `{0}` could not be run: {1}")]
    Run(String, String),
    /// It took too long and was ended.
    #[error("credential helper `{0}` gave no answer in {1} s")]
    Timeout(String, u64),
    /// It ended with a failure other than "not found".
    #[error("credential helper `{0}` failed")]
    Failed(String),
    /// Its answer is not the protocol's JSON.
    #[error("credential helper `{0}` did not answer with a user and a secret")]
    Rubbish(String),
}

/// Asks `docker-credential-<suffix> get` for `server`. `None` when the helper knows nothing of it (docker-credential-helpers,
/// `credentials/error.go`: the message "credentials not found in native keychain").
pub(super) fn ask(suffix: &str, server: &str, path: Option<&OsStr>, timeout: Duration) -> Result<Option<Credential>, HelperFault> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if suffix.is_empty() || !suffix.bytes().all(plain) {
        return Err(HelperFault::Name(suffix.escape_debug().to_string()));
    }
    let name = format!("docker-credential-{suffix}");
    let program = find(&name, path).ok_or_else(|| HelperFault::Absent(name.clone()))?;
    let mut command = Command::new(program);
    command.arg("get");
    let ended = match process::run(&mut command, server.into(), Bounds { time: timeout, output: ANSWER }) {
        Ok(ended) => ended,
        Err(Stopped::Broken(fault)) => return Err(HelperFault::Run(name, fault.kind().to_string())),
        Err(Stopped::Late) => return Err(HelperFault::Timeout(name, timeout.as_secs())),
        Err(Stopped::TooMuch) => return Err(HelperFault::Rubbish(name)),
    };
    let text = String::from_utf8(ended.output).map_err(|_| HelperFault::Rubbish(name.clone()))?;
    if ended.status.success() {
        return answer(&text).map(Some).ok_or(HelperFault::Rubbish(name));
    }
    if text.trim() == "credentials not found in native keychain" { Ok(None) } else { Err(HelperFault::Failed(name)) }
}

/// The helper's program, where it would be run from.
pub(super) fn program(suffix: &str, path: Option<&OsStr>) -> Option<PathBuf> {
    find(&format!("docker-credential-{suffix}"), path)
}

/// The program in `PATH`. Entries that are not absolute are passed over: they would find a program in the scanned folder.
fn find(name: &str, path: Option<&OsStr>) -> Option<PathBuf> {
    let folders = std::env::split_paths(path?);
    folders.filter(|folder| folder.is_absolute()).map(|folder| folder.join(name)).find(|program| is_program(program))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

fn answer(text: &str) -> Option<Credential> {
    let value: Value = serde_json::from_str(text).ok()?;
    let user = value.get("Username")?.as_str()?;
    let secret = value.get("Secret")?.as_str().filter(|secret| !secret.is_empty())?;
    // docker-credential-helpers: this user name says that the secret is an identity token.
    Some(if user == "<token>" { Credential::IdentityToken(Secret::new(secret)) } else { Credential::basic(user, secret) })
}
