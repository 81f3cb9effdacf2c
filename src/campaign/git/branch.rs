//! Owns a campaign's branch on the server: whose its last commit is, and putting ours in its place only where it is ours.

use super::clone::{Clone, Remote};
use crate::campaign::trouble::{Cause, Trouble};

/// A branch on a server.
#[derive(Clone, Copy, Debug)]
pub struct Branch<'a> {
    /// Its name.
    pub name: &'a str,
    /// What the line begins with by which commits of the campaign are known.
    pub mark: &'a str,
    /// Where it lies.
    pub remote: Remote,
}

/// The last commit of a branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tip {
    /// There is no such branch.
    None,
    /// The campaign made it.
    Ours {
        /// Its name.
        commit: String,
        /// What the change is known by.
        change: String,
    },
    /// Somebody else did, or changed what the campaign made.
    Theirs {
        /// Its name.
        commit: String,
    },
}

impl Tip {
    /// The commit's name.
    #[must_use]
    pub fn commit(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Ours { commit, .. } | Self::Theirs { commit } => Some(commit),
        }
    }
}

impl Branch<'_> {
    fn path(self) -> String {
        format!("refs/heads/{}", self.name)
    }

    /// Its last commit. Ours says which tree it has; whoever changes it, or adds to it, makes another.
    ///
    /// # Errors
    /// [`Trouble`] where the server cannot be asked.
    pub fn tip(self, clone: &Clone) -> Result<Tip, Trouble> {
        let listed = clone.git().said(&["ls-remote", self.remote.word(), &self.path()], b"")?;
        let listed = String::from_utf8_lossy(&listed);
        let Some(commit) = listed.split_whitespace().next().map(str::to_owned) else { return Ok(Tip::None) };
        if !clone.has(&commit) {
            let wanted = format!("+{}:refs/transship/branch", self.path());
            let fetch = [
                "fetch",
                "--quiet",
                "--no-tags",
                "--no-recurse-submodules",
                "--depth=1",
                "--filter=blob:none",
                self.remote.word(),
                &wanted,
            ];
            clone.git().said(&fetch, b"")?;
        }
        let said = clone.git().text(&["log", "-1", "--no-show-signature", "--format=%T%n%B", &commit], b"")?;
        let (tree, message) = said.split_once('\n').unwrap_or((&said, ""));
        let line = message.lines().find_map(|line| line.trim().strip_prefix(self.mark));
        let word = |name: &str| line.and_then(|line| line.split(' ').find_map(|word| word.strip_prefix(name)));
        Ok(match (word("change="), word("tree=")) {
            (Some(change), Some(own)) if own == tree => Tip::Ours { change: change.to_owned(), commit },
            _ => Tip::Theirs { commit },
        })
    }

    /// Puts `commit` on the branch, in the place of exactly that tip.
    ///
    /// # Errors
    /// [`Trouble`]; [`Cause::Changed`] where the branch has another tip by now.
    pub fn push(self, clone: &Clone, commit: &str, instead_of: &Tip) -> Result<(), Trouble> {
        let lease = format!("--force-with-lease={}:{}", self.path(), instead_of.commit().unwrap_or_default());
        let what = format!("{commit}:{}", self.path());
        let push = || clone.git().said(&["push", "--quiet", "--no-verify", "--no-signed", &lease, self.remote.word(), &what], b"");
        match push() {
            // A fork that nobody keeps up to date does not have the commit that the branch begins at.
            Err(trouble) if self.remote == Remote::Fork && trouble.message.contains("shallow update not allowed") => {
                clone.deepen()?;
                push().map(drop).map_err(told)
            }
            pushed => pushed.map(drop).map_err(told),
        }
    }

    /// Takes the branch away, where it has exactly that tip.
    ///
    /// # Errors
    /// As [`Branch::push`].
    pub fn delete(self, clone: &Clone, tip: &Tip) -> Result<(), Trouble> {
        let Some(commit) = tip.commit() else { return Ok(()) };
        let lease = format!("--force-with-lease={}:{commit}", self.path());
        let what = format!(":{}", self.path());
        clone.git().said(&["push", "--quiet", "--no-verify", "--no-signed", &lease, self.remote.word(), &what], b"").map(drop).map_err(told)
    }
}

fn told(trouble: Trouble) -> Trouble {
    if trouble.message.contains("stale info") || trouble.message.contains("fetch first") {
        Trouble::new(Cause::Changed, "somebody else has changed the branch meanwhile; the next run looks at it again")
    } else {
        trouble
    }
}
