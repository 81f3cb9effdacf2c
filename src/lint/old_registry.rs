//! `old-registry`: a reference that a mapping moves elsewhere.

use std::sync::Arc;

use super::{Lint, Told, pushed_to_old, shown, split_conflict, unresolved_reference, unwritten_image};
use crate::diagnostic::{Diagnostic, Severity};
use crate::mapping::{Date, Held, Mapping};
use crate::occurrence::{Keep, Occurrence, Origin, Piece, Role};
use crate::plan::{Applicability, Fix, Refusal, Verdict};
use crate::reference::{Part, Reference};
use crate::text::{Edit, Edits, Span};

/// What it is.
pub const LINT: Lint = Lint {
    code: "old-registry",
    severity: Severity::Error,
    told: Told::Usually,
    about: "A mapping moves the reference elsewhere. A warning while the mapping's `until` lies ahead, and where the reference is never rewritten.",
};

/// What the lint looks at.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// The occurrence.
    pub occurrence: &'a Occurrence,
    /// What its pieces spell.
    pub reference: &'a Reference,
    /// What the plan says of it.
    pub verdict: &'a Verdict,
    /// The plan's fixes.
    pub fixes: &'a [Arc<Fix>],
    /// The bytes of the file that the occurrence is in.
    pub text: &'a [u8],
    /// The mapping that covers it.
    pub mapping: Option<&'a Mapping>,
    /// The command that makes the file again, where a program writes it.
    pub renew: Option<String>,
    /// The day that its `until` is compared with.
    pub today: Date,
}

/// The code of what is found of an occurrence that a mapping covers, as far as it says so by itself.
#[must_use]
pub fn code(occurrence: &Occurrence) -> &'static str {
    if pushed_to_old::is_meant(occurrence) {
        pushed_to_old::LINT.code
    } else if unwritten_image::keys(occurrence).is_some() {
        unwritten_image::LINT.code
    } else {
        LINT.code
    }
}

/// The finding, when a mapping covers the occurrence. The left side of a copy list names the old registry on purpose: no finding.
pub fn report(case: &Case<'_>) -> Option<Diagnostic> {
    if case.occurrence.role == Role::Source {
        return None;
    }
    let mut found = match case.verdict {
        Verdict::Fixed { fix, target, mapping } => fixed(case, case.fixes.get(*fix)?, target, mapping),
        Verdict::Altered { fix, reads, .. } => altered(case, case.fixes.get(*fix)?, reads),
        Verdict::Refused { refusal: Refusal::Hidden { .. }, target: None, mapping } => {
            return Some(unresolved_reference::report(case.occurrence, Some(mapping)));
        }
        Verdict::Refused { refusal: Refusal::Split, target: Some(target), mapping } if unwritten_image::keys(case.occurrence).is_some() => {
            let mut found = base(case, Severity::Error, Some(target), mapping);
            let keys = unwritten_image::keys(case.occurrence).unwrap_or_default().join("`, `");
            found.label = Some(format!("mapping `{mapping}`; not fixed: there is no place for what would have to be added"));
            found.help =
                Some(format!("set `{keys}` in the values of this deployment so that it reads `{}`", shown(target, case.occurrence)));
            found
        }
        Verdict::Refused { refusal, target, mapping } => refused(case, refusal, target.as_deref(), mapping),
        Verdict::Kept | Verdict::Unresolved { .. } => return None,
    };
    found.pack = case.mapping.and_then(Mapping::pack).map(Into::into);
    found.ends = case.mapping.and_then(|mapping| mapping.until);
    if let Some(day) = found.ends {
        let says = if case.today < day {
            found.severity = found.severity.min(Severity::Warning);
            format!("an error from {day}")
        } else {
            format!("ended on {day}")
        };
        found.label = found.label.map(|label| format!("{label}, {says}"));
    }
    if let Some(told) = case.mapping.and_then(Mapping::told) {
        found.label = found.label.map(|label| format!("{label}: {told}"));
    }
    Some(found)
}

/// The finding for an occurrence that somebody holds back: what it is, without a fix.
pub fn suppressed(case: &Case<'_>, target: Option<&str>, mapping: &Arc<str>) -> Diagnostic {
    let found = base(case, Severity::Error, target, mapping);
    Diagnostic { pack: case.mapping.and_then(Mapping::pack).map(Into::into), ends: case.mapping.and_then(|mapping| mapping.until), ..found }
}

