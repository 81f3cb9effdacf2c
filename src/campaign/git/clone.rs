//! Owns the clone of one repository in the cache: the newest commit and its folders, and of the files those that are read.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::run::Git;
use crate::apply::{Existing, Mode, create};
use crate::campaign::trouble::{Cause, Trouble};
use crate::credentials::Secret;
use crate::disk::Disk;

/// How a server is reached.
#[derive(Clone, Debug)]
pub struct Access {
    /// The address that git takes.
    pub url: String,
    /// The server that a header is shown to, and the header.
    pub header: Option<(String, Secret)>,
    /// How long one run of git may take.
    pub time: Duration,
}

/// Where the newest commit is kept.
const HEAD: &str = "refs/transship/head";

/// A server of a clone, as git calls it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remote {
    /// The repository itself.
    Origin,
    /// A fork of it.
    Fork,
}

impl Remote {
    /// What git calls it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Fork => "fork",
        }
    }
}

/// The configuration of a clone: what is not here is fetched from the server, and only when it is asked for.
fn config(url: &str, fork: Option<&str>) -> String {
    let begin = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tpartialClone = origin\n";
    let remote = |remote: Remote, url: &str| {
        let (word, url) = (remote.word(), url.replace('\\', "\\\\").replace('"', "\\\""));
        format!("[remote \"{word}\"]\n\turl = \"{url}\"\n\tpromisor = true\n\tpartialclonefilter = blob:none\n")
    };
    format!("{begin}{}{}", remote(Remote::Origin, url), fork.map(|url| remote(Remote::Fork, url)).unwrap_or_default())
}

/// A clone in the cache.
#[derive(Debug)]
pub struct Clone {
    git: Git,
    begun: Begun,
}

/// When a clone was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begun {
    /// By this run: it has no file's content yet.
    Now,
    /// By another run, which may have left some.
    Before,
}

/// A file of a commit, as the tree names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// `100644` or `100755`.
    pub mode: String,
    /// The name of its content.
    pub object: String,
    /// Its path.
    pub path: Vec<u8>,
}

impl Clone {
    /// The clone in a folder, made where it is not there. Begun and left, it is begun again.
    ///
    /// # Errors
    /// [`Trouble`] where git cannot do that.
    pub fn open(folder: &Path, access: &Access) -> Result<Self, Trouble> {
        Self::with_fork(folder, access, None)
    }

    /// The same, which reaches a fork of the repository as well.
    ///
    /// # Errors
    /// As [`Clone::open`].
    pub fn with_fork(folder: &Path, access: &Access, fork: Option<&Access>) -> Result<Self, Trouble> {
        let made = |fault: std::io::Error| {
            Trouble::new(Cause::State, format!("`{}` was not made: {}", folder.display(), crate::diagnostic::reason(&fault)))
        };
        fs::create_dir_all(folder).map_err(made)?;
        let git = Git::new(folder, access.time);
        let git = match &access.header {
            Some((server, header)) => git.showing(server, header),
            None => git,
        };
        // What makes a repository (gitrepository-layout(5)); begun and left, it is written again.
        let config = config(&access.url, fork.map(|fork| fork.url.as_str()));
        let begun = if folder.join("HEAD").is_file() { Begun::Before } else { Begun::Now };
        if fs::read_to_string(folder.join("config")).ok().as_ref() != Some(&config) || !folder.join("HEAD").is_file() {
            let disk = Disk::new(folder, folder);
            for name in ["objects", "refs"] {
                fs::create_dir_all(folder.join(name)).map_err(made)?;
            }
            for (name, text) in [("HEAD", "ref: refs/heads/none\n"), ("config", &config)] {
                create(&disk, &folder.join(name), text.as_bytes(), Existing::Replace, Mode::Data).map_err(made)?;
            }
        }
        let clone = Self { git, begun };
        // A lock of a run that was killed would stop every other. Two runs do not share a clone: the publisher is alone, and a shard has its own.
        for lock in ["shallow.lock", "config.lock", "packed-refs.lock", "index.lock"] {
            let _ = fs::remove_file(folder.join(lock));
        }
        Ok(clone)
    }

    /// Git in it.
    #[must_use]
    pub const fn git(&self) -> &Git {
        &self.git
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.git.folder().to_owned()
    }

