//! Owns small trees as people write them, made of choices: bytes choose, so that whatever the fuzzer changes is again a tree that is read.

use std::fmt::Write as _;

use transship::source::TreePath;

/// References, and what only looks like one. `m.io` is nowhere but where a fix writes it.
const NAMES: [&str; 14] = [
    "quay.io/a/b:1",
    "quay.io/a/b",
    "quay.io/c@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "${REG}/a/b:1",
    "${REG:-quay.io}/a/b:${TAG}",
    "${REG-quay.io}/${ORG:-a}/b",
    "${IMAGE}",
    "redis:7",
    "mirror.quay.io/a/b",
    "quay.io.example/a/b",
    "docker://quay.io/a/b",
    "Quay.io/a/b:1",
    "quay.io:443/a/b",
    "{{ .Values.image }}",
];

/// What stands beside images and is none: it never changes.
const DECOYS: [&str; 6] = ["quay.io/not/an-image", "https://quay.io/v2/", "see quay.io/a/b", "quay.io", "me@quay.io", "\"quay.io/a/b:1\""];

/// Marks what never changes.
const MARK: &str = "decoy";

/// Takes choices from bytes; when these are at an end, the first of all.
struct Choices<'a>(std::slice::Iter<'a, u8>);

impl Choices<'_> {
    fn below(&mut self, count: usize) -> usize {
        self.0.next().map_or(0, |byte| usize::from(*byte) % count.max(1))
    }

    fn of<'t>(&mut self, all: &[&'t str]) -> &'t str {
        let index = self.below(all.len());
        all.get(index).copied().unwrap_or_default()
    }

    fn scalar(&mut self) -> String {
        let name = self.of(&NAMES);
        match self.below(4) {
            0 => format!("\"{name}\""),
            1 => format!("'{name}'"),
            2 => format!("{name} # {MARK} quay.io/a/b"),
            _ if name.starts_with('{') => format!("'{name}'"),
            _ => name.to_owned(),
        }
    }
}

/// The files that these choices make.
pub(super) fn made_of(data: &[u8]) -> Vec<(String, String)> {
    let mut choices = Choices(data.iter());
    let mut files = Vec::new();
    for number in 0..=choices.below(4) {
        match choices.below(5) {
            0 => compose(&mut choices, number, &mut files),
            1 => dockerfile(&mut choices, number, &mut files),
            2 => chart(&mut choices, number, &mut files),
            3 => kustomize(&mut choices, number, &mut files),
            _ => files.push((format!("m{number}/pod.yaml"), pod(&mut choices))),
        }
    }
    files
}

fn compose(choices: &mut Choices<'_>, number: usize, files: &mut Vec<(String, String)>) {
    let mut text = String::new();
    let anchored = choices.below(3) == 0;
    if anchored {
        let _ = writeln!(text, "x-base: &base\n  image: {}", choices.scalar());
    }
    text.push_str("services:\n");
    for service in 0..=choices.below(4) {
        let _ = writeln!(text, "  s{service}:");
        match choices.below(4) {
            0 if anchored => text.push_str("    <<: *base\n"),
            1 => _ = writeln!(text, "    build:\n      context: .\n      args:\n        BASE: {}", choices.scalar()),
            _ => _ = writeln!(text, "    image: {}", choices.scalar()),
        }
        if choices.below(2) == 0 {
            let _ = writeln!(text, "    labels:\n      {MARK}: {}", choices.of(&DECOYS));
        }
    }
    files.push((format!("m{number}/compose.yaml"), text));
    if choices.below(2) == 0 {
        let mut env = String::new();
        for name in ["REG", "TAG", "ORG", "IMAGE"] {
            match choices.below(4) {
                0 => _ = writeln!(env, "{name}=quay.io"),
                1 => _ = writeln!(env, "{name}=\"quay.io/a/b:2\""),
                2 => _ = writeln!(env, "{name}=1"),
                _ => {}
            }
        }
        files.push((format!("m{number}/.env"), env));
    }
}

fn dockerfile(choices: &mut Choices<'_>, number: usize, files: &mut Vec<(String, String)>) {
    let mut text = String::new();
    for name in ["REG", "TAG", "ORG", "IMAGE"] {
        match choices.below(5) {
            0 => _ = writeln!(text, "ARG {name}=quay.io"),
            1 => _ = writeln!(text, "ARG {name}=\"quay.io/a/b:2\""),
            2 => _ = writeln!(text, "ARG {name}"),
            3 => _ = writeln!(text, "ARG {name}=${{REG}}"),
            _ => {}
        }
    }
    for stage in 0..=choices.below(3) {
        let name = choices.of(&NAMES[..12]);
        let platform = choices.of(&["", "--platform=$BUILDPLATFORM "]);
        let continued = choices.of(&["", "\\\n  "]);
        let _ = writeln!(text, "FROM {platform}{continued}{name} AS s{stage}");
        match choices.below(4) {
            0 => _ = writeln!(text, "COPY --from={} /a /b", choices.of(&NAMES[..12])),
            1 => _ = writeln!(text, "RUN echo {MARK} {}", choices.of(&DECOYS)),
            2 => _ = writeln!(text, "RUN --mount=type=bind,from={},target=/x true", choices.of(&NAMES[..3])),
            _ => _ = writeln!(text, "# {MARK} FROM quay.io/a/b"),
        }
    }
    files.push((format!("m{number}/Dockerfile"), text));
}

