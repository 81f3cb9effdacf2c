//! Owns the reports for machines. The layout is a promise: keys are added, never renamed, within one `version`.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::{Failure, Finding, Images, Laid, Outcome, Report, Secrecy, Times, Unit, UnitReport, Verdict, help};
use crate::disk::shown;

/// Characters of a value that are given: a file inside a `ConfigMap` may be a megabyte.
const LONGEST: usize = 4096;

/// The report as one object: `version`, `proved`, `total`, `units`, `assumed`, `times` (in seconds).
pub fn json(report: &Report) -> Value {
    let mut total = counts(|outcome| report.count(outcome));
    total.insert("broken".into(), report.broken().into());
    total.insert("unrendered".into(), report.unrendered().into());
    json!({
        "version": 1,
        "proved": report.exit_code() == 0,
        "total": total,
        "units": report.units.iter().map(|unit| one(unit, &report.laid)).collect::<Vec<_>>(),
        "assumed": assumed(&report.laid),
        "times": times(&report.times),
    })
}

/// The list of images as one object: `version`, `images`, `unrendered`, `assumed`, `times` (in seconds).
pub fn json_images(images: &Images) -> Value {
    let each = images.images.iter().map(|image| {
        let Unit { kind, path, values } = &image.unit;
        let (path, values) = (shown(path), values.as_deref().map(shown));
        json!({
            "kind": kind.word(), "path": path, "values": values, "object": {"kind": image.kind, "name": image.name},
            "container": image.container, "value": image.path, "image": image.image, "platform": image.platform, "origin": image.origin,
        })
    });
    let unrendered = images.unrendered.iter().map(|(unit, failure)| {
        let mut said = about(unit);
        fail(&mut said, unit, failure, &images.laid);
        said
    });
    json!({
        "version": 1,
        "images": each.collect::<Vec<_>>(),
        "unrendered": unrendered.collect::<Vec<_>>(),
        "assumed": assumed(&images.laid),
        "times": times(&images.times),
    })
}

fn one(unit: &UnitReport, laid: &[Laid]) -> Value {
    let mut said = about(&unit.unit);
    let (state, failure) = match &unit.verdict {
        Verdict::Judged(_) => ("judged", None),
        Verdict::Broken(failure) => ("broken", Some(failure)),
        Verdict::Unrendered(failure) => ("unrendered", Some(failure)),
        Verdict::New => ("new", None),
    };
    said["state"] = state.into();
    if let Some(failure) = failure {
        fail(&mut said, &unit.unit, failure, laid);
    }
    said["counts"] = Value::Object(counts(|outcome| unit.count(outcome)));
    // An image that stays is counted; what stays need not be listed.
    let told = unit.findings().iter().filter(|finding| finding.outcome != Outcome::Kept);
    said["findings"] = told.map(finding_json).collect();
    said
}

fn about(unit: &Unit) -> Value {
    json!({"kind": unit.kind.word(), "path": shown(&unit.path), "values": unit.values.as_deref().map(shown)})
}

fn fail(said: &mut Value, unit: &Unit, failure: &Failure, laid: &[Laid]) {
    said["reason"] = failure.to_string().into();
    said["help"] = json!(help(unit, failure, laid));
}

fn finding_json(finding: &Finding) -> Value {
    let is_secret = finding.secrecy == Secrecy::Secret;
    let text = |text: &Option<String>| json!(text.as_deref().map(|text| if is_secret { "(secret)".into() } else { cut(text) }));
    json!({
        "outcome": finding.outcome,
        "value": finding.id,
        "before": text(&finding.before),
        "after": text(&finding.after),
        "wanted": text(&finding.want),
        "template": finding.source,
        "origin": finding.origin,
    })
}

/// A text's first [`LONGEST`] characters.
fn cut(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}

fn counts(count: impl Fn(Outcome) -> usize) -> Map<String, Value> {
    Outcome::ALL.iter().map(|&outcome| (outcome.word().to_owned(), count(outcome).into())).collect()
}

fn assumed(laid: &[Laid]) -> Value {
    laid.iter().map(|laid| json!({"chart": shown(&laid.at), "from": laid.from.as_deref().map(shown)})).collect()
}

fn times(times: &Times) -> Value {
    json!({
        "elapsed": times.elapsed.as_secs_f64(),
        "renderers": times.renderers.as_secs_f64(),
        "runs": times.runs,
        "workers": times.workers,
    })
}
