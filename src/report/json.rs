//! Owns the findings as one JSON object: `{version, diagnostics, summary}`.

use std::io::{self, Write};

use serde::Serialize;

use super::statistics::Statistics;
use super::{Report, Separator, VERSION};
use crate::diagnostic::{Diagnostic, Severity, Source, Sources, Standing, Tally};
use crate::occurrence::Class;
use crate::plan::Applicability;
use crate::text::{Edits, Lines, Position, Span};

/// The JSON report.
#[derive(Debug, Default)]
pub struct Json {
    separator: Separator,
    statistics: Option<Statistics>,
    changes: Option<Vec<Changed>>,
    plan: Option<String>,
}

/// A file that a fix changed, or would change.
#[derive(Debug, Serialize)]
pub struct Changed {
    path: String,
    edits: Vec<Replaced>,
}

/// Bytes of the old text, and what comes in their place.
#[derive(Debug, Serialize)]
struct Replaced {
    start: usize,
    end: usize,
    text: String,
}

impl Changed {
    /// A file by its path as people type it, and the edits made in it.
    #[must_use]
    pub fn new(path: &str, edits: &Edits) -> Self {
        let replaced = |edit: &crate::text::Edit| Replaced { start: edit.range.start, end: edit.range.end, text: edit.text.clone() };
        Self { path: path.to_owned(), edits: edits.as_slice().iter().map(replaced).collect() }
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// In how many places it changed.
    #[must_use]
    pub const fn places(&self) -> usize {
        self.edits.len()
    }
}

impl Json {
    /// A report with numbers of the findings.
    #[must_use]
    pub fn with_statistics(statistics: Option<Statistics>) -> Self {
        Self { statistics, ..Self::default() }
    }

    /// A report of a fix: what it changed comes between what is left and the numbers.
    #[must_use]
    pub fn of_fix() -> Self {
        Self { changes: Some(Vec::new()), ..Self::default() }
    }

    /// Takes in what a plan is called that is only shown.
    pub fn named(&mut self, plan: Option<String>) {
        self.plan = plan;
    }

    /// Takes in files that were changed.
    pub fn changed(&mut self, changed: Vec<Changed>) {
        self.changes.get_or_insert_default().extend(changed);
    }
}

/// One finding, as it is written.
#[derive(Debug, Serialize)]
pub struct Finding<'a> {
    lint: &'a str,
    severity: Severity,
    #[serde(flatten)]
    place: Place,
    message: &'a str,
    label: Option<&'a str>,
    help: Option<&'a str>,
    reference: Option<&'a str>,
    target: Option<&'a str>,
    mapping: Option<&'a str>,
    pack: Option<&'a str>,
    ends: Option<String>,
    refusal: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<Class>,
    fix: Option<Fix<'a>>,
    #[serde(flatten)]
    before: Option<Before<'a>>,
    related: Vec<Related<'a>>,
}

#[derive(Debug, Serialize)]
struct Place {
    path: String,
    line: usize,
    column: usize,
    start: usize,
    end: usize,
}

#[derive(Debug, Serialize)]
struct Fix<'a> {
    applicability: Applicability,
    caution: Option<&'a str>,
    edits: Vec<Edit<'a>>,
}

#[derive(Debug, Serialize)]
struct Edit<'a> {
    path: String,
    start: usize,
    end: usize,
    text: &'a str,
}

/// Whether it was there before.
#[derive(Debug, Serialize)]
struct Before<'a> {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Related<'a> {
    #[serde(flatten)]
    place: Place,
    message: &'a str,
}

impl Report for Json {
    fn findings(&mut self, found: &[Diagnostic], sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
        if found.is_empty() {
            return Ok(());
        }
        if let Some(statistics) = &mut self.statistics {
            statistics.take(found, sources);
        }
        let places = Places::new(sources);
        for one in found {
            let separator = if self.separator == Separator::First { head() } else { String::new() };
            write!(out, "{separator}{}", self.separator.next())?;
            serde_json::to_writer(&mut *out, &finding(one, &places))?;
        }
        Ok(())
    }

    fn finish(&mut self, tally: &Tally, out: &mut dyn Write) -> io::Result<()> {
        if self.separator == Separator::First {
            out.write_all(head().as_bytes())?;
        }
        out.write_all(b"\n]")?;
        if let Some(changes) = &self.changes {
            out.write_all(b",\"changed\":")?;
            serde_json::to_writer(&mut *out, changes)?;
        }
        if let Some(plan) = &self.plan {
            out.write_all(b",\"plan\":")?;
            serde_json::to_writer(&mut *out, plan)?;
        }
        out.write_all(b",\"summary\":")?;
        serde_json::to_writer(&mut *out, tally)?;
        if let Some(statistics) = &self.statistics {
            out.write_all(b",\"statistics\":")?;
            serde_json::to_writer(&mut *out, statistics)?;
        }
        out.write_all(b"}\n")
    }
}