fn base(case: &Case<'_>, severity: Severity, target: Option<&str>, mapping: &Arc<str>) -> Diagnostic {
    let message = message(case, target);
    let mut found = Diagnostic::new(code(case.occurrence), severity, message, case.occurrence.place);
    found.label = Some(format!("mapping `{mapping}`"));
    found.reference = Some(case.occurrence.expanded());
    found.target = target.map(|target| written(case, target));
    found.mapping = Some(Arc::clone(mapping));
    found
}

/// What a mapping makes of the occurrence, as it is written there: an address of charts begins as its place wants it.
fn written(case: &Case<'_>, target: &str) -> String {
    let text = shown(target, case.occurrence);
    match (case.occurrence.chart(), case.mapping.and_then(|mapping| mapping.charts)) {
        (Some(address), Some(charts)) => format!("{}{}", address.begins(charts.to), text.trim_end_matches('/')),
        _ => text,
    }
}

/// The name as it was typed, without tag and digest.
fn name(reference: &Reference) -> &str {
    reference.range(Part::Path).and_then(|path| reference.as_str().get(..path.end)).unwrap_or_default()
}

/// A new registry is said by the old one's name; a new path on the same registry by both names.
fn message(case: &Case<'_>, target: Option<&str>) -> String {
    let old = case.reference.name();
    let said = shown(name(case.reference), case.occurrence);
    if let (Some(address), Some(charts), Some(target)) = (case.occurrence.chart(), case.mapping.and_then(|one| one.charts), target) {
        let (from, to) = (address.scheme.prefix(), charts.to.prefix());
        let bare = |text: &str| shown(text, case.occurrence).trim_end_matches('/').to_owned();
        return format!("`{from}{}` has moved to `{to}{}`", bare(case.reference.as_str()), bare(target));
    }
    let new = target.and_then(|target| Reference::parse_with_holes(target).ok());
    match &new {
        Some(new) if new.name() == old => format!("`{said}` has a new tag or digest"),
        Some(new) if new.name().domain == old.domain => {
            format!("`{said}` has moved to `{}`", shown(&new.name().familiar(), case.occurrence))
        }
        _ => format!("`{said}` is served by `{}`", shown(&old.domain, case.occurrence)),
    }
}

fn fixed(case: &Case<'_>, fix: &Arc<Fix>, target: &str, mapping: &Arc<str>) -> Diagnostic {
    let mut found = base(case, Severity::Error, Some(target), mapping);
    found.help = Some(help(case, fix, target));
    let place = case.occurrence.place;
    // What the help says as it is written is not shown a second time.
    let all = if added(case, fix).is_some() { &[] } else { fix.edits.as_slice() };
    let elsewhere = all.iter().filter(|edit| !place.contains(edit.span));
    let marks = |span: Span| case.occurrence.chart().and_then(|chart| chart.mark.as_ref()).is_some_and(|mark| mark.at == span);
    let own = |span: Span| marks(span) || case.occurrence.pieces.iter().any(|piece| piece.span.contains(span));
    found.related = elsewhere.filter(|edit| own(edit.span)).map(|edit| (edit.span, said(&edit.text, edit.span.is_empty()))).collect();
    found.fix = Some(Arc::clone(fix));
    found
}

/// Nobody deploys it, so nothing is broken; whoever turns it on has to know.
fn altered(case: &Case<'_>, fix: &Arc<Fix>, reads: &str) -> Diagnostic {
    let was = case.occurrence.expanded();
    let reads = shown(reads, case.occurrence);
    let message = format!("`{was}` will read `{reads}`, as it shares text with images that move");
    let mut found = Diagnostic::new(LINT.code, Severity::Warning, message, case.occurrence.place);
    found.label = Some("no values in sight turn on the dependency that it belongs to".to_owned());
    found.related = fix.edits.iter().map(|edit| (edit.span, said(&edit.text, edit.span.is_empty()))).collect();
    found.reference = Some(was);
    found.help = Some("give it a text of its own before anybody turns it on".to_owned());
    found
}

