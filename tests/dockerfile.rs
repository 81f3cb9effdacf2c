//! The Dockerfile engine answers as `BuildKit` does, spans slice to what they spell, and no text makes it panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use proptest::prelude::*;
use serde::Deserialize;
use transship::locate::Found;
use transship::locate::dockerfile::{BuildArgs, Dockerfile, locate, read};
use transship::occurrence::{Caution, Class, Confidence, Occurrence, Origin, Piece, Role, Spelling};
use transship::reference::HOLE;
use transship::text::{FileId, Lines, Span};

const FILE: FileId = FileId(0);
/// Stands for the command line that gives a build argument.
const COMMAND_LINE: FileId = FileId(9);

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    dockerfile: String,
    resolved: BTreeSet<String>,
    error: Option<String>,
    target: Option<String>,
    #[serde(default)]
    build_args: BTreeMap<String, String>,
}

fn occurrence(found: &Found) -> Occurrence {
    Occurrence {
        format: "dockerfile".into(),
        site: found.at.into(),
        role: Role::Pull,
        class: Class::Build,
        confidence: found.confidence,
        place: found.place,
        pieces: found.pieces.clone(),
        platform: found.platform.clone(),
        cautions: found.cautions.clone(),
    }
}

#[test]
fn the_platform_of_from_is_told_where_the_file_knows_it() {
    let platforms = |text: &str| {
        let (found, _) = locate(text.as_bytes(), FILE);
        found.iter().map(|found| found.platform.as_ref().map(ToString::to_string)).collect::<Vec<_>>()
    };
    for (from, platform) in [
        ("FROM --platform=linux/arm64 a/b:1", Some("linux/arm64")),
        ("FROM --platform='linux/arm64/v8' a/b:1 AS x", Some("linux/arm64/v8")),
        ("ARG P=linux/s390x\nFROM --platform=$P a/b:1", Some("linux/s390x")),
        ("ARG P\nFROM --platform=${P:-linux/386} a/b:1", Some("linux/386")),
        ("FROM --platform=aarch64 a/b:1", Some("linux/arm64")),
        ("FROM --platform=$BUILDPLATFORM a/b:1", None),
        ("FROM --platform=linux/$TARGETARCH a/b:1", None),
        ("FROM --platform=nonsense a/b:1", None),
        ("FROM a/b:1", None),
    ] {
        assert_eq!(platforms(from), [platform.map(str::to_owned)], "{from}");
    }
    assert_eq!(
        platforms("FROM --platform=linux/arm64 a/b:1 AS x\nCOPY --from=c/d:1 / /\nFROM --platform=linux/amd64 x"),
        [Some("linux/arm64".to_owned()), None]
    );
}

fn expanded(text: &str) -> Vec<String> {
    let (found, faults) = locate(text.as_bytes(), FILE);
    assert!(faults.is_empty(), "{faults:?}");
    found.iter().map(|found| occurrence(found).expanded()).collect()
}

fn only(text: &str) -> Found {
    let (found, faults) = locate(text.as_bytes(), FILE);
    assert!(faults.is_empty(), "{faults:?}");
    assert_eq!(found.len(), 1, "{found:?}");
    found.into_iter().next().unwrap()
}

/// The pieces as (text, bytes).
fn pieces<'a>(text: &'a str, found: &'a Found) -> Vec<(&'a str, &'a str)> {
    found.pieces.iter().map(|piece| (&*piece.text, &text[piece.span.range()])).collect()
}

/// The references that a build of `target` (the last stage when there is none) asks a registry for.
fn pulled(dockerfile: &Dockerfile, target: Option<&str>) -> Vec<Occurrence> {
    let target = match target {
        Some(name) => dockerfile.stages.iter().rposition(|stage| stage.name.as_deref() == Some(name)),
        None => dockerfile.stages.len().checked_sub(1),
    };
    let mut reachable = BTreeSet::new();
    let mut todo: Vec<usize> = target.into_iter().collect();
    while let Some(index) = todo.pop() {
        if reachable.insert(index) {
            let stage = &dockerfile.stages[index];
            todo.extend(stage.needs.iter().copied().chain(stage.base));
        }
    }
    let found = reachable.iter().flat_map(|index| &dockerfile.found[dockerfile.stages[*index].found.clone()]);
    found.filter(|found| !found.at.starts_with("onbuild")).map(occurrence).collect()
}

