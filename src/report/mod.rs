//! What is shown of a run, one file an output format.

pub mod azure;
pub mod census;
pub mod checkstyle;
pub mod concise;
pub mod csv;
pub mod explained;
#[cfg(feature = "cli")]
pub mod fetched;
#[cfg(feature = "cli")]
mod fingerprints;
pub mod github;
pub mod github_summary;
#[cfg(feature = "cli")]
pub mod gitlab;
pub mod human;
pub mod impact;
#[cfg(feature = "cli")]
pub mod inventory;
pub mod json;
pub mod json_lines;
pub mod junit;
pub mod rdjson;
pub mod residue;
pub mod rows;
pub mod rules_json;
pub mod said;
#[cfg(feature = "cli")]
pub mod sarif;
pub mod statistics;
#[cfg(feature = "cli")]
pub mod stats;
pub mod summary;
pub mod table;
#[cfg(feature = "cli")]
pub mod verified;
#[cfg(feature = "cli")]
pub mod verified_github;
#[cfg(feature = "cli")]
pub mod verified_json;
#[cfg(feature = "cli")]
pub mod verified_table;
mod xml;

use std::io::{self, Write};

use crate::diagnostic::{Diagnostic, Sources, Tally};

/// The version of the JSON outputs; a field that goes or changes its meaning raises it, a new field does not.
pub const VERSION: u32 = 1;

/// A report of findings that is written as the run goes on.
pub trait Report {
    /// Writes the findings of one file.
    ///
    /// # Errors
    /// What the writer says.
    fn findings(&mut self, found: &[Diagnostic], sources: &Sources, out: &mut dyn Write) -> io::Result<()>;

    /// Writes the findings of one file that a comment or the rule file holds back, behind those that are shown. Most forms have no place for them.
    ///
    /// # Errors
    /// What the writer says.
    fn suppressed(&mut self, _: &[Diagnostic], _: &Sources, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    /// Writes what comes last.
    ///
    /// # Errors
    /// What the writer says.
    fn finish(&mut self, tally: &Tally, out: &mut dyn Write) -> io::Result<()>;
}

/// Writes the items of a JSON list one a line, so that a list of any length needs no memory and a diff of two outputs says something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Separator {
    #[default]
    First,
    Next,
}

impl Separator {
    fn next(&mut self) -> &'static str {
        match std::mem::replace(self, Self::Next) {
            Self::First => "\n",
            Self::Next => ",\n",
        }
    }
}
