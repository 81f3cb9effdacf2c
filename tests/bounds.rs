//! Promises about documents that ask for more than anyone has: circles end, what is cut off is told, and nothing ends the program.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fmt::Write as _;

use transship::config::{Options, load};
use transship::judge::{Judge, Look, Rules};
use transship::link::sets;
use transship::mapping::Date;
use transship::source::{Memory, Scope, TreePath};

/// What is said of files, and the references in them, where `quay.io/` shall become `m.io/`.
fn judged(files: &[(&str, String)]) -> (Vec<String>, Vec<String>) {
    let mut tree = Memory::default();
    for (path, text) in files {
        tree.put(TreePath::new(path).unwrap(), text.clone().into_bytes());
    }
    let options = Options { maps: vec!["quay.io/=m.io/".to_owned()], ..Options::default() };
    let rules = Rules::new(load(&options, &tree).unwrap().unwrap(), Date { year: 2026, month: 1, day: 1 });
    let scope = Scope { roots: vec![TreePath::default()], ..Scope::default() };
    let mut judge = Judge::new(&tree, &rules);
    let (mut said, mut found) = (Vec::new(), Vec::new());
    for set in sets(&tree, &scope, &[], &rules.formats) {
        for look in judge.look(set, |reading| {
            let shown: Vec<String> = reading.shown().map(|(_, one, _)| one.expanded()).collect();
            let said = reading.judge(&rules).diagnostics.into_iter();
            let said = said
                .map(|one| format!("{}: {}{}", one.lint, one.message, one.refusal.map(|code| format!(" ({code})")).unwrap_or_default()));
            (said.collect::<Vec<_>>(), shown)
        }) {
            match look {
                Look::Done((diagnostics, shown)) => {
                    said.extend(diagnostics);
                    found.extend(shown);
                }
                other => said.push(format!("{other:?}")),
            }
        }
    }
    (said, found)
}

fn is_told(said: &[String], what: &str) -> bool {
    said.iter().any(|one| one.starts_with("broken-document") && one.contains(what))
}

/// A chart with one template, behind which an image stands.
fn chart(values: &str, template: &str) -> Vec<(&'static str, String)> {
    let pod = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: \"{{ .Values.image }}\"\n";
    vec![
        ("Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n".to_owned()),
        ("values.yaml", format!("image: quay.io/a/b:1\n{values}")),
        ("templates/t.yaml", format!("{template}{pod}")),
    ]
}

const SERVICE: &str = "services: {a: {image: 'quay.io/a/b:1'}}\n";

#[test]
fn a_mapping_that_takes_itself_in_is_told() {
    let compose = format!("x-a: &a\n  b:\n    <<: *a\n{SERVICE}");
    let values = "x: &worker\n  image:\n    <<: *worker\n  y: quay.io/a/b:1\n".to_owned();
    let mutual = format!("x-a: &a\n  b: &b\n    <<: *a\n    c: {{<<: *b}}\n{SERVICE}");
    for (path, text) in [("compose.yaml", compose), ("values.yaml", values), ("compose.yaml", mutual)] {
        let (said, _) = judged(&[(path, text)]);
        assert!(is_told(&said, "takes in what it stands in"), "{path}: {said:?}");
    }
}

#[test]
fn values_that_nest_by_aliases_are_told() {
    let nested = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
    let mut text = format!("x0: &a0 {}\n", nested(200));
    for n in 1..400 {
        let _ = writeln!(text, "x{n}: &a{n} {}", nested(200).replace('1', &format!("*a{}", n - 1)));
    }
    let (said, found) = judged(&[("compose.yaml", format!("{SERVICE}{text}"))]);
    assert!(is_told(&said, "nest deeper"), "{said:?}");
    assert_eq!(found, ["quay.io/a/b:1"]);
}

#[test]
fn aliases_that_are_not_followed_are_told() {
    let pad = vec!["*z"; 4_096].join(",");
    let compose = format!("x-z: &z 1\nx-e: &e quay.io/evil/x:1\nx-pad: [{pad}]\nservices: {{a: {{image: *e}}}}\n");
    assert!(is_told(&judged(&[("compose.yaml", compose)]).0, "aliases are followed"));
}

#[test]
fn merges_of_merges_are_each_taken_in_once() {
    let mut text = "x0: &a0 {image: 'quay.io/a/b:1', k0: v}\n".to_owned();
    for n in 1..60 {
        let below = vec![format!("*a{}", n - 1); 50].join(", ");
        let _ = writeln!(text, "x{n}: &a{n} {{<<: [{below}], k{n}: v}}");
    }
    let (said, found) = judged(&[("compose.yaml", format!("{text}services:\n  a: {{<<: *a59}}\n"))]);
    assert_eq!((found.len(), is_told(&said, "")), (1, false), "{said:?}");
}

