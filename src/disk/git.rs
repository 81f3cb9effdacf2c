//! Owns the trees that git keeps: a commit, and the index. Nothing is checked out; contents come from one running `git cat-file`.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::diagnostic::reason;
use crate::source::{Files, LIMIT, Met, Scope, TreePath, Unread};

use super::{Disk, names::path_of};

/// Which tree of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revision {
    /// That of a commit: anything that git resolves to one.
    Commit(String),
    /// The index: what the next commit will hold.
    Index,
}

/// Why a tree of git cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum NoTree {
    /// Git could not be started, or stopped.
    #[error("git could not be run: {0}")]
    Run(String),
    /// Git's own words.
    #[error("git: {0}")]
    Said(String),
    /// The name means no commit.
    #[error("`{0}` is no commit of this repository")]
    NoCommit(String),
}

/// One file of git's tree.
#[derive(Debug)]
enum Entry {
    /// Its object.
    Blob(String),
    /// It is in conflict.
    Unmerged,
}

/// A tree that git keeps.
pub struct Git {
    disk: Disk,
    files: BTreeMap<TreePath, Entry>,
    reader: Mutex<Reader>,
}

/// The program that hands out contents.
struct Reader {
    child: Child,
    asks: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    /// The objects that will be asked for, in about that order.
    expected: VecDeque<String>,
    /// Contents that were handed out before they were asked for.
    held: HashMap<String, Vec<u8>>,
}

/// So many contents are asked for at once: each turn of two processes costs more than most contents do. Their names fit into the smallest pipe,
/// so that neither process waits for the other.
const AT_ONCE: usize = 32;

/// So far ahead an object is looked for among those that are expected: what is read out of its turn takes nobody else's, and costs no search of all.
const NEAR: usize = 1_024;

/// A content that is longer than this is not held, but asked for again.
const HELD: usize = 64 << 10;

