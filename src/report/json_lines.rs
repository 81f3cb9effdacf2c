//! Owns the findings as JSON, one object a line: those of the JSON report, for programs that read while the run goes on.

use std::io::{self, Write};

use super::Report;
use super::json::{Places, finding};
use crate::diagnostic::{Diagnostic, Sources, Tally};

/// One finding a line, and nothing else.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonLines;

impl Report for JsonLines {
    fn findings(&mut self, found: &[Diagnostic], sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
        if found.is_empty() {
            return Ok(());
        }
        let places = Places::new(sources);
        for one in found {
            serde_json::to_writer(&mut *out, &finding(one, &places))?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }

    fn finish(&mut self, _: &Tally, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}