#[test]
fn texts_lists_and_mappings_that_grow_are_told() {
    let grow = |step: &str| format!("{{{{ range until 60 }}}}{{{{ $d = {step} }}}}{{{{ end }}}}");
    let text = format!("{{{{ $d := .Values.image }}}}{}{{{{ $d }}}}\n", grow("print $d $d"));
    let map = format!("{{{{ $d := dict }}}}{}x: {{{{ toYaml $d }}}}\n", grow("dict \"a\" $d \"b\" $d"));
    let list = format!("{{{{ $d := list .Values.image }}}}{}x: {{{{ len $d }}}}\n", grow("concat $d $d"));
    let merged = format!("{{{{ $d := dict }}}}{}x: {{{{ merge $d $d }}}}\n", grow("dict \"a\" $d \"b\" $d"));
    let replaced = format!("{{{{ $d := .Values.image }}}}{}x\n", grow("replace \"a\" $d $d"));
    let joined = format!("{{{{ $d := .Values.image }}}}{}x\n", grow("join $d (list $d $d $d)"));
    let indented = format!("{{{{ $d := \"\\n\" }}}}{}x\n", grow("indent 100 (print $d $d)"));
    for template in [text, map, list, merged, replaced, joined, indented] {
        let (said, _) = judged(&chart("", &template));
        assert!(is_told(&said, "more than a chart may"), "{template}: {said:?}");
    }
}

#[test]
fn mappings_in_mappings_without_end_are_told() {
    let template = "{{ $d := dict }}{{ range until 1000 }}{{ range until 50 }}{{ $d = dict \"a\" $d }}{{ end }}{{ end }}";
    let (said, found) = judged(&chart("", template));
    assert!(is_told(&said, "more than a chart may"), "{said:?}");
    assert_eq!(found.first().map(String::as_str), Some("quay.io/a/b:1"));
}

#[test]
fn values_that_aliases_multiply_are_told() {
    let mut values = "x0: &a0 {registry: quay.io, repository: a/b, tag: '1'}\n".to_owned();
    for n in 1..16 {
        let _ = writeln!(values, "x{n}: &a{n} {{a: *a{0}, b: *a{0}, c: *a{0}, d: *a{0}, image: *a{0}}}", n - 1);
    }
    let (said, _) = judged(&chart(&values, "x: {{ toYaml .Values | quote }}\n"));
    assert!(is_told(&said, "more values than a chart"), "{said:?}");
}

#[test]
fn templates_that_call_themselves_are_told() {
    let template = "{{ define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}\n";
    assert!(is_told(&judged(&chart("", template)).0, "more than a chart may"));
    let mut chain = "{{ define \"n\" }}{{ .Values.image }}{{ end }}".to_owned();
    for n in 0..20_000 {
        let _ = write!(chain, "{{{{ define \"m{:05}\" }}}}{{{{ include \"m{:05}\" . }}}}{{{{ end }}}}", n, n + 1);
    }
    assert!(is_told(&judged(&chart("", &format!("{chain}x: {{{{ include \"m00000\" . }}}}\n"))).0, "more than a chart may"));
}

#[test]
fn kustomizations_that_name_each_other_are_told() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: x, image: 'quay.io/a/b:1'}]}\n";
    let names = |n: usize| (0..25).filter(move |other| *other != n).map(|other| format!("../k{other}")).collect::<Vec<_>>().join(", ");
    let mut files: Vec<(String, String)> = Vec::new();
    for n in 0..25 {
        let text = format!("resources: [{}, pod.yaml]\nimages: [{{name: quay.io/a/b, newTag: '2'}}]\n", names(n));
        files.extend([(format!("k{n}/kustomization.yaml"), text), (format!("k{n}/pod.yaml"), pod.to_owned())]);
    }
    let files: Vec<(&str, String)> = files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
    let (said, found) = judged(&files);
    assert!(is_told(&said, "more ways through these kustomizations"), "{said:?}");
    assert!(found.contains(&"quay.io/a/b:1".to_owned()));
}

#[test]
fn what_many_overlays_take_in_is_followed_everywhere() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: x, image: 'quay.io/a/b:1'}]}\n";
    let mut files =
        vec![("base/kustomization.yaml".to_owned(), "resources: [pod.yaml]\n".to_owned()), ("base/pod.yaml".to_owned(), pod.to_owned())];
    for n in 0..600 {
        files.push((format!("o{n}/kustomization.yaml"), "resources: [../base]\nimages: [{name: quay.io/a/b, newTag: '2'}]\n".to_owned()));
    }
    let files: Vec<(&str, String)> = files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
    let (said, _) = judged(&files);
    let fixed = said.iter().filter(|one| one.starts_with("old-registry")).count();
    assert_eq!((fixed, is_told(&said, "")), (601, false));
}