fn chart(choices: &mut Choices<'_>, number: usize, files: &mut Vec<(String, String)>) {
    let folder = format!("m{number}");
    files.push((format!("{folder}/Chart.yaml"), "apiVersion: v2\nname: a\nversion: 1.0.0\nappVersion: \"3\"\n".to_owned()));
    let (mut values, mut template) = (String::new(), String::new());
    if choices.below(3) == 0 {
        values.push_str("global:\n  imageRegistry: quay.io\n");
    }
    template.push_str("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n");
    for image in 0..=choices.below(3) {
        let key = format!("i{image}");
        let _ = match choices.below(5) {
            0 => writeln!(values, "{key}:\n  registry: quay.io\n  repository: a/b\n  tag: \"1\""),
            1 => writeln!(values, "{key}:\n  repository: quay.io/a/b\n  tag:"),
            2 => writeln!(values, "{key}: quay.io/a/b:1"),
            3 => writeln!(values, "{key}:\n  registry: \"\"\n  repository: redis\n  {MARK}: {}", choices.of(&DECOYS)),
            _ => writeln!(values, "{key}: {{image: 'quay.io/a/b', tag: '2'}}"),
        };
        let _ = match choices.below(6) {
            0 => writeln!(
                template,
                "  - image: \"{{{{ .Values.{key}.registry }}}}/{{{{ .Values.{key}.repository }}}}:{{{{ .Values.{key}.tag }}}}\""
            ),
            1 => writeln!(
                template,
                "  - image: {{{{ printf \"%s/%s\" (.Values.global.imageRegistry | default .Values.{key}.registry) .Values.{key}.repository }}}}"
            ),
            2 => writeln!(template, "  - image: {{{{ .Values.{key} | quote }}}}"),
            3 => {
                writeln!(template, "  - image: {{{{ .Values.{key}.repository }}}}:{{{{ .Values.{key}.tag | default .Chart.AppVersion }}}}")
            }
            4 => writeln!(
                template,
                "  {{{{- if .Values.{key}.registry }}}}\n  - image: {{{{ .Values.{key}.registry }}}}/x\n  {{{{- end }}}}"
            ),
            _ => writeln!(template, "  - image: quay.io/a/t{image}:1\n    args: [\"{MARK} quay.io/a/b\"]"),
        };
    }
    files.push((format!("{folder}/values.yaml"), values));
    files.push((format!("{folder}/templates/a.yaml"), template));
}

fn kustomize(choices: &mut Choices<'_>, number: usize, files: &mut Vec<(String, String)>) {
    let folder = format!("m{number}");
    files.push((format!("{folder}/base/kustomization.yaml"), "resources: [pod.yaml]\n".to_owned()));
    files.push((format!("{folder}/base/pod.yaml"), pod(choices)));
    let mut text = "resources: [../base]\nimages:\n".to_owned();
    for _ in 0..=choices.below(2) {
        let _ = writeln!(text, "- name: {}", choices.of(&["quay.io/a/b", "redis", "b"]));
        match choices.below(4) {
            0 => text.push_str("  newName: quay.io/n/w\n"),
            1 => text.push_str("  newTag: \"9\"\n"),
            2 => text.push_str("  newName: redis\n  newTag: \"9\"\n"),
            _ => {}
        }
    }
    files.push((format!("{folder}/over/kustomization.yaml"), text));
}

fn pod(choices: &mut Choices<'_>) -> String {
    let mut text =
        format!("apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels:\n    {MARK}: {}\nspec:\n  containers:\n", choices.of(&DECOYS));
    for container in 0..=choices.below(3) {
        let _ = writeln!(text, "  - name: c{container}\n    image: {}", choices.scalar());
    }
    text
}

/// Nothing but the registry changed, and nothing where an image only seems to stand.
pub(super) fn is_only_moved(path: &TreePath, before: &[u8], after: &[u8]) {
    let (before, after) = (String::from_utf8_lossy(before), String::from_utf8_lossy(after));
    let back = after.replace("m.io", "quay.io");
    // What is left out is the port that says nothing, and capitals.
    let plain = |text: &str| text.replace(":443", "").replace("Quay", "quay");
    let (before, back) = (plain(&before), plain(&back));
    // A key may be added where the registry has none of its own.
    let mut left = before.lines().peekable();
    for line in back.lines() {
        let is_added = ["newName: quay.io/", "registry: quay.io"].iter().any(|key| line.trim_start().starts_with(key));
        assert!(left.next_if_eq(&line).is_some() || is_added, "{path}: something else than a registry changed:\n{before}\nbecame\n{after}");
    }
    assert_eq!(left.next(), None, "{path}: a line is gone:\n{before}\nbecame\n{after}");
    let kept = |text: &str| text.lines().filter_map(|line| line.split_once(MARK)).map(|(_, rest)| rest.to_owned()).collect::<Vec<_>>();
    assert_eq!(kept(&before), kept(&plain(&after)), "{path}: what is no image changed");
}
