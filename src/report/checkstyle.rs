//! Owns the findings as XML of Checkstyle, which many services read.

use std::io::{self, Write};

use super::json::Places;
use super::xml::xml;
use super::{Report, said};
use crate::diagnostic::{Diagnostic, Sources, Tally};

/// The XML of Checkstyle's own listener (checkstyle `XMLLogger`): a `file` with its `error`s; paths are those from the top of the repository.
#[derive(Debug, Default)]
pub struct Checkstyle {
    begun: Begun,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Begun {
    #[default]
    Nothing,
    Document,
    File(String),
}

impl Checkstyle {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.begun == Begun::Nothing {
            out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"10.0\">\n")?;
            self.begun = Begun::Document;
        }
        Ok(())
    }

    fn end_file(&self, out: &mut dyn Write) -> io::Result<()> {
        if matches!(self.begun, Begun::File(_)) { out.write_all(b"  </file>\n") } else { Ok(()) }
    }
}

impl Report for Checkstyle {
    fn findings(&mut self, found: &[Diagnostic], sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
        let places = Places::from_top(sources);
        for one in found.iter().filter(|one| one.is_shown()) {
            self.begin(out)?;
            let path = places.path(one.place);
            if !matches!(&self.begun, Begun::File(open) if *open == path) {
                self.end_file(out)?;
                writeln!(out, "  <file name=\"{}\">", xml(&path))?;
                self.begun = Begun::File(path);
            }
            let at = places.position(one.place.file, one.place.start);
            let (severity, message) = (said::level(one.severity), xml(&said::line(one)));
            writeln!(
                out,
                "    <error line=\"{}\" column=\"{}\" severity=\"{severity}\" message=\"{message}\" source=\"transship.{}\"/>",
                at.line, at.column, one.lint
            )?;
        }
        Ok(())
    }

    fn finish(&mut self, _: &Tally, out: &mut dyn Write) -> io::Result<()> {
        self.begin(out)?;
        self.end_file(out)?;
        out.write_all(b"</checkstyle>\n")
    }
}
