//! Owns who asks a forge: a token of the environment, of the forge's own program, or of git's credential helpers; never of an argument or a repository.

use std::process::Command;
use std::time::Duration;

use crate::cli::environment;
use crate::credentials::Secret;
use crate::process::{Bounds, run};

/// What a program that knows tokens may cost.
const BOUNDS: Bounds = Bounds { time: Duration::from_secs(30), output: 64 << 10 };

/// The token for GitHub's host: that of the environment, of `gh`, or of git's helpers.
pub(super) fn github(host: &str) -> Option<Secret> {
    // A token of github.com is shown to no other host (gh-environment(7)).
    let names = if host == "github.com" { ["GH_TOKEN", "GITHUB_TOKEN"] } else { ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"] };
    let of_variable = |name: &str| environment::value(name).and_then(|value| value.into_string().ok());
    let of_variables = || names.into_iter().find_map(of_variable);
    let of_gh = || said(Command::new("gh").args(["auth", "token", "--hostname", host]), "");
    let found = of_variables().map(|token| token.trim().to_owned()).filter(|token| !token.is_empty());
    found.or_else(of_gh).or_else(|| of_git(host)).map(Secret::new)
}

/// What git's credential helpers know of a host; nobody is asked at a terminal.
fn of_git(host: &str) -> Option<String> {
    let mut git = Command::new("git");
    git.args(["credential", "fill"]).env("GIT_TERMINAL_PROMPT", "0").env("GIT_ASKPASS", "true").env("SSH_ASKPASS", "true");
    let told = said(&mut git, &format!("protocol=https\nhost={host}\n\n"))?;
    let password = told.lines().find_map(|line| line.strip_prefix("password="))?;
    (!password.is_empty()).then(|| password.to_owned())
}

/// What a program says; nothing where it is not there or fails.
fn said(command: &mut Command, input: &str) -> Option<String> {
    let ended = run(command, input.as_bytes().to_vec(), BOUNDS).ok().filter(|ended| ended.status.success())?;
    let text = String::from_utf8(ended.output).ok()?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}
