//! Charts as scripts, releases and other tools deploy them: an edit moves what each deployment prints, or is held back and told. Judged by helm.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and writes its scratch files")]

#[path = "support/go_tools.rs"]
mod go_tools;
#[path = "support/program.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod program;

use std::path::Path;
use std::process::Command;

use program::{Said, repository, say};

const CHART: [(&str, &str); 3] = [
    ("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n"),
    ("charts/web/values.yaml", "image:\n  registry: docker.io\n  repository: acme/web\n  tag: \"1\"\n"),
    (
        "charts/web/templates/pod.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n      image: \"{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag }}\"\n",
    ),
];

/// What is laid over the chart somewhere: another image of the same registry, which no mapping covers.
const OTHER: &str = "image:\n  repository: other/web-pro\n";
/// The same, with an image of its own that moves.
const OWN: &str = "image:\n  registry: quay.io\n  repository: acme/web-pro\n";

const MAPS: [&str; 4] = ["--map", "docker.io/acme/=mirror.example.com/hub/", "--map", "quay.io/acme/=mirror.example.com/quay/"];

/// The images that helm prints for a deployment.
fn images(helm: &Path, root: &Path, arguments: &[&str]) -> Vec<String> {
    let output =
        Command::new(helm).arg("template").arg("r").args(arguments).current_dir(root).env_clear().env("HOME", root).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let image = |line: &str| Some(line.trim_start().trim_start_matches("- ").strip_prefix("image: ")?.trim_matches('"').to_owned());
    text.lines().filter_map(image).collect()
}

fn target(image: &str) -> String {
    let moved = [("docker.io/acme/", "mirror.example.com/hub/"), ("quay.io/acme/", "mirror.example.com/quay/")];
    moved.into_iter().find_map(|(from, to)| Some(format!("{to}{}", image.strip_prefix(from)?))).unwrap_or_else(|| image.to_owned())
}

/// Fixes a repository with the chart and these files, and compares what the deployments print before and after.
fn fixed(more: &[(&str, &str)], deployments: &[&[&str]], is_right: impl Fn(&str, &str) -> bool) -> Said {
    let helm = go_tools::program("helm").unwrap();
    // A file of the case takes the place of the chart's own.
    let chart = CHART.iter().filter(|(path, _)| more.iter().all(|(other, _)| other != path));
    let files: Vec<(&str, &str)> = chart.chain(more).copied().collect();
    let folder = repository(&files);
    let print = || deployments.iter().map(|arguments| images(&helm, folder.path(), arguments)).collect::<Vec<_>>();
    let before = print();
    let said = say(&folder, &[&["fix"], &MAPS[..]].concat());
    let after = print();
    for ((before, after), deployment) in before.iter().zip(&after).zip(deployments) {
        assert_eq!(before.len(), after.len(), "{deployment:?}");
        for (was, is) in before.iter().zip(after) {
            assert!(is_right(was, is), "{deployment:?}: `{was}` became `{is}`\n{more:?}\n{said:?}");
        }
    }
    said
}

/// Everything moves.
fn moves(more: &[(&str, &str)], deployments: &[&[&str]]) {
    if go_tools::program("helm").is_some() {
        let said = fixed(more, deployments, |was, is| target(was) == is);
        assert_eq!(said.code, 0, "{more:?}\n{said:?}");
    }
}

/// Nothing changes, and it is told.
fn holds(more: &[(&str, &str)], deployments: &[&[&str]]) {
    if go_tools::program("helm").is_some() {
        let said = fixed(more, deployments, |was, is| was == is);
        assert!(said.code != 0 || said.out.contains("warning[unresolved-reference]"), "{more:?}\n{said:?}");
    }
}

const BARE: &[&str] = &["charts/web"];
const WITH_FILE: &[&str] = &["charts/web", "-f", "deploy/pro.yaml"];
const WITH_WORD: &[&str] = &["charts/web", "--set", "image.repository=other/web-pro"];