fn head() -> String {
    format!("{{\"version\":{VERSION},\"diagnostics\":[")
}

/// One finding in the form of the report.
pub(super) fn finding<'a>(one: &'a Diagnostic, places: &Places<'_>) -> Finding<'a> {
    let fix = one.fix.as_ref().map(|fix| Fix {
        applicability: fix.applicability,
        caution: fix.caution.as_deref(),
        edits: fix
            .edits
            .iter()
            .map(|edit| Edit { path: places.path(edit.span), start: edit.span.start, end: edit.span.end, text: &edit.text })
            .collect(),
    });
    Finding {
        lint: one.lint,
        severity: one.severity,
        place: places.of(one.place),
        message: &one.message,
        label: one.label.as_deref(),
        help: one.help.as_deref(),
        reference: one.reference.as_deref(),
        target: one.target.as_deref(),
        mapping: one.mapping.as_deref(),
        pack: one.pack.as_deref(),
        ends: one.ends.map(|day| day.to_string()),
        refusal: one.refusal,
        class: one.residue.map(|residue| residue.class),
        fix,
        before: before(&one.standing),
        related: one.related.iter().map(|(span, message)| Related { place: places.of(*span), message }).collect(),
    }
}

fn before(standing: &Standing) -> Option<Before<'_>> {
    match standing {
        Standing::Unasked => None,
        Standing::New => Some(Before { state: "new", by: None, reason: None }),
        Standing::Old { by, reason } => Some(Before { state: "old", by: Some(by.word()), reason: reason.as_deref() }),
    }
}

/// The lines of the files at hand, found once for all findings in them.
pub(super) struct Places<'a> {
    sources: &'a Sources,
    spelled: fn(&Source) -> &str,
    lines: Vec<(crate::text::FileId, Lines<'a>)>,
}

impl<'a> Places<'a> {
    pub(super) fn new(sources: &'a Sources) -> Self {
        Self {
            sources,
            spelled: |source| &source.shown,
            lines: sources.iter().map(|source| (source.id, Lines::new(&source.text))).collect(),
        }
    }

    /// The same, with paths from the top of the repository: a service knows nothing of the folder that we ran in.
    pub(super) fn from_top(sources: &'a Sources) -> Self {
        Self { spelled: |source| &source.path, ..Self::new(sources) }
    }

    pub(super) fn path(&self, span: Span) -> String {
        self.sources.get(span.file).map(|source| (self.spelled)(source).to_owned()).unwrap_or_default()
    }

    pub(super) fn position(&self, file: crate::text::FileId, offset: usize) -> Position {
        let lines = self.lines.iter().find(|(id, _)| *id == file);
        lines.map_or(Position { line: 1, column: 1 }, |(_, lines)| lines.position(offset))
    }

    fn of(&self, span: Span) -> Place {
        let Position { line, column } = self.position(span.file, span.start);
        Place { path: self.path(span), line, column, start: span.start, end: span.end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Fix, SpanEdit};
    use crate::text::FileId;

    #[test]
    fn is_one_object_with_places_in_bytes_and_lines() {
        let place = Span::new(FileId(7), 5..8);
        let mut one = Diagnostic::new("old-registry", Severity::Error, "m", place);
        let edits = vec![SpanEdit { span: Span::new(FileId(7), 5..6), text: "r.io/a".into() }];
        one.fix = Some(std::sync::Arc::new(Fix { edits, applicability: Applicability::Safe, caution: None }));
        let sources = Sources::one(FileId(7), "Dockerfile", b"FROM a/b\n");
        let (mut json, mut out) = (Json::default(), Vec::new());
        json.findings(&[one.clone(), one], &sources, &mut out).unwrap();
        json.finish(&Tally { findings: 2, ..Tally::default() }, &mut out).unwrap();
        let read: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(read["version"], 1);
        assert_eq!(read["summary"]["findings"], 2);
        let first = &read["diagnostics"][0];
        assert_eq!((&first["path"], &first["line"], &first["column"]), (&"Dockerfile".into(), &1.into(), &6.into()));
        assert_eq!(first["fix"]["edits"][0]["text"], "r.io/a");
        assert_eq!(first["fix"]["applicability"], "safe");
        assert!(first["refusal"].is_null() && first["target"].is_null());
    }

    #[test]
    fn is_an_object_also_without_findings() {
        let (mut json, mut out) = (Json::default(), Vec::new());
        json.finish(&Tally::default(), &mut out).unwrap();
        let read: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(read["diagnostics"], serde_json::json!([]));
    }
}