    /// Fetches the newest commit of a branch, and its folders.
    ///
    /// # Errors
    /// [`Trouble`]; [`Cause::Empty`] where there is no such branch.
    pub fn head(&self, branch: &str) -> Result<String, Trouble> {
        let wanted = format!("+refs/heads/{branch}:{HEAD}");
        let fetch = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--depth=1", "--filter=blob:none", "origin", &wanted];
        self.git.said(&fetch, b"").map_err(|trouble| match trouble {
            Trouble { message, .. } if message.contains("couldn't find remote ref") => {
                Trouble::new(Cause::Empty, format!("it has no branch `{branch}`"))
            }
            trouble => trouble,
        })?;
        // Git has just written it down; where it keeps references elsewhere, it says it.
        let written = fs::read_to_string(self.folder().join(HEAD)).unwrap_or_default().trim().to_owned();
        if matches!(written.len(), 40 | 64) && written.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(written);
        }
        self.git.text(&["rev-parse", "--verify", &format!("{HEAD}^{{commit}}")], b"")
    }

    /// Fetches the commits before those that are here, without their files.
    ///
    /// # Errors
    /// [`Trouble`] where git cannot do that.
    pub fn deepen(&self) -> Result<(), Trouble> {
        let fetch = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--unshallow", "--filter=blob:none", "origin"];
        self.git.said(&fetch, b"").map(drop)
    }

    /// A file of a commit; it is fetched where it is not here.
    ///
    /// # Errors
    /// [`Trouble`] where the server does not give it.
    pub fn content(&self, object: &str) -> Result<Vec<u8>, Trouble> {
        self.git.said(&["cat-file", "blob", object], b"")
    }

    /// Whether a commit is here.
    #[must_use]
    pub fn has(&self, commit: &str) -> bool {
        self.git.offline(&["cat-file", "-e", &format!("{commit}^{{commit}}")], b"").is_ok()
    }

    /// The regular files of a commit.
    ///
    /// # Errors
    /// [`Trouble`] where git cannot say.
    pub fn files(&self, commit: &str) -> Result<Vec<Listed>, Trouble> {
        let listed = self.git.offline(&["ls-tree", "-r", "-z", "--full-tree", commit], b"")?;
        let file = |line: &[u8]| {
            let at = memchr::memchr(b'\t', line)?;
            let about = std::str::from_utf8(line.get(..at)?).ok()?;
            let mut words = about.split(' ');
            let (mode, kind, object) = (words.next()?, words.next()?, words.next()?);
            let is_file = kind == "blob" && matches!(mode, "100644" | "100755");
            is_file.then(|| Listed {
                mode: mode.to_owned(),
                object: object.to_owned(),
                path: line.get(at + 1..).unwrap_or_default().to_vec(),
            })
        };
        Ok(listed.split(|byte| *byte == 0).filter_map(file).collect())
    }

    /// Fetches the contents among `wanted` that are not here, all at once.
    ///
    /// # Errors
    /// [`Trouble`] where the server does not give them.
    pub fn fetch(&self, commit: &str, wanted: &BTreeSet<&str>) -> Result<(), Trouble> {
        let missing = if self.begun == Begun::Now { BTreeSet::new() } else { self.missing(commit)? };
        let is_missing = |object: &&str| self.begun == Begun::Now || missing.contains(*object);
        let asked: Vec<&str> = wanted.iter().copied().filter(is_missing).collect();
        if asked.is_empty() {
            return Ok(());
        }
        let fetch = ["-c", "fetch.negotiationAlgorithm=noop", "fetch", "--quiet", "--no-tags", "--no-write-fetch-head"];
        let what = ["--no-recurse-submodules", "--filter=blob:none", "--stdin", "origin"];
        self.git.said(&[fetch.as_slice(), what.as_slice()].concat(), (asked.join("\n") + "\n").as_bytes()).map(drop)
    }

    /// The contents of a commit that are not here.
    ///
    /// # Errors
    /// [`Trouble`] where git cannot say.
    pub fn missing(&self, commit: &str) -> Result<BTreeSet<String>, Trouble> {
        let all = self.git.offline(&["rev-list", "--objects", "--missing=print", "--no-walk", commit], b"")?;
        let all = String::from_utf8_lossy(&all);
        Ok(all.lines().filter_map(|line| line.strip_prefix('?')).map(str::to_owned).collect())
    }
}
