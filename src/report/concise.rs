//! Owns the findings as one line each, which `grep` and the error lists of editors read.

use std::io::{self, Write};

use super::json::Places;
use super::{Report, said};
use crate::diagnostic::{Diagnostic, Sources, Tally};
use crate::text::harmless;

/// `PATH:LINE:COLUMN: SEVERITY[LINT] MESSAGE; HELP`, with the path as it would be typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Concise;

impl Report for Concise {
    fn findings(&mut self, found: &[Diagnostic], sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
        let places = Places::new(sources);
        for one in found.iter().filter(|one| one.is_shown()) {
            let at = places.position(one.place.file, one.place.start);
            let (path, level) = (harmless(&places.path(one.place)), said::level(one.severity));
            writeln!(out, "{path}:{}:{}: {level}[{}] {}", at.line, at.column, one.lint, said::line(one))?;
        }
        Ok(())
    }

    fn finish(&mut self, _: &Tally, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}
