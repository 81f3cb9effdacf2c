//! What `verify` and `fix --verify` ask for where one file gives another's image its tag.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test may panic, and writes its scratch files")]

#[path = "support/program.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod program;
#[path = "support/registry/mod.rs"]
mod support;

use std::fs;

use program::{Said, json, repository, say};
use support::{MANIFEST, Model, Server};
use tempfile::TempDir;

/// A registry with `apps/web` in two versions, and files of `old.example`.
struct Bench {
    server: Server,
    folder: TempDir,
}

impl Bench {
    fn new(files: &[(&str, &str)]) -> Self {
        let mut model = Model::default();
        for tag in ["1.0", "2.0"] {
            let digest = model.image("apps/web", MANIFEST, "amd64", tag);
            model.tag("apps/web", tag, &digest);
        }
        Self { server: Server::start(move |seen| model.answer(seen)), folder: repository(files) }
    }

    fn say(&self, arguments: &[&str]) -> Said {
        let domain = self.server.domain();
        say(&self.folder, &[arguments, &["--map", &format!("old.example/={domain}/"), "--plain-http", &domain]].concat())
    }

    /// Targets, less their domain, with their outcomes.
    fn verify(&self) -> Vec<(String, String)> {
        let read = json(&self.say(&["verify", "--format", "json"]));
        let rows = read["results"].as_array().unwrap().iter();
        let word = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        rows.map(|row| (word(&row["target"]).split_once('/').unwrap().1.to_owned(), word(&row["outcome"]))).collect()
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.folder.path().join(path)).unwrap()
    }
}

fn rows(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(target, outcome)| ((*target).to_owned(), (*outcome).to_owned())).collect()
}

const OVERLAY: &str = "resources: [../base]\nimages:\n  - name: old.example/apps/web\n    newTag: \"TAG\"\n";

fn overlay(image: &str, tag: &str) -> Bench {
    Bench::new(&[
        ("base/kustomization.yaml", "resources: [pod.yaml]\n"),
        (
            "base/pod.yaml",
            &format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{containers: [{{name: a, image: {image}}}]}}\n"),
        ),
        ("over/kustomization.yaml", &OVERLAY.replace("TAG", tag)),
    ])
}

#[test]
fn the_tag_that_an_overlay_gives_is_asked_for() {
    let missing = overlay("old.example/apps/web:1.0", "9");
    assert_eq!(missing.verify(), rows(&[("apps/web:1.0", "exists"), ("apps/web:9", "missing")]));
    // Nobody pulls what the base says before the overlay has given it a tag.
    assert_eq!(overlay("old.example/apps/web", "2.0").verify(), rows(&[("apps/web:2.0", "exists")]));
    // Without an overlay's tag the base's own is pulled.
    let plain = Bench::new(&[("pod.yaml", "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: old.example/apps/web}]}\n")]);
    assert_eq!(plain.verify(), rows(&[("apps/web", "missing")]));
}

#[test]
fn a_base_and_its_overlay_are_written_when_what_they_come_to_exists() {
    let good = overlay("old.example/apps/web", "2.0");
    let said = good.say(&["fix", "--verify"]);
    assert_eq!(said.code, 0, "{said:?}");
    for path in ["base/pod.yaml", "over/kustomization.yaml"] {
        assert!(good.text(path).contains(&format!("{}/apps/web", good.server.domain())), "{path}: {}", good.text(path));
    }
    let bad = overlay("old.example/apps/web", "9");
    let said = bad.say(&["fix", "--verify"]);
    assert!(said.code == 1 && said.out.contains("apps/web:9` is missing"), "{said:?}");
    assert!(bad.text("base/pod.yaml").contains("old.example") && bad.text("over/kustomization.yaml").contains("old.example"));
}

#[test]
fn an_image_that_a_charts_annotations_list_is_asked_for() {
    let chart = |tag: &str| {
        Bench::new(&[
            (
                "Chart.yaml",
                &format!(
                    "apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: \"1.0\"\nannotations:\n  artifacthub.io/images: |\n    - name: web\n      image: old.example/apps/web:{tag}\n"
                ),
            ),
            ("values.yaml", "image: {repository: old.example/apps/web, tag: \"\"}\n"),
            (
                "templates/pod.yaml",
                "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - image: \"{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}\"\n",
            ),
        ])
    };
    assert_eq!(chart("9").verify(), rows(&[("apps/web:1.0", "exists"), ("apps/web:9", "missing")]));
    let good = chart("2.0");
    let said = good.say(&["fix", "--verify"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(!good.text("values.yaml").contains("old.example") && !good.text("Chart.yaml").contains("old.example"), "{said:?}");
}

#[test]
fn a_repository_that_is_not_there_hides_no_near_miss_of_another() {
    let bench = Bench::new(&[("Dockerfile", "FROM old.example/apps/web:2.1\nFROM old.example/ab/none:1\nFROM old.example/zz/none:1\n")]);
    let said = bench.say(&["verify"]);
    assert!(said.out.contains("did you mean `2.0`"), "{}", said.out);
}

#[test]
fn a_base_that_is_named_alone_takes_its_overlay_along_without_a_repository() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: old.example/apps/web}]}\n";
    let folder = repository(&[
        ("base/kustomization.yml", "resources: [deploy.yaml]\n"),
        ("base/deploy.yaml", pod),
        ("over/kustomization.yml", "resources: [../base]\nimages: [{name: old.example/apps/web, newTag: '2'}]\n"),
    ]);
    fs::remove_dir(folder.path().join(".git")).unwrap();
    let said = say(&folder, &["fix", "--map", "old.example/=new.example/", "base/deploy.yaml"]);
    let text = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
    assert_eq!((said.code, text("base/deploy.yaml").contains("new.example/apps/web")), (0, true), "{said:?}");
    assert!(text("over/kustomization.yml").contains("name: new.example/apps/web"), "{said:?}");
}
