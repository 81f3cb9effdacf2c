//! What is found in one file, and that every span of it holds the text that it speaks of.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use transship::format::Formats;
use transship::locate::{File, Linked, Located, Surroundings, Variable, locate_linked};
use transship::occurrence::{Caution, Occurrence, Spelling};
use transship::text::{FileId, Span};

const FILE: FileId = FileId(0);
/// Where values come from that other files give.
const OTHER: FileId = FileId(7);

fn look(path: &str, text: &str, linked: &Linked) -> Located {
    let file = File { id: FILE, path, bytes: text.as_bytes(), surroundings: Surroundings::Plain };
    locate_linked(&file, &Formats::builtin(), linked)
}

/// Variables that another file gives, each at a place of its own.
fn given(values: &[(&str, &str)]) -> Linked {
    let variable = |(name, text): &(&str, &str)| {
        let span = Span::new(OTHER, 3..3 + text.len());
        ((*name).to_owned(), Variable { text: Some((*text).to_owned()), span, spelling: Spelling::Verbatim })
    };
    Linked { variables: values.iter().map(variable).collect(), ..Linked::default() }
}

/// The texts that the places of the cautions cut out.
fn also_used<'t>(occurrence: &Occurrence, text: &'t str) -> Vec<&'t str> {
    let places = occurrence.cautions.iter().flat_map(|caution| match caution {
        Caution::AlsoUsed { places, .. } => places.as_slice(),
        _ => &[],
    });
    places.map(|place| &text[place.range()]).collect()
}

#[test]
fn a_caution_inside_a_document_in_a_value_is_carried_with_it() {
    let text = "---\nservices: {}\n---\nservices:\n  web:\n    build:\n      dockerfile_inline: |\n        ARG R=quay.io\n        FROM ${R}/a/b:1\n        ARG R\n        RUN echo $R\n";
    let located = look("compose.yaml", text, &Linked::default());
    assert_eq!(also_used(&located.occurrences[0], text), ["$R"]);
}

#[test]
fn a_registry_for_all_is_shown_in_its_own_document() {
    let text = "a: 1\n---\nglobal: {imageRegistry: r.example.com}\nimage: {registry: docker.io, repository: acme/web, tag: '1'}\nother: {image: {repository: quay.io/acme/other}}\n";
    let located = look("values.yaml", text, &Linked::default());
    let registry = |name: &str| {
        let one = located.occurrences.iter().find(|one| one.expanded() == name).unwrap();
        &text[one.pieces[0].span.range()]
    };
    assert_eq!((registry("docker.io/acme/web:1"), registry("r.example.com/acme/web:1")), ("docker.io", "r.example.com"));
    // Whether it stands before a whole name nobody knows.
    let at = located.occurrences.iter().flat_map(|one| &one.cautions).find_map(|caution| match caution {
        Caution::Preceded { at, .. } => Some(*at),
        _ => None,
    });
    assert_eq!(at.map(|at| &text[at.range()]), Some("r.example.com"));
}

#[test]
fn a_value_of_another_file_stays_where_it_stands() {
    let text = "services: {}\n---\nservices: {web: {image: \"${R}/a/b:1\"}}\n";
    let located = look("compose.yaml", text, &given(&[("R", "quay.io")]));
    let piece = &located.occurrences[0].pieces[0];
    assert_eq!((piece.text.as_str(), piece.span), ("quay.io", Span::new(OTHER, 3..10)));
}

/// `PATH:SITE REFERENCE` of all that `formats` finds.
fn found(formats: &[&str], path: &str, text: &str) -> Vec<String> {
    let file = File { id: FILE, path, bytes: text.as_bytes(), surroundings: Surroundings::Plain };
    let located = locate_linked(
        &file,
        &Formats::with(formats.iter().map(|text| serde_yaml::from_str(text).unwrap()).collect()).unwrap(),
        &Linked::default(),
    );
    located.occurrences.iter().map(|one| format!("{} {}", one.site, one.expanded())).collect()
}

/// A format of its own with one site.
fn with_site(engine: &str, words: &str) -> String {
    format!("{{id: own, title: Own, rank: 110, engine: {engine}, files: ['**/own.*'], sites: [{{id: x, {words}}}]}}")
}

#[test]
fn flags_have_their_value_in_the_same_word_or_in_the_next() {
    let own = with_site("yaml", "path: '**.args[]', parts: argv, before: '^--?[a-z-]*image$', guard: well-formed");
    let text = "args: [--image, quay.io/a/b:1, --base-image=quay.io/a/c:2, -x-image=quay.io/a/d, --image, --verbose, quay.io/a/e, 1]\n";
    assert_eq!(found(&[&own], "own.yaml", text), ["x quay.io/a/b:1", "x quay.io/a/c:2", "x quay.io/a/d"]);
    let own = with_site("yaml", "path: command, parts: argv, before: '^--?[a-z-]*image$', guard: well-formed");
    let text = "command: run --image 'quay.io/a/b:1' --base-image=\"quay.io/a/c:2\" \\\n  --image -v quay.io/a/d\n";
    assert_eq!(found(&[&own], "own.yaml", text), ["x quay.io/a/b:1", "x quay.io/a/c:2"]);
}

