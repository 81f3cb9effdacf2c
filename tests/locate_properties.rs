//! Whatever the bytes of a file are, locating ends without a panic, and its pieces stand where they say.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and reads only files of the project")]

use std::path::Path;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use transship::format::Formats;
use transship::locate::{File, Located, Surroundings, locate};
use transship::occurrence::{Caution, Origin, Spelling};
use transship::text::FileId;

/// A name for each engine and format, and what stands around it.
const NAMES: [(&str, Surroundings); 13] = [
    ("Dockerfile", Surroundings::Plain),
    ("compose.yaml", Surroundings::Plain),
    ("pod.yaml", Surroundings::Plain),
    ("pod.json", Surroundings::Plain),
    (".github/workflows/ci.yml", Surroundings::Plain),
    (".gitlab-ci.yml", Surroundings::Plain),
    (".devcontainer.json", Surroundings::Plain),
    ("containerd/config.toml", Surroundings::Plain),
    ("kustomization.yaml", Surroundings::Plain),
    ("values.yaml", Surroundings::ChartRoot),
    ("Chart.yaml", Surroundings::ChartRoot),
    ("templates/pod.yaml", Surroundings::ChartTemplates),
    ("templates/_helpers.tpl", Surroundings::ChartTemplates),
];

/// Lines that are small on their own, and meet each other in every order.
const LINES: [&str; 54] = [
    "# syntax=docker/dockerfile:1",
    "# escape=`",
    "ARG R=docker.io",
    "ARG T=${R:-x}",
    "FROM ${R}/a/b:${T:-1} AS s",
    "FROM --platform=$P \"a/b\":1 \\",
    "COPY --from=quay.io/a/b --chown=1 <<E <<-F /",
    "RUN --mount=type=bind,from=a/b:1,target=/x \\",
    "E",
    "ONBUILD COPY --from=a/b . .",
    "apiVersion: v1",
    "kind: Pod",
    "kind: Kustomization",
    "services:",
    "  web: &a",
    "    image: \"${IMG:-quay.io/a/b:${TAG-1}}\"",
    "    image: 'it''s'",
    "    <<: *a",
    "    image: *a",
    "  image: >-",
    "    quay.io/a/",
    "      b:1",
    "spec: {containers: [{image: a/b:1, name: x}, {image: \"\\x61\\u002fb\"}]}",
    "spec:",
    "  containers:",
    "    - image: {{ .Values.image }}",
    "    - image: \"{{ .Values.r }}/a/b:{{ .Values.t | default \"1\" }}\"",
    "    - image: {{ if .x }}a/b{{ else }}c/d{{ end }}:1",
    "      args: [\"--image=quay.io/a/b:1\"]",
    "{{- range .Values.all }}",
    "{{- end }}",
    "{{ define \"x\" }}{{ printf \"%s/%s\" \"quay.io\" .y | quote }}{{ end }}",
    "images:",
    "  - name: a/b",
    "    newName: quay.io/a/b",
    "    newTag: 1.10",
    "image: {registry: quay.io, repository: a/b, tag: ~, digest: \"\"}",
    "  registry: !custom quay.io",
    "  repository: a\u{e9}\u{4e2d}/b",
    "annotations: {artifacthub.io/images: \"- image: a/b:1\\n- image: c/d\"}",
    "  x: |2-",
    "jobs:",
    "    container: ${{ env.A }}/${{ matrix.b }}",
    "    env: {A: quay.io, B: \"${{ env.B }}/x\", IMAGE: $A/$IMAGE}",
    "    - run: docker pull \"$A/b:1\" 'quay.io/a/b:1' # ${{",
    "variables: {A: $B, B: [$A, \"x/$C\"], IMAGE: {value: $IMAGE$IMAGE}}",
    "\"image\": \"quay.io/a\\/b:1\", /* c */ // d",
    "[plugins.\"x\"]",
    "sandbox_image = \"\"\"",
    "quay.io/a/\\",
    "b:1\"\"\"",
    "---",
    "...",
    "\t",
];

