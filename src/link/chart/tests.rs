//! Small charts, and where the bytes of their images come from.

use super::*;
use crate::occurrence::Origin;

/// Each image as rendered, with every piece that stands in a file in `<path:text>`.
fn rendered(files: &[(&str, &str)]) -> Vec<String> {
    let file =
        |index: usize| ChartFile { path: files[index].0, file: FileId(u32::try_from(index).unwrap()), bytes: files[index].1.as_bytes() };
    let mut chart = Chart::default();
    for (index, (path, _)) in files.iter().enumerate() {
        match *path {
            "Chart.yaml" => chart.metadata = Some(file(index)),
            "values.yaml" => chart.values = Some(file(index)),
            _ => chart.templates.push(file(index)),
        }
    }
    let show = |occurrence: &Occurrence| {
        let pieces = occurrence.pieces.iter().map(|piece| {
            if !piece.is_editable() {
                return piece.shown().into_owned();
            }
            let (path, text) = files[piece.span.file.0 as usize];
            assert_eq!(text[piece.span.range()], piece.text, "{piece:?}");
            let from = if matches!(piece.origin, Origin::Default { .. }) { "v" } else { "t" };
            assert_eq!(from == "v", path == "values.yaml");
            format!("<{from}:{}>", piece.text)
        });
        pieces.collect::<String>()
    };
    Rendering::new(&chart, &Readings::of(&chart)).images(&Formats::builtin(), &Budget::default()).on.iter().map(show).collect()
}

fn pod(image: &str) -> String {
    format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: x}}\nspec:\n  containers:\n    - name: a\n      image: {image}\n")
}

#[test]
fn a_prefix_in_the_template_belongs_to_the_image() {
    let got = rendered(&[
        ("values.yaml", "image:\n  repository: katib-controller\n  tag: \"1.0\"\n"),
        ("templates/a.yaml", &pod("ghcr.io/kubeflow/katib/{{ .Values.image.repository }}:{{ .Values.image.tag }}")),
    ]);
    assert_eq!(got, ["<t:ghcr.io/kubeflow/katib/><v:katib-controller><t::><v:1.0>"]);
}

#[test]
fn helpers_are_executed() {
    let helper = r#"{{- define "x.image" -}}
{{- $registry := coalesce .global.registry .service.registry .main.registry -}}
{{- printf "%s/%s:%s" $registry .service.repository (.service.tag | default .version | toString) -}}
{{- end -}}"#;
    let got = rendered(&[
        ("Chart.yaml", "name: x\nappVersion: '2.9'\n"),
        (
            "values.yaml",
            "global:\n  registry: null\nmain:\n  registry: docker.io\nservice:\n  registry: null\n  repository: grafana/loki\n",
        ),
        ("templates/_helpers.tpl", helper),
        (
            "templates/a.yaml",
            &pod(
                r#"{{ include "x.image" (dict "global" .Values.global "service" .Values.service "main" .Values.main "version" .Chart.AppVersion) | quote }}"#,
            ),
        ),
    ]);
    assert_eq!(got, ["<v:docker.io><t:/><v:grafana/loki><t::>2.9"]);
}

#[test]
fn conditions_loops_and_defaults() {
    let template = "{{- range $name, $part := .Values.parts }}\n{{- if $part.enabled }}\napiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: {{ $part.image | default \"quay.io/a/b:1\" }}\n---\n{{- end }}\n{{- end }}\n";
    let got = rendered(&[
        ("values.yaml", "parts:\n  b: {enabled: true, image: redis}\n  a: {enabled: true}\n  c: {enabled: false, image: no}\n"),
        ("templates/a.yaml", template),
    ]);
    assert_eq!(got, ["<t:quay.io/a/b:1>", "<v:redis>"]);
}

#[test]
fn what_is_not_known_is_a_hole() {
    let got =
        rendered(&[("values.yaml", "repository: a/b\n"), ("templates/a.yaml", &pod("{{ .Values.repository }}:{{ .Files.Get \"tag\" }}"))]);
    assert_eq!(got, ["<v:a/b><t::>{.Files.Get \"tag\"}"]);
}