#[test]
fn a_shells_words_are_those_of_its_commands() {
    let own = with_site("yaml", "path: run, parts: shell, before: 'pull ', guard: well-formed");
    let text = "run: |\n  # pull a/b\n  x pull 'a/c:1' \"a/d\";echo a/e && pull a/f#1 a/g # pull a/h\n  (pull a/i)|cat a/j\n  pull \\\n    a/k 'not closed a/l\n";
    assert_eq!(found(&[&own], "own.yaml", text), ["x a/c:1", "x a/d", "x a/g", "x a/i", "x a/k"]);
}

#[test]
fn lists_in_one_text_are_cut() {
    let own = with_site("yaml", "path: all, parts: csv, guard: well-formed");
    assert_eq!(found(&[&own], "own.yaml", "all: 'quay.io/a/b:1, c/d,,'\n"), ["x quay.io/a/b:1", "x c/d"]);
    let own = with_site("yaml", "path: all, parts: lines, after: '=', before: 'IMAGE$', guard: well-formed");
    assert_eq!(found(&[&own], "own.yaml", "all: |\n  A_IMAGE=a/b:1\n  # B_IMAGE=c/d\n  B=e/f\n"), ["x a/b:1"]);
}

#[test]
fn a_key_may_be_the_reference() {
    for (engine, text) in [
        ("yaml", "all:\n  quay.io/a/b:1: [x/y]\n"),
        ("json", "{\"all\": {\"quay.io/a/b:1\": \"x/y\"}}"),
        ("toml", "[all]\n\"quay.io/a/b:1\" = 1\n"),
    ] {
        assert_eq!(found(&[&with_site(engine, "path: 'all.*@key'")], "own.x", text), ["x quay.io/a/b:1"], "{engine}");
    }
}

#[test]
fn formats_of_different_engines_are_asked_one_after_the_other() {
    let own = |rank: u8| {
        let words = "document: {any_of: [stages]}, sites: [{id: x, path: 'stages[].image'}]";
        format!("{{id: own, title: Own, rank: {rank}, engine: yaml, files: ['**/Dockerfile*'], {words}}}")
    };
    let (yaml, dockerfile) = ("stages: [{image: quay.io/a/b:1}]\n", "FROM quay.io/a/b:1\n");
    for rank in [0, 110] {
        assert_eq!(found(&[&own(rank)], "Dockerfile.stages", yaml), ["x quay.io/a/b:1"], "rank {rank}");
        assert_eq!(found(&[&own(rank)], "Dockerfile", dockerfile), ["from quay.io/a/b:1"], "rank {rank}");
    }
}

#[test]
fn the_innermost_block_gives_a_variable_its_value() {
    let own = "{id: own, title: Own, engine: yaml, files: ['**/own.*'], interpolation: gitlab, sites: [{id: x, path: '**.image'}], variables: [{path: env}, \
               {within: 'jobs.*', path: env}, {path: only.one, name: ONE}]}";
    let text = "env: {A: quay.io, B: $A/b}\nonly: {one: docker.io}\njobs:\n  x: {env: {A: ghcr.io}, image: $A/a}\n  y: {image: $B}\n  z: {image: $ONE/a, \
                env: {B: b}}\n  w: {image: $NONE/a}\n  v: {env: {A: $A/deep}, image: $B}\n";
    let expected = ["x ghcr.io/a", "x quay.io/b", "x docker.io/a", "x {NONE}/a", "x quay.io/deep/b"];
    assert_eq!(found(&[own], "own.yaml", text), expected);
}

#[test]
fn a_use_that_tells_nothing_is_told_where_it_stands() {
    let text = "variables:\n  REG: quay.io\n  WHOLE: quay.io/a/b:1\na:\n  image: $REG/a/b:1\n  script: [\"docker login $REG\", \"echo ${REG}/x $WHOLE\"]\nb:\n  image: $WHOLE\nc:\n  \
                variables: {REG: docker.io}\n  script: [\"echo $REG\"]\n";
    let located = look(".gitlab-ci.yml", text, &Linked::default());
    let cautions: Vec<Vec<&str>> = located.occurrences.iter().map(|one| also_used(one, text)).collect();
    assert_eq!(cautions, [vec!["$REG", "${REG}"], vec![]]);
}

#[test]
fn an_argument_that_is_given_yields_both_readings() {
    let text = "ARG REG=docker.io\nARG TAG\nFROM ${REG}/a/b:${TAG} AS base\nARG REG\nRUN echo $REG\nFROM base\nARG REG=x\nCOPY --from=quay.io/c/d /x /y\n";
    let located = look("Dockerfile", text, &given(&[("REG", "quay.io"), ("TAG", "2"), ("OTHER", "z")]));
    let shown: Vec<String> = located.occurrences.iter().map(Occurrence::expanded).collect();
    assert_eq!(shown, ["docker.io/a/b:{TAG}", "quay.io/a/b:2", "quay.io/c/d"]);
    let used: Vec<Vec<&str>> = located.occurrences.iter().map(|one| also_used(one, text)).collect();
    assert_eq!(used, [vec!["$REG"], vec!["$REG"], vec![]]);
    assert_eq!(located.occurrences[1].pieces[0].span, Span::new(OTHER, 3..10));
}

#[test]
fn values_that_multiply_are_not_known() {
    let line = |number: usize| format!("  V{number}: \"{}\"\n", format!("$V{}", number + 1).repeat(8));
    let text = format!("variables:\n{}a: {{image: \"quay.io/a/b:$V0\"}}\n", (0..40).map(line).collect::<String>());
    assert_eq!(found(&[], ".gitlab-ci.yml", &text), ["image quay.io/a/b:{V0}"]);
}
