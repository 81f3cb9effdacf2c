//! Owns commits that are made without a checkout: contents, a tree, a commit, by git's plumbing.

use super::clone::Clone;
use crate::apply::{Existing, Mode, create};
use crate::campaign::trouble::{Cause, Trouble};
use crate::disk::Disk;

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
    /// Whether it is signed.
    pub signing: Signing,
}

/// Whether a commit says that its author may give it (`git commit --signoff`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignOff {
    /// It does.
    Yes,
    /// It does not.
    No,
}

/// Whether commits are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// They are, as git is configured for it.
    Signed,
    /// They are not.
    Plain,
}

impl Clone {
    /// Makes a commit on `parent` in which these files are changed; the commit's name and its tree's.
    ///
    /// # Errors
    /// [`Trouble`] in git's words; one of all repositories where git does not know who commits.
    pub fn commit(&self, parent: &str, changes: &[Change], message: &Message<'_>, seconds: u64) -> Result<(String, String), Trouble> {
        let tree = self.tree(parent, changes)?;
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
        arguments.extend((message.signing == Signing::Signed).then_some("-S"));
        let dated =
            self.git().clone().with("GIT_AUTHOR_DATE", format!("{seconds} +0000")).with("GIT_COMMITTER_DATE", format!("{seconds} +0000"));
        let commit = dated.text(&arguments, text.as_bytes()).map_err(who)?;
        Ok((commit, tree))
    }

    /// Makes the tree of `parent` in which these files are changed; its name. The contents of the other files may be on the server.
    fn tree(&self, parent: &str, changes: &[Change]) -> Result<String, Trouble> {
        // One program writes contents and folders (git-fast-import(1)); its own commit is only where the tree stands.
        let mut stream = format!("commit refs/transship/tree\ncommitter transship <> 0 +0000\ndata 0\nfrom {parent}\n").into_bytes();
        for Change { path, mode, text } in changes {
            let path = path.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            stream.extend_from_slice(format!("M {mode} inline \"{path}\"\ndata {}\n", text.len()).as_bytes());
            stream.extend_from_slice(text);
            stream.push(b'\n');
        }
        stream.extend_from_slice(b"ls \"\"\n");
        let said = self.git().text(&["-c", "fastimport.unpackLimit=1", "fast-import", "--quiet", "--force"], &stream)?;
        let tree = said.strip_prefix("040000 tree ").and_then(|rest| rest.split_whitespace().next());
        tree.map(str::to_owned).ok_or_else(|| Trouble::new(Cause::Git, format!("`git fast-import` says no tree: {said}")))
    }

    /// Whether git is configured to sign commits that are made here.
    #[must_use]
    pub fn signing(&self) -> Signing {
        let is_signed = self.git().text(&["config", "--type=bool", "--get", "commit.gpgSign"], b"").is_ok_and(|value| value == "true");
        if is_signed { Signing::Signed } else { Signing::Plain }
    }

    /// Keeps a commit that is not on the server yet, so that nothing cleans it away.
    ///
    /// # Errors
    /// [`Trouble`] where its name cannot be written.
    pub fn keep(&self, commit: &str) -> Result<(), Trouble> {
        // A file that holds a name is all that a reference is (gitrepository-layout(5)).
        let (folder, place) = (self.folder(), self.folder().join("refs/transship/planned"));
        create(&Disk::new(&folder, &folder), &place, format!("{commit}\n").as_bytes(), Existing::Replace, Mode::Data)
            .map_err(|fault| Trouble::new(Cause::State, format!("`{}` was not written: {}", place.display(), crate::disk::told(&fault))))
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