fn said(text: &str, insert: bool) -> String {
    match (text.is_empty(), insert) {
        (true, _) => "goes".to_owned(),
        (_, true) => format!("`{}` comes in here", text.trim_end().trim_end_matches(',')),
        (_, false) => format!("becomes `{text}`"),
    }
}

/// What can be typed: the place's own text with its edits made, when the fix changes nothing else; otherwise what the reference becomes.
fn help(case: &Case<'_>, fix: &Fix, target: &str) -> String {
    let place = case.occurrence.place;
    let inside = fix.edits.iter().all(|edit| place.contains(edit.span));
    let text = inside.then(|| after(case, fix)).flatten();
    let mut help = match (added(case, fix), text) {
        (Some(text), _) => format!("write `{text}` beside it"),
        (None, Some(text)) => format!("replace with `{text}`"),
        (None, None) => format!("make it read `{}`", written(case, target)),
    };
    if fix.applicability == Applicability::Unsafe {
        let caution = fix.caution.as_deref().unwrap_or("it may change what something else means");
        help = format!("{help} (unsafe: {caution})");
    }
    help
}

/// The key that the fix writes beside the place, where that is all it does.
fn added(case: &Case<'_>, fix: &Fix) -> Option<String> {
    let [edit] = fix.edits.as_slice() else { return None };
    let unwritten = |piece: &&Piece| matches!(piece.origin, Origin::Unwritten { .. } | Origin::Absent { .. }) && piece.span == edit.span;
    case.occurrence.pieces.iter().find(unwritten)?;
    // What goes before a key only keeps it apart from its neighbour.
    let text = edit.text.trim_start_matches([',', ' ', '\n', '\r']).trim_end();
    Some(if text.contains('\n') { dotted(&edit.text) } else { text.to_owned() })
}

/// Lines of keys in one line: `values.image.registry: r.io, values.tag: 1`.
fn dotted(lines: &str) -> String {
    let (mut around, mut found): (Vec<(usize, &str)>, Vec<String>) = (Vec::new(), Vec::new());
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let indent = line.len() - line.trim_start().len();
        around.retain(|(column, _)| *column < indent);
        match line.trim().split_once(": ") {
            Some((key, value)) => {
                let keys: Vec<&str> = around.iter().map(|(_, key)| *key).chain([key]).collect();
                found.push(format!("{}: {value}", keys.join(".")));
            }
            None => around.push((indent, line.trim().trim_end_matches(':'))),
        }
    }
    found.join(", ")
}

fn after(case: &Case<'_>, fix: &Fix) -> Option<String> {
    let place = case.occurrence.place;
    let typed = case.text.get(place.range())?;
    let edits =
        fix.edits.iter().map(|edit| Edit { range: edit.span.start - place.start..edit.span.end - place.start, text: edit.text.clone() });
    let edits = Edits::new(edits.collect()).ok()?;
    String::from_utf8(edits.apply(typed)).ok()
}

fn refused(case: &Case<'_>, refusal: &Refusal, target: Option<&str>, mapping: &Arc<str>) -> Diagnostic {
    // A mapping reads a chart's address as an image's name: what it makes of it (`library/`) is none that can be typed.
    let target = target.filter(|_| case.occurrence.role != Role::Chart || case.mapping.is_some_and(|mapping| mapping.charts.is_some()));
    let wanted = target.map_or_else(|| "what the mapping says".to_owned(), |target| format!("`{}`", written(case, target)));
    let (severity, why, help) = reasons(case.occurrence, refusal, &wanted);
    let mut found = base(case, severity, target, mapping);
    match refusal {
        Refusal::Shared { .. } if found.lint == LINT.code => found.lint = split_conflict::LINT.code,
        Refusal::Role(Role::Push) => found.message = pushed_to_old::message(&shown(name(case.reference), case.occurrence)),
        _ => {}
    }
    found.label = Some(format!("mapping `{mapping}`; not fixed: {why}"));
    found.related = places(case, refusal);
    let renewed = case.renew.as_ref().filter(|_| *refusal == Refusal::Keep(Keep::Generated));
    found.help = Some(renewed.map_or(help, |command| format!("change what it is made from, and renew it: `{command}`")));
    found.refusal = Some(refusal.code());
    found
}