/// Scripts that deploy the chart with a file of values.
const SCRIPTS: [(&str, &str); 17] = [
    ("deploy.sh", "#!/bin/sh\nhelm upgrade --install web ./charts/web -f deploy/pro.yaml\n"),
    ("scripts/deploy", "set -e\nhelm -n web install web charts/web --values=deploy/pro.yaml && echo 'it''s done'\n"),
    (
        "Makefile",
        "HELM ?= helm\nCHART := charts/web\ndeploy:\n\t@$(HELM) upgrade -i web $(CHART) \\\n\t  --namespace web \\\n\t  -f deploy/pro.yaml\n",
    ),
    ("Makefile", "FLAGS = --wait -f deploy/pro.yaml\ndeploy:\n\thelm upgrade web ./charts/web $(FLAGS)\n"),
    ("ci/run.sh", "ROOT=$(cd \"$(dirname \"$0\")/..\" && pwd)\nhelm template web \"$ROOT/charts/web\" -f \"$ROOT/deploy/pro.yaml\"\n"),
    ("run.sh", "for ENV in pro; do\n  helm upgrade web charts/web -f \"deploy/${ENV}.yaml\"\ndone\n"),
    ("run.sh", "cd charts\nhelm upgrade web web -f ../deploy/$1.yaml\n"),
    ("run.sh", "for c in web; do helm upgrade \"$c\" \"charts/$c\" -f deploy/pro.yaml; done\n"),
    (
        ".github/workflows/a.yaml",
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: |\n          helm upgrade web ./charts/web \\\n            -f deploy/${{ inputs.stage }}.yaml\n",
    ),
    (
        ".github/workflows/a.yaml",
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: >-\n          helm upgrade web ./charts/web\n          --atomic\n          -f deploy/pro.yaml\n",
    ),
    (
        ".github/workflows/a.yaml",
        "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - working-directory: charts\n        run: helm upgrade web ./web -f ../deploy/pro.yaml\n",
    ),
    (".gitlab-ci.yml", "deploy:\n  script:\n    - helm upgrade web ./charts/web -f deploy/pro.yaml\n    - helm list\n"),
    (
        ".gitlab-ci.yml",
        "variables:\n  CHART_DIR: charts/web\ndeploy:\n  script: 'helm upgrade web $CHART_DIR -f $CI_PROJECT_DIR/deploy/pro.yaml'\n",
    ),
    ("Taskfile.yml", "version: '3'\ntasks:\n  deploy:\n    cmds:\n      - helm upgrade web ./charts/web -f deploy/{{.STAGE}}.yaml\n"),
    ("deploy.ps1", "helm upgrade web ./charts/web `\n  --values deploy/pro.yaml\n"),
    ("Dockerfile", "FROM scratch\nRUN helm template web charts/web -fdeploy/pro.yaml > all.yaml\n"),
    ("Jenkinsfile", "node { sh \"helm secrets upgrade web charts/web -f deploy/pro.yaml,secrets.yaml\" }\n"),
];

#[test]
fn a_file_that_a_script_lays_over_a_chart_is_a_deployment() {
    for script in SCRIPTS {
        holds(&[script, ("deploy/pro.yaml", OTHER)], &[BARE, WITH_FILE]);
        moves(&[script, ("deploy/pro.yaml", OWN)], &[BARE, WITH_FILE]);
    }
}

#[test]
fn values_in_the_words_of_a_script_are_a_deployment() {
    for script in [
        ("deploy.sh", "helm upgrade web charts/web --set image.repository=other/web-pro\n"),
        ("deploy.sh", "helm upgrade web charts/web --set=image.tag=1,image.repository=other/web-pro\n"),
        ("deploy.sh", "helm upgrade web charts/web --set-string \"image.repository=other/web-pro\"\n"),
        ("Makefile", "SETS := --set image.repository=other/web-pro\nx:\n\thelm upgrade web charts/web $(SETS)\n"),
        (".gitlab-ci.yml", "a:\n  script: [\"helm upgrade web charts/web --set 'image.repository=other/web-pro'\"]\n"),
    ] {
        holds(&[script], &[BARE, WITH_WORD]);
    }
    // What is computed may be any image.
    holds(&[("deploy.sh", "helm upgrade web charts/web --set image.registry=$REGISTRY\n")], &[BARE]);
}

