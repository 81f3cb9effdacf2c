//! Owns where the programs of others are that `scripts/go-tools` builds.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Their folders, as a value for PATH. `None`, and said, where they are not built and `TRANSSHIP_GO_TOOLS=required` is not set.
#[allow(clippy::disallowed_methods, clippy::print_stderr, reason = "a test finds the user's cache, and says what it did not do")]
pub(crate) fn path() -> Option<OsString> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/go-tools");
    let output = Command::new(script).arg("--path").output().unwrap();
    let path = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    if std::env::split_paths(&path).all(|folder| folder.is_dir()) {
        return Some(path.into());
    }
    let is_required = std::env::var("TRANSSHIP_GO_TOOLS").is_ok_and(|value| value == "required");
    assert!(!is_required, "the programs of scripts/go-tools are not built");
    eprintln!("not run: the programs of scripts/go-tools are not built");
    None
}

/// The file of one of them; `None` as for [`path`].
#[allow(dead_code, clippy::disallowed_methods, clippy::print_stderr, reason = "some tests want all of them; one that is not built is told")]
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = path()?;
    let file = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.exists());
    if file.is_none() && std::env::var(format!("TRANSSHIP_{}", name.to_uppercase())).is_ok_and(|value| value == "no") {
        eprintln!("not run: `{name}` is left out");
        return None;
    }
    Some(file.unwrap_or_else(|| panic!("scripts/go-tools does not build `{name}`")))
}
