//! Owns the findings as SARIF 2.1.0, which code-scanning services read.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::fingerprints::Fingerprints;
use super::json::Places;
use super::{Report, Separator, said};
use crate::credentials::percent_encoded;
use crate::diagnostic::{By, Diagnostic, Sources, Standing, Tally};
use crate::lint::{Told, all};
use crate::text::{Position, Span};

/// The SARIF report (OASIS, SARIF 2.1.0); paths are those from the top of the repository.
#[derive(Debug, Default)]
pub struct Sarif {
    separator: Separator,
    fingerprints: Fingerprints,
}

impl Report for Sarif {
    fn findings(&mut self, found: &[Diagnostic], sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
        let places = Places::from_top(sources);
        for one in found {
            if self.separator == Separator::First {
                out.write_all(head().as_bytes())?;
            }
            let fingerprint = self.fingerprints.next(one, sources);
            write!(out, "{}{}", self.separator.next(), result(one, &fingerprint, &places))?;
        }
        Ok(())
    }

    fn suppressed(&mut self, found: &[Diagnostic], sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
        self.findings(found, sources, out)
    }

    fn finish(&mut self, _: &Tally, out: &mut dyn Write) -> io::Result<()> {
        if self.separator == Separator::First {
            out.write_all(head().as_bytes())?;
        }
        out.write_all(b"\n]}]}\n")
    }
}

/// Everything before the results: the tool and its rules.
fn head() -> String {
    let rules: Vec<Value> = all()
        .iter()
        .map(|lint| {
            json!({
                "id": lint.code,
                "shortDescription": {"text": lint.about},
                "helpUri": said::page(lint.code),
                "defaultConfiguration": {"level": said::level(lint.severity), "enabled": lint.told != Told::WhenAsked},
            })
        })
        .collect();
    let tool = json!({"driver": {"name": "transship", "version": env!("CARGO_PKG_VERSION"), "informationUri": said::HOME, "rules": rules}});
    format!(
        "{{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{{\"tool\":{tool},\"columnKind\":\"unicodeCodePoints\",\"results\":["
    )
}

fn result(one: &Diagnostic, fingerprint: &str, places: &Places<'_>) -> Value {
    let text = said::parts(one).collect::<Vec<_>>().join("; ");
    let related: Vec<Value> = one
        .related
        .iter()
        .map(|(span, message)| {
            let mut location = location(*span, places);
            location["message"] = json!({"text": message});
            location
        })
        .collect();
    let mut result = json!({
        "ruleId": one.lint,
        "level": said::level(one.severity),
        "message": {"text": text},
        "locations": [location(one.place, places)],
        // Code scanning of GitHub looks at the first name alone, and makes a fingerprint of the line's text where it is not there.
        "partialFingerprints": {"primaryLocationLineHash": fingerprint, "transship/v1": fingerprint},
    });
    match &one.standing {
        Standing::Unasked => {}
        Standing::New => result["baselineState"] = json!("new"),
        Standing::Old { by, reason } => {
            if matches!(by, By::Baseline | By::Commit) {
                result["baselineState"] = json!("unchanged");
            }
            // What another commit has as well, nobody has accepted.
            if *by != By::Commit {
                let kind = if *by == By::Comment { "inSource" } else { "external" };
                let mut suppression = json!({"kind": kind, "status": "accepted"});
                if let Some(reason) = reason {
                    suppression["justification"] = json!(&**reason);
                }
                result["suppressions"] = json!([suppression]);
            }
        }
    }
    if !related.is_empty() {
        result["relatedLocations"] = Value::Array(related);
    }
    if let Some(fix) = &one.fix {
        let changes: Vec<Value> = fix.edits.iter().map(|edit| change(edit, places)).collect();
        result["fixes"] = json!([{"description": {"text": text}, "artifactChanges": changes}]);
    }
    result
}

fn location(span: Span, places: &Places<'_>) -> Value {
    json!({"physicalLocation": {"artifactLocation": {"uri": uri(&places.path(span))}, "region": region(span, places)}})
}

fn change(edit: &crate::plan::SpanEdit, places: &Places<'_>) -> Value {
    let deleted = region(edit.span, places);
    json!({
        "artifactLocation": {"uri": uri(&places.path(edit.span))},
        "replacements": [{"deletedRegion": deleted, "insertedContent": {"text": edit.text}}],
    })
}

fn region(span: Span, places: &Places<'_>) -> Value {
    let Position { line, column } = places.position(span.file, span.start);
    let end = places.position(span.file, span.end);
    json!({"startLine": line, "startColumn": column, "endLine": end.line, "endColumn": end.column})
}

/// A relative path as a URI reference: everything but unreserved characters and `/` in percent signs (RFC 3986, section 2).
fn uri(path: &str) -> String {
    path.split('/').map(percent_encoded).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Severity;
    use crate::text::FileId;

    #[test]
    fn is_one_object_with_and_without_findings() {
        let one = Diagnostic::new("old-registry", Severity::Error, "m", Span::new(FileId(0), 2..3));
        for found in [vec![], vec![one.clone(), one]] {
            let (mut sarif, mut out) = (Sarif::default(), Vec::new());
            sarif.findings(&found, &Sources::one(FileId(0), "a b", b"x\ny\n"), &mut out).unwrap();
            sarif.finish(&Tally::default(), &mut out).unwrap();
            let read: Value = serde_json::from_slice(&out).unwrap();
            let results = read["runs"][0]["results"].as_array().unwrap();
            assert_eq!(results.len(), found.len());
            if let Some(first) = results.first() {
                assert_eq!(first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "a%20b");
                assert_eq!(first["locations"][0]["physicalLocation"]["region"]["startLine"], 2);
            }
        }
    }
}