const RELEASE: (&str, &str) = (
    "apps/base/web.yaml",
    "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\nspec:\n  chart: {spec: {chart: ./charts/web, sourceRef: {kind: GitRepository, name: x}}}\n  values: {replicas: 1}\n",
);
const BASE: (&str, &str) = ("apps/base/kustomization.yaml", "resources: [web.yaml]\n");

fn indented(text: &str, by: usize) -> String {
    text.lines().map(|line| [&" ".repeat(by), line, "\n"].concat()).collect()
}

#[test]
fn a_patch_of_a_release_is_a_deployment() {
    let strategic = |values: &str| {
        format!("apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: web\nspec:\n  values:\n    image:\n{values}")
    };
    let patch = |text: &str| indented(text, 6);
    for (values, holds_back) in
        [("      repository: other/web-pro\n", true), ("      registry: quay.io\n      repository: acme/web-pro\n", false)]
    {
        let file = strategic(values);
        let inline = format!("resources: [../base]\npatches:\n  - patch: |-\n{}", patch(&file));
        let merge = format!("resources: [../base]\npatchesStrategicMerge:\n  - |-\n{}", patch(&file));
        let path = if holds_back { "other/web-pro" } else { "acme/web-pro" };
        let registry = |text: &str| if holds_back { String::new() } else { text.to_owned() };
        let operations = format!(
            "- op: replace\n  path: /spec/values/image/repository\n  value: {path}\n{}",
            registry("- {op: add, path: /spec/values/image/registry, value: quay.io}\n")
        );
        let listed =
            format!("resources: [../base]\npatches:\n  - target: {{kind: HelmRelease, name: w.*}}\n    patch: |-\n{}", patch(&operations));
        let image = format!("{}\"repository\":\"{path}\"", registry("\"registry\":\"quay.io\","));
        let one = format!(
            "resources: [../base]\npatches:\n  - target: {{kind: HelmRelease}}\n    patch: '[{{\"op\":\"add\",\"path\":\"/spec/values/image\",\"value\":{{{image}}}}}]'\n"
        );
        let named = "resources: [../base]\npatches: [{path: web.yaml}]\n".to_owned();
        let operated = "resources: [../base]\npatches: [{path: web.yaml, target: {kind: HelmRelease, name: web}}]\n".to_owned();
        let flux = format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: apps}}\nspec:\n  path: ./apps/base\n  patches:\n    - patch: |\n{}",
            indented(&file, 8)
        );
        let kustomization = "apps/pro/kustomization.yaml";
        let set = format!("{}image.repository={path}", registry("image.registry=quay.io,"));
        let release: &[&str] = &["charts/web", "--set", &set];
        for more in [
            vec![(kustomization, inline.as_str())],
            vec![(kustomization, &merge)],
            vec![(kustomization, &listed)],
            vec![(kustomization, &one)],
            vec![(kustomization, &named), ("apps/pro/web.yaml", &file)],
            vec![(kustomization, &operated), ("apps/pro/web.yaml", &operations)],
            vec![("clusters/pro/apps.yaml", &flux)],
        ] {
            let more = [&[RELEASE, BASE], more.as_slice()].concat();
            if holds_back {
                holds(&more, &[BARE, release]);
            } else {
                moves(&more, &[BARE]);
                let Some(_) = go_tools::program("helm") else { return };
                let folder = repository(&CHART.iter().copied().chain(more.iter().copied()).collect::<Vec<_>>());
                say(&folder, &[&["fix"], &MAPS[..]].concat());
                let after = |path: &str| std::fs::read_to_string(folder.path().join(path)).unwrap();
                let text: String = more.iter().map(|(path, _)| after(path)).collect();
                assert!(text.contains("mirror.example.com") && text.contains("quay/web-pro") && !text.contains("quay.io"), "{text}");
            }
        }
    }
    // A patch of another release is none of this one.
    let other = strategic("      repository: other/web-pro\n").replace("name: web", "name: shop");
    moves(
        &[
            RELEASE,
            BASE,
            ("apps/pro/kustomization.yaml", "resources: [../base]\npatches: [{path: web.yaml}]\n"),
            ("apps/pro/web.yaml", &other),
        ],
        &[BARE],
    );
}

