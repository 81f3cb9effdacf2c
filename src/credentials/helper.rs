//! Owns the credential helper protocol: one program, one question, one answer in JSON.

use std::env::consts::EXE_SUFFIX;
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::secret::Secret;
use super::store::Credential;
use crate::process;

/// The most bytes that a helper's answer may have.
const ANSWER: u64 = 64 * 1024;

/// How often a running helper is looked at.
const GLANCE: Duration = Duration::from_millis(5);

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
    let broken = |fault: std::io::Error| HelperFault::Run(name.clone(), fault.kind().to_string());
    let mut command = Command::new(program);
    command.arg("get").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    process::in_group(&mut command);
    let mut child = command.spawn().map_err(broken)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A helper that ends without reading breaks the pipe; its exit code tells more than the pipe does.
        let _ = stdin.write_all(server.as_bytes());
    }
    let stdout = child.stdout.take();
    let (send, receive) = mpsc::channel();
    // A child of the helper may hold the pipe open after the helper is gone, so the time is kept here and not by the reading.
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stdout.map_or(Ok(0), |pipe| pipe.take(ANSWER + 1).read_to_end(&mut bytes));
        let _ = send.send(read.map(|_| bytes));
    });
    let deadline = Instant::now() + timeout;
    let late = || HelperFault::Timeout(name.clone(), timeout.as_secs());
    let Ok(bytes) = receive.recv_timeout(timeout) else {
        process::end(&mut child);
        return Err(late());
    };
    let bytes = bytes.map_err(broken)?;
    if bytes.len() as u64 > ANSWER {
        process::end(&mut child);
        return Err(HelperFault::Rubbish(name));
    }
    let Some(success) = wait(&mut child, deadline).map_err(broken)? else { return Err(late()) };
    let text = String::from_utf8(bytes).map_err(|_| HelperFault::Rubbish(name.clone()))?;
    if success {
        return answer(&text).map(Some).ok_or(HelperFault::Rubbish(name));
    }
    if text.trim() == "credentials not found in native keychain" { Ok(None) } else { Err(HelperFault::Failed(name)) }
}

/// Whether the child succeeded; `None` when it had to be ended at the deadline.
fn wait(child: &mut Child, deadline: Instant) -> std::io::Result<Option<bool>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status.success()));
        }
        if Instant::now() >= deadline {
            process::end(child);
            return Ok(None);
        }
        std::thread::sleep(GLANCE);
    }
}

/// The helper's program, where it would be run from.
pub(super) fn program(suffix: &str, path: Option<&OsStr>) -> Option<PathBuf> {
    find(&format!("docker-credential-{suffix}"), path)
}

/// The program in `PATH`. Entries that are not absolute are passed over: they would find a program in the scanned folder.
fn find(name: &str, path: Option<&OsStr>) -> Option<PathBuf> {
    let folders = std::env::split_paths(path?);
    let file = file_name(name, EXE_SUFFIX);
    folders.filter(|folder| folder.is_absolute()).map(|folder| folder.join(&file)).find(|program| is_program(program))
}

/// The file of a program, where programs end with `suffix`.
fn file_name(name: &str, suffix: &str) -> String {
    format!("{name}{suffix}")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_helper_is_the_file_that_the_system_runs_under_its_name() {
        assert_eq!(file_name("docker-credential-desktop", ".exe"), "docker-credential-desktop.exe");
        assert_eq!(file_name("docker-credential-desktop", ""), "docker-credential-desktop");
    }
}
