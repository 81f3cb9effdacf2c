//! Owns the program as a user runs it: in a repository of its own, with nothing of the user's machine, and what it says.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// What a command printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) errors: String,
}

/// A repository of these files.
pub(crate) fn repository(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// The program in a folder, with no configuration of the user's machine. `home` is a folder below it.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    within(Command::new(env!("CARGO_BIN_EXE_transship")), folder, arguments)
}

/// The same for a program that runs ours.
pub(crate) fn within(mut command: Command, folder: &Path, arguments: &[&str]) -> Command {
    command.args(arguments).current_dir(folder).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    command.env("NO_COLOR", "1").env("HOME", folder.join("home")).env("CI", "true").env("XDG_RUNTIME_DIR", folder.join("run"));
    command
}

/// Runs a command to its end, with `input` as its standard input.
pub(crate) fn finish(command: &mut Command, input: impl AsRef<[u8]>) -> Said {
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.unwrap_or_else(|error| panic!("{command:?}: {error}; scripts/test installs what is needed"));
    // One that does not read is asked nothing.
    let _ = child.stdin.take().unwrap().write_all(input.as_ref());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code().unwrap(), out: text(output.stdout), errors: text(output.stderr) }
}

/// Runs the program in a repository.
pub(crate) fn say(folder: &TempDir, arguments: &[&str]) -> Said {
    finish(&mut command(folder.path(), arguments), b"")
}

/// What it printed, as JSON.
pub(crate) fn json(said: &Said) -> Value {
    serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said:?}"))
}