const SET: &str =
    "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: a}\nspec:\n  template:\n    spec:\n      source:\n";

/// Releases that lay a file or values of their own over the chart.
#[test]
fn releases_of_all_tools_are_deployments() {
    let set = |source: &str| format!("{SET}{source}");
    let application =
        |source: &str| format!("apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: a}}\nspec:\n  source: {source}\n");
    let sets = [
        set("        path: charts/web\n        helm:\n          valueFiles: ['../../deploy/{{env}}.yaml']\n"),
        set("        path: 'charts/{{ .name }}'\n        helm:\n          valueFiles: [../../deploy/pro.yaml]\n"),
        set(
            "        path: '{{ .path.path }}/web'\n        helm:\n          valueFiles:\n            - ../../deploy/{{ .path.basename }}.yaml\n",
        ),
    ];
    for (path, text) in [
        ("fleet.yaml", "helm:\n  chart: charts/web\ntargetCustomizations:\n  - name: pro\n    helm: {valuesFiles: [deploy/pro.yaml]}\n"),
        ("fleet.yaml", "helm:\n  chart: charts/web\n  valuesFiles: [deploy/pro.yaml]\n"),
        (
            "charts/web/fleet.yaml",
            "helm:\n  releaseName: web\ntargetCustomizations:\n  - name: pro\n    helm: {valuesFiles: [../../deploy/pro.yaml]}\n",
        ),
        ("helmfile.yaml", "releases:\n  - name: web\n    chart: ./charts/web\n    values: [deploy/pro.yaml]\n"),
        ("helmfile.yaml", "releases:\n  - name: web\n    chart: ./charts/web\n    values:\n      - deploy/{{ .Environment.Name }}.yaml\n"),
        (
            "helmfile.yaml.gotmpl",
            "releases:\n{{- range $n := list \"web\" }}\n  - name: {{ $n }}\n    chart: ./charts/{{ $n }}\n    values: [deploy/pro.yaml]\n{{- end }}\n",
        ),
        ("helmfile.d/web.yaml", "releases:\n  - name: web\n    chart: ../charts/web\n    values: [\"../deploy/pro.yaml\"]\n"),
        ("apps.yaml", sets[0].as_str()),
        ("apps.yaml", &sets[1]),
        ("apps.yaml", &sets[2]),
        ("app.yaml", &application("{path: charts/web, helm: {valueFiles: [/deploy/pro.yaml]}}")),
        ("kustomization.yaml", "helmGlobals: {chartHome: charts}\nhelmCharts:\n  - {name: web, valuesFile: deploy/pro.yaml}\n"),
        ("apps/kustomization.yaml", "helmGlobals: {chartHome: ../charts}\nhelmCharts:\n  - {name: web, valuesFile: ../deploy/pro.yaml}\n"),
        ("kustomization.yaml", "helmCharts:\n  - name: web\n    additionalValuesFiles: [deploy/pro.yaml]\n"),
        (
            "apps/kustomization.yaml",
            "helmChartInflationGenerator:\n  - {chartName: web, chartHome: ../charts, values: ../deploy/pro.yaml}\n",
        ),
    ] {
        holds(&[(path, text), ("deploy/pro.yaml", OTHER)], &[BARE, WITH_FILE]);
        moves(&[(path, text), ("deploy/pro.yaml", OWN)], &[BARE, WITH_FILE]);
    }
}

