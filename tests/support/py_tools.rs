//! Owns where the programs of the Python package index are that `scripts/py-tools` installs.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Their environment. `None`, and said, where it is not installed and `TRANSSHIP_PY_TOOLS=required` is not set.
#[allow(clippy::disallowed_methods, clippy::print_stderr, reason = "a test finds the user's cache, and says what it did not do")]
pub(crate) fn environment() -> Option<PathBuf> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/py-tools");
    let output = Command::new(script).arg("--path").output().unwrap();
    let folder = PathBuf::from(String::from_utf8(output.stdout).unwrap().trim());
    if folder.join("complete").is_file() {
        return Some(folder);
    }
    let is_required = std::env::var("TRANSSHIP_PY_TOOLS").is_ok_and(|value| value == "required");
    assert!(!is_required, "the programs of scripts/py-tools are not installed");
    eprintln!("not run: the programs of scripts/py-tools are not installed");
    None
}
