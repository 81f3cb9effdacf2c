//! Owns the account of a run by pack: how much each finds, and which day it ends.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::diagnostic::{Diagnostic, Sources};
use crate::lint::retired_image;
use crate::mapping::Date;
use crate::text::count;
use crate::text::harmless;

/// What packs and mappings found in a run so far.
#[derive(Debug, Default)]
pub struct Impact(BTreeMap<(String, Option<Date>, Kind), Found>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Moves,
    Retired,
}

#[derive(Debug, Default)]
struct Found {
    places: usize,
    files: BTreeSet<String>,
}

impl Impact {
    /// Takes in the findings of one set of files.
    pub fn take(&mut self, found: &[Diagnostic], sources: &Sources) {
        for one in found.iter().filter(|one| one.is_shown()) {
            let by = one.pack.as_ref().map(ToString::to_string).or_else(|| Some(format!("mapping {}", one.mapping.as_ref()?)));
            let kind = if one.lint == retired_image::LINT.code { Kind::Retired } else { Kind::Moves };
            let by = by.or_else(|| (kind == Kind::Retired).then(|| "retired".to_owned()));
            let Some(by) = by else { continue };
            let row = self.0.entry((by, one.ends, kind)).or_default();
            row.places += 1;
            row.files.extend(sources.get(one.place.file).map(|source| source.shown.to_string()));
        }
    }

    /// One line for each pack, and each day on which something of it ends; `today` tells what lies behind.
    pub fn by_pack(&self, today: Date) -> String {
        let mut out = if self.0.is_empty() { "No pack concerns a reference here.\n".to_owned() } else { "By pack:\n".to_owned() };
        let width = self.0.keys().map(|(by, ..)| by.len()).max().unwrap_or(0);
        for ((by, day, kind), found) in &self.0 {
            let _ = write!(out, "  {:<width$}  {} in {}", harmless(by), count(found.places, "place"), count(found.files.len(), "file"));
            let _ = match (day, kind) {
                (Some(day), Kind::Retired) if *day <= today => write!(out, ", retired since {day}"),
                (Some(day), Kind::Retired) => write!(out, ", retired from {day}"),
                (Some(day), Kind::Moves) if *day <= today => write!(out, ", ended on {day}"),
                (Some(day), Kind::Moves) => write!(out, ", ends on {day}"),
                (None, _) => Ok(()),
            };
            out.push('\n');
        }
        out.push('\n');
        out
    }

    /// What leads nowhere on the day `at`.
    pub fn on(&self, at: Date) -> String {
        let ended = || self.0.iter().filter_map(|((by, day, _), found)| Some((by, (*day)?, found))).filter(|(_, day, _)| *day <= at);
        let places: usize = ended().map(|(_, _, found)| found.places).sum();
        let mut out =
            format!("On {at}, {} that {} to what has ended:\n", count(places, "place"), if places == 1 { "leads" } else { "lead" });
        if places == 0 {
            return format!("On {at}, nothing here leads to what has ended, as far as the rules say a day.\n\n");
        }
        for (by, day, found) in ended() {
            let _ = writeln!(out, "  {day}  {}, {} in {}", harmless(by), count(found.places, "place"), count(found.files.len(), "file"));
        }
        out.push('\n');
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Severity;
    use crate::text::{FileId, Span};

    #[test]
    fn a_pack_has_a_line_for_each_day() {
        let sources = Sources::one(FileId(0), "a/Dockerfile", b"FROM x\n");
        let day = Date::parse("2027-01-01").unwrap();
        let one = |pack: &str, ends| Diagnostic {
            pack: Some(pack.into()),
            ends,
            ..Diagnostic::new("old-registry", Severity::Warning, "m", Span::new(FileId(0), 0..1))
        };
        let mut impact = Impact::default();
        impact.take(&[one("istio", Some(day)), one("istio", Some(day)), one("tekton", None)], &sources);
        let before = Date::parse("2026-12-31").unwrap();
        assert_eq!(impact.by_pack(before), "By pack:\n  istio   2 places in 1 file, ends on 2027-01-01\n  tekton  1 place in 1 file\n\n");
        assert_eq!(impact.on(before), "On 2026-12-31, nothing here leads to what has ended, as far as the rules say a day.\n\n");
        assert_eq!(impact.on(day), "On 2027-01-01, 2 places that lead to what has ended:\n  2027-01-01  istio, 2 places in 1 file\n\n");
    }
}