/// `BuildKit` adds `latest` to a name that has neither tag nor digest, and keeps both otherwise.
fn asked_for(occurrence: &Occurrence) -> Option<String> {
    let text = occurrence.joined().text;
    let reference = occurrence.reference().ok().filter(|_| !text.contains(HOLE))?;
    let latest = if reference.tag().is_none() && reference.digest().is_none() { ":latest" } else { "" };
    Some(format!("{}{latest}", reference.canonical()))
}

#[test]
fn asks_for_what_buildkit_asks_for() {
    let cases: Cases = serde_json::from_str(include_str!("data/dockerfile_cases.json")).unwrap();
    assert_eq!(cases.cases.len(), 61);
    for case in cases.cases {
        let mut given = case.build_args;
        given.insert("TARGETARCH".to_owned(), "amd64".to_owned());
        let args: BuildArgs =
            given.into_iter().map(|(name, value)| (name, vec![Piece::literal(&*value, Span::new(COMMAND_LINE, 0..value.len()))])).collect();
        let dockerfile = read(case.dockerfile.as_bytes(), FILE, &args);
        let pulled = pulled(&dockerfile, case.target.as_deref());
        let asked: BTreeSet<String> = pulled.iter().filter_map(asked_for).collect();
        if case.error.is_some() {
            let refused = !dockerfile.faults.is_empty() || pulled.iter().any(|one| asked_for(one).is_none());
            assert!(refused, "{}: BuildKit refuses it ({:?}), and we found {asked:?}", case.id, case.error);
            // BuildKit stops at the error, so it has not asked for all that the file names; what we add must stand there as it is.
            let is_typed = |one: &&Occurrence| &*one.site == "from" && one.pieces.iter().all(|piece| piece.origin == Origin::Literal);
            let typed: BTreeSet<String> = pulled.iter().filter(is_typed).filter_map(asked_for).collect();
            let made_up: Vec<_> = asked.iter().filter(|one| !case.resolved.contains(*one) && !typed.contains(*one)).collect();
            assert!(made_up.is_empty(), "{}: {made_up:?}", case.id);
        } else {
            assert_eq!(asked, case.resolved, "{}", case.id);
            assert!(dockerfile.faults.is_empty(), "{}: {:?}", case.id, dockerfile.faults);
        }
    }
}

#[test]
fn gives_each_part_of_a_reference_to_the_bytes_that_spell_it() {
    let text = "ARG REG=docker.io\nFROM ${REG}/a:${TAG:-3.6}\n";
    let found = only(text);
    assert_eq!(pieces(text, &found), [("docker.io", "docker.io"), ("/a:", "/a:"), ("3.6", "3.6")]);
    let variable = |piece: &Piece| match &piece.origin {
        Origin::Default { variable } => Some(variable.to_string()),
        _ => None,
    };
    assert_eq!(found.pieces.iter().map(variable).collect::<Vec<_>>(), [Some("REG".into()), None, Some("TAG".into())]);
    assert_eq!(&text[found.place.range()], "${REG}/a:${TAG:-3.6}");
}

#[test]
fn a_default_made_of_others_falls_into_theirs() {
    let text = "ARG REG=docker.io NS=lablup\nARG IMG=\"${REG}/$NS\"/python\nFROM $IMG:3\n";
    let found = only(text);
    assert_eq!(pieces(text, &found), [("docker.io", "docker.io"), ("/", "/"), ("lablup", "lablup"), ("/python", "/python"), (":3", ":3")]);
}

#[test]
fn an_empty_default_is_a_place_in_its_line() {
    let text = "ARG REG=\"\"\nFROM ${REG}lib/app\n";
    let found = only(text);
    assert_eq!(found.pieces[0].span.range(), 9..9);
    assert!(matches!(found.pieces[0].origin, Origin::Default { .. }));
    assert_eq!(occurrence(&found).expanded(), "lib/app");
}

