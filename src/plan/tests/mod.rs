#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]
//! Owns the tests of planning: small synthetic files, and mappings by prefix.

mod pieces;
mod proving;
mod refusing;
mod sharing;

use std::sync::Arc;

use crate::mapping::{Decision, Kinship, Target};
use crate::occurrence::{Class, Confidence, Occurrence, Origin, Piece, Role, Spelling};
use crate::reference::{DOCKER_HUB, Part, Reference};
use crate::text::{FileId, Span};

use super::{Applicability, Plan, Refusal, Verdict, plan};

/// Files that are written line by line; each line hands out its span.
#[derive(Default)]
struct Files(Vec<String>);

impl Files {
    /// Writes a line into file number `file`.
    fn line(&mut self, file: u32, text: &str) -> Span {
        let index = file as usize;
        while self.0.len() <= index {
            self.0.push(String::new());
        }
        let start = self.0[index].len();
        self.0[index].push_str(text);
        self.0[index].push('\n');
        Span::new(FileId(file), start..start + text.len())
    }

    /// All files after the plan's fixes of any applicability.
    fn fixed(&self, plan: &Plan) -> Vec<String> {
        let bytes = |(file, text): (usize, &String)| {
            let edits = plan.edits_for(FileId(u32::try_from(file).unwrap()), Applicability::Unsafe);
            String::from_utf8(edits.apply(text.as_bytes())).unwrap()
        };
        self.0.iter().enumerate().map(bytes).collect()
    }
}

fn literal(text: &str, span: Span) -> Piece {
    Piece::literal(text, span)
}

fn default(variable: &str, text: &str, span: Span) -> Piece {
    Piece { origin: Origin::Default { variable: variable.into() }, ..Piece::literal(text, span) }
}

fn sibling(key: &str, text: &str, span: Span) -> Piece {
    Piece { origin: Origin::Sibling { key: key.into() }, spelling: Spelling::Plain, ..Piece::literal(text, span) }
}

fn modified(variable: &str, text: &str, span: Span) -> Piece {
    Piece { origin: Origin::Modified { variable: variable.into(), by: format!("${{{variable}%x}}").into() }, ..Piece::literal(text, span) }
}

fn implied(text: &str, at: Span) -> Piece {
    Piece::implied(text, at)
}

/// An occurrence of these pieces, at its last piece's span.
fn occurrence(pieces: Vec<Piece>) -> Occurrence {
    Occurrence {
        format: "f".into(),
        site: "s".into(),
        role: Role::Pull,
        class: Class::Deploy,
        confidence: Confidence::High,
        place: pieces.last().unwrap().span,
        pieces,
        platform: None,
        cautions: Vec::new(),
    }
}

/// Mappings by prefix of the canonical name, the first that fits. A target without a domain stays on Docker Hub.
const MAPPINGS: [(&str, &str); 6] = [
    ("docker.io/lablup/", "cr.backend.ai/stable/"),
    ("docker.io/old/app", "cr.backend.ai/new/app:9@drop"),
    ("docker.io/", "mirror.example.com/hub/"),
    ("quay.io/flat/one/", "gcr.io/flat-"),
    ("quay.io/hub/", ""),
    ("quay.io/", "mirror.example.com/quay/"),
];

fn decide(_: &Occurrence, reference: &Reference) -> Decision {
    let canonical = reference.name().to_string();
    for (from, to) in MAPPINGS {
        let mapping: Arc<str> = from.into();
        let single = reference.is_docker_hub() && !reference.path().contains('/') && from.starts_with(DOCKER_HUB);
        if single && reference.has_hole(Part::Path) {
            return Decision::Undecided { mapping, part: Part::Path };
        }
        let Some(rest) = canonical.strip_prefix(from) else { continue };
        let end = reference.range(Part::Path).unwrap().end;
        let text = match to.strip_suffix("@drop") {
            Some(to) => to.to_owned(),
            None => format!("{to}{rest}{}", &reference.as_str()[end..]),
        };
        return Decision::Mapped(Target {
            mapping,
            candidates: vec![Reference::parse_with_holes(&text).unwrap()],
            kinship: Kinship::Copy,
            scheme: None,
            held: None,
            doubt: None,
        });
    }
    Decision::Unchanged
}

fn planned(found: &[Occurrence]) -> Plan {
    plan(found, &decide)
}

/// Plans with these targets, old text and new, for whatever occurrence reads as the old.
fn planned_to(found: &[Occurrence], targets: &[(&str, &str)]) -> Plan {
    plan(found, &|_, reference| match targets.iter().find(|(old, _)| *old == reference.as_str()) {
        Some((_, new)) => Decision::Mapped(Target {
            mapping: "m".into(),
            candidates: vec![Reference::parse(new).unwrap()],
            kinship: Kinship::Copy,
            scheme: None,
            held: None,
            doubt: None,
        }),
        None => Decision::Unchanged,
    })
}

fn target(verdict: &Verdict) -> &str {
    match verdict {
        Verdict::Fixed { target, .. } => target,
        other => panic!("not fixed: {other:?}"),
    }
}

fn code(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Refused { refusal, .. } => refusal.code(),
        Verdict::Kept => "kept",
        Verdict::Fixed { .. } => "fixed",
        Verdict::Altered { .. } => "altered",
        Verdict::Unresolved { .. } => "unresolved",
    }
}

fn refusal(verdict: &Verdict) -> &Refusal {
    match verdict {
        Verdict::Refused { refusal, .. } => refusal,
        other => panic!("not refused: {other:?}"),
    }
}