/// What to do where something that cannot be edited is put before the text: written out there, the name would stand behind it.
fn before(occurrence: &Occurrence, wanted: &str) -> Option<String> {
    let fixed = occurrence.pieces.first().filter(|piece| !piece.is_editable() && piece.span == Span::NOWHERE && !piece.text.is_empty())?;
    let text = fixed.text.trim_matches('/');
    Some(format!(
        "it is to read {wanted}, and `{text}` is put before it by what cannot be edited: see which value its chart takes for that"
    ))
}

/// How bad a refusal is, why, and what to do by hand. What fix never rewrites by design is a warning: a gate that nothing but a comment can
/// open teaches people to write comments.
fn reasons(occurrence: &Occurrence, refusal: &Refusal, wanted: &str) -> (Severity, String, String) {
    let by_hand = format!("change it by hand to {wanted}");
    match refusal {
        Refusal::Hidden { variable, part, .. } => {
            (Severity::Error, format!("`{variable}` hides its {part}"), format!("write the {part} out, or {by_hand}"))
        }
        Refusal::Modified { variable, by, .. } => (
            Severity::Error,
            format!("`{by}` changes `{variable}` on its way"),
            format!("set `{variable}` so that the reference reads {wanted}"),
        ),
        Refusal::Shared { uses, .. } => (
            Severity::Error,
            format!("{} references share the text to change, and do not agree", uses.len()),
            format!("give this one a text of its own that reads {wanted}"),
        ),
        Refusal::Split => {
            (Severity::Error, "no part of the text can hold the new one".to_owned(), before(occurrence, wanted).unwrap_or(by_hand))
        }
        Refusal::Keep(Keep::Generated) => {
            (Severity::Warning, "a program writes this file".to_owned(), "change what it is made from, and make it again".to_owned())
        }
        Refusal::Keep(Keep::Copy) => {
            (Severity::Warning, "it repeats another text".to_owned(), "change the text that it repeats".to_owned())
        }
        Refusal::Keep(Keep::Matcher) => {
            (Severity::Warning, "it must match another text".to_owned(), "change both texts together".to_owned())
        }
        Refusal::Keep(Keep::Placeholder) => {
            (Severity::Warning, "everything that uses it replaces it".to_owned(), "nothing needs to be done".to_owned())
        }
        Refusal::Role(Role::Push) => {
            (Severity::Warning, "what is pushed is reported only".to_owned(), pushed_to_old::help(occurrence, wanted))
        }
        Refusal::Role(role) => {
            (Severity::Warning, format!("references in the role {role} are reported only"), format!("if it shall move too, {by_hand}"))
        }
        Refusal::Uncertain => (Severity::Warning, "it may not be an image at all".to_owned(), format!("if it is one, {by_hand}")),
        Refusal::Held(Held::Undecided(reason)) => {
            (Severity::Error, reason.clone(), "ask again when its registry answers: `transship verify` says more".to_owned())
        }
        Refusal::Held(Held::NotThere(reason)) => {
            (Severity::Error, reason.clone(), format!("make sure that {wanted} can be pulled: `transship verify` says more"))
        }
        Refusal::Beyond { .. } => (
            Severity::Error,
            "another file has to change with it, and only this one was given".to_owned(),
            "name the file itself instead of standard input: then both change".to_owned(),
        ),
        Refusal::Ignored { .. } => (
            Severity::Error,
            "it stands in a file that ignore files keep out of what is shared, so nobody would see the change".to_owned(),
            format!("{by_hand}, or name that file too: then it is changed"),
        ),
        Refusal::Foreign { repository, .. } => (
            Severity::Error,
            format!("it stands in a repository of its own, in `{repository}`: the change belongs there"),
            format!("{by_hand}, or name that folder: then it is changed"),
        ),
        Refusal::Declined => (Severity::Error, "it was declined".to_owned(), format!("`transship fix` makes it read {wanted}")),
        Refusal::Mapping(reason) => (Severity::Error, reason.clone(), by_hand),
        Refusal::Told(reason) => (Severity::Error, reason.to_string(), by_hand),
        Refusal::Fails(failure) => {
            let keys: Vec<String> = failure.demands.iter().map(|demand| format!("`{}: true`", demand.join("."))).collect();
            let help = match keys.as_slice() {
                [] => format!("it is to read {wanted}; see by `transship prove` what its chart says"),
                keys => {
                    format!("set {} in the values too (`fix --add-overrides` does it), so that it may read {wanted}", keys.join(" or "))
                }
            };
            (Severity::Error, format!("the chart would end with an error: {}", failure.words), help)
        }
        // The edit by itself was tried, and something else came out wrong.
        Refusal::Unproved(reason) => (
            Severity::Error,
            reason.clone(),
            format!(
                "it is to read {wanted}; this edit alone breaks something else, so see by `transship prove` what is rendered when you change it"
            ),
        ),
    }
}