#[test]
fn a_variable_without_a_value_is_a_hole() {
    assert_eq!(expanded("ARG REG\nFROM ${REG}/a:$TARGETARCH\n"), ["{REG}/a:{TARGETARCH}"]);
    assert_eq!(expanded("FROM ${BASE:?which}\n"), ["{BASE}"]);
    assert_eq!(expanded("ARG BASE=\nFROM $BASE\n"), ["{BASE}"]);
}

#[test]
fn quotes_escapes_and_line_ends_stay_outside_of_pieces() {
    let text = "FROM quay.io/\\\n# why\n\\\nfoo/b\\ar:\"1\" AS x\n";
    let found = only(text);
    assert_eq!(pieces(text, &found), [("quay.io/", "quay.io/"), ("foo/b", "foo/b"), ("a", "\\a"), ("r:", "r:"), ("1", "1")]);
    let spellings: Vec<_> = found.pieces.iter().map(|piece| piece.spelling).collect();
    assert_eq!(spellings.iter().filter(|one| **one == Spelling::Encoded).count(), 1);
    assert_eq!(spellings[2], Spelling::Encoded);
}

#[test]
fn a_value_changed_on_its_way_is_known_and_not_editable() {
    let found = only("ARG V=docker.io/a/b:1-rc2\nFROM ${V%-rc*}\n");
    assert_eq!(occurrence(&found).expanded(), "docker.io/a/b:1");
    assert!(matches!(&found.pieces[0].origin, Origin::Modified { variable, by } if &**variable == "V" && &**by == "${V%-rc*}"));
    assert_eq!(expanded("FROM a:${V#x}\n"), ["a:{V}"]);
}

#[test]
fn a_word_for_a_set_variable_is_used_when_it_is_set() {
    let text = "ARG REG=docker.io\nFROM ${REG:+$REG/}a/b\n";
    assert_eq!(pieces(text, &only(text)), [("docker.io", "docker.io"), ("/", "/"), ("a/b", "a/b")]);
    let unset = only("ARG REG\nFROM ${REG:+$REG/}a/b\n");
    // A build argument may give what stands before the name.
    assert_eq!(occurrence(&unset).expanded(), "{REG}a/b");
    assert!(matches!(unset.pieces[0].origin, Origin::Modified { .. }));
}

#[test]
fn a_stage_name_is_not_an_image() {
    let text =
        "FROM a/b AS Base\nFROM base AS x\nCOPY --from=BASE / /\nCOPY --from=0 / /\nRUN --mount=from=Base,target=/x true\nFROM scratch\n";
    assert_eq!(expanded(text), ["a/b"]);
    // FROM minds the case, a mount takes no number, and a later stage is an image to FROM.
    assert_eq!(
        expanded("FROM a/b AS base\nFROM Base/x\nRUN --mount=from=0,target=/x true\nFROM later\nFROM x/y AS later\n"),
        ["a/b", "Base/x", "0", "later", "x/y"]
    );
}

#[test]
fn a_single_word_that_is_no_stage_may_be_a_build_context() {
    let text =
        "FROM scratch\nCOPY --from=assets / /\nRUN --mount=type=cache,from=quay.io/a/b,target=/x true\nONBUILD COPY --from=builder / /\n";
    let (found, _) = locate(text.as_bytes(), FILE);
    let seen: Vec<_> = found.iter().map(|found| (found.at, found.confidence)).collect();
    assert_eq!(seen, [("copy-from", Confidence::Low), ("mount-from", Confidence::High), ("onbuild-copy-from", Confidence::Low)]);
}

#[test]
fn a_variable_in_copy_from_is_a_hole_beside_what_is_known() {
    assert_eq!(expanded("FROM scratch\nCOPY --from=quay.io/a/b:${T} / /\n"), ["quay.io/a/b:{T}"]);
}

#[test]
fn lines_in_here_documents_are_no_instructions() {
    let text = "FROM a/b\nRUN <<EOF cat\nFROM c/d\nEOF\nCOPY <<-A <<\"B\" /x/\nFROM e/f\n\tA\nFROM g/h\nB\nONBUILD RUN <<C\nFROM i/j\nC\nFROM k/l\n";
    assert_eq!(expanded(text), ["a/b", "k/l"]);
}

