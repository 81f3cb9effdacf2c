//! Owns what people are told of texts that still name old registries: a line each where it is in use, and numbers for the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use crate::diagnostic::{Diagnostic, Severity, Sources};
use crate::link::Claimed;
use crate::occurrence::Class;
use crate::text::count;
use crate::text::{Lines, harmless};

/// Lines beyond these are counted.
const MOST_LINES: usize = 20;

/// Registries beyond these are counted.
const MOST_DOMAINS: usize = 3;

/// What was met in a run so far.
#[derive(Debug, Default)]
pub struct Residue {
    lines: Vec<String>,
    more: usize,
    places: usize,
    files: BTreeSet<String>,
    domains: BTreeMap<String, usize>,
    unclaimed: usize,
    classes: BTreeMap<Class, usize>,
}

impl Residue {
    /// Takes in the findings of one set of files.
    pub fn take(&mut self, found: &[Diagnostic], sources: &Sources) {
        let mut lines: Option<(crate::text::FileId, Lines<'_>)> = None;
        for (one, residue) in found.iter().filter_map(|one| Some((one, one.residue?))) {
            let Some(source) = sources.get(one.place.file) else { continue };
            let text = one.reference.as_deref().unwrap_or_default();
            self.places += 1;
            self.files.insert(source.shown.to_string());
            *self.domains.entry(text.split('/').next().unwrap_or_default().to_owned()).or_default() += 1;
            match (residue.class.is_in_use(), residue.claimed) {
                (true, Claimed::No) => self.unclaimed += 1,
                _ => *self.classes.entry(residue.class).or_default() += 1,
            }
            // One that is a finding is shown as one.
            if !residue.class.is_in_use() || one.severity > Severity::Note || one.is_old() {
                continue;
            }
            if self.lines.len() >= MOST_LINES {
                self.more += 1;
                continue;
            }
            if lines.as_ref().is_none_or(|(file, _)| *file != source.id) {
                lines = Some((source.id, Lines::new(&source.text)));
            }
            let Some((_, lines)) = &lines else { continue };
            let place = lines.position(one.place.start);
            self.lines.push(format!("{}:{}:{} {} ({})", harmless(&source.shown), place.line, place.column, harmless(text), residue.class));
        }
    }

    /// Writes it: what is in use line by line, then one line about all.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.places == 0 {
            return Ok(());
        }
        if !self.lines.is_empty() {
            writeln!(out, "note[residue]: not moved, since nothing read a reference here:")?;
        }
        for line in &self.lines {
            writeln!(out, "  {line}")?;
        }
        if self.more > 0 {
            writeln!(out, "  and {} more", self.more)?;
        }
        self.write_closing(out)
    }

    /// Writes the one line about all.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_closing(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.places == 0 { Ok(()) } else { writeln!(out, "{}", self.closing()) }
    }

    fn closing(&self) -> String {
        let mut domains: Vec<(&String, &usize)> = self.domains.iter().collect();
        domains.sort_by_key(|(domain, places)| (std::cmp::Reverse(**places), *domain));
        let mut named: Vec<String> = domains.iter().take(MOST_DOMAINS).map(|(domain, _)| harmless(domain)).collect();
        if domains.len() > MOST_DOMAINS {
            named.push(format!("{} more", domains.len() - MOST_DOMAINS));
        }
        let unclaimed = (self.unclaimed > 0).then(|| format!("{} in files that no format reads", self.unclaimed));
        let classes = Class::ALL.into_iter().filter_map(|class| self.classes.get(&class).map(|places| counted(class, *places)));
        let parts: Vec<String> = unclaimed.into_iter().chain(classes).collect();
        let verb = if self.places == 1 { "names" } else { "name" };
        let (places, files) = (count(self.places, "place"), count(self.files.len(), "file"));
        format!("{places} in {files} still {verb} {}: {}; transship list --residual", named.join(", "), parts.join(", "))
    }
}

/// `8 docs`, `1 comment`.
fn counted(class: Class, places: usize) -> String {
    match class {
        Class::Comment | Class::Test | Class::Changelog | Class::Lock | Class::Script | Class::Url => count(places, &class.to_string()),
        class => format!("{places} {class}"),
    }
}