impl Drop for Reader {
    fn drop(&mut self) {
        // It ends with its input; what it would still say, nobody hears.
        self.asks = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Git {
    /// The tree of the repository that `disk` is the root of. Links and submodules are no files.
    ///
    /// # Errors
    /// [`NoTree`] when git cannot say.
    pub fn new(disk: Disk, revision: &Revision) -> Result<Self, NoTree> {
        let root = disk.root();
        let listed = match revision {
            Revision::Commit(name) => {
                let commit = ["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{name}^{{commit}}")];
                said(root, &["rev-parse", "--git-dir"])?;
                let commit = said(root, &commit).map_err(|fault| match fault {
                    NoTree::Said(_) => NoTree::NoCommit(name.clone()),
                    other => other,
                })?;
                let commit = String::from_utf8_lossy(&commit);
                said(root, &["ls-tree", "-r", "-z", "--full-tree", commit.trim_end()])?
            }
            Revision::Index => said(root, &["ls-files", "-z", "--stage", "--cached"])?,
        };
        let mut files = BTreeMap::new();
        for line in listed.split(|byte| *byte == 0) {
            let Some((about, path)) = memchr::memchr(b'\t', line).map(|at| (&line[..at], &line[at + 1..])) else { continue };
            let about = String::from_utf8_lossy(about);
            let (words, Some(path)) = (about.split(' ').collect::<Vec<_>>(), disk.path_below(&path_of(path))) else { continue };
            let entry = match words.as_slice() {
                // `ls-tree` names the kind first, `ls-files` the stage last.
                ["100644" | "100755", "blob", object] | ["100644" | "100755", object, "0"] => Entry::Blob((*object).to_owned()),
                ["100644" | "100755", ..] => Entry::Unmerged,
                _ => continue,
            };
            files.insert(path, entry);
        }
        Self::reading(disk, files)
    }

    /// The tree that has these files, each with the name of its object.
    ///
    /// # Errors
    /// [`NoTree`] when git cannot be started.
    pub fn of_objects(disk: Disk, files: impl Iterator<Item = (TreePath, String)>) -> Result<Self, NoTree> {
        Self::reading(disk, files.map(|(path, object)| (path, Entry::Blob(object))).collect())
    }

    fn reading(disk: Disk, files: BTreeMap<TreePath, Entry>) -> Result<Self, NoTree> {
        let mut child = git(disk.root(), &["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let (asks, answers) = (child.stdin.take(), child.stdout.take());
        let answers = answers.ok_or_else(|| NoTree::Run("it has no output".to_owned()))?;
        Ok(Self {
            disk,
            files,
            reader: Mutex::new(Reader { child, asks, answers: BufReader::new(answers), expected: VecDeque::new(), held: HashMap::new() }),
        })
    }
}

impl Git {
    /// The folder of the repository.
    #[must_use]
    pub const fn disk(&self) -> &Disk {
        &self.disk
    }
}

impl Reader {
    /// The content of an object, with those that will be asked for next.
    fn read(&mut self, object: &str, into: &mut Vec<u8>) -> io::Result<()> {
        if let Some(content) = self.held.get(object) {
            into.extend_from_slice(content);
            return Ok(());
        }
        let Some(at) = self.expected.iter().take(NEAR).position(|expected| expected == object) else {
            self.ask(&[object])?;
            return self.answer(into);
        };
        let all: Vec<String> = self.expected.drain(..self.expected.len().min(at + AT_ONCE)).skip(at).collect();
        self.ask(&all)?;
        if self.held.len() > AT_ONCE {
            self.held.clear();
        }
        let mut asked = Ok(());
        for other in all {
            let mut content = Vec::new();
            let answer = self.answer(&mut content);
            let is_told = answer.is_ok();
            if other == object {
                into.clone_from(&content);
                asked = answer;
            }
            // The same object may be expected more than once.
            if is_told && content.len() <= HELD {
                self.held.insert(other, content);
            }
        }
        asked
    }

    fn ask(&mut self, objects: &[impl AsRef<str>]) -> io::Result<()> {
        let lines = objects.iter().fold(String::new(), |lines, object| lines + object.as_ref() + "\n");
        let asks = self.asks.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        asks.write_all(lines.as_bytes())?;
        asks.flush()
    }

    /// The content of the next object that was asked for (git-cat-file(1), "BATCH OUTPUT").
    fn answer(&mut self, into: &mut Vec<u8>) -> io::Result<()> {
        let mut header = String::new();
        self.answers.read_line(&mut header)?;
        let size: u64 =
            header.trim_end().rsplit(' ').next().and_then(|size| size.parse().ok()).ok_or_else(|| io::Error::other(header.clone()))?;
        // Of what is longer than is read, the rest is let go of.
        let kept = size.min(LIMIT as u64 + 1);
        (&mut self.answers).take(kept).read_to_end(into)?;
        io::copy(&mut (&mut self.answers).take(size - kept), &mut io::sink())?;
        // Each content is followed by a line feed.
        self.answers.read_exact(&mut [0])
    }
}

impl Files for Git {
    fn list(&self, scope: &Scope) -> Vec<Met> {
        scope.of_list(&self.files.keys())
    }

    fn read(&self, path: &TreePath, into: &mut Vec<u8>) -> Result<(), Unread> {
        into.clear();
        match self.files.get(path) {
            None => Err(Unread::Missing),
            Some(Entry::Unmerged) => Err(Unread::Other("it is in conflict, so the index has no one text of it".to_owned())),
            Some(Entry::Blob(object)) => {
                let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
                reader.read(object, into).map_err(|error| Unread::Other(reason(&error)))?;
                if into.len() > LIMIT { Err(Unread::TooLong) } else { Ok(()) }
            }
        }
    }

    fn announce(&self, paths: &mut dyn Iterator<Item = &TreePath>) {
        let objects = paths.filter_map(|path| match self.files.get(path) {
            Some(Entry::Blob(object)) => Some(object.clone()),
            _ => None,
        });
        self.reader.lock().unwrap_or_else(PoisonError::into_inner).expected = objects.collect();
    }

    fn is_file(&self, path: &TreePath) -> bool {
        self.files.contains_key(path)
    }

    fn shown(&self, path: &TreePath) -> String {
        self.disk.shown(path)
    }
}

/// Git, to be run in a folder.
pub(crate) fn git(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    // What is asked needs no locks, and no program that the repository's own configuration names.
    command
        .args(["--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-C"])
        .arg(root)
        .args(arguments)
        .stdin(Stdio::null());
    // Of a repository without all its objects, git would fetch those that lack, by programs that its configuration names.
    command.env("GIT_ALLOW_PROTOCOL", "none").env("GIT_NO_LAZY_FETCH", "1");
    command
}

fn said(root: &Path, arguments: &[&str]) -> Result<Vec<u8>, NoTree> {
    let done = git(root, arguments).output().map_err(failed)?;
    if done.status.success() { Ok(done.stdout) } else { Err(NoTree::Said(String::from_utf8_lossy(&done.stderr).trim().to_owned())) }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn failed(error: io::Error) -> NoTree {
    NoTree::Run(reason(&error))
}