#[test]
fn a_value_that_is_too_long_to_be_split_is_told() {
    let compose = format!("services:\n  a:\n    image: quay.io/a/b:1{}\n", "${B:-}".repeat(700));
    assert!(is_told(&judged(&[("compose.yaml", compose)]).0, "more than 4096 bytes"));
}

#[test]
fn keys_that_escapes_spell_are_read() {
    let compose = "services:\n  a:\n    \"im\\x61ge\": quay.io/a/b:1\n".to_owned();
    assert_eq!(judged(&[("compose.yaml", compose)]).1, ["quay.io/a/b:1"]);
}

#[test]
fn a_document_of_more_values_than_anyone_reads_is_told() {
    let compose = format!("{SERVICE}x: [{}]\n", "a,".repeat(1 << 20));
    assert!(is_told(&judged(&[("compose.yaml", compose)]).0, "keys and values"));
}

#[test]
fn a_pattern_knows_who_answers() {
    let compose = "services:\n  a: {image: 'QUAY.io/a/b:1'}\n  b: {image: 'quay.io:443/a/b:1'}\n  c: {image: 'quay.io:8443/a/b:1'}\n";
    let (said, _) = judged(&[("compose.yaml", compose.to_owned())]);
    assert_eq!(said.iter().filter(|one| one.starts_with("old-registry")).count(), 2, "{said:?}");
}

#[test]
fn what_is_no_text_is_named() {
    let (said, _) = judged(&[("Dockerfile", "FROM quay.io/a/b:1\n#\0\n".to_owned()), ("compose.yaml", "s\0e\0r\0v\0".to_owned())]);
    assert!(said.len() == 2 && said.iter().all(|one| one.starts_with("Unread")), "{said:?}");
}

#[test]
fn comments_that_stand_below_each_other_are_all_above_the_same_line() {
    let mark = "    # transship: ignore[old-registry] x\n".repeat(300);
    let compose = format!("services:\n  a:\n{mark}    image: quay.io/a/b:1\n{mark}");
    let (said, _) = judged(&[("compose.yaml", compose)]);
    assert_eq!((said.len(), said.iter().filter(|one| one.starts_with("unused-suppression")).count()), (300, 300));
}

#[test]
fn too_many_expressions_are_refused() {
    let mut tree = Memory::default();
    let mapping = |n: usize| format!("  - {{match: 'quay\\.io/a{n}/(?<rest>[a-z]+)', to: 'm.io/{{rest}}', digest: keep}}");
    let mappings = (0..300).map(mapping).collect::<Vec<_>>().join("\n");
    tree.put(TreePath::new(".transship.yaml").unwrap(), format!("mappings:\n{mappings}\n").into_bytes());
    let options = Options { config: Some(TreePath::new(".transship.yaml").unwrap()), ..Options::default() };
    assert!(load(&options, &tree).unwrap_err().to_string().contains("more than 256 mappings with `match`"));
}

#[test]
fn long_keys_above_many_values_are_told_and_the_file_stays() {
    let (long, deep, many) = ("k".repeat(900), 60, 4_000);
    let values = (0..deep).fold("image: quay.io/a/b:1\nx: ".to_owned(), |text, _| text + "{" + &long + ": ");
    let values = format!("{values}[{}]{}\n", vec!["v"; many].join(", "), "}".repeat(deep));
    let (said, found) = judged(&[("values.yaml", values)]);
    assert_eq!(found, ["quay.io/a/b:1"]);
    assert!(said.iter().any(|one| one.starts_with("old-registry") && one.ends_with("(unproved)")), "{said:?}");
}

#[test]
fn what_is_no_name_is_looked_at_once_however_long_its_line_is() {
    let comment = format!("# mirror.example/{}\n{SERVICE}# docker.io {}\n", "quay.io/".repeat(60_000), "docker.io ".repeat(20_000));
    let (said, found) = judged(&[("compose.yaml", comment)]);
    assert_eq!((found.len(), said.len()), (1, 1), "{:?}", said.first());
}

#[test]
fn escapes_of_a_long_value_are_brought_together_with_their_bytes_in_one_pass() {
    let compose = format!("services:\n  a: {{image: \"{}quay.io/a/b:1\"}}\n  b: {{image: 'quay.io/a/b:1'}}\n", "\\x61".repeat(60_000));
    let (_, found) = judged(&[("compose.yaml", compose)]);
    assert!(found.contains(&"quay.io/a/b:1".to_owned()), "{found:?}");
}
