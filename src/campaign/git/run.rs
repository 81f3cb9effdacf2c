//! Owns one run of git in a folder: with nothing that the folder's own configuration could start, and no question to a terminal.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::campaign::trouble::{Cause, Trouble};
use crate::credentials::Secret;
use crate::process::{Bounds, Stopped, run};
use crate::text::clean;

/// The most bytes that git may say.
const OUTPUT: u64 = 256 << 20;

/// Variables of a git that runs us (a hook), which would lead ours elsewhere.
const OF_ANOTHER: [&str; 7] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_COMMON_DIR",
];

/// Git in one folder.
#[derive(Clone, Debug)]
pub struct Git {
    folder: PathBuf,
    variables: Vec<(String, String)>,
    secrets: Vec<Secret>,
    time: Duration,
}

impl Git {
    /// Git in a folder, for at most that long at a time.
    #[must_use]
    pub fn new(folder: &Path, time: Duration) -> Self {
        Self { folder: folder.to_owned(), variables: Vec::new(), secrets: Vec::new(), time }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The same with a variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// The same, which shows a header to one server. It goes through the environment, which only the user's own programs can see.
    #[must_use]
    pub fn showing(mut self, server: &str, header: &Secret) -> Self {
        let variables = [
            ("GIT_CONFIG_COUNT", "1".to_owned()),
            ("GIT_CONFIG_KEY_0", format!("http.{server}.extraHeader")),
            ("GIT_CONFIG_VALUE_0", header.expose().to_owned()),
        ];
        self.variables.extend(variables.map(|(name, value)| (name.to_owned(), value)));
        // What stands behind the header's name is what a message could repeat.
        let words = header.expose().split(' ').filter(|word| word.len() > 8).map(Secret::new);
        self.secrets.extend(words);
        self
    }

    /// What git says where nothing may be asked of a server.
    ///
    /// # Errors
    /// As [`Git::said`].
    pub fn offline<S: AsRef<OsStr>>(&self, arguments: &[S], input: &[u8]) -> Result<Vec<u8>, Trouble> {
        self.clone().with("GIT_ALLOW_PROTOCOL", "none").with("GIT_NO_LAZY_FETCH", "1").said(arguments, input)
    }

    /// The same as text, without the line feed at its end.
    ///
    /// # Errors
    /// As [`Git::said`].
    pub fn text<S: AsRef<OsStr>>(&self, arguments: &[S], input: &[u8]) -> Result<String, Trouble> {
        self.offline(arguments, input).map(|said| String::from_utf8_lossy(&said).trim_end().to_owned())
    }

    /// What git says.
    ///
    /// # Errors
    /// [`Trouble`] with git's own words, without secrets.
    pub fn said<S: AsRef<OsStr>>(&self, arguments: &[S], input: &[u8]) -> Result<Vec<u8>, Trouble> {
        let mut command = Command::new("git");
        for name in OF_ANOTHER {
            command.env_remove(name);
        }
        command
            .args(["--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "gc.auto=0"])
            .args(["-c", "maintenance.auto=false", "-c", "submodule.recurse=false", "-c", "protocol.ext.allow=never"])
            .arg("-C")
            .arg(&self.folder)
            .args(arguments)
            // Words are told apart by what they say.
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ASKPASS", "true")
            .env("SSH_ASKPASS", "true")
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        let bounds = Bounds { time: self.time, output: OUTPUT };
        let what = || arguments.first().map_or_else(String::new, |word| word.as_ref().to_string_lossy().into_owned());
        match run(&mut command, input.to_vec(), bounds) {
            Ok(ended) if ended.status.success() => Ok(ended.output),
            Ok(ended) => {
                let words =
                    self.secrets.iter().fold(String::from_utf8_lossy(&ended.words).into_owned(), |text, secret| secret.redact(&text));
                Err(told(&what(), &words))
            }
            Err(Stopped::Late) => {
                Err(Trouble::new(Cause::Unreachable, format!("`git {}` took more than {} s", what(), self.time.as_secs())))
            }
            Err(Stopped::TooMuch) => Err(Trouble::new(Cause::Git, format!("`git {}` said more than {} MiB", what(), OUTPUT >> 20))),
            Err(Stopped::Broken(fault)) => {
                Err(Trouble::new(Cause::Git, format!("git could not be run: {}", crate::diagnostic::reason(&fault))))
            }
        }
    }
}

/// What git's words come to.
fn told(what: &str, words: &str) -> Trouble {
    let lines = words.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("hint:"));
    let fatal: Vec<&str> =
        lines.clone().filter(|line| ["fatal:", "error:", "remote:", "!"].iter().any(|mark| line.contains(mark))).collect();
    let shown = if fatal.is_empty() { lines.collect::<Vec<_>>() } else { fatal };
    let message = format!("`git {what}`: {}", clean(&shown.join("; ")));
    let holds = |all: &[&str]| all.iter().any(|one| words.contains(one));
    let cause = if holds(&["Authentication failed", "could not read Username", "terminal prompts disabled", "error: 401"]) {
        Cause::NoLogin
    } else if holds(&["error: 403", "Permission to", "Permission denied", "protected branch", "not allowed to push"]) {
        Cause::NoPermission
    } else if holds(&["not found", "does not appear to be a git repository", "does not exist", "error: 404"]) {
        Cause::Missing
    } else if holds(&["Could not resolve", "Connection", "timed out", "unable to access", "early EOF", "hung up"]) {
        Cause::Unreachable
    } else {
        Cause::Git
    };
    Trouble::new(cause, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_git_have_a_cause() {
        let cause = |words| told("push", words).cause;
        assert_eq!(
            cause("remote: Permission to a/b.git denied to c.\nfatal: unable to access 'x': The requested URL returned error: 403"),
            Cause::NoPermission
        );
        assert_eq!(cause("fatal: could not read Username for 'https://x': terminal prompts disabled"), Cause::NoLogin);
        assert_eq!(cause("fatal: unable to access 'https://x/': Could not resolve host: x"), Cause::Unreachable);
        assert_eq!(cause("remote: Repository not found.\nfatal: repository 'x' not found"), Cause::Missing);
        assert_eq!(cause("fatal: bad object"), Cause::Git);
    }
}