#[test]
fn what_only_looks_like_a_here_document_hides_nothing() {
    let text =
        "FROM a/b\nRUN cat <<<\"x\"\nRUN x <<<$Y\nRUN echo $((1<<3)) $((1<<EOF))\nRUN [\"<<EOF\"]\nLABEL key\nFROM c/d\nENV K\nFROM e/f\n";
    assert_eq!(expanded(text), ["a/b", "c/d", "e/f"]);
}

#[test]
fn a_here_document_without_end_hides_the_rest_and_is_reported() {
    let (found, faults) = locate(b"FROM a/b\nRUN <<SQL\nSELECT x\nFROM users\n", FILE);
    assert_eq!((found.len(), faults.len()), (1, 1));
}

#[test]
fn reads_continued_keywords_comments_and_the_other_escape() {
    assert_eq!(expanded("FROM\\\n a/b\nFR\\\nOM \\\n  # c\n\n  c/d AS \\\r\n x\r\n"), ["a/b", "c/d"]);
    assert_eq!(expanded("\u{feff}# escape=`\nFROM `\n  a/b\nRUN dir C:\\\nFROM c/d\n"), ["a/b", "c/d"]);
    assert_eq!(expanded("FROM a/b\nRUN echo \\\\\nFROM c/d\n"), ["a/b", "c/d"]);
}

#[test]
fn what_is_broken_is_a_fault_and_the_rest_is_read() {
    let (found, faults) = locate(b"WAT\nWAT 2\nFROM a/b:1 # c\nFROM c/d\nFROM ${X:#y}\nADD --from=x / /\nONBUILD FROM y\nFROM e/f", FILE);
    let found: Vec<_> = found.iter().map(|found| occurrence(found).expanded()).collect();
    assert_eq!(found, ["c/d", "e/f"]);
    assert_eq!(faults.len(), 5, "{faults:?}");
}

#[test]
fn the_image_that_reads_the_file_is_a_reference() {
    assert_eq!(expanded("# syntax=docker/dockerfile:1\nFROM a/b\n"), ["docker/dockerfile:1", "a/b"]);
    assert_eq!(expanded("// syntax=a/b\nwhatever\n"), ["a/b"]);
}

