//! Owns the folder of a campaign: small files, each written whole or not at all, so that it can be left at any moment and taken up again.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::name::{Name, listed};
use super::settings::{FILE, Settings};
use super::trouble::{Cause, Trouble};
use crate::apply::{Existing, Mode, create};
use crate::disk::{Disk, normal};

/// The list of repositories.
pub const LIST: &str = "repos.txt";
/// The folder of what is known of each repository.
pub const REPOSITORIES: &str = "repositories";
/// What was planned.
pub const PLAN: &str = "plan.json";
/// The change, for `git am`.
pub const PATCH: &str = "change.patch";
/// The body of the pull request.
pub const BODY: &str = "body.md";
/// What became of it on the forge.
pub const STATE: &str = "state.json";
/// What registries said of the targets.
pub const TARGETS: &str = "targets.json";

/// The issue in which the campaign is told.
pub const TRACKING: &str = "tracking.json";

/// The most bytes of a file of a campaign.
const LARGEST: u64 = 64 << 20;

/// The folder of a campaign.
#[derive(Debug)]
pub struct Store {
    disk: Disk,
}

impl Store {
    /// The campaign in the folder `root`, for people in the folder `start`.
    #[must_use]
    pub fn new(root: &Path, start: &Path) -> Self {
        Self { disk: Disk::new(root, start) }
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.disk.root()
    }

    /// The same as a tree of files.
    #[must_use]
    pub const fn disk(&self) -> &Disk {
        &self.disk
    }

    /// Where a file of the campaign stands, or one that is named as seen from it.
    #[must_use]
    pub fn place(&self, file: &str) -> PathBuf {
        // The folder need not be there yet for what lies beside it.
        normal(&self.root().join(file))
    }

    /// Where a file about a repository stands.
    #[must_use]
    pub fn place_of(&self, name: &Name, file: &str) -> PathBuf {
        self.place(REPOSITORIES).join(name.folder()).join(file)
    }

    /// What the campaign is.
    ///
    /// # Errors
    /// [`Trouble`] where that cannot be read, or is none.
    pub fn settings(&self) -> Result<Settings, Trouble> {
        let text = self.text(&self.place(FILE))?;
        let text = text.ok_or_else(|| state(&self.place(FILE), "is not there; `transship campaign init` writes it"))?;
        Settings::read(&text).map_err(|bad| state(&self.place(FILE), bad))
    }

    /// The repositories that it is about.
    ///
    /// # Errors
    /// [`Trouble`] where the list cannot be read, or a line of it is no name.
    pub fn names(&self) -> Result<Vec<Name>, Trouble> {
        let place = self.place(LIST);
        let text = self.text(&place)?.ok_or_else(|| state(&place, "is not there; `transship campaign init` writes it"))?;
        listed(&text).map_err(|faults| {
            let lines: Vec<String> = faults.into_iter().map(|(line, fault)| format!("line {line}: {fault}")).collect();
            state(&place, lines.join("; "))
        })
    }

    /// A file of JSON; nothing where it is not there.
    ///
    /// # Errors
    /// [`Trouble`] where it cannot be read, or is none of ours: nothing is written over it then.
    pub fn read<T: DeserializeOwned>(&self, place: &Path) -> Result<Option<T>, Trouble> {
        let Some(text) = self.text(place)? else { return Ok(None) };
        serde_json::from_str(&text).map(Some).map_err(|fault| state(place, format!("cannot be read: {fault}")))
    }

    /// Writes a file of JSON.
    ///
    /// # Errors
    /// [`Trouble`] where that cannot be done; the file is as it was.
    pub fn write<T: Serialize>(&self, place: &Path, value: &T) -> Result<(), Trouble> {
        let text = serde_json::to_string_pretty(value).map_err(|fault| state(place, fault))? + "\n";
        self.write_text(place, text.as_bytes())
    }

    /// Writes a file, unless it says that already.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn write_text(&self, place: &Path, text: &[u8]) -> Result<(), Trouble> {
        if fs::read(place).is_ok_and(|there| there == text) {
            return Ok(());
        }
        create(&self.disk, place, text, Existing::Replace, Mode::Data)
            .map_err(|fault| state(place, format!("was not written: {}", crate::disk::told(&fault))))
    }

    /// Takes a file away, if it is there.
    ///
    /// # Errors
    /// [`Trouble`] where that cannot be done.
    pub fn remove(&self, place: &Path) -> Result<(), Trouble> {
        match fs::remove_file(place) {
            Err(fault) if fault.kind() != io::ErrorKind::NotFound => {
                Err(state(place, format!("was not removed: {}", crate::diagnostic::reason(&fault))))
            }
            _ => Ok(()),
        }
    }

    /// A text; nothing where there is no such file.
    ///
    /// # Errors
    /// [`Trouble`] where it cannot be read.
    pub fn text(&self, place: &Path) -> Result<Option<String>, Trouble> {
        let file = match fs::File::open(place) {
            Ok(file) => file,
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(fault) => return Err(state(place, format!("cannot be read: {}", crate::diagnostic::reason(&fault)))),
        };
        let mut text = String::new();
        match file.take(LARGEST).read_to_string(&mut text) {
            Ok(_) => Ok(Some(text)),
            Err(fault) => Err(state(place, format!("cannot be read: {}", crate::diagnostic::reason(&fault)))),
        }
    }
}

/// A trouble with a file of the campaign.
fn state(place: &Path, what: impl std::fmt::Display) -> Trouble {
    Trouble::new(Cause::State, format!("`{}` {what}", place.display()))
}
