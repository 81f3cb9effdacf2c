//! Owns what is said of the references that a file, or a line of it, has to do with: piece by piece, and what is decided.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::judge::Reading;
use crate::lint::shown;
use crate::locate::File;
use crate::occurrence::{Caution, Class, Confidence, Occurrence, Origin, Piece, Role, chart_out_of_sight};
use crate::plan::{Applicability, Decided as Planned, Plan, Verdict};
use crate::platform::Platform;
use crate::text::{FileId, Lines, Position, Span, harmless};

/// An explanation of a file or of a line in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explained {
    version: u32,
    /// The file, as people would type it.
    path: String,
    occurrences: Vec<One>,
    unread: Vec<Unread>,
}

/// One reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct One {
    #[serde(flatten)]
    place: Spot,
    reference: String,
    site: String,
    role: Role,
    class: Class,
    confidence: Confidence,
    canonical: Option<String>,
    /// Why there is no canonical name.
    invalid: Option<String>,
    platform: Option<Platform>,
    pieces: Vec<Part>,
    cautions: Vec<Warning>,
    decision: Decided,
}

/// A place in one of the files; none in the text that a chart prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Spot {
    path: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Part {
    text: String,
    origin: String,
    #[serde(flatten)]
    place: Spot,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Warning {
    message: String,
    places: Vec<Spot>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Unread {
    #[serde(flatten)]
    place: Spot,
    message: String,
}

/// What shall become of a reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
enum Decided {
    Becomes { target: String, mapping: String, applicability: Option<Applicability> },
    Refused { target: Option<String>, mapping: String, refusal: &'static str },
    Altered { reads: String },
    Hidden { variable: String },
    Undecided,
    Stays,
}

/// Whether there are mappings to decide by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decides {
    /// There are.
    Yes,
    /// There are none.
    No,
}

impl Explained {
    /// Explains what stands in `file`, or in line `line` (from 1) of it. In a chart the place is the value that names the image, and the
    /// template that prints it is asked for as well.
    pub fn new(reading: &Reading<'_>, plan: &Plan, file: &File<'_>, line: Option<usize>, decides: Decides) -> Self {
        let lines = Lines::new(file.bytes);
        let stands = |span: Span| {
            let (from, to) = (lines.position(span.start).line, lines.position(span.end).line);
            span.file == file.id && line.is_none_or(|line| (from..=to).contains(&line))
        };
        let is_asked = |one: &Occurrence| stands(one.place) || one.pieces.iter().any(|piece| stands(piece.span));
        let explained = Self::of(reading, plan, &|one, _| is_asked(one), decides);
        let spot = spots(reading);
        let faults = reading.located.faults.iter().filter(|fault| fault.span.file == file.id);
        let unread = faults.map(|fault| Unread { place: spot(fault.span), message: fault.message.clone() }).collect();
        Self { path: reading.path_of(file.id).to_owned(), unread, ..explained }
    }

    /// Explains the references of all files for which `is_asked`.
    pub fn of(reading: &Reading<'_>, plan: &Plan, is_asked: &dyn Fn(&Occurrence, &Planned) -> bool, decides: Decides) -> Self {
        let spot = spots(reading);
        let one = |(number, one, _): (usize, &Occurrence, &_)| {
            let verdict = plan.verdicts.get(number).unwrap_or(&Verdict::Kept);
            One::new(one, &spot, Decided::new(one, verdict, plan, decides))
        };
        Self {
            version: super::VERSION,
            path: String::new(),
            occurrences: reading.shown().filter(|(_, one, decided)| is_asked(one, decided)).map(one).collect(),
            unread: Vec::new(),
        }
    }

    /// The same for people; empty where there is nothing to say. What it says of scanned files steers nothing.
    pub fn human(&self) -> String {
        let mut out = String::new();
        for one in &self.occurrences {
            let _ = writeln!(out, "{} {}", harmless(&one.place.whole()), harmless(&one.reference));
            for (title, text) in one.lines(&self.path) {
                let _ = writeln!(out, "  {title:<10} {}", harmless(&text));
            }
            out.push('\n');
        }
        for Unread { place, message } in &self.unread {
            let _ = writeln!(out, "{}", harmless(&format!("{} not read from here: {message}", place.whole())));
        }
        out
    }
}

/// Where spans stand, for people. The lines of each file are counted once.
fn spots<'r>(reading: &'r Reading<'_>) -> impl Fn(Span) -> Spot + 'r {
    let known: RefCell<BTreeMap<FileId, Lines<'r>>> = RefCell::default();
    move |span: Span| match reading.file(span.file) {
        Some(file) => {
            let mut known = known.borrow_mut();
            let Position { line, column } = known.entry(file.id).or_insert_with(|| Lines::new(file.bytes)).position(span.start);
            Spot { path: Some(reading.path_of(file.id).to_owned()), line: Some(line), column: Some(column) }
        }
        None => Spot { path: None, line: None, column: None },
    }
}

impl Spot {
    fn whole(&self) -> String {
        match (&self.path, self.line, self.column) {
            (Some(path), Some(line), Some(column)) => format!("{path}:{line}:{column}"),
            _ => "rendering".to_owned(),
        }
    }

    /// Without the path, where it is `own`.
    fn seen_from(&self, own: &str) -> String {
        let whole = self.whole();
        let is_own = self.path.as_deref() == Some(own);
        whole.strip_prefix(own).filter(|_| is_own).map_or(whole.clone(), |rest| rest.trim_start_matches(':').to_owned())
    }
}

impl One {
    fn new(one: &Occurrence, spot: &dyn Fn(Span) -> Spot, decision: Decided) -> Self {
        let reference = one.reference();
        let piece = |piece: &Piece| Part { text: piece.shown().into_owned(), origin: origin(piece), place: spot(piece.span) };
        let warning = |caution: &Caution| match caution {
            Caution::AlsoUsed { variable, places } | Caution::Printed { variable, places, .. } => {
                let places = places.iter().map(|span| spot(*span)).collect();
                Some(Warning { message: format!("`{variable}` is used elsewhere too"), places })
            }
            Caution::AlsoPushed { variable, places } => {
                let places = places.iter().map(|span| spot(*span)).collect();
                Some(Warning { message: format!("`{variable}` is also what is built or pushed"), places })
            }
            Caution::Preceded { variable, at } => {
                let message = format!("something that is not known may stand before `{variable}`");
                Some(Warning { message, places: vec![spot(*at)] })
            }
            Caution::ChartElsewhere { chart } => {
                let does = if one.is_beginning() { "says which images are put behind it" } else { "may put a registry before it" };
                Some(Warning { message: format!("{} {does}", chart_out_of_sight(chart)), places: Vec::new() })
            }
            Caution::Unwritten { keys, .. } => Some(Warning {
                message: format!("a chart that is not edited brings it, by its values {}", keys.join(", ")),
                places: Vec::new(),
            }),
            Caution::NotDeployed => {
                Some(Warning { message: "no values in sight turn on the dependency that it belongs to".to_owned(), places: Vec::new() })
            }
            Caution::Chart(_) | Caution::Replaced | Caution::Keep(_) => None,
        };
        Self {
            place: spot(one.place),
            reference: one.expanded(),
            site: format!("{}/{}", one.format, one.site),
            role: one.role,
            class: one.class,
            confidence: one.confidence,
            canonical: reference.as_ref().ok().map(|reference| shown(&reference.canonical(), one)),
            invalid: reference.err().map(|invalid| invalid.to_string()),
            platform: one.platform.clone(),
            pieces: one.pieces.iter().map(piece).collect(),
            cautions: one.cautions.iter().filter_map(warning).collect(),
            decision,
        }
    }

    /// Its lines for people who asked for the file `own`.
    fn lines(&self, own: &str) -> Vec<(&'static str, String)> {
        let mut lines = vec![("site", format!("{}, role {}, class {}, confidence {}", self.site, self.role, self.class, self.confidence))];
        let none = || format!("none: {}", self.invalid.as_deref().unwrap_or_default());
        lines.push(("canonical", self.canonical.clone().unwrap_or_else(none)));
        lines.extend(self.platform.as_ref().map(|platform| ("platform", platform.to_string())));
        for (number, Part { text, origin, place }) in self.pieces.iter().enumerate() {
            let title = if number == 0 { "pieces" } else { "" };
            lines.push((title, format!("{:<28} {origin} {}", format!("`{text}`"), place.seen_from(own))));
        }
        for Warning { message, places } in &self.cautions {
            let places: Vec<String> = places.iter().map(|place| place.seen_from(own)).collect();
            lines.push(("caution", if places.is_empty() { message.clone() } else { format!("{message}: {}", places.join(", ")) }));
        }
        lines.push(("decision", self.decision.said()));
        lines
    }
}

fn origin(piece: &Piece) -> String {
    match &piece.origin {
        Origin::Literal => "as typed at".to_owned(),
        Origin::Default { variable } => format!("value of `{variable}` at"),
        Origin::Choice => "one of the template's own texts at".to_owned(),
        Origin::Sibling { key } => format!("key `{key}` at"),
        Origin::Unwritten { .. } => "can be written at".to_owned(),
        Origin::Absent { at } => format!("said by a packed chart; can be added as `{}` at", at.keys.join(".")),
        Origin::Implied => "put in by the format at".to_owned(),
        Origin::Modified { variable, by } => format!("`{variable}` changed by `{by}` at"),
        Origin::Unset { variable } => format!("`{variable}` has no value at"),
    }
}

impl Decided {
    fn new(one: &Occurrence, verdict: &Verdict, plan: &Plan, decides: Decides) -> Self {
        match verdict {
            Verdict::Fixed { fix, target, mapping } => Self::Becomes {
                target: shown(target, one),
                mapping: mapping.to_string(),
                applicability: plan.fixes.get(*fix).map(|fix| fix.applicability),
            },
            Verdict::Refused { refusal, target, mapping } => Self::Refused {
                target: target.as_deref().map(|target| shown(target, one)),
                mapping: mapping.to_string(),
                refusal: refusal.code(),
            },
            Verdict::Altered { reads, .. } => Self::Altered { reads: shown(reads, one) },
            Verdict::Unresolved { variable, .. } => Self::Hidden { variable: variable.to_string() },
            Verdict::Kept if decides == Decides::No => Self::Undecided,
            Verdict::Kept => Self::Stays,
        }
    }

    fn said(&self) -> String {
        match self {
            Self::Becomes { target, mapping, applicability } => {
                let level = applicability.map(|level| level.to_string()).unwrap_or_default();
                format!("becomes {target} by mapping `{mapping}` ({level})")
            }
            Self::Refused { target, mapping, refusal } => {
                let target = target.as_ref().map_or_else(String::new, |target| format!(" to become {target}"));
                format!("covered by mapping `{mapping}`{target}, and refused: {refusal}")
            }
            Self::Altered { reads } => format!("will read {reads}, as others that share bytes with it move; nobody uses it as it stands"),
            Self::Hidden { variable } => format!("none: `{variable}` hides where the name begins"),
            Self::Undecided => "none: there is no configuration".to_owned(),
            Self::Stays => "stays: no mapping covers it, or it reads already as it shall".to_owned(),
        }
    }
}
