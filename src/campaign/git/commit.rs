//! Owns commits that are made without a checkout: contents, a tree, a commit, by git's plumbing.

use std::path::PathBuf;

use super::clone::Clone;
use crate::campaign::trouble::{Cause, Trouble};

/// A file that gets another content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its path from the top.
    pub path: String,
    /// Its mode, as a tree names it.
    pub mode: String,
    /// The new content.
    pub text: Vec<u8>,
}

/// What a commit says. The name of its tree is added, by which the commit is known again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// The subject.
    pub subject: &'a str,
    /// What stands below it; may be empty.
    pub text: &'a str,
    /// Begins the line at the end that tells whose commit it is.
    pub mark: &'a str,
    /// Whether the line is added that says that its author may give it.
    pub sign_off: SignOff,
}

/// Whether a commit says that its author may give it (`git commit --signoff`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignOff {
    /// It does.
    Yes,
    /// It does not.
    No,
}

/// An index of its own, which is gone with it.
struct Index(PathBuf);

impl Drop for Index {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Clone {
    /// Makes a commit on `parent` in which these files are changed; the commit's name and its tree's.
    ///
    /// # Errors
    /// [`Trouble`] in git's words; one of all repositories where git does not know who commits.
    pub fn commit(&self, parent: &str, changes: &[Change], message: &Message<'_>, seconds: u64) -> Result<(String, String), Trouble> {
        let mut entries = Vec::new();
        for change in changes {
            let object = self.git().text(&["hash-object", "-w", "--stdin"], &change.text)?;
            entries.extend_from_slice(format!("{} {object}\t{}\0", change.mode, change.path).as_bytes());
        }
        let index = Index(self.folder().join(format!("transship-index.{}", std::process::id())));
        let git = self.git().clone().with("GIT_INDEX_FILE", index.0.to_string_lossy());
        git.offline(&["read-tree", parent], b"")?;
        git.offline(&["update-index", "-z", "--index-info"], &entries)?;
        // The contents of the other files are on the server.
        let tree = git.text(&["write-tree", "--missing-ok"], b"")?;
        let who = |fault: Trouble| match fault {
            Trouble { message, .. } if message.contains("tell me who you are") || message.contains("ident") => {
                Trouble::new(Cause::NoLogin, "git does not know who commits; say it with `git config --global user.name` and `user.email`")
            }
            fault => fault,
        };
        let signed = match message.sign_off {
            SignOff::No => String::new(),
            SignOff::Yes => {
                let ident = self.git().text(&["var", "GIT_COMMITTER_IDENT"], b"").map_err(who)?;
                // The identity is followed by a time.
                let name = ident.rfind('>').and_then(|at| ident.get(..=at)).unwrap_or(&ident).to_owned();
                format!("Signed-off-by: {name}\n")
            }
        };
        let text = if message.text.is_empty() { String::new() } else { format!("{}\n\n", message.text.trim_end()) };
        let text = format!("{}\n\n{text}{} tree={tree}\n{signed}", message.subject, message.mark);
        let mut arguments = vec!["commit-tree", tree.as_str(), "-p", parent, "-F", "-"];
        let is_signed = self.git().text(&["config", "--type=bool", "--get", "commit.gpgSign"], b"").is_ok_and(|value| value == "true");
        arguments.extend(is_signed.then_some("-S"));
        let dated =
            self.git().clone().with("GIT_AUTHOR_DATE", format!("{seconds} +0000")).with("GIT_COMMITTER_DATE", format!("{seconds} +0000"));
        let commit = dated.text(&arguments, text.as_bytes()).map_err(who)?;
        Ok((commit, tree))
    }

    /// Keeps a commit that is not on the server yet, so that nothing cleans it away.
    ///
    /// # Errors
    /// [`Trouble`] in git's words.
    pub fn keep(&self, commit: &str) -> Result<(), Trouble> {
        self.git().offline(&["update-ref", "refs/transship/planned", commit], b"").map(drop)
    }

    /// The commits from `base` to `tip` as mails, for `git am`.
    ///
    /// # Errors
    /// [`Trouble`] in git's words.
    pub fn patch(&self, base: &str, tip: &str) -> Result<Vec<u8>, Trouble> {
        let range = format!("{base}..{tip}");
        let format = ["format-patch", "--stdout", "--full-index", "--binary", "--no-renames", "--no-ext-diff", "--no-textconv"];
        self.git().offline(
            &[
                format.as_slice(),
                &["--no-signature", "--no-attach", "--no-cover-letter", "--no-thread", "--src-prefix=a/", "--dst-prefix=b/", &range],
            ]
            .concat(),
            b"",
        )
    }
}
