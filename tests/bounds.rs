//! Promises about documents that ask for more than anyone has: circles end, what is cut off is told, and nothing ends the program.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fmt::Write as _;

use transship::config::{Options, load};
use transship::judge::{Judge, Look, Rules};
use transship::link::sets;
use transship::mapping::Date;
use transship::source::{Memory, Scope, TreePath, Unclaimed};

/// What is said of files, and the references in them, where `quay.io/` shall become `m.io/`.
fn judged(files: &[(&str, String)]) -> (Vec<String>, Vec<String>) {
    judged_by("quay.io/=m.io/", files)
}

/// The same of another mapping.
fn judged_by(map: &str, files: &[(&str, String)]) -> (Vec<String>, Vec<String>) {
    let mut tree = Memory::default();
    for (path, text) in files {
        tree.put(TreePath::new(path).unwrap(), text.clone().into_bytes());
    }
    let options = Options { maps: vec![map.to_owned()], ..Options::default() };
    let rules = Rules::new(load(&options, &tree).unwrap().unwrap(), Date { year: 2026, month: 1, day: 1 });
    let scope = Scope { roots: vec![TreePath::default()], unclaimed: Unclaimed::Include, ..Scope::default() };
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
    // What has blanks is no reference, whatever its variables are: dashboards in a ConfigMap.
    let dashboard = format!(
        "kind: ConfigMap\napiVersion: v1\ndata:\n  a.json: |\n    {{\"a\": \"quay.io/a\",\n{}    \"z\": 1}}\n",
        "    \"b\": \"${c}\",\n".repeat(700)
    );
    assert!(!is_told(&judged(&[("cm.yaml", dashboard)]).0, "more than 4096 bytes"));
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
fn a_file_longer_than_is_read_for_references_is_told() {
    let (said, _) = judged(&[("compose.yaml", format!("{SERVICE}{}", "# filling\n".repeat(2 << 20)))]);
    assert!(said.len() == 1 && said.iter().all(|one| one.starts_with("Unread") && one.contains("longer than 16 MiB")), "{said:?}");
}

#[test]
fn charts_that_depend_on_each_other_are_told() {
    let count = 12;
    let depends = |own: usize| {
        (0..count).filter(|other| *other != own).fold(String::new(), |mut text, other| {
            let _ = write!(text, "\n- {{name: s{other}, version: 1.0.0, repository: 'file://../c{other}'}}");
            text
        })
    };
    let mut tree = Vec::new();
    for own in 0..count {
        tree.push((format!("c{own}/Chart.yaml"), format!("apiVersion: v2\nname: s{own}\nversion: 1.0.0\ndependencies:{}\n", depends(own))));
        tree.push((format!("c{own}/values.yaml"), "image: quay.io/a/b:1\n".to_owned()));
    }
    let files: Vec<(&str, String)> = tree.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
    let (said, found) = judged(&files);
    assert!(is_told(&said, "since others depend on them") && found.len() >= count, "{said:?}");
    // A row of them is no circle, and read as a whole.
    let few: Vec<(&str, String)> = files.iter().take(4).cloned().collect();
    assert!(!is_told(&judged(&few).0, "since others depend on them"));
}

#[test]
fn calls_beyond_those_that_are_followed_are_told() {
    let script = |calls: usize| {
        let mut files = chart("", "");
        files.push(("deploy.sh", "helm upgrade --install r . --set x=1\n".repeat(calls)));
        is_told(&judged(&files).0, "more files, or with more variables, than are followed")
    };
    assert!(!script(200) && script(1_001));
    let with = |text: String| {
        let mut files = chart("", "");
        files.push(("deploy.sh", text));
        is_told(&judged(&files).0, "more files, or with more variables, than are followed")
    };
    let variables = |count: usize| (0..count).fold(String::new(), |text, number| text + &format!("helm upgrade r . -f $A{number}.yaml\n"));
    assert!(!with(variables(60)) && with(variables(65)));
    assert!(with(format!("helm upgrade r . --set x={}\n", "a".repeat(20 << 10))), "one call that is too long");
    assert!(with(format!("helm upgrade r . -f {}\n", "$($A".repeat(200))), "variables in one call");
    assert!(with(format!("{}helm upgrade r . -f x.yaml\n", (0..65).fold(String::new(), |text, number| text + &format!("cd d{number}\n")))));
}

#[test]
fn a_script_in_one_line_is_read_in_time_that_grows_with_it() {
    let mut files = chart("", "");
    files.push((
        "deploy.sh",
        format!("helm upgrade r . -f $a.yaml {}{}\n# {}\n", "a ".repeat(200_000), "cd ".repeat(100_000), "helm ".repeat(50_000)),
    ));
    assert!(is_told(&judged(&files).0, "than are followed"));
}

#[test]
fn releases_beyond_those_that_a_chart_is_executed_with_are_told() {
    let releases = |count: usize, key: &str| {
        let mut files = chart("", "");
        let each = (0..count).fold(String::new(), |text, number| {
            text + &format!("- name: r{number}\n  chart: .\n  values: [{{{key}: 'quay.io/a/b:{number}'}}]\n")
        });
        files.push(("helmfile.yaml", format!("releases:\n{each}")));
        is_told(&judged(&files).0, "is deployed in more than")
    };
    assert!(!releases(20, "image") && releases(520, "image"));
    assert!(!releases(520, "zone"), "what no key says may be an image's is not executed so often");
}

#[test]
fn a_list_of_values_files_far_down_in_the_tree_is_told() {
    let files = "- v.yaml\n      ".repeat(5_000);
    let app = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: a}}\nspec:\n  source:\n    repoURL: x\n    path: chart\n    helm:\n      valueFiles:\n      {files}\n"
    );
    let folder = "a/".repeat(400);
    let (said, _) = judged(&[(&format!("{folder}app.yaml"), app)]);
    assert!(is_told(&said, "than are followed"), "{said:?}");
}