#[test]
fn values_printed_as_yaml_keep_their_bytes() {
    let got = rendered(&[
        ("values.yaml", "extra:\n  - name: x\n    image: \"busybox:1\"\n"),
        ("templates/a.yaml", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    {{- toYaml .Values.extra | nindent 4 }}\n"),
    ]);
    assert_eq!(got, ["<v:busybox:1>"]);
}

#[test]
fn a_template_that_calls_itself_ends() {
    let got = rendered(&[(
        "templates/a.yaml",
        "{{ define \"x\" }}{{ include \"x\" . }}{{ end }}{{ include \"x\" . }}{{ range until 5 }}{{ end }}",
    )]);
    assert!(got.is_empty());
}

#[test]
fn what_a_condition_chooses_inside_a_line_is_a_choice() {
    let chosen = |image: &str| {
        let text = pod(image);
        let chart =
            Chart { templates: vec![ChartFile { path: "templates/p.yaml", file: FileId(0), bytes: text.as_bytes() }], ..Chart::default() };
        let found = Rendering::new(&chart, &Readings::of(&chart)).images(&Formats::builtin(), &Budget::default()).on;
        found[0].pieces.iter().filter(|piece| piece.origin == Origin::Choice).map(|piece| piece.text.clone()).collect::<Vec<_>>()
    };
    assert_eq!(chosen("{{ if .Values.x }}ghcr.io{{ else }}docker.io{{ end }}/a/b:1"), ["docker.io"]);
    assert_eq!(
        chosen(r#"{{ printf "%s/%s:%s" (ternary "ghcr.io" "docker.io" .Values.x) (ternary "a" "b/c" .Values.x) "1" }}"#),
        ["docker.io", "b/c"]
    );
    assert_eq!(chosen("docker.io/a/b:1{{ if .Values.x }}{{ else }}\n      name: other{{ end }}").len(), 0);
}

#[test]
fn words_that_cannot_be_read_end_an_action() {
    for action in [
        "{{ (\u{fffd} }}",
        "{{ (a \u{e9}) }}",
        "{{ ( }}",
        "{{ (((\u{4e2d}.x }}",
        "{{ \u{e9} }}",
        "{{ $\u{e9} := 1 }}",
        "{{ '\u{e9} }}",
        "{{ .\u{e9} }}",
    ] {
        let text = pod(action);
        rendered(&[("values.yaml", "a: b\n"), ("templates/p.yaml", &text)]);
    }
}

#[test]
fn deep_parentheses_end_nothing_but_the_action() {
    let text = pod(&format!("{{{{ {}.Values.a }}}}", "(".repeat(200_000)));
    assert!(rendered(&[("values.yaml", "a: quay.io/b\n"), ("templates/p.yaml", &text)]).is_empty());
    let text = pod(&format!("{{{{ {}.Values.a{} }}}}", "(".repeat(90), ")".repeat(90)));
    assert_eq!(rendered(&[("values.yaml", "a: quay.io/b\n"), ("templates/p.yaml", &text)]), ["<v:quay.io/b>"]);
}

#[test]
fn a_function_with_too_few_or_odd_arguments_ends_nothing() {
    let sources = [include_str!("functions.rs"), include_str!("numbers.rs"), include_str!("texts.rs"), include_str!("changes.rs")];
    let words = sources.iter().flat_map(|source| source.split('"').skip(1).step_by(2));
    let names: BTreeSet<&str> = words.filter(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric())).collect();
    assert!(names.len() > 100 && names.contains("index") && names.contains("trunc"), "{names:?}");
    let odd =
        ["", "nil", "\"\"", "-1", "9223372036854775807", "\"é/quay.io\"", "(list)", "(dict \"a\" \"quay.io\")", ".Values.a", ".Unseen"];
    for name in names {
        let calls = odd
            .iter()
            .flat_map(|one| odd.iter().map(move |two| format!("x: {{{{ {name} {one} {two} }}}}{{{{ {two} | {name} {one} }}}}\n")));
        let template = format!("{}{}", pod("quay.io/acme/web:1"), calls.collect::<String>());
        assert!(!rendered(&[("values.yaml", "a: {b: quay.io}\n"), ("templates/a.yaml", &template)]).is_empty(), "{name}");
    }
}

#[test]
fn a_text_that_a_function_would_make_too_long_is_not_known() {
    let long = "(repeat 4096 \"a\")";
    for call in [
        "repeat \"2000000000\" \"quay.io/\"".to_owned(),
        "repeat 9223372036854775807".to_owned(),
        format!("replace \"a\" {long} {long}"),
        format!("regexReplaceAll \"a\" {long} {long}"),
        format!("regexReplaceAllLiteral \"a\" {long} {long}"),
        format!("regexReplaceAll \".*\" {long} (repeat 4096 \"$0\")"),
    ] {
        let template = format!("{}x: {{{{ {call} }}}}\n", pod("quay.io/acme/web:1"));
        assert_eq!(rendered(&[("values.yaml", ""), ("templates/a.yaml", &template)]), ["<t:quay.io/acme/web:1>"], "{call}");
    }
    let kept = rendered(&[("values.yaml", "a: acme/web\n"), ("templates/a.yaml", &pod("{{ replace \"acme\" \"b\" .Values.a }}:1"))]);
    assert_eq!(kept.len(), 1);
}

#[test]
fn a_with_may_have_others() {
    let image =
        "{{ with .Values.a }}{{ . }}{{ else with .Values.b }}{{ . }}{{ else with .Values.c }}{{ . }}{{ else }}ghcr.io{{ end }}/x/y:1";
    let with = |values: &str| rendered(&[("values.yaml", values), ("templates/a.yaml", &pod(image))]);
    assert_eq!(with("a: quay.io\nb: docker.io\n"), ["<v:quay.io><t:/x/y:1>"]);
    assert_eq!(with("a: ''\nb: docker.io\n"), ["<v:docker.io><t:/x/y:1>"]);
    assert_eq!(with("c: docker.io\n"), ["<v:docker.io><t:/x/y:1>"]);
    assert_eq!(with("{}\n"), ["<t:ghcr.io><t:/x/y:1>"]);
}

#[test]
fn a_range_may_be_left() {
    let values = ("values.yaml", "all: ['', quay.io, docker.io]\n");
    let of = |range: &str| rendered(&[values, ("templates/a.yaml", &pod(&format!("{range}/x/y:1")))]);
    let first = "{{ $found := \"\" }}{{ range .Values.all }}{{ if . }}{{ $found = . }}{{ break }}{{ end }}{{ end }}{{ $found }}";
    assert_eq!(of(first), ["<v:quay.io><t:/x/y:1>"]);
    let last = "{{ $found := \"\" }}{{ range .Values.all }}{{ if not . }}{{ continue }}{{ end }}{{ $found = . }}{{ end }}{{ $found }}";
    assert_eq!(of(last), ["<v:docker.io><t:/x/y:1>"]);
}

#[test]
fn what_lists_are_made_of_is_known() {
    let values = ("values.yaml", "env: dev\nhub: {_default: docker.io, dev: quay.io}\nall: [a, ghcr.io, b]\n");
    let of = |image: &str| rendered(&[values, ("templates/a.yaml", &pod(image))]);
    let pluck = |env: &str| of(&format!("{{{{ pluck {env} .Values.hub | first | default .Values.hub._default }}}}/x/y:1"));
    assert_eq!(pluck(".Values.env"), ["<v:quay.io><t:/x/y:1>"]);
    assert_eq!(pluck("\"prod\""), ["<v:docker.io><t:/x/y:1>"]);
    assert_eq!(of("{{ slice .Values.all 1 2 | first }}/x/y:1"), ["<v:ghcr.io><t:/x/y:1>"]);
    assert_eq!(of("{{ slice .Values.all 2 1 | first }}/x/y:1").len(), 0);
}

#[test]
fn an_image_whose_version_is_none_still_has_a_name() {
    let values = ("values.yaml", "registry: docker.io\nrepository: x/y\ntag: feature/one\ndigest: sha256:TODO\n");
    let of = |image: &str| rendered(&[values, ("templates/a.yaml", &pod(image))]);
    let name = ["<v:docker.io><t:/><v:x/y>"];
    assert_eq!(of("{{ .Values.registry }}/{{ .Values.repository }}:{{ .Values.tag }}"), name);
    assert_eq!(of("{{ .Values.registry }}/{{ .Values.repository }}@{{ .Values.digest }}"), name);
}

#[test]
fn a_chart_that_says_the_same_is_executed_once() {
    let (pod, other) = (pod("{{ .Values.image }}"), pod("quay.io/{{ .Values.image }}"));
    let chart = |values: &'static str, template| Chart {
        values: Some(ChartFile { path: "values.yaml", file: FileId(0), bytes: values.as_bytes() }),
        templates: vec![ChartFile { path: "templates/a.yaml", file: FileId(1), bytes: template }],
        ..Chart::default()
    };
    let first = chart("image: a/b:1\n", pod.as_bytes());
    let readings = Readings::of(&first);
    let wholes = whole::Wholes::default();
    let whole = |chart: &Chart<'_>| wholes.of(chart, &readings, &Formats::builtin());
    let known = whole(&first);
    assert!(std::rc::Rc::ptr_eq(&known, &whole(&first.clone())));
    for changed in [chart("image: a/b:2\n", pod.as_bytes()), chart("image: a/b:1\n", other.as_bytes())] {
        let fresh = Rendering::new(&changed, &readings).images(&Formats::builtin(), &Budget::default());
        assert_eq!(whole(&changed).images.on, fresh.on);
        assert_ne!(fresh.on, known.images.on);
    }
}
