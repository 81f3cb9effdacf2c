//! Promises of planning, on random files of a toy format that has variables, groups of keys, aliases, holes and changed values.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;
use transship::locate::{Located, Value};
use transship::mapping::{Decision, Kinship, Target};
use transship::occurrence::{Caution, Class, Confidence, Occurrence, Origin, Piece, Role, Spelling};
use transship::plan::{Applicability, Before, FileBefore, Plan, Verdict, plan, prove};
use transship::reference::{Part, Reference};
use transship::text::{Edits, FileId, Span};

// The toy format. Lines of any file: `NAME=value` sets a variable; `image WORD` is a reference in which `${NAME}` is a variable's value (a hole
// when nothing sets it), `${NAME%}` the same changed on its way; `group REGISTRY|REPOSITORY|TAG` has three keys; `again N` repeats the pieces
// of image N of its file; `push WORD` is an image that is never edited. A key's value may stand in double quotes.

fn located(files: &[Vec<u8>]) -> (Vec<Occurrence>, Vec<Value>) {
    let (mut occurrences, mut values, mut variables) = (Vec::<Occurrence>::new(), Vec::new(), BTreeMap::new());
    for (file, at, line) in lines(files) {
        if let Some((name, value)) = line.split_once('=') {
            let start = at + name.len() + 1;
            variables.insert(name.to_owned(), (value.to_owned(), Span::new(file, start..start + value.len())));
        }
        let start = at + line.find([' ', '=']).map_or(0, |found| found + 1);
        let text = line.get(start - at..).unwrap().to_owned();
        values.push(Value { path: format!("{}", values.len()), text, span: Span::new(file, start..at + line.len()) });
    }
    for (file, at, line) in lines(files) {
        let Some((word, rest)) = line.split_once(' ') else { continue };
        let place = Span::new(file, at + word.len() + 1..at + line.len());
        let pieces = match word {
            "group" => keys(rest, place),
            "again" => {
                let own: Vec<_> = occurrences.iter().filter(|o| o.place.file == file).collect();
                let count = own.len().max(1);
                own.get(rest.len() % count).map(|o| o.pieces.clone()).unwrap_or_default()
            }
            _ => expanded(rest, place, &variables),
        };
        let role = if word == "push" { Role::Push } else { Role::Pull };
        let cautions =
            if rest.contains("${C}") { vec![Caution::AlsoUsed { variable: "C".into(), places: vec![place] }] } else { Vec::new() };
        let (class, confidence) = (Class::Deploy, Confidence::High);
        occurrences.push(Occurrence {
            format: "toy".into(),
            site: word.into(),
            role,
            class,
            confidence,
            place,
            pieces,
            platform: None,
            cautions,
        });
    }
    (occurrences, values)
}

fn lines(files: &[Vec<u8>]) -> Vec<(FileId, usize, &str)> {
    let mut all = Vec::new();
    for (number, bytes) in files.iter().enumerate() {
        let mut at = 0;
        for line in std::str::from_utf8(bytes).unwrap().split_inclusive('\n') {
            all.push((FileId(u32::try_from(number).unwrap()), at, line.trim_end_matches('\n')));
            at += line.len();
        }
    }
    all
}

fn keys(rest: &str, place: Span) -> Vec<Piece> {
    let (mut pieces, mut at) = (Vec::new(), 0);
    for (value, (key, separator)) in rest.split('|').zip([("registry", "/"), ("repository", ":"), ("tag", "")]) {
        let bare = value.trim_matches('"');
        let quote = usize::from(value.starts_with('"'));
        let span = place.slice(at + quote, at + quote + bare.len());
        let spelling = if quote == 1 { Spelling::Verbatim } else { Spelling::Plain };
        pieces.push(Piece { text: bare.into(), span, origin: Origin::Sibling { key: key.into() }, spelling });
        if !bare.is_empty() {
            pieces.push(Piece::implied(separator, span));
        }
        at += value.len() + 1;
    }
    // A separator stands between two values only.
    while pieces.last().is_some_and(|piece| piece.origin == Origin::Implied || piece.text.is_empty()) {
        pieces.pop();
    }
    pieces
}

