//! What is asked for and copied when the renderers say what will be pulled: images that no file names, since a template composes them.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test may panic, and writes its scratch files")]

#[path = "support/go_tools.rs"]
mod go_tools;
#[path = "support/program.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod program;
#[path = "support/registry/mod.rs"]
mod support;

use program::{Said, command, finish, json, repository};
use support::{Model, Server};
use tempfile::TempDir;

struct Bench {
    server: Server,
    folder: TempDir,
    path: std::ffi::OsString,
}

impl Bench {
    /// A chart whose image is put together from five texts, and a Compose project; the registry has one of the two targets.
    fn new() -> Option<Self> {
        let path = go_tools::path()?;
        let mut model = Model::usual();
        let digest = model.image("new/single", support::MANIFEST, "amd64", "1.0");
        model.tag("new/single", "1.0", &digest);
        let server = Server::start(move |seen| model.answer(seen));
        let values = format!("registry: {}\norg: public\n", server.domain());
        let compose = format!("services:\n  a:\n    image: {}/public/${{NAME:-single}}:1.0\n    platform: linux/arm64\n", server.domain());
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: a\n      \
                   image: {{ printf \"%s/%s/%s:%s\" .Values.registry .Values.org .Chart.Name .Chart.AppVersion }}\n";
        let folder = repository(&[
            ("chart/Chart.yaml", "apiVersion: v2\nname: multi\nversion: 1.0.0\nappVersion: \"1.0\"\n"),
            ("chart/values.yaml", &values),
            ("chart/templates/pod.yaml", pod),
            ("compose.yaml", &compose),
        ]);
        Some(Self { server, folder, path })
    }

    fn say(&self, arguments: &[&str]) -> Said {
        let domain = self.server.domain();
        let map = format!("{domain}/public/={domain}/new/");
        self.run(&[arguments, &["--map", &map, "--plain-http", &domain]].concat())
    }

    fn run(&self, arguments: &[&str]) -> Said {
        let mut command = command(self.folder.path(), arguments);
        let paths = std::env::split_paths(&self.path).chain(std::env::split_paths("/usr/local/bin:/usr/bin:/bin"));
        command.arg("--rendered").env("PATH", std::env::join_paths(paths).unwrap());
        finish(&mut command, b"")
    }
}

#[test]
fn what_a_template_composes_is_verified() {
    let Some(bench) = Bench::new() else { return };
    let said = bench.say(&["verify", "--format", "json"]);
    let read = json(&said);
    let row = |name: &str| {
        let rows = read["results"].as_array().unwrap();
        rows.iter()
            .find(|row| row["target"] == format!("{}/new/{name}", bench.server.domain()))
            .unwrap_or_else(|| panic!("{read:#}"))
            .clone()
    };
    assert_eq!((said.code, read["results"].as_array().unwrap().len()), (1, 2), "{read:#}");
    let multi = row("multi:1.0");
    assert_eq!((&multi["outcome"], &multi["source"]), (&"missing".into(), &format!("{}/public/multi:1.0", bench.server.domain()).into()));
    assert_eq!(multi["places"][0]["path"], "chart/templates/pod.yaml");
    // The service names its platform, and the image has another.
    let single = row("single:1.0");
    assert_eq!(
        (&single["outcome"], &single["places"][0]["platform"]),
        (&"exists-platform-missing".into(), &"linux/arm64".into()),
        "{single:#}"
    );
}

#[test]
fn an_image_that_a_template_spoils_is_told() {
    let Some(bench) = Bench::new() else { return };
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: a\n      \
               image: \"quay.io/a/b:{{ .Values.none }}\"\n";
    std::fs::write(bench.folder.path().join("chart/templates/pod.yaml"), pod).unwrap();
    let said = bench.say(&["verify"]);
    assert!(said.out.contains("unresolved") && said.out.contains("quay.io/a/b:") && said.out.contains("breaks the grammar"), "{said:?}");
    let listed = bench.run(&["list"]);
    assert!(listed.out.contains("quay.io/a/b:"), "{listed:?}");
}

#[test]
fn what_a_template_composes_is_copied() {
    let Some(bench) = Bench::new() else { return };
    let said = bench.say(&["mirror"]);
    let domain = bench.server.domain();
    assert!(
        said.out.contains(&format!("{domain}/new/multi:1.0")) && said.out.contains(&format!("{domain}/public/multi@sha256:")),
        "{said:?}"
    );
    // No copy can give an image a platform that its source does not have.
    assert!(said.errors.contains("lacks `linux/arm64` as well\n  at: compose.yaml:1"), "{said:?}");
    assert_eq!((said.code, said.errors.contains("1 row planned for skopeo-copy, 1 left out, 0 undecided")), (1, true), "{said:?}");
    assert_eq!(bench.say(&["mirror", "--partial"]).code, 0);
    // Nothing is known of what could not be rendered, so nothing is called done.
    std::fs::write(bench.folder.path().join("chart/templates/broken.yaml"), "{{ fail \"no\" }}\n").unwrap();
    let broken = bench.say(&["mirror"]);
    assert_eq!((broken.code, broken.errors.contains("was not rendered")), (2, true), "{broken:?}");
}
