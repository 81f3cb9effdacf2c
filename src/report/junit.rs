//! Owns the findings as results of tests in the XML of JUnit, which nearly every CI service shows.

use std::io::{self, Write};

use super::json::Places;
use super::xml::xml;
use super::{Report, Separator, said};
use crate::diagnostic::{Diagnostic, Severity, Sources, Tally};
use crate::text::{FileId, Span};

/// The XML of JUnit as Jenkins reads it: a suite for each file, a case for each finding. Errors are failures; warnings, which fail nothing, are
/// skipped. Paths are those from the top of the repository.
#[derive(Debug, Default)]
pub struct Junit {
    separator: Separator,
}

const HEAD: &[u8] = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"transship\">\n";

impl Report for Junit {
    fn findings(&mut self, found: &[Diagnostic], sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
        let places = Places::from_top(sources);
        let shown: Vec<&Diagnostic> = found.iter().filter(|one| one.is_shown()).collect();
        for of_file in shown.chunk_by(|a, b| a.place.file == b.place.file) {
            if self.separator == Separator::First {
                out.write_all(HEAD)?;
            }
            self.separator = Separator::Next;
            suite(of_file, &places, out)?;
        }
        Ok(())
    }

    fn finish(&mut self, tally: &Tally, out: &mut dyn Write) -> io::Result<()> {
        if self.separator == Separator::First {
            out.write_all(HEAD)?;
            // A report without a test is taken for one that was never written.
            let name = format!("no findings in {}", crate::text::count(tally.files, "file"));
            writeln!(out, "  <testsuite name=\"transship\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\">")?;
            writeln!(out, "    <testcase name=\"{name}\" classname=\"transship\"/>\n  </testsuite>")?;
        }
        out.write_all(b"</testsuites>\n")
    }
}

fn suite(found: &[&Diagnostic], places: &Places<'_>, out: &mut dyn Write) -> io::Result<()> {
    let place = found.first().map_or_else(|| Span::new(FileId(0), 0..0), |one| one.place);
    let path = xml(&places.path(place));
    let failures = found.iter().filter(|one| one.severity == Severity::Error).count();
    let (tests, skipped) = (found.len(), found.len() - failures);
    writeln!(out, "  <testsuite name=\"{path}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">")?;
    for one in found {
        let at = places.position(one.place.file, one.place.start);
        let name = xml(&format!("{}:{} {}: {}", at.line, at.column, one.lint, one.message));
        let said = xml(&said::line(one));
        writeln!(out, "    <testcase name=\"{name}\" classname=\"{path}\">")?;
        if one.severity == Severity::Error {
            writeln!(out, "      <failure message=\"{said}\" type=\"{}\">{path}:{}:{}</failure>", one.lint, at.line, at.column)?;
        } else {
            writeln!(out, "      <skipped>{said}</skipped>")?;
        }
        out.write_all(b"    </testcase>\n")?;
    }
    out.write_all(b"  </testsuite>\n")
}
