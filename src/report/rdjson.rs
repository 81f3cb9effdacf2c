//! Owns the findings in the diagnostic format of reviewdog, with fixes that a review can suggest.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::json::Places;
use super::{Report, Separator, said};
use crate::diagnostic::{Diagnostic, Severity, Sources, Tally};
use crate::text::{FileId, Lines, Span};

/// `rdjson` (reviewdog, `proto/rdf/reviewdog.proto`): columns count bytes, from 1; paths are those from the top of the repository.
#[derive(Debug, Default)]
pub struct Rdjson {
    separator: Separator,
}

impl Report for Rdjson {
    fn findings(&mut self, found: &[Diagnostic], sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
        let places = Places::from_top(sources);
        let lines: Vec<(FileId, Lines<'_>)> = sources.iter().map(|source| (source.id, Lines::new(&source.text))).collect();
        for one in found.iter().filter(|one| one.is_shown()) {
            let range = |span: Span| range(&lines, span);
            let mut diagnostic = json!({
                "message": said::line(one),
                "location": {"path": places.path(one.place), "range": range(one.place)},
                "severity": if one.severity == Severity::Error { "ERROR" } else { "WARNING" },
                "code": {"value": one.lint, "url": said::page(one.lint)},
            });
            // A suggestion speaks of the file that it stands beside.
            let fix = one.fix.as_ref().filter(|fix| fix.edits.iter().all(|edit| edit.span.file == one.place.file));
            if let Some(fix) = fix {
                let edits = fix.edits.iter().map(|edit| json!({"range": range(edit.span), "text": edit.text}));
                diagnostic["suggestions"] = edits.collect::<Vec<Value>>().into();
            }
            let opening = if self.separator == Separator::First { head() } else { String::new() };
            write!(out, "{opening}{}{diagnostic}", self.separator.next())?;
        }
        Ok(())
    }

    fn finish(&mut self, _: &Tally, out: &mut dyn Write) -> io::Result<()> {
        if self.separator == Separator::First {
            out.write_all(head().as_bytes())?;
        }
        out.write_all(b"\n]}\n")
    }
}

fn head() -> String {
    format!("{{\"source\":{},\"diagnostics\":[", json!({"name": "transship", "url": said::HOME}))
}

fn range(lines: &[(FileId, Lines<'_>)], span: Span) -> Value {
    let place = |offset: usize| {
        let lines = lines.iter().find(|(file, _)| *file == span.file).map(|(_, lines)| lines);
        let (line, start) = lines.map_or((1, offset), |lines| {
            let line = lines.position(offset).line;
            (line, lines.range(line).start)
        });
        json!({"line": line, "column": offset.saturating_sub(start) + 1})
    };
    json!({"start": place(span.start), "end": place(span.end)})
}
