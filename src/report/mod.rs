//! What is shown of a run, one file an output format.

#[cfg(feature = "cli")]
pub mod azure;
pub mod census;
#[cfg(feature = "cli")]
pub mod checkstyle;
#[cfg(feature = "cli")]
pub mod concise;
#[cfg(feature = "cli")]
pub mod csv;
pub mod explained;
#[cfg(feature = "cli")]
pub mod fetched;
#[cfg(feature = "cli")]
mod fingerprints;
#[cfg(feature = "cli")]
pub mod github;
#[cfg(feature = "cli")]
pub mod github_summary;
#[cfg(feature = "cli")]
pub mod gitlab;
pub mod human;
#[cfg(feature = "cli")]
pub mod impact;
#[cfg(feature = "cli")]
pub mod inventory;
#[cfg(feature = "cli")]
pub mod json;
#[cfg(feature = "cli")]
pub mod json_lines;
#[cfg(feature = "cli")]
pub mod junit;
#[cfg(feature = "cli")]
pub mod rdjson;
pub mod residue;
#[cfg(feature = "cli")]
pub mod rows;
#[cfg(feature = "cli")]
pub mod rules_json;
#[cfg(feature = "cli")]
pub mod said;
#[cfg(feature = "cli")]
pub mod sarif;
pub mod statistics;
#[cfg(feature = "cli")]
pub mod stats;
pub mod summary;
#[cfg(feature = "cli")]
pub mod table;
#[cfg(feature = "cli")]
pub mod verified;
#[cfg(feature = "cli")]
pub mod verified_github;
#[cfg(feature = "cli")]
pub mod verified_json;
#[cfg(feature = "cli")]
pub mod verified_table;
#[cfg(feature = "cli")]
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
#[cfg(feature = "cli")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Separator {
    #[default]
    First,
    Next,
}

#[cfg(feature = "cli")]
impl Separator {
    fn next(&mut self) -> &'static str {
        match std::mem::replace(self, Self::Next) {
            Self::First => "\n",
            Self::Next => ",\n",
        }
    }
}