#[test]
fn values_in_releases_of_all_tools_are_deployments() {
    for (path, text) in [
        (
            "fleet.yaml",
            "helm: {chart: charts/web}\ntargetCustomizations:\n  - {name: pro, helm: {values: {image: {repository: other/web-pro}}}}\n",
        ),
        ("helmfile.yaml", "releases:\n  - name: web\n    chart: ./charts/web\n    set: [{name: image.repository, value: other/web-pro}]\n"),
        (
            "apps/kustomization.yaml",
            "helmGlobals: {chartHome: ../charts}\nhelmCharts:\n  - {name: web, valuesInline: {image: {repository: other/web-pro}}}\n",
        ),
        (
            "apps/kustomization.yaml",
            "helmChartInflationGenerator:\n  - {chartName: web, chartHome: ../charts, valuesLocal: {image: {repository: other/web-pro}}}\n",
        ),
    ] {
        holds(&[(path, text)], &[BARE, WITH_WORD]);
    }
    // What is filled in may be any image.
    for (path, text) in [
        ("helmfile.yaml", "releases:\n  - name: web\n    chart: ./charts/web\n    values: [{image: {registry: \"{{ .Values.reg }}\"}}]\n"),
        (
            "helmfile.yaml",
            "releases:\n  - name: web\n    chart: ./charts/web\n    values:\n      - image:\n          registry: {{ .Values.reg }}\n",
        ),
        (
            "app.yaml",
            &format!(
                "{SET}        path: charts/web\n        helm: {{parameters: [{{name: image.registry, value: '{{{{registry}}}}'}}]}}\n"
            ),
        ),
        (
            "app.yaml",
            &format!(
                "{SET}        path: charts/web\n        helm:\n          values: |\n            image:\n              registry: {{{{registry}}}}\n"
            ),
        ),
        (
            "app.yaml",
            &format!("{SET}        path: charts/web\n        helm: {{valuesObject: {{image: {{registry: '{{{{ .registry }}}}'}}}}}}\n"),
        ),
        (RELEASE.0, &RELEASE.1.replace("{replicas: 1}", "{image: {registry: '${REGISTRY}'}}")),
    ] {
        holds(&[(path, text)], &[BARE]);
    }
}

/// A chart whose one image is put together like that, with these values and what stands before it in the template.
fn templated(image: &str, values: &str, before: &str) -> [(&'static str, String); 2] {
    let pod = format!(
        "{before}apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  containers:\n    - name: web\n      image: {image}\n"
    );
    [("charts/web/templates/pod.yaml", pod), ("charts/web/values.yaml", values.to_owned())]
}

/// What becomes of an image that a template makes: it moves, it stays since no mapping covers it, or it is held back and told.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Moves,
    Stays,
    Holds,
}

const PARTS: &str = "image:\n  registry: docker.io\n  repository: acme/web\n";
const WHOLE: &str = "image:\n  repository: docker.io/acme/web\n";
/// One key of the registry is all that decides.
const ALL: [&str; 4] = ["--map", "docker.io/=mirror.example.com/hub/", "--map", "quay.io/acme/=mirror.example.com/quay/"];

fn fate(image: &str, values: &str, before: &str, fate: Fate) {
    let Some(helm) = go_tools::program("helm") else { return };
    let own = templated(image, values, before);
    let files: Vec<(&str, &str)> = CHART.iter().take(1).copied().chain(own.iter().map(|(path, text)| (*path, text.as_str()))).collect();
    let folder = repository(&files);
    let was = images(&helm, folder.path(), BARE);
    let said = say(&folder, &[&["fix"], &ALL[..]].concat());
    let is = images(&helm, folder.path(), BARE);
    let about = format!("{image}: {was:?} became {is:?}\n{said:?}");
    let moved =
        |image: &String| image.strip_prefix("docker.io/").map_or_else(|| target(image), |path| format!("mirror.example.com/hub/{path}"));
    let told = said.out.contains("warning[unresolved-reference]") || said.out.contains("not fixed");
    match fate {
        Fate::Moves => assert_eq!((said.code, is), (0, was.iter().map(moved).collect()), "{about}"),
        Fate::Stays => assert_eq!((said.code, &is), (0, &was), "{about}"),
        Fate::Holds => assert!(told && is == was, "{about}"),
    }
}

