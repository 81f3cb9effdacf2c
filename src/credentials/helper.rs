//! Owns the credential helper protocol: one program, one question, one answer in JSON.

use std::env::consts::EXE_SUFFIX;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::search::Helper;
use super::{Credential, Secret, Trouble, said};
use crate::process::{self, Bounds, Stopped, is_program};

/// The most bytes that a helper's answer may have.
const ANSWER: u64 = 64 * 1024;

/// Asks `docker-credential-<suffix> get` for `server`. `None` when the helper knows nothing of it (docker-credential-helpers,
/// `credentials/error.go`: the message "credentials not found in native keychain"). Why it failed is told there on standard output as well.
/// `known` are secrets that it must not be quoted with.
pub(super) fn ask(
    helper: Helper<'_>,
    server: &str,
    path: Option<&OsStr>,
    timeout: Duration,
    known: &[&Secret],
) -> Result<Option<Credential>, Trouble> {
    let mut command = Command::new(program(helper, path)?);
    command.arg("get");
    let ended = match process::run(&mut command, server.into(), Bounds { time: timeout, output: ANSWER }) {
        Ok(ended) => ended,
        Err(Stopped::Broken(fault)) => return Err(Trouble::Run(fault.kind().to_string())),
        Err(Stopped::Late) => return Err(Trouble::Timeout(timeout.as_secs())),
        Err(Stopped::TooMuch) => return Err(Trouble::Rubbish),
    };
    if ended.status.success() {
        return String::from_utf8(ended.output).ok().and_then(|text| answer(&text)).map(Some).ok_or(Trouble::Rubbish);
    }
    let (told, complained) = (String::from_utf8_lossy(&ended.output), String::from_utf8_lossy(&ended.words));
    if told.trim() == "credentials not found in native keychain" {
        return Ok(None);
    }
    // Where there may be an answer in it, what it told is not for anyone to read.
    let told = if told.contains('{') { "" } else { &told };
    Err(Trouble::Failed(said::shown(&[told, &complained], known)))
}

/// The helper's program, where it would be run from: in `PATH`, without the entries that are not absolute, as they would find a program in the
/// scanned folder.
pub(super) fn program(helper: Helper<'_>, path: Option<&OsStr>) -> Result<PathBuf, Trouble> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if helper.suffix.is_empty() || !helper.suffix.bytes().all(plain) {
        return Err(Trouble::Name);
    }
    let name = helper.program() + EXE_SUFFIX;
    let mut folders = path.into_iter().flat_map(std::env::split_paths).filter(|folder| folder.is_absolute());
    folders.find_map(|folder| Some(folder.join(&name)).filter(|program| is_program(program))).ok_or(Trouble::Absent)
}

fn answer(text: &str) -> Option<Credential> {
    let value: Value = serde_json::from_str(text).ok()?;
    let user = value.get("Username")?.as_str()?;
    let secret = value.get("Secret")?.as_str().filter(|secret| !secret.is_empty())?;
    // docker-credential-helpers: this user name says that the secret is an identity token.
    Some(if user == "<token>" { Credential::IdentityToken(Secret::new(secret)) } else { Credential::basic(user, secret) })
}
