//! Owns the numbers of a run's findings: by lint, mapping, registry, repository, format and folder.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::baseline::Key;
use crate::diagnostic::{Diagnostic, Sources};
use crate::text::harmless;

/// Rows of each table; the rest is counted together.
const MOST: usize = 20;

/// How often what was found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Statistics {
    lints: BTreeMap<&'static str, usize>,
    mappings: BTreeMap<String, usize>,
    registries: BTreeMap<String, usize>,
    repositories: BTreeMap<String, usize>,
    formats: BTreeMap<String, usize>,
    folders: BTreeMap<String, usize>,
}

impl Statistics {
    /// Takes in the findings of one set of files, but those that are old.
    pub fn take(&mut self, found: &[Diagnostic], sources: &Sources) {
        for one in found.iter().filter(|one| one.is_shown()) {
            let Key { path, repository, .. } = Key::any(one, sources);
            *self.lints.entry(one.lint).or_default() += 1;
            if let Some(mapping) = &one.mapping {
                *self.mappings.entry(mapping.to_string()).or_default() += 1;
            }
            if let Some(format) = &one.format {
                *self.formats.entry(format.to_string()).or_default() += 1;
            }
            // An address of charts has its registry behind a scheme.
            let bare = repository.split_once("://").map_or(repository.as_str(), |(_, bare)| bare);
            if let Some((registry, _)) = bare.split_once('/') {
                *self.registries.entry(registry.to_owned()).or_default() += 1;
            }
            if !repository.is_empty() {
                *self.repositories.entry(repository).or_default() += 1;
            }
            let folder = path.split_once('/').map_or(".", |(folder, _)| folder);
            *self.folders.entry(folder.to_owned()).or_default() += 1;
        }
    }

    /// Writes them for people: a table each, what was found most often first.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        table("lint", self.lints.iter().map(|(lint, number)| (*lint, *number)), out)?;
        for (title, rows) in [
            ("mapping", &self.mappings),
            ("registry", &self.registries),
            ("repository", &self.repositories),
            ("format", &self.formats),
            ("folder", &self.folders),
        ] {
            table(title, rows.iter().map(|(name, number)| (name.as_str(), *number)), out)?;
        }
        Ok(())
    }
}

fn table<'r>(title: &str, rows: impl Iterator<Item = (&'r str, usize)>, out: &mut dyn Write) -> io::Result<()> {
    let mut rows: Vec<(&str, usize)> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    rows.sort_by_key(|(name, number)| (Reverse(*number), *name));
    writeln!(out, "findings by {title}:")?;
    for (name, number) in rows.iter().take(MOST) {
        writeln!(out, "  {number:>5}  {}", harmless(name))?;
    }
    if let Some(rest) = rows.get(MOST..).filter(|rest| !rest.is_empty()) {
        writeln!(out, "  {:>5}  in {} more", rest.iter().map(|(_, number)| number).sum::<usize>(), rest.len())?;
    }
    writeln!(out)
}