#[test]
fn more_arguments_than_anyone_declares_are_told_and_none_is_believed() {
    let all = (0..60_000).fold("ARG R=quay.io\n".to_owned(), |text, number| text + &format!("ARG A{number}=x\n"));
    let (said, found) = judged(&[("Dockerfile", format!("{all}ARG R=n.io\nFROM $R/a/b:1\n"))]);
    assert!(is_told(&said, "the ARGs before the first FROM"), "{said:?}");
    assert!(found.iter().all(|one| !one.contains("quay.io") && !one.contains("n.io")), "{found:?}");
}

#[test]
fn a_file_of_more_references_than_anyone_writes_is_told_and_left() {
    let lines = |line: &str, count: usize| line.repeat(count);
    let services = |name: &str, count: usize| {
        (0..count).fold("services:\n".to_owned(), |text, n| text + &format!("  {name}{n}: {{image: quay.io/a/b}}\n"))
    };
    let is_left = |files: &[(&str, String)]| {
        let (said, found) = judged(files);
        assert!(!said.iter().any(|one| one.starts_with("old-registry")), "{:?}", said.iter().take(3).collect::<Vec<_>>());
        (is_told(&said, "more than 24576"), found.is_empty())
    };
    assert_eq!(is_left(&[("Dockerfile", lines("FROM quay.io/a/b\n", 24_577))]), (true, true));
    assert_eq!(is_left(&[("Dockerfile", format!("FROM a\n{}", lines("COPY --from=quay.io/a/b / /\n", 24_577)))]), (true, true));
    assert_eq!(is_left(&[("compose.yaml", services("a", 24_577))]), (true, true));
    let pod = "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: quay.io/a/b}, {image: quay.io/a/b}, {image: quay.io/a/b}, {image: quay.io/a/b}]}\n---\n";
    assert_eq!(is_left(&[("pods.yaml", lines(pod, 6_200))]), (true, true));
    // What two files hold counts together; the first of them has room.
    let both = [("compose.yaml", format!("include: [z.yaml]\n{}", services("a", 200))), ("z.yaml", services("b", 24_500))];
    let (said, found) = judged(&both);
    assert!(is_told(&said, "more than 24576 references"), "{:?}", said.first());
    assert_eq!(found.len(), 200);
}

#[test]
fn names_beyond_those_that_are_looked_at_in_texts_are_told() {
    let with = |line: &str, count: usize| [("compose.yaml", format!("{SERVICE}{}", line.repeat(count)))];
    let beyond = "from here on texts are not looked through";
    let line = "# see quay.io/a/b\n";
    assert!(!is_told(&judged(&with(line, 300)).0, beyond));
    let (said, found) = judged(&with(line, 24_577));
    assert!(is_told(&said, beyond), "{:?}", said.last());
    assert_eq!(found.first().map(String::as_str), Some("quay.io/a/b:1"));
    let script = |count: usize| [("run.sh", "docker pull acme/web:1\n".repeat(count))];
    assert!(!is_told(&judged_by("docker.io/acme/=m.io/", &script(300)).0, beyond));
    let (said, found) = judged_by("docker.io/acme/=m.io/", &script(24_600));
    assert!(is_told(&said, beyond) && found.len() > 24_000, "{:?} {}", said.first(), found.len());
}

