//! Owns mappings, packs and what is said of them as JSON; each command's object has `version` first.

use serde_json::{Value, json};

use super::VERSION;
use crate::config::Pack;
use crate::mapping::{Considered, Decision, Fault, Mapping, Outcome, Place, Retirement, TestResult};
use crate::reference::{Reference, Scheme};

/// An object of one list, with its version.
pub fn object(name: &str, items: impl IntoIterator<Item = Value>) -> Value {
    json!({"version": VERSION, name: items.into_iter().collect::<Value>()})
}

/// A pack; `text` is the whole rule file where it is asked for.
pub fn pack(pack: &Pack, text: Option<&str>) -> Value {
    let mut value = json!({"name": pack.name, "about": pack.about, "required": pack.required, "optional": pack.optional,
        "source": pack.source, "as_of": pack.as_of.map(|day| day.to_string())});
    if let Some(text) = text {
        value["text"] = text.into();
    }
    value
}

/// Everything that was said of a mapping.
pub fn mapping(one: &Mapping) -> Value {
    let conditions: serde_json::Map<String, Value> =
        one.conditions().into_iter().map(|(key, text)| (key.to_owned(), text.into())).collect();
    json!({
        "id": &*one.id, "kind": if one.charts.is_some() { "chart" } else { "image" }, "from": one.from, "to": one.to, "except": one.except, "when": conditions, "digest": one.digest.to_string(),
        "flatten": one.flatten.map(|flatten| flatten.to_string()), "until": one.until.map(|until| until.to_string()), "about": one.about,
        "message": one.message, "link": one.link, "pack": one.pack(), "place": place(&one.place),
    })
}

/// What is said of an image that is retired, and where.
pub fn retirement((entry, said): (&Mapping, &Retirement)) -> Value {
    json!({
        "id": &*entry.id, "image": entry.from, "since": said.since.to_string(), "why": said.why, "alternatives": said.alternatives, "link": said.link,
        "pack": entry.pack(), "place": place(&entry.place),
    })
}

/// What becomes of a reference, or of an address of charts that begins so, and why: `outcome` is `unchanged`, `mapped`, `undecided` or `refused`.
pub fn decision(scheme: Option<Scheme>, reference: &Reference, decision: &Decision, considered: &[Considered<'_>]) -> Value {
    let begins = scheme.map_or("", Scheme::prefix);
    let (outcome, id, candidates, reason) = match decision {
        Decision::Unchanged => ("unchanged", None, Vec::new(), None),
        Decision::Mapped(target) => {
            let begins = target.scheme.map_or("", Scheme::prefix);
            ("mapped", Some(&target.mapping), target.candidates.iter().map(|one| format!("{begins}{one}")).collect(), None)
        }
        Decision::Undecided { mapping, part } => ("undecided", Some(mapping), Vec::new(), Some(format!("its {part} is not known"))),
        Decision::Refused { mapping, reason } => ("refused", Some(mapping), Vec::new(), Some(reason.clone())),
    };
    json!({
        "reference": format!("{begins}{reference}"), "canonical": format!("{begins}{}", reference.canonical()), "outcome": outcome, "mapping": id.map(|id| &**id),
        "candidates": candidates, "reason": reason, "considered": considered.iter().map(self::considered).collect::<Vec<_>>(),
    })
}

fn considered(considered: &Considered<'_>) -> Value {
    let Considered { mapping, outcome } = considered;
    let (word, reason) = match outcome {
        Outcome::Decides => ("decides", None),
        Outcome::Outranked => ("outranked", None),
        Outcome::Undecided(part) => ("undecided", Some(format!("its {part} is not known"))),
        Outcome::No(why) => ("no", Some(why.to_string())),
    };
    json!({"mapping": &*mapping.id, "from": mapping.from, "outcome": word, "reason": reason, "place": place(&mapping.place)})
}

/// A test and what came of it: `verdict` is `passed` or `failed`.
pub fn test(test: &TestResult) -> Value {
    let verdict = if test.has_passed() { "passed" } else { "failed" };
    json!({"given": test.asked(), "want": test.want, "got": test.got, "verdict": verdict, "place": place(&test.place)})
}

/// A warning.
pub fn warning(fault: &Fault) -> Value {
    let related = fault.related.iter().map(|(at, what)| json!({"place": place(at), "label": what})).collect::<Vec<_>>();
    json!({"message": fault.message, "label": fault.label, "help": fault.help, "place": place(&fault.place), "related": related})
}

/// Line and column count from 1.
fn place(place: &Place) -> Value {
    let position = place.position();
    json!({"source": place.source.name, "line": position.line, "column": position.column})
}
