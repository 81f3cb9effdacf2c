//! Owns where the branch of a campaign lies: in the repository itself, or in a fork of it where nobody lets us push.

use std::time::Duration;

use super::forge::{Forge, Head, Push, Repository, Standing};
use super::git::{Branch, Clone, Remote};
use super::name::Name;
use super::settings::{Forking, Settings};
use super::state::State;
use super::trouble::{Cause, Trouble};

/// Seconds between the looks at a fork that the forge is still filling.
const LOOKS: [u64; 6] = [0, 1, 2, 4, 8, 16];

/// Where a branch lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Home {
    /// In the repository itself.
    Own,
    /// In this fork of it.
    Fork(Name),
    /// In a fork that is still to be made.
    NoFork,
}

impl Home {
    /// Where the branch of a repository lies, or is to lie. An open pull request stays where it came from.
    ///
    /// # Errors
    /// [`Trouble`] where nothing may be pushed, or the forge cannot be asked.
    pub fn of(forge: &dyn Forge, settings: &Settings, repository: &Repository, state: Option<&State>) -> Result<Self, Trouble> {
        let is_denied = repository.push == Push::Denied;
        let shown = state.and_then(|state| state.pull.as_ref());
        let is_open = shown.is_some_and(|shown| shown.standing == Standing::Open);
        let known = shown.and_then(|shown| shown.fork.clone());
        let is_own = match settings.fork {
            Forking::Never if is_denied && !(is_open && known.is_some()) => {
                return Err(Trouble::new(
                    Cause::NoPermission,
                    "whoever asks may not push to it; `fork: where-denied` in campaign.yaml opens pull requests from forks",
                ));
            }
            Forking::Never => true,
            Forking::WhereDenied => !is_denied,
            Forking::Always => false,
        };
        match known {
            Some(fork) if is_open || !is_own => Ok(Self::Fork(fork)),
            _ if is_own || (is_open && !is_denied) => Ok(Self::Own),
            _ => forge.fork(&repository.name, settings.fork_owner.as_deref()).map(|fork| fork.map_or(Self::NoFork, Self::Fork)),
        }
    }

    /// The fork, where there is one.
    #[must_use]
    pub const fn fork(&self) -> Option<&Name> {
        if let Self::Fork(fork) = self { Some(fork) } else { None }
    }

    /// The branch of that name as a pull request brings it.
    #[must_use]
    pub const fn head<'a>(&'a self, branch: &'a str) -> Head<'a> {
        Head { branch, fork: self.fork() }
    }

    /// The same for git; none as long as there is no fork.
    #[must_use]
    pub const fn branch<'a>(&self, name: &'a str, mark: &'a str) -> Option<Branch<'a>> {
        let remote = match self {
            Self::Own => Remote::Origin,
            Self::Fork(_) => Remote::Fork,
            Self::NoFork => return None,
        };
        Some(Branch { name, mark, remote })
    }

    /// The clone of a repository in a folder, which reaches the fork as well.
    ///
    /// # Errors
    /// [`Trouble`] where git cannot do that.
    pub fn clone(&self, folder: &std::path::Path, repository: &Name, forge: &dyn Forge) -> Result<Clone, Trouble> {
        let fork = self.fork().map(|fork| forge.access(fork));
        Clone::with_fork(folder, &forge.access(repository), fork.as_ref())
    }

    /// Makes the fork that is missing, and waits until it has the repository's branch.
    ///
    /// # Errors
    /// [`Trouble`] where it was not made, or is not filled yet: the next run finds it.
    pub fn made(self, forge: &dyn Forge, settings: &Settings, repository: &Repository, clone: &mut Clone) -> Result<Self, Trouble> {
        if self != Self::NoFork {
            return Ok(self);
        }
        let fork = forge.make_fork(&repository.name, settings.fork_owner.as_deref())?;
        let home = Self::Fork(fork.clone());
        *clone = home.clone(&clone.folder(), &repository.name, forge)?;
        for seconds in LOOKS {
            std::thread::sleep(Duration::from_secs(seconds));
            let branch = format!("refs/heads/{}", repository.branch);
            // A fork that is not there yet is an answer, too.
            if clone.git().said(&["ls-remote", Remote::Fork.word(), &branch], b"").is_ok_and(|said| !said.is_empty()) {
                return Ok(home);
            }
        }
        Err(Trouble::new(Cause::Unreachable, format!("the forge is still filling the fork `{fork}`; the next run goes on")))
    }
}