fn expanded(rest: &str, place: Span, variables: &BTreeMap<String, (String, Span)>) -> Vec<Piece> {
    let (mut pieces, mut at) = (Vec::new(), 0);
    while at < rest.len() {
        let tail = &rest[at..];
        let Some(inner) = tail.strip_prefix("${") else {
            let length = tail.find("${").unwrap_or(tail.len());
            pieces.push(Piece::literal(&tail[..length], place.slice(at, at + length)));
            at += length;
            continue;
        };
        let length = inner.find('}').unwrap();
        let used = place.slice(at, at + length + 3);
        let name = inner[..length].trim_end_matches('%');
        pieces.push(match variables.get(name) {
            None => Piece::hole(name, used),
            Some((value, span)) if inner[..length].ends_with('%') => {
                let origin = Origin::Modified { variable: name.into(), by: "%".into() };
                Piece { origin, ..Piece::literal(value, *span) }
            }
            Some((value, span)) => Piece { origin: Origin::Default { variable: name.into() }, ..Piece::literal(value, *span) },
        });
        at += length + 3;
    }
    pieces
}

type Mapping = (&'static str, &'static str, Option<&'static str>);

/// Prefixes of canonical names, what they become, and the tag that replaces the old one (and its digest).
const MAPPINGS: [Mapping; 9] = [
    ("docker.io/lablup/", "cr.example.org/stable/", None),
    ("docker.io/library/", "mirror.example.com/library/", None),
    ("docker.io/", "mirror.example.com/hub/", None),
    ("docker.io/old/", "cr.example.org/old/", Some("9")),
    ("quay.io/", "mirror.example.com/", None),
    ("quay.io/a/", "quay.example.net/", None),
    ("quay.io/old/", "cr.example.org/", Some("1.10")),
    ("gcr.io/a/", "legacy/", None),
    ("gcr.io/", "mirror.example.com/gcr/x/y/", None),
];

fn decision(mappings: &[Mapping], reference: &Reference) -> Decision {
    let canonical = reference.name().to_string();
    let longest = mappings.iter().filter(|(from, ..)| canonical.starts_with(from)).max_by_key(|(from, ..)| from.len());
    let Some(&(from, to, tag)) = longest else { return Decision::Unchanged };
    let mapping = from.into();
    if reference.has_hole(Part::Path) {
        return Decision::Undecided { mapping, part: Part::Path };
    }
    let suffix = &reference.as_str()[reference.range(Part::Path).unwrap().end..];
    let suffix = tag.map_or_else(|| suffix.to_owned(), |tag| format!(":{tag}"));
    let target = Reference::parse_with_holes(&format!("{to}{}{suffix}", &canonical[from.len()..])).unwrap();
    Decision::Mapped(Target { mapping, candidates: vec![target], kinship: Kinship::Copy, scheme: None, held: None, doubt: None })
}

fn text(parts: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(parts).prop_map(str::to_owned)
}

fn word() -> impl Strategy<Value = String> {
    let domain = text(&["", "docker.io/", "quay.io/", "gcr.io/", "${A}/", "${A}", "${B}", "${H}/", "${A%}/", "ghcr.io/", "do${E}/"]);
    let path =
        text(&["lablup/py", "redis", "a/b", "${B}/c", "a/${B}", "old/${C}/x", "${C}", "${D}", "a/${H}", "x-${C}", "${B}/${C}", "a/${C%}"]);
    let tag = text(&["", ":1", ":${T}", ":${H}", ":v${T}", ":${T%}", ":${T}-alpine"]);
    (domain, path, tag).prop_map(|(domain, path, tag)| domain + &path + &tag)
}

fn line() -> impl Strategy<Value = String> {
    let registry = text(&["", "docker.io", "quay.io", "gcr.io/a", "\"quay.io\"", "lablup", "ghcr.io"]);
    let repository = text(&["redis", "lablup/py", "a/b", "\"a/old\"", "old/a/b", "library/redis"]);
    let tag = text(&["", "1", "1.10", "v1", "\"2\""]);
    prop_oneof![
        6 => word().prop_map(|word| format!("image {word}")),
        3 => (registry, repository, tag).prop_map(|(r, p, t)| format!("group {r}|{p}|{t}")),
        1 => word().prop_map(|word| format!("push {word}")),
        1 => text(&["again", "again x", "again xx"]),
        1 => text(&["# docker.io/redis", "note=docker.io/redis"]),
    ]
}

fn settings() -> impl Strategy<Value = Vec<String>> {
    let registries = (
        text(&["A=docker.io", "A=quay.io", "A=gcr.io/a", "A=", "A=docker.io/lablup"]),
        text(&["D=quay.io/a/b", "D=redis", "D=docker.io/old/x"]),
    );
    let names = (text(&["B=lablup", "B=a", "B=quay.io/", "B=old", "B="]), text(&["C=redis", "C=py", "C=a/b", "C=lablup"]));
    let rest = text(&["T=1", "T=3.6", "E=cker.io"]);
    (registries, names, rest).prop_map(|((a, d), (b, c), rest)| vec![a, b, c, d, rest])
}

fn files() -> impl Strategy<Value = Vec<Vec<u8>>> {
    (settings(), prop::collection::vec(line(), 0..7), prop::collection::vec(line(), 0..4), 0..6_usize).prop_map(
        |(settings, first, second, at)| {
            let (here, there) = settings.split_at(at.min(settings.len()));
            let join = |parts: &[&[String]]| (parts.concat().join("\n") + "\n").into_bytes();
            vec![join(&[here, &first]), join(&[there, &second])]
        },
    )
}

fn mappings() -> impl Strategy<Value = Vec<Mapping>> {
    prop::sample::subsequence(MAPPINGS.to_vec(), 1..=MAPPINGS.len()).prop_map(|mut chosen| {
        // Without chaining in the rules: what `gcr.io/a/` becomes is Docker Hub's.
        if chosen.iter().any(|(_, to, _)| *to == "legacy/") {
            chosen.retain(|(from, ..)| *from != "docker.io/");
        }
        chosen
    })
}

fn carried_out(files: &[Vec<u8>], plan: &Plan, minimum: Applicability) -> Vec<Vec<u8>> {
    files.iter().zip(0..).map(|(bytes, file)| plan.edits_for(FileId(file), minimum).apply(bytes)).collect()
}

/// The values of one file.
fn of_file(file: FileId, values: &[Value]) -> Vec<Value> {
    values.iter().filter(|value| value.span.file == file).cloned().collect()
}

/// What is planned for files that were carried out once, under the mappings.
fn second(files: &[Vec<u8>], mappings: &[Mapping]) -> (Plan, Plan) {
    let decide = |_: &Occurrence, reference: &Reference| decision(mappings, reference);
    let first = plan(&located(files).0, &decide);
    let again = located(&carried_out(files, &first, Applicability::Unsafe)).0;
    let second = plan(&again, &decide);
    (first, second)
}

#[test]
fn what_stood_in_the_way_may_have_turned_elsewhere() {
    let first = "image ${A}/${C}\nimage ${B}x-${C}\n";
    let files = [first, "A=docker.io\nB=\nC=redis\nimage ${B}${C}\n"].map(|text| text.as_bytes().to_vec());
    let (made, again) = second(&files, &[("docker.io/", "mirror.example.com/hub/", None)]);
    assert!(made.verdicts.iter().all(|one| matches!(one, Verdict::Fixed { .. })), "{:?}", made.verdicts);
    assert_eq!(again.fixes, []);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_planned_is_what_the_files_say_afterwards(files in files(), mappings in mappings()) {
        let (found, values) = located(&files);
        let made = plan(&found, &|_, reference| decision(&mappings, reference));
        prop_assert_eq!(made.verdicts.len(), found.len());
        for minimum in [Applicability::Safe, Applicability::Unsafe] {
            let after = carried_out(&files, &made, minimum);
            let wanted = made.wanted(&found, minimum);
            let ids: Vec<FileId> = (0..files.len()).map(|index| FileId(u32::try_from(index).unwrap())).collect();
            let own: Vec<Vec<Value>> = ids.iter().map(|file| of_file(*file, &values)).collect();
            let again = |bytes: &[&[u8]], _: &[Edits]| {
                let bytes: Vec<Vec<u8>> = bytes.iter().map(|bytes| bytes.to_vec()).collect();
                let (occurrences, values) = located(&bytes);
                (Located { occurrences, ..Located::default() }, ids.iter().map(|file| of_file(*file, &values)).collect())
            };
            let before: Vec<FileBefore> = ids.iter().zip(&files).zip(&own).map(|((&file, bytes), values)| FileBefore { file, bytes, values }).collect();
            let whole = Located { occurrences: found.clone(), ..Located::default() };
            let edits: Vec<_> = ids.iter().map(|file| made.edits_for(*file, minimum)).collect();
            prop_assert_eq!(prove(&Before { files: &before, located: &whole }, &wanted, &edits, &after.iter().map(Vec::as_slice).collect::<Vec<_>>(), &again), Ok(()));
        }
    }

    #[test]
    fn every_verdict_keeps_to_its_decision(files in files(), mappings in mappings()) {
        let (found, _) = located(&files);
        let made = plan(&found, &|_, reference| decision(&mappings, reference));
        for (occurrence, verdict) in found.iter().zip(&made.verdicts) {
            let decided = occurrence.reference().map(|reference| decision(&mappings, &reference));
            let want = match &decided {
                Ok(Decision::Mapped(target)) => Some(target.candidates[0].canonical()),
                _ => None,
            };
            match verdict {
                Verdict::Fixed { fix, target, .. } => {
                    prop_assert!(*fix < made.fixes.len());
                    prop_assert_eq!(Some(Reference::parse_with_holes(target).unwrap().canonical()), want.clone());
                }
                Verdict::Kept => prop_assert!(matches!(decided, Err(_) | Ok(Decision::Unchanged)), "{:?}", decided),
                Verdict::Unresolved { .. } => prop_assert!(decided.is_err()),
                Verdict::Altered { .. } => prop_assert!(occurrence.cautions.contains(&Caution::NotDeployed) || occurrence.waits_for_value()),
                Verdict::Refused { .. } => prop_assert!(!matches!(decided, Err(_) | Ok(Decision::Unchanged))),
            }
            // Text that stands at its site alone and that nobody shares can always be rewritten.
            let alone = occurrence.pieces.len() == 1 && occurrence.pieces[0].origin == Origin::Literal && occurrence.role == Role::Pull;
            let shared = found.iter().filter(|other| other.pieces == occurrence.pieces).count() > 1;
            if alone && !shared && want.is_some() {
                prop_assert!(matches!(verdict, Verdict::Fixed { .. }), "{:?}", verdict);
            }
        }
    }

    #[test]
    fn fixes_are_sorted_apart_and_repeatable(files in files(), mappings in mappings()) {
        let (found, _) = located(&files);
        let decide = |_: &Occurrence, reference: &Reference| decision(&mappings, reference);
        let made = plan(&found, &decide);
        prop_assert_eq!(&made, &plan(&found, &decide));
        prop_assert!(made.fixes.windows(2).all(|pair| pair[0].edits < pair[1].edits));
        prop_assert!(made.fixes.iter().all(|fix| !fix.edits.is_empty()));
        // No edit is lost to an overlap when the fixes of a file are put together.
        let all: usize = made.fixes.iter().map(|fix| fix.edits.len()).sum();
        let kept: usize = (0..2).map(|file| made.edits_for(FileId(file), Applicability::DisplayOnly).as_slice().len()).sum();
        prop_assert_eq!(all, kept);
    }

    #[test]
    fn a_second_run_has_nothing_to_do(files in files(), mappings in mappings()) {
        let (first, second) = second(&files, &mappings);
        prop_assert_eq!(&second.fixes, &Vec::new());
        for (before, after) in first.verdicts.iter().zip(&second.verdicts) {
            if matches!(before, Verdict::Fixed { .. }) {
                prop_assert_eq!(after, &Verdict::Kept);
            }
        }
    }

    #[test]
    fn any_pieces_whatever_never_panic(
        shapes in prop::collection::vec(prop::collection::vec((0..8_usize, 0..40_usize, 0..30_usize, 0..6_usize), 1..5), 1..5),
        mappings in mappings(),
    ) {
        const TEXTS: [&str; 8] = ["docker.io", "/", "lablup/", "redis", ":1", "", "\u{FFFC}", "quay.io/a/"];
        let occurrence = |shape: &Vec<(usize, usize, usize, usize)>| {
            let piece = |&(text, start, length, origin): &(usize, usize, usize, usize)| {
                let origin = match origin {
                    0 => Origin::Default { variable: "V".into() },
                    1 => Origin::Sibling { key: "k".into() },
                    2 => Origin::Implied,
                    3 => Origin::Modified { variable: "V".into(), by: "%".into() },
                    _ => Origin::Literal,
                };
                let spelling = if length % 5 == 0 { Spelling::Encoded } else { Spelling::Plain };
                let length = if length % 2 == 0 { TEXTS[text].len() } else { length };
                Piece { text: TEXTS[text].into(), span: Span::new(FileId(0), start..start + length), origin, spelling }
            };
            let pieces: Vec<_> = shape.iter().map(piece).collect();
            let (role, class, confidence) = (Role::Pull, Class::Deploy, Confidence::High);
            Occurrence { format: "f".into(), site: "s".into(), role, class, confidence, place: pieces[0].span, pieces, platform: None, cautions: Vec::new() }
        };
        let found: Vec<_> = shapes.iter().map(occurrence).collect();
        let made = plan(&found, &|_, reference| decision(&mappings, reference));
        let all: usize = made.fixes.iter().map(|fix| fix.edits.len()).sum();
        prop_assert_eq!(all, made.edits_for(FileId(0), Applicability::DisplayOnly).as_slice().len());
    }
}