#[test]
fn files_that_hold_together_and_are_more_than_is_held_are_told() {
    let with = |count: usize| {
        let mut files: Vec<(String, String)> = chart("", "").into_iter().map(|(path, text)| (path.to_owned(), text)).collect();
        files.extend((0..count).map(|number| (format!("templates/t{number}.yaml"), format!("# {}\n", "x".repeat(15 << 20)))));
        let files: Vec<(&str, String)> = files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
        judged(&files).0
    };
    let said = with(3);
    assert_eq!(said.iter().filter(|one| one.contains("hold together with it are longer than 32 MiB")).count(), 6, "{said:?}");
    assert!(!said.iter().any(|one| one.starts_with("old-registry")), "{said:?}");
    assert!(!with(1).iter().any(|one| one.contains("hold together")));
}

#[test]
fn expressions_of_patches_are_bounded() {
    let each = (0..30).fold(String::new(), |text, number| {
        text + &format!("- target: {{kind: HelmRelease, name: 'a{number}(\\w{{1,900}}){{1,900}}'}}\n  patch: '[{{op: add, path: /spec/values/x, value: 1}}]'\n")
    });
    let mut files = chart("", "");
    files.push(("kustomization.yaml", format!("resources: [rel.yaml]\npatches:\n{each}")));
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a0}\nspec: {chart: {spec: {chart: ., sourceRef: {kind: GitRepository, name: x}}}}\n";
    files.push(("rel.yaml", release.to_owned()));
    assert!(judged(&files).1.contains(&"quay.io/a/b:1".to_owned()));
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
    let mapping = |n: usize| format!("  - {{match: 'quay\\.io/a{n}/(?<rest>[a-z]+)', to: 'm.io/{{rest}}', digest: keep}}");
    assert!(refused(300, mapping).contains("more than 256 mappings with `match`"));
}

#[test]
fn of_mappings_with_many_faults_the_first_are_told() {
    let said = refused(200, |n| format!("  - {{match: '(/b{n}){{0,60}}[\\w.]{{1,200}}', to: m.io/a, digest: keep}}"));
    assert_eq!(said.matches("it takes more than").count(), 65);
    assert!(said.contains("more than 64 faults"), "{said}");
}

