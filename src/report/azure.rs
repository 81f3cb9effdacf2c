//! Owns the findings as logging commands of Azure Pipelines, which show in the summary of a run.

use std::io::{self, Write};

use super::json::Places;
use super::{Report, said, summary};
use crate::diagnostic::{Diagnostic, Severity, Sources, Tally};
use crate::text::harmless;

/// The logging commands (learn.microsoft.com, "Logging commands": `##vso[task.logissue type=…;sourcepath=…;linenumber=…]message`); paths are those
/// from the top of the repository.
#[derive(Clone, Copy, Debug, Default)]
pub struct Azure;

impl Report for Azure {
    fn findings(&mut self, found: &[Diagnostic], sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
        let places = Places::from_top(sources);
        for one in found.iter().filter(|one| one.is_shown()) {
            let kind = if one.severity == Severity::Error { "error" } else { "warning" };
            let at = places.position(one.place.file, one.place.start);
            let (path, code) = (property(&places.path(one.place)), property(one.lint));
            let place = format!("sourcepath={path};linenumber={};columnnumber={};code={code}", at.line, at.column);
            writeln!(out, "##vso[task.logissue type={kind};{place}]{}", data(&said::line(one)))?;
        }
        Ok(())
    }

    fn finish(&mut self, tally: &Tally, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(summary::of(tally).as_bytes())
    }
}

/// Escapes a message (azure-pipelines-task-lib `escapedata`).
fn data(text: &str) -> String {
    text.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property (azure-pipelines-task-lib `escape`).
fn property(text: &str) -> String {
    data(&harmless(text)).replace(']', "%5D").replace(';', "%3B")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{FileId, Span};

    #[test]
    fn escapes_what_would_end_a_command() {
        let mut one = Diagnostic::new("old-registry", Severity::Error, "100%", Span::new(FileId(0), 2..3));
        one.help = Some("do ##vso[task.complete] this".into());
        let mut out = Vec::new();
        Azure.findings(&[one], &Sources::one(FileId(0), "a;b]c", b"x\ny\n"), &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        let want = "##vso[task.logissue type=error;sourcepath=a%3Bb%5Dc;linenumber=2;columnnumber=1;code=old-registry]100%AZP25; do ##vso\\u{5b}task.complete] this\n";
        assert_eq!(out, want);
    }
}