/// Every piece of an occurrence lies in the file, on the borders of its letters, and a verbatim one is the bytes that it stands on.
fn assert_sound(located: &Located, bytes: &[u8]) {
    for occurrence in &located.occurrences {
        assert!(bytes.get(occurrence.place.range()).is_some(), "{occurrence:?}");
        for piece in &occurrence.pieces {
            let own = bytes.get(piece.span.range());
            assert!(own.is_some(), "{piece:?} of {occurrence:?}");
            let stands = matches!(piece.origin, Origin::Literal | Origin::Default { .. } | Origin::Sibling { .. });
            if stands && piece.spelling != Spelling::Encoded {
                assert_eq!(own, Some(piece.text.as_bytes()), "{piece:?} of {occurrence:?}");
            }
        }
    }
    for caution in located.occurrences.iter().flat_map(|occurrence| &occurrence.cautions) {
        if let Caution::AlsoUsed { places, .. } = caution {
            assert!(places.iter().all(|place| bytes.get(place.range()).is_some_and(|text| text.starts_with(b"$"))), "{caution:?}");
        }
    }
    for fault in &located.faults {
        assert!(bytes.get(fault.span.range()).is_some(), "{fault:?}");
    }
}

fn look(bytes: &[u8]) {
    let formats = Formats::builtin();
    for (path, surroundings) in NAMES {
        let file = File { id: FileId(0), path, bytes, surroundings };
        let located = locate(&file, &formats);
        assert_sound(&located, bytes);
        assert_eq!(located.occurrences, locate(&file, &formats).occurrences, "the same bytes read the same");
    }
}

fn files(folder: &Path, found: &mut Vec<Vec<u8>>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(std::fs::read(path).unwrap());
        }
    }
}

fn fixtures() -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures"), &mut found);
    found.retain(|bytes| !bytes.is_empty() && bytes.len() < 8_000);
    found
}

/// One change of a file's bytes.
#[derive(Clone, Debug)]
enum Mutation {
    Remove(Index, usize),
    Insert(Index, String),
    Cut(Index),
    Repeat(Index, usize),
    Byte(Index, u8),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let marks = select(vec![
        "{{", "}}", "${", "}", "\"", "'", "\\", "\n", "\r\n", ": ", "- ", "&a ", "*a", "|", "\t", "\u{feff}", "%", "<<E", "\u{0}", "@", "/",
    ]);
    prop_oneof![
        (any::<Index>(), 1..20usize).prop_map(|(at, count)| Mutation::Remove(at, count)),
        (any::<Index>(), marks).prop_map(|(at, text)| Mutation::Insert(at, text.to_owned())),
        any::<Index>().prop_map(Mutation::Cut),
        (any::<Index>(), 1..40usize).prop_map(|(at, count)| Mutation::Repeat(at, count)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Byte(at, byte)),
    ]
}

fn mutate(bytes: &mut Vec<u8>, mutation: &Mutation) {
    if bytes.is_empty() {
        return;
    }
    let len = bytes.len();
    match mutation {
        Mutation::Remove(at, count) => drop(bytes.drain(at.index(len)..(at.index(len) + count).min(len))),
        Mutation::Insert(at, text) => drop(bytes.splice(at.index(len)..at.index(len), text.bytes()).collect::<Vec<_>>()),
        Mutation::Cut(at) => bytes.truncate(at.index(len)),
        Mutation::Repeat(at, count) => {
            let run = bytes[at.index(len)..(at.index(len) + count).min(len)].to_vec();
            bytes.splice(at.index(len)..at.index(len), run);
        }
        Mutation::Byte(at, byte) => bytes[at.index(len)] = *byte,
    }
}

#[test]
fn a_quoted_value_that_goes_on_in_any_column_is_read_where_it_stands() {
    look(b"apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: \"{{ a }}/{{ b }}\n:{{ c }}\"\n");
}

proptest! {
    #[test]
    fn lines_in_any_order_are_read_where_they_stand(lines in prop::collection::vec(select(LINES.to_vec()), 0..24), end in select(vec!["\n", "\r\n"])) {
        look(lines.join(end).as_bytes());
    }

    #[test]
    fn damaged_files_are_read_where_they_stand(file in any::<Index>(), mutations in prop::collection::vec(mutation(), 1..8)) {
        let all = fixtures();
        let mut bytes = file.get(&all).clone();
        for one in &mutations {
            mutate(&mut bytes, one);
        }
        look(&bytes);
    }
}
