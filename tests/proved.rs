//! `fix --prove`: what the real renderers do not carry stays as it was, with the reason; what they carry is written.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and writes its scratch files")]

#[path = "support/go_tools.rs"]
mod go_tools;
#[path = "support/program.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod program;

use std::fs;
use std::path::Path;

use program::{Said, command, finish, repository};

const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: web\n      image: {{ .Values.image }}\n";
const VALUES: &str = "image: docker.io/acme/web:1\n";
const MOVED: &str = "image: mirror.example.com/hub/acme/web:1\n";

fn run(folder: &Path, arguments: &[&str]) -> Option<Said> {
    let tools = go_tools::path()?;
    let mut command = command(folder, &[arguments, &["--map", "docker.io/=mirror.example.com/hub/"]].concat());
    let paths = std::env::split_paths(&tools).chain(std::env::split_paths("/usr/local/bin:/usr/bin:/bin"));
    command.env("PATH", std::env::join_paths(paths).unwrap());
    Some(finish(&mut command, b""))
}

fn read(folder: &Path, path: &str) -> String {
    fs::read_to_string(folder.join(path)).unwrap()
}

#[test]
fn a_chart_that_would_not_render_any_more_stays_and_the_other_is_written() {
    let schema = r#"{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"image": {"not": {"pattern": "^mirror"}}}}"#;
    let folder = repository(&[
        ("good/Chart.yaml", "apiVersion: v2\nname: good\nversion: 1.0.0\n"),
        ("good/values.yaml", VALUES),
        ("good/templates/pod.yaml", POD),
        ("strict/Chart.yaml", "apiVersion: v2\nname: strict\nversion: 1.0.0\n"),
        ("strict/values.yaml", VALUES),
        ("strict/values.schema.json", schema),
        ("strict/templates/pod.yaml", POD),
        ("Dockerfile", "FROM docker.io/acme/web:1\n"),
    ]);
    let Some(said) = run(folder.path(), &["fix", "--prove"]) else { return };
    assert_eq!((read(folder.path(), "good/values.yaml"), read(folder.path(), "strict/values.yaml")), (MOVED.to_owned(), VALUES.to_owned()));
    assert_eq!(read(folder.path(), "Dockerfile"), "FROM docker.io/acme/web:1\n");
    assert!(said.out.contains("`helm strict` would not render any more"), "{said:?}");
    assert!(said.out.contains("no chart, overlay or project that can be rendered reads it"), "{said:?}");
    assert_eq!(said.code, 1, "{said:?}");
}

#[test]
fn a_dependency_that_is_not_there_is_never_proved_until_a_folder_has_it() {
    let folder = repository(&[
        (
            "app/Chart.yaml",
            "apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n  - {name: cache, version: 1.0.0, repository: \"https://example.com\"}\n",
        ),
        ("app/values.yaml", VALUES),
        ("app/templates/pod.yaml", POD),
        ("store/cache/Chart.yaml", "apiVersion: v2\nname: cache\nversion: 1.0.0\n"),
        (
            "store/cache/templates/pod.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: cache}\nspec: {containers: [{name: a, image: quay.io/a/b}]}\n",
        ),
    ]);
    let store = tempfile::tempdir().unwrap();
    fs::rename(folder.path().join("store/cache"), store.path().join("cache")).unwrap();
    let Some(said) = run(folder.path(), &["prove"]) else { return };
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.out.contains("`helm dependency build app`, or `--charts DIR`"), "{said:?}");
    let said = run(folder.path(), &["fix", "--prove"]).unwrap();
    assert_eq!((said.code, read(folder.path(), "app/values.yaml")), (2, VALUES.to_owned()), "{said:?}");
    let charts = store.path().to_str().unwrap();
    let said = run(folder.path(), &["prove", "--charts", charts]).unwrap();
    assert_eq!(said.code, 0, "{said:?}");
    let said = run(folder.path(), &["fix", "--prove", "--charts", charts]).unwrap();
    assert_eq!((said.code, read(folder.path(), "app/values.yaml")), (0, MOVED.to_owned()), "{said:?}");
}

#[test]
fn the_chart_of_the_demo_is_proved_with_the_value_that_its_deployment_has() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo");
    let Some(tools) = go_tools::path() else { return };
    let prove = |more: &[&str]| {
        let mut command = command(&demo, &[&["prove", "charts", "--pack", "backend-ai"], more].concat());
        let paths = std::env::split_paths(&tools).chain(std::env::split_paths("/usr/local/bin:/usr/bin:/bin"));
        command.env("PATH", std::env::join_paths(paths).unwrap());
        finish(&mut command, b"")
    };
    let without = prove(&[]);
    assert_eq!(without.code, 2, "{without:?}");
    let with = prove(&[
        "--set",
        "prepare.tag=3.6-ubuntu18.04",
        "--kube-version",
        "1.30.0",
        "--api-versions",
        "x.example/v1",
        "--namespace",
        "here",
    ]);
    assert!(with.code == 0 && with.out.contains("3 moved"), "{with:?}");
}

/// What the rule file says of charts holds for those in the folders that it names.
#[test]
fn each_chart_is_rendered_with_what_the_rule_file_says_of_it() {
    let pod = format!(
        "{POD}{{{{- if eq .Release.Namespace \"here\" }}}}\n# here\n{{{{- end }}}}\n# {{{{ required \"x is not set\" .Values.x }}}}\n"
    );
    let chart = |name: &str| {
        [
            (format!("{name}/Chart.yaml"), format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n")),
            (format!("{name}/values.yaml"), VALUES.to_owned()),
            (format!("{name}/templates/pod.yaml"), pod.clone()),
            (format!("{name}/envs/prod.yml"), "image: docker.io/acme/prod:1\n".to_owned()),
        ]
    };
    let rules = "charts:\n  - {folders: [shop], set: [x=1], values: \"envs/*.yml\", kube_version: 1.30.0, namespace: here}\n";
    let files: Vec<(String, String)> =
        chart("shop").into_iter().chain(chart("bank")).chain([(".transship.yaml".to_owned(), rules.to_owned())]).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let folder = program::repository(&files);
    let Some(shop) = run(folder.path(), &["prove", "shop"]) else { return };
    assert!(shop.code == 0 && shop.out.contains("2 moved"), "its values and those of its environment: {shop:?}");
    let bank = run(folder.path(), &["prove", "bank"]).unwrap();
    assert!(bank.code == 2 && bank.out.contains("x is not set"), "{bank:?}");
    let wrong = "charts:\n  - {folders: [\"a[\"]}\n";
    fs::write(folder.path().join(".transship.yaml"), wrong).unwrap();
    let told = run(folder.path(), &["prove", "shop"]).unwrap();
    assert!(told.code == 2 && told.errors.contains(".transship.yaml:2") && told.errors.contains("cannot be read"), "{told:?}");
}