/// Uses of a shared text that are told with each of them. All of them with all would be a million for a thousand.
const MOST_USES: usize = 16;

/// The places that a refusal speaks of, apart from the occurrence's own.
fn places(case: &Case<'_>, refusal: &Refusal) -> Vec<(Span, String)> {
    match refusal {
        Refusal::Hidden { variable, at, .. } if !case.occurrence.place.contains(*at) => {
            // Without a hole there is a value, and another place that may stand before it.
            let has_hole = case.occurrence.pieces.iter().any(|piece| piece.span == *at && piece.text.contains(crate::reference::HOLE));
            let what = if has_hole { "has no value here" } else { "may say otherwise here" };
            vec![(*at, format!("`{variable}` {what}"))]
        }
        Refusal::Modified { by, at, .. } if !case.occurrence.place.contains(*at) => vec![(*at, format!("`{by}`"))],
        Refusal::Beyond { at } | Refusal::Ignored { at } | Refusal::Foreign { at, .. } => {
            let elsewhere = (!case.occurrence.place.contains(*at)).then(|| (*at, "has to change too".to_owned()));
            elsewhere.into_iter().collect()
        }
        Refusal::Shared { uses, at } => {
            let shared = (!case.occurrence.place.contains(*at)).then(|| (*at, "the shared text".to_owned()));
            let others = uses.iter().filter(|other| other.place != case.occurrence.place);
            let left = others.clone().count().saturating_sub(MOST_USES);
            let others = others.take(MOST_USES).map(|other| {
                let what = if other.reads == other.wanted {
                    "must go on reading as it does".to_owned()
                } else {
                    format!("must read `{}`", shown(&other.wanted, case.occurrence))
                };
                (other.place, what)
            });
            let more = (left > 0).then(|| (*at, format!("{left} more references share it")));
            shared.into_iter().chain(others).chain(more).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::occurrence::{Class, Confidence, Spelling};
    use crate::plan::SpanEdit;
    use crate::text::FileId;

    /// What is said of `images: [{name: a/b}]`, whose fix writes a key.
    fn look(role: Role) -> Option<Diagnostic> {
        let at = Span::new(FileId(0), 19..19);
        let origin = Origin::Unwritten { before: ", newName: ".into() };
        let occurrence = Occurrence {
            format: "kustomization".into(),
            site: "image".into(),
            role,
            class: Class::Deploy,
            confidence: Confidence::High,
            place: Span::new(FileId(0), 16..19),
            pieces: vec![Piece { text: "a/b".into(), span: at, origin, spelling: Spelling::Encoded }],
            platform: None,
            cautions: Vec::new(),
        };
        let edits = vec![SpanEdit { span: at, text: ", newName: r.io/a/b".into() }];
        let fixes = [Arc::new(Fix { edits, applicability: Applicability::Safe, caution: None })];
        let verdict = Verdict::Fixed { fix: 0, target: "r.io/a/b".into(), mapping: "m".into() };
        let reference = occurrence.reference().unwrap();
        let text = b"images: [{name: a/b}]";
        report(&Case {
            renew: None,
            occurrence: &occurrence,
            reference: &reference,
            verdict: &verdict,
            fixes: &fixes,
            text,
            mapping: None,
            today: Date { year: 2026, month: 1, day: 1 },
        })
    }

    #[test]
    fn a_key_that_comes_in_is_said_as_it_is_written() {
        assert_eq!(look(Role::Pull).unwrap().help.as_deref(), Some("write `newName: r.io/a/b` beside it"));
    }

    #[test]
    fn the_left_side_of_a_copy_list_is_no_finding() {
        assert_eq!(look(Role::Source), None);
    }
}