#[test]
fn what_functions_make_of_a_value_decides() {
    use Fate::{Holds, Moves, Stays};
    let registry = |expression: &str| format!("\"{{{{ {expression} }}}}/{{{{ .Values.image.repository }}}}:1\"");
    for (expression, outcome) in [
        (r#"regexReplaceAll "^docker.io" .Values.image.registry "ghcr.io""#, Stays),
        (r#"mustRegexReplaceAll "x" .Values.image.registry "y""#, Holds),
        (r#"regexReplaceAll "!" .Values.image.registry "y""#, Moves),
        (".Values.image.registry | trimAll \"/\"", Moves),
        (".Values.image.registry | nospace | trim | trimSuffix \"/\" | trunc 63", Moves),
        (".Values.image.registry | trunc 9", Holds),
        ("substr 0 9 .Values.image.registry", Holds),
        (".Values.image.registry | replace \"docker\" \"ghcr\"", Stays),
        (".Values.image.registry | b64enc | b64dec", Holds),
        ("urlJoin (dict \"host\" .Values.image.registry) | trimPrefix \"//\"", Holds),
        ("splitList \"/\" .Values.image.registry | join \"/\"", Moves),
        ("get (fromJson (toJson .Values.image)) \"registry\"", Moves),
        ("(toYaml .Values.image | fromYaml).registry", Moves),
        ("required \"x\" .Values.image.registry", Moves),
        ("tpl \"{{ .Values.image.registry }}\" .", Moves),
        ("index .Values \"image\" \"registry\"", Moves),
    ] {
        fate(&registry(expression), PARTS, "", outcome);
    }
    for (image, outcome) in [
        ("\"{{ (split \"/\" .Values.image.repository)._0 }}/x/y:1\"", Holds),
        ("\"{{ regexFind \"^[^/]*\" .Values.image.repository }}/x/y:1\"", Holds),
        ("\"{{ splitList \"/\" .Values.image.repository | last | printf \"ghcr.io/%s\" }}:1\"", Stays),
        ("\"{{ regexReplaceAll \"-pro$\" .Values.image.repository \"\" }}:1\"", Moves),
        ("\"{{ regexReplaceAll \"web$\" .Values.image.repository \"job\" }}:1\"", Moves),
    ] {
        fate(image, WHOLE, "", outcome);
    }
    for (condition, outcome) in
        [("regexMatch \"^docker\" .Values.image.registry", Holds), ("adler32sum .Values.image.registry | eq \"1\"", Holds)]
    {
        let image = format!("\"{{{{ if {condition} }}}}ghcr.io/a/b{{{{ else }}}}{{{{ .Values.image.registry }}}}/a/b{{{{ end }}}}:1\"");
        fate(&image, PARTS, "", outcome);
    }
}

#[test]
fn what_a_template_changes_of_values_is_seen() {
    use Fate::{Moves, Stays};
    let image = "\"{{ .Values.image.registry }}/{{ .Values.image.repository }}:1\"";
    let inner = "_internal:\n  image:\n    registry: docker.io\n    repository: acme/web\n";
    for (values, before, outcome) in [
        (PARTS, "{{- $_ := set .Values.image \"registry\" \"ghcr.io\" }}\n", Stays),
        (PARTS, "{{- $_ := set .Values.image \"registry\" (printf \"%s/x\" .Values.image.registry) }}\n", Moves),
        (PARTS, "{{- $copy := deepCopy .Values.image }}{{- $_ := set $copy \"registry\" \"ghcr.io\" }}\n", Moves),
        (
            PARTS,
            "{{- $_ := set $ \"Values\" (dict \"image\" (dict \"registry\" .Values.image.registry \"repository\" \"a/b\")) }}\n",
            Moves,
        ),
        (
            inner,
            "{{- $own := $.Values._internal }}{{- $_ := unset $.Values \"_internal\" }}{{- $_ := set $ \"Values\" (mustMergeOverwrite $own $.Values) }}\n",
            Moves,
        ),
        ("other: {a: 1}\nimage: {registry: docker.io, repository: acme/web}\n", "{{- $_ := merge .Values.other .Values.image }}\n", Moves),
    ] {
        fate(image, values, before, outcome);
    }
}

#[test]
fn the_first_template_changes_values_for_the_others() {
    let profile =
        "{{- $own := .Files.Get \"files/profile.yaml\" | fromYaml }}\n{{- $_ := set $ \"Values\" (mustMergeOverwrite $own $.Values) }}\n";
    moves(
        &[
            ("charts/web/templates/zzz_profile.yaml", profile),
            ("charts/web/files/profile.yaml", "image:\n  registry: docker.io\n"),
            ("charts/web/values.yaml", "image:\n  repository: acme/web\n  tag: \"1\"\n"),
        ],
        &[BARE],
    );
}

#[test]
fn a_chart_elsewhere_in_the_tree_is_a_dependency() {
    let umbrella = |values: &str| {
        let dependency = |alias: &str| format!("  - {{name: web, version: 0.1.0, repository: 'file://../charts/web', alias: {alias}}}\n");
        let metadata = format!("apiVersion: v2\nname: all\nversion: 0.1.0\ndependencies:\n{}{}", dependency("shop"), dependency("admin"));
        [("all/Chart.yaml", metadata), ("all/values.yaml", values.to_owned())]
    };
    for (values, word, holds_back) in [
        ("shop: {image: {repository: other/web-pro}}\n", "image.repository=other/web-pro", true),
        ("admin: {image: {registry: quay.io}}\n", "image.registry=quay.io", false),
    ] {
        let own = umbrella(values);
        let more: Vec<(&str, &str)> = own.iter().map(|(path, text)| (*path, text.as_str())).collect();
        if holds_back {
            holds(&more, &[BARE, &["charts/web", "--set", word]]);
            continue;
        }
        let Some(_) = go_tools::program("helm") else { return };
        let folder = repository(&CHART.iter().copied().chain(more).collect::<Vec<_>>());
        let said = say(&folder, &[&["fix"], &MAPS[..]].concat());
        let values = std::fs::read_to_string(folder.path().join("all/values.yaml")).unwrap();
        // Its path is the other's, and each of them goes another way.
        assert!(values == "admin: {image: {registry: quay.io}}\n" && said.code != 0, "{values}\n{said:?}");
    }
}

#[test]
fn a_file_of_values_that_cannot_be_read_holds_its_chart_back() {
    holds(&[("charts/web/values-pro.yaml", "image: {repository: [\n")], &[BARE]);
    holds(&[("deploy.sh", "helm upgrade web charts/web -f deploy/pro.yaml\n"), ("deploy/pro.yaml", "image:\n\trepository: x\n")], &[BARE]);
}

#[test]
fn values_in_the_words_of_a_script_move_with_the_chart() {
    let Some(helm) = go_tools::program("helm") else { return };
    let script = "helm upgrade web charts/web --set image.registry=quay.io,image.repository=acme/web-pro --set image.tag=$TAG\n";
    let files: Vec<(&str, &str)> = CHART.iter().copied().chain([("deploy.sh", script)]).collect();
    let folder = repository(&files);
    let said = say(&folder, &[&["fix"], &MAPS[..]].concat());
    assert_eq!(said.code, 0, "{said:?}");
    let script = std::fs::read_to_string(folder.path().join("deploy.sh")).unwrap();
    assert_eq!(
        script,
        "helm upgrade web charts/web --set image.registry=mirror.example.com,image.repository=quay/web-pro --set image.tag=$TAG\n"
    );
    assert_eq!(images(&helm, folder.path(), BARE), ["mirror.example.com/hub/web:1"]);
}

#[test]
fn what_a_script_only_speaks_of_is_no_deployment() {
    for script in [
        ("deploy.sh", "# helm upgrade web charts/web -f deploy/pro.yaml\n"),
        ("deploy.sh", "helm lint charts/web -f deploy/pro.yaml\nhelm repo add upgrade charts/web\n"),
        ("README.md", "helm upgrade web charts/web -f deploy/pro.yaml\n"),
    ] {
        // More of its keys are none of the chart's: nothing else says that it is laid over it.
        moves(&[script, ("deploy/pro.yaml", &format!("{OTHER}zone: a\nshifts: 2\n"))], &[BARE]);
    }
}

/// A chart with two others in it, of which each has one image of its own.
fn dependencies(metadata: &str, values: &str) -> Vec<(String, String)> {
    let pod = |image: &str| {
        format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  containers:\n    - name: web\n      image: \"{image}\"\n")
    };
    let image = "{{ .Values.global.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag }}";
    let chart = |name: &str, more: &str| format!("apiVersion: v2\nname: {name}\nversion: 0.1.0\n{more}");
    [
        ("charts/web/Chart.yaml", chart("web", metadata)),
        ("charts/web/values.yaml", values.to_owned()),
        ("charts/web/templates/pod.yaml", pod("quay.io/acme/web:1")),
        ("charts/web/charts/cart/Chart.yaml", chart("cart", "")),
        ("charts/web/charts/cart/values.yaml", "global: {registry: ghcr.io}\nimage: {repository: acme/cart, tag: \"1\"}\n".to_owned()),
        ("charts/web/charts/cart/templates/pod.yaml", pod(image)),
        ("charts/web/charts/mail/Chart.yaml", chart("mail", "")),
        ("charts/web/charts/mail/values.yaml", "image: {repository: post/mail, tag: \"1\"}\n".to_owned()),
        ("charts/web/charts/mail/templates/pod.yaml", pod(image)),
    ]
    .map(|(path, text)| (path.to_owned(), text))
    .to_vec()
}

fn of_parts(metadata: &str, values: &str, deployments: &[&[&str]]) -> Option<Said> {
    go_tools::program("helm")?;
    let files = dependencies(metadata, values);
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    Some(fixed(&files, deployments, |was, is| target(was) == is))
}

#[test]
fn what_no_values_turn_on_holds_nothing_back() {
    let metadata =
        "dependencies:\n  - {name: cart, version: 0.1.0}\n  - {name: mail, version: 0.1.0, condition: \"mail.on,mail.enabled\"}\n";
    let values = "global: {registry: docker.io}\nmail: {enabled: false}\n";
    let Some(said) = of_parts(metadata, values, &[&["charts/web"]]) else { return };
    assert!(
        said.out.contains("will read `mirror.example.com/hub/mail:1`") || said.out.contains("shares text with images that move"),
        "{said:?}"
    );
}

#[test]
fn tags_turn_dependencies_off_too() {
    let metadata = "dependencies:\n  - {name: cart, version: 0.1.0, tags: [front, back]}\n  - {name: mail, version: 0.1.0, tags: [back]}\n";
    of_parts(metadata, "global: {registry: docker.io}\ntags: {front: true, back: false}\n", &[&["charts/web"]]);
}

#[test]
fn a_parent_says_the_global_values_of_its_dependencies() {
    let metadata =
        "dependencies:\n  - {name: cart, version: 0.1.0, alias: till}\n  - {name: mail, version: 0.1.0, condition: mail.enabled}\n";
    let values = "global: {registry: docker.io}\ntill: {global: {registry: quay.io}}\nmail: {enabled: false}\n";
    of_parts(metadata, values, &[&["charts/web"]]);
}

#[test]
fn a_release_begins_with_what_its_templates_begin_with() {
    let helmfile = "templates:\n  base: {values: [layers/a.yaml]}\n  mid: {inherit: [{template: base}], values: [layers/b.yaml]}\nreleases:\n  \
                    - {name: web, chart: charts/web, inherit: [{template: mid}]}\n";
    let more = [("helmfile.yaml", helmfile), ("layers/a.yaml", OWN), ("layers/b.yaml", "image:\n  repository: acme/web-two\n")];
    moves(&more, &[&["charts/web", "-f", "layers/a.yaml", "-f", "layers/b.yaml"]]);
}
