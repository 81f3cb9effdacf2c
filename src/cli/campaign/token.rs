//! Owns who asks a forge: a token of the environment, of the forge's own program, or of git's credential helpers; never of an argument or a repository.

use std::process::Command;
use std::time::Duration;

use crate::campaign::forge::Login;
use crate::cli::environment;
use crate::credentials::Secret;
use crate::process::{Bounds, run};

/// What a program that knows tokens may cost.
const BOUNDS: Bounds = Bounds { time: Duration::from_secs(30), output: 64 << 10 };

/// Who asks GitHub's host: by a token of the environment, of `gh`, or of git's helpers.
pub(super) fn github(host: &str) -> Option<Login> {
    // A token of github.com is shown to no other host (gh-environment(7)).
    let names = if host == "github.com" { ["GH_TOKEN", "GITHUB_TOKEN"] } else { ["GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"] };
    let of_gh = || said(Command::new("gh").args(["auth", "token", "--hostname", host]), "");
    first(&names).or_else(of_gh).map(token).or_else(|| of_git(host).as_ref().map(by_password_alone))
}

/// Who asks GitLab's host: by a token of the environment, of `glab`, or of git's helpers.
pub(super) fn gitlab(host: &str) -> Option<Login> {
    // `glab` takes both from the same variables.
    let of_variable = || is_host(host, &["GITLAB_HOST"], "gitlab.com").then(|| first(&["GITLAB_TOKEN", "GITLAB_ACCESS_TOKEN"])).flatten();
    let of_glab = || {
        let mut glab = Command::new("glab");
        glab.args(["config", "get", "token", "--host", host]);
        // It would tell these for any host.
        for name in ["GITLAB_TOKEN", "GITLAB_ACCESS_TOKEN", "OAUTH_TOKEN"] {
            glab.env_remove(name);
        }
        said(&mut glab, "")
    };
    of_variable().or_else(of_glab).map(token).or_else(|| of_git(host).as_ref().map(by_password_alone))
}

/// Who asks a host of Gitea or Forgejo: by a token of the environment, or whoever git's helpers know.
pub(super) fn gitea(host: &str) -> Option<Login> {
    let of_variable = || {
        let is_host = is_host(host, &["GITEA_HOST", "FORGEJO_HOST", "GITEA_SERVER_URL"], "");
        is_host.then(|| first(&["GITEA_TOKEN", "FORGEJO_TOKEN", "GITEA_SERVER_TOKEN"])).flatten()
    };
    of_variable().map(token).or_else(|| of_git(host))
}

/// Who asks Bitbucket: by a token of the environment, with the address of whom it belongs to where it is an API token; or whoever git's helpers know.
pub(super) fn bitbucket(host: &str) -> Option<Login> {
    let of_variable = || {
        let password = is_host(host, &["BITBUCKET_HOST"], "bitbucket.org").then(|| first(&["BITBUCKET_TOKEN"])).flatten()?;
        Some(match first(&["BITBUCKET_EMAIL"]) {
            Some(name) => Login::User { name, password: Secret::new(password) },
            None => token(password),
        })
    };
    let of_helpers = || match of_git(host)? {
        Login::User { name, password } if name == "x-token-auth" => Some(Login::Token(password)),
        login => Some(login),
    };
    of_variable().or_else(of_helpers)
}

fn token(text: String) -> Login {
    Login::Token(Secret::new(text))
}

/// What git's helpers know where any name does beside a token.
fn by_password_alone(login: &Login) -> Login {
    Login::Token(login.secret().clone())
}

/// The value of the first variable that has one.
fn first(names: &[&str]) -> Option<String> {
    let value = |name: &&str| environment::value(name).and_then(|value| value.into_string().ok());
    names.iter().find_map(|name| value(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()))
}

/// Whether the tokens of variables are for a host: the one that a variable names, as a host or as an address, or the usual one.
fn is_host(host: &str, names: &[&str], usual: &str) -> bool {
    let named = first(names).unwrap_or_else(|| usual.to_owned());
    let named = named.split_once("://").map_or(named.as_str(), |(_, rest)| rest);
    named.split('/').next().is_some_and(|named| named.eq_ignore_ascii_case(host))
}

/// Whom git's credential helpers know of a host; nobody is asked at a terminal.
fn of_git(host: &str) -> Option<Login> {
    let mut git = Command::new("git");
    git.args(["credential", "fill"]).env("GIT_TERMINAL_PROMPT", "0").env("GIT_ASKPASS", "true").env("SSH_ASKPASS", "true");
    let told = said(&mut git, &format!("protocol=https\nhost={host}\n\n"))?;
    let of = |key: &str| told.lines().find_map(|line| line.strip_prefix(key)).filter(|value| !value.is_empty());
    Some(Login::User { name: of("username=").unwrap_or_default().to_owned(), password: Secret::new(of("password=")?) })
}

/// What a program says; nothing where it is not there or fails.
fn said(command: &mut Command, input: &str) -> Option<String> {
    let ended = run(command, input.as_bytes().to_vec(), BOUNDS).ok().filter(|ended| ended.status.success())?;
    let text = String::from_utf8(ended.output).ok()?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}