fn also_used(text: &str) -> Vec<(String, Vec<usize>)> {
    let (found, _) = locate(text.as_bytes(), FILE);
    let lines = Lines::new(text.as_bytes());
    let cautions = found.iter().flat_map(|found| &found.cautions);
    cautions
        .filter_map(|caution| match caution {
            Caution::AlsoUsed { variable, places } => {
                Some((variable.to_string(), places.iter().map(|span| lines.position(span.start).line).collect()))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn a_value_used_in_a_stage_is_a_caution() {
    let text =
        "ARG REG=docker.io\nFROM $REG/a AS a\nRUN echo $REG\nARG REG\nRUN echo \\\n # $REG\n ${REG}/x \"\\$REG\"\nFROM a\nLABEL r=$REG\n";
    assert_eq!(also_used(text), [("REG".to_owned(), vec![7, 9])]);
}

#[test]
fn a_value_used_through_another_variable_is_a_caution() {
    let text = "ARG REG=docker.io\nARG IMG=$REG/a\nFROM $REG/b\nARG IMG\nENV X=$IMG\n";
    assert_eq!(also_used(text), [("REG".to_owned(), vec![5])]);
}

#[test]
fn a_variable_declared_anew_or_not_used_is_no_caution() {
    assert!(also_used("ARG T=1\nFROM a:$T\nARG T\nRUN echo $TT\n").is_empty());
    assert!(also_used("ARG T=1\nFROM a:$T\nARG T=2\nRUN echo $T\n").is_empty());
    assert!(also_used("ARG T=1\nFROM a:${U:-3}\nARG U\nRUN echo $U\n").is_empty());
}

#[test]
fn values_made_of_values_do_not_fill_the_memory() {
    let mut text = "ARG A0=xxxxxxxxxx\n".to_owned();
    for n in 0..64 {
        writeln!(text, "ARG A{}=$A{n}$A{n}", n + 1).unwrap();
    }
    text.push_str("FROM a/b:$A64\nFROM c/d\n");
    let (found, faults) = locate(text.as_bytes(), FILE);
    assert_eq!(occurrence(found.last().unwrap()).expanded(), "c/d");
    assert!(!faults.is_empty());
    let deep = format!("FROM {}x{}\n", "${A:-".repeat(50_000), "}".repeat(50_000));
    assert!(!locate(deep.as_bytes(), FILE).1.is_empty());
    let deep = format!("FROM x\nRUN {}x{} <<EOF\n", "\"${A:-".repeat(50_000), "}\"".repeat(50_000));
    assert_eq!(locate(deep.as_bytes(), FILE).0.len(), 1);
}

fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let dockerfile = read(bytes, FILE, &BuildArgs::new());
    for found in &dockerfile.found {
        prop_assert!(found.place.start <= found.place.end && found.place.end <= bytes.len());
        for piece in &found.pieces {
            prop_assert!(piece.span.start <= piece.span.end && piece.span.end <= bytes.len());
            if piece.spelling == Spelling::Verbatim {
                prop_assert_eq!(&bytes[piece.span.range()], piece.text.as_bytes());
            }
        }
        for caution in &found.cautions {
            if let Caution::AlsoUsed { places, .. } = caution {
                prop_assert!(!places.is_empty() && places.iter().all(|span| bytes[span.range()].starts_with(b"$")));
            }
        }
    }
    for fault in &dockerfile.faults {
        prop_assert!(fault.span.start <= fault.span.end && fault.span.end <= bytes.len());
    }
    for stage in &dockerfile.stages {
        prop_assert!(stage.found.start <= stage.found.end && stage.found.end <= dockerfile.found.len());
    }
    prop_assert!(dockerfile.found.is_sorted_by_key(|found| found.place.start));
    Ok(())
}

fn token() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "FROM ",
        "from",
        " AS ",
        "ARG ",
        "COPY ",
        "RUN ",
        "ONBUILD ",
        "ADD ",
        "ENV ",
        "LABEL k",
        "--from=",
        "--mount=",
        "type=bind,",
        "from=",
        "--platform=",
        "a/b:1",
        "quay.io/",
        "docker.io",
        "scratch",
        "base",
        "0",
        "A",
        "=",
        "$A",
        "${A}",
        "${A:-",
        "${A:+",
        "${A#",
        "${A%%*",
        "${A/",
        "${",
        "}",
        "/",
        ":",
        "'",
        "\"",
        "\\",
        "`",
        "\n",
        "\r\n",
        " ",
        "\t",
        "\\\n",
        "`\n",
        "#",
        "# escape=`\n",
        "# syntax=",
        "// syntax=",
        "{\"syntax\": \"",
        "<<",
        "<<-",
        "EOF",
        "EOF\n",
        ",",
        "[\"",
        "\"]",
        "\u{feff}",
        "é",
        "\u{a0}",
        "\u{85}",
        "*",
        "?",
        "@",
        "$",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn never_panics_and_spans_hold_on_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        check(&bytes)?;
    }

    #[test]
    fn never_panics_and_spans_hold_on_any_mix_of_dockerfile_text(tokens in prop::collection::vec(token(), 0..60)) {
        check(tokens.concat().as_bytes())?;
    }

    #[test]
    fn never_panics_and_spans_hold_where_defaults_feed_base_images(value in prop::collection::vec(token(), 0..12), word in prop::collection::vec(token(), 0..12)) {
        let text = format!("ARG A={}\nFROM {}\nARG A\nRUN echo $A\n", value.concat(), word.concat());
        check(text.as_bytes())?;
    }

    #[test]
    fn line_ends_and_a_byte_order_mark_change_no_reference(tokens in prop::collection::vec(token(), 0..40)) {
        let text = tokens.concat().replace(['\r', '\u{feff}'], "");
        let texts = |text: &str| locate(text.as_bytes(), FILE).0.iter().map(|found| occurrence(found).joined().text).collect::<Vec<_>>();
        prop_assert_eq!(texts(&text), texts(&format!("\u{feff}{}", text.replace('\n', "\r\n"))));
    }
}