#[test]
fn mappings_that_may_all_cover_the_same_are_refused_in_bounded_time() {
    let told = "more mappings may cover the same names than are compared";
    assert!(refused(2_000, |n| format!("  - {{from: 'quay.io/*/*a{n}*', to: 'm.io/b{n}', digest: keep}}")).contains(told));
    assert!(refused(2_000, |n| format!("  - {{from: quay.io/, to: m{n}.io/, when: {{files: ['**/a{n}/*']}}}}")).contains(told));
    assert_eq!(refused(2_000, |n| format!("  - {{from: quay.io/a{n}/, to: m.io/a{n}/}}")), "");
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

#[test]
fn flags_are_read_however_many_an_instruction_has() {
    let run = |mount: &dyn Fn(usize) -> String| {
        let flags: String = (0..200_000).map(mount).collect();
        judged(&[("Dockerfile", format!("FROM quay.io/a/b:1 AS base\nFROM base\nRUN {flags} true\n"))])
    };
    let (said, found) = run(&|_| "--mount=from=base ".to_owned());
    assert_eq!((found.len(), is_told(&said, "")), (1, false), "{said:?}");
    let (said, found) = run(&|number| format!("--mount=from=quay.io/a/c{number} "));
    assert_eq!((found.len(), is_told(&said, "more than 24576 references")), (0, true), "{said:?}");
}

#[test]
fn a_word_longer_than_any_reference_is_told() {
    let long = "a/".repeat(1 << 20);
    for instruction in [format!("FROM quay.io/{long}b"), format!("COPY --from=quay.io/{long}b / /"), format!("RUN --mount=from={long}b x")]
    {
        let (said, found) = judged(&[("Dockerfile", format!("FROM quay.io/a/b:1\n{instruction}\n"))]);
        assert!(is_told(&said, "more than 64 KiB"), "{}", said.first().map_or("", String::as_str));
        assert_eq!(found, ["quay.io/a/b:1"]);
    }
}

#[test]
fn faults_beyond_those_that_anyone_reads_are_told() {
    let pod = "---\napiVersion: v1\nkind: Pod\nspec: {containers: [{image: 'quay.io/a/b:1'}]}\nx: [\n";
    let lines = |line: &str| format!("FROM quay.io/a/b:1\n{}", line.repeat(200_000));
    let head = format!("{}FROM quay.io/a/b:1\n", "RUN a\n".repeat(200_000));
    let files = [
        ("Dockerfile", lines("COPY --from=99 a b\n")),
        ("Dockerfile", lines("RUN a\nb\n")),
        ("Dockerfile", head),
        ("p.yaml", pod.repeat(5_000)),
    ];
    for file in files {
        let (said, _) = judged(&[file]);
        assert!(is_told(&said, "more than 1024 places"), "{:?}", said.first());
        let faults = said.iter().filter(|one| one.starts_with("broken-document")).count();
        assert!(faults <= 1_025, "{faults}");
    }
}

#[test]
fn a_use_of_a_variable_is_not_held_for_each_image_that_it_makes_up() {
    let stages = "FROM $A/a/b:1\nARG A\nRUN echo $A\n".repeat(20_000);
    let (said, found) = judged(&[("Dockerfile", format!("ARG A=quay.io\n{stages}"))]);
    assert_eq!((found.len(), said.len(), is_told(&said, "")), (20_000, 20_000, false));
    let variables = repeated(5_000, |number| format!("  A{number}: quay.io\n"));
    let jobs = repeated(5_000, |number| format!("j{number}:\n  image: $A{number}/a/b:1\n  script: [echo $A{number}]\n"));
    let (said, found) = judged(&[(".gitlab-ci.yml", format!("variables:\n{variables}{jobs}"))]);
    assert_eq!((found.len(), said.len(), is_told(&said, "")), (5_000, 5_000, false));
}

#[test]
fn arguments_that_stages_hand_on_without_end_are_told() {
    let head = repeated(2_000, |number| format!("ARG A{number}=quay.io\n"));
    let stage = |number: usize| format!("FROM s{} AS s{}\nARG A{number}\n", number, number + 1);
    let first = repeated(2_000, |number| format!("FROM $A{number}/a/b:1\n"));
    let stages: String = (0..2_000).map(stage).collect();
    let (said, found) = judged(&[("Dockerfile", format!("{head}{first}FROM scratch AS s0\n{stages}"))]);
    assert_eq!((found.len(), is_told(&said, "hand more ARGs on")), (0, true), "{:?}", said.first());
}

#[test]
fn a_value_in_base64_is_told_and_a_tag_hides_no_image() {
    let pod = |image: &str| format!("apiVersion: v1\nkind: Pod\nspec: {{containers: [{{image: {image}}}]}}\n");
    for hidden in [pod("!!binary cXVheS5pby9hL2I6MQ=="), pod("'c'").replace("image", "!!binary aW1hZ2U=")] {
        assert!(is_told(&judged(&[("p.yaml", hidden.clone())]).0, "base64"), "{hidden}");
    }
    assert_eq!(judged(&[("p.yaml", pod("!any quay.io/a/b:1"))]).1, ["quay.io/a/b:1"]);
    assert_eq!(judged(&[("p.yaml", pod("!Ref Image"))]).1, Vec::<String>::new());
}

/// A text for each of so many numbers.
fn repeated(many: usize, text: impl Fn(usize) -> String) -> String {
    (0..many).fold(String::new(), |all, number| all + &text(number))
}

/// What is said against a rule file of so many mappings; nothing where it is read.
fn refused(many: usize, mapping: impl Fn(usize) -> String) -> String {
    let mut tree = Memory::default();
    let mappings = repeated(many, |number| mapping(number) + "\n");
    tree.put(TreePath::new(".transship.yaml").unwrap(), format!("mappings:\n{mappings}").into_bytes());
    let options = Options { config: Some(TreePath::new(".transship.yaml").unwrap()), ..Options::default() };
    load(&options, &tree).err().map(|faults| faults.to_string()).unwrap_or_default()
}
