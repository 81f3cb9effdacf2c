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

/// The configuration of a clone: what is not here is fetched from the server, and only when it is asked for.
fn config(url: &str) -> String {
    let url = url.replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tpartialClone = origin\n\
         [remote \"origin\"]\n\turl = \"{url}\"\n\tpromisor = true\n\tpartialclonefilter = blob:none\n"
    )
}

/// A clone in the cache.
#[derive(Debug)]
pub struct Clone {
    git: Git,
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
        let config = config(&access.url);
        if fs::read_to_string(folder.join("config")).ok().as_ref() != Some(&config) || !folder.join("HEAD").is_file() {
            let disk = Disk::new(folder, folder);
            for name in ["objects", "refs"] {
                fs::create_dir_all(folder.join(name)).map_err(made)?;
            }
            for (name, text) in [("HEAD", "ref: refs/heads/none\n"), ("config", &config)] {
                create(&disk, &folder.join(name), text.as_bytes(), Existing::Replace, Mode::Data).map_err(made)?;
            }
        }
        let clone = Self { git };
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
        self.git.text(&["rev-parse", "--verify", &format!("{HEAD}^{{commit}}")], b"")
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
        let missing = self.missing(commit)?;
        let asked: Vec<&str> = missing.iter().map(String::as_str).filter(|object| wanted.contains(object)).collect();
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
