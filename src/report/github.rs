//! Owns the findings as GitHub's workflow commands, which show as annotations in a pull request.

use std::io::{self, Write};

use super::json::Places;
use super::residue::Residue;
use super::{Report, said, summary};
use crate::diagnostic::{Diagnostic, Severity, Sources, Tally};
use crate::text::harmless;

/// The workflow commands of GitHub Actions; paths are those from the top of the repository (docs.github.com, "Workflow commands": `::error file=…,line=…,col=…,title=…::message`).
#[derive(Debug, Default)]
pub struct GitHub {
    residue: Residue,
    /// What is less than an error: it comes last, for of a step's annotations ten are shown.
    later: Vec<u8>,
}

impl Report for GitHub {
    fn findings(&mut self, found: &[Diagnostic], sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
        self.residue.take(found, sources);
        let places = Places::from_top(sources);
        // What stands somewhere on purpose would fill the few annotations that are shown.
        let stays = |one: &Diagnostic| one.severity == Severity::Note && one.residue.is_some_and(|residue| !residue.class.is_in_use());
        for one in found.iter().filter(|one| !stays(one) && !one.is_old()) {
            let level = match one.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "notice",
            };
            let path = property(&places.path(one.place));
            let from = places.position(one.place.file, one.place.start);
            let to = places.position(one.place.file, one.place.end);
            let text: Vec<String> = said::parts(one).map(harmless).collect();
            let out: &mut dyn Write = if one.severity == Severity::Error { &mut *out } else { &mut self.later };
            writeln!(
                out,
                "::{level} file={path},line={},col={},endLine={},title={}::{}",
                from.line,
                from.column,
                to.line,
                property(one.lint),
                data(&text.join("\n"))
            )?;
        }
        Ok(())
    }

    fn finish(&mut self, tally: &Tally, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&std::mem::take(&mut self.later))?;
        std::mem::take(&mut self.residue).write_closing(out)?;
        out.write_all(summary::of(tally).as_bytes())
    }
}

/// Escapes a message (actions/toolkit `escapeData`).
pub(super) fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property (actions/toolkit `escapeProperty`).
pub(super) fn property(text: &str) -> String {
    data(&harmless(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{FileId, Span};

    #[test]
    fn escapes_what_would_end_a_command() {
        let mut one = Diagnostic::new("old-registry", Severity::Error, "100%", Span::new(FileId(0), 2..3));
        one.help = Some("do: this".into());
        let mut out = Vec::new();
        GitHub::default().findings(&[one], &Sources::one(FileId(0), "a,b:c", b"x\ny\n"), &mut out).unwrap();
        let want = "::error file=a%2Cb%3Ac,line=2,col=1,endLine=2,title=old-registry::100%25%0Ado: this\n";
        assert_eq!(String::from_utf8(out).unwrap(), want);
    }
}
