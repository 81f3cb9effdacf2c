//! Owns the findings as a Code Quality report of GitLab, which shows them in a merge request.

use std::io::{self, Write};

use serde_json::json;

use super::fingerprints::Fingerprints;
use super::json::Places;
use super::{Report, Separator, said};
use crate::diagnostic::{Diagnostic, Severity, Sources, Tally};

/// The report (docs.gitlab.com, "Code Quality report format"); paths are those from the top of the repository.
#[derive(Debug, Default)]
pub struct GitLab {
    separator: Separator,
    fingerprints: Fingerprints,
}

impl Report for GitLab {
    fn findings(&mut self, found: &[Diagnostic], sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
        let places = Places::from_top(sources);
        for one in found {
            let fingerprint = self.fingerprints.next(one, sources);
            if !one.is_shown() {
                continue;
            }
            let begin = places.position(one.place.file, one.place.start).line;
            let end = places.position(one.place.file, one.place.end).line;
            let severity = match one.severity {
                Severity::Error => "major",
                Severity::Warning => "minor",
                Severity::Note => "info",
            };
            let issue = json!({
                "description": said::line(one),
                "check_name": one.lint,
                "fingerprint": fingerprint,
                "severity": severity,
                "location": {"path": places.path(one.place), "lines": {"begin": begin, "end": end}},
            });
            let opening = if self.separator == Separator::First { "[" } else { "" };
            write!(out, "{opening}{}{issue}", self.separator.next())?;
        }
        Ok(())
    }

    fn finish(&mut self, _: &Tally, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(if self.separator == Separator::First { b"[]\n" } else { b"\n]\n" })
    }
}
