//! Owns the promise that copy plans work with the real programs: two registries on loopback, images made on the spot, digests compared.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

#[path = "support/go_tools.rs"]
mod go_tools;
#[path = "support/mirror/registry.rs"]
mod registry;
#[path = "support/mirror/mod.rs"]
#[allow(dead_code, reason = "another test uses the rest")]
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use registry::{Served, need, seed};
use support::row;
use transship::mirror::{CopyPlan, Engine, Options, Row, Written, plan, write};

/// An old registry with images, an empty new one, and a folder for what is written.
struct Bench {
    folder: tempfile::TempDir,
    old: Served,
    new: Served,
    /// Digest of the index with two platforms.
    many: String,
    /// Digest of the image with one.
    one: String,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (Served::start(folder.path(), "old"), Served::start(folder.path(), "new"));
        let (many, one) = seed(&old);
        Self { folder, old, new, many, one }
    }

    fn options(&self) -> Options {
        Options { plain_http: [self.old.domain(), self.new.domain()].into(), ..Options::default() }
    }

    fn row(&self, source: &str, target: &str, digest: Option<&str>) -> Row {
        let facts: Vec<String> = digest.map(|digest| format!("digest={digest}")).into_iter().collect();
        let facts: Vec<&str> = facts.iter().map(String::as_str).collect();
        row(&format!("{}/{source}", self.old.domain()), &format!("{}/{target}", self.new.domain()), &facts)
    }

    /// A rename, a new tag, a pinned source, a target that is pinned and has no tag, an official image without a tag.
    fn plan(&self) -> CopyPlan {
        let (many, one) = (&self.many, &self.one);
        plan([
            self.row("lablup/python:3.6", "stable/python:3.6", Some(many)),
            self.row("invenio/centos8-python:3.8", "invenio/almalinux:1", None),
            self.row(&format!("lablup/python:3.6@{many}"), &format!("pinned/python:3.6@{many}"), None),
            self.row(&format!("invenio/centos8-python@{one}"), &format!("digest/python@{one}"), None),
            self.row(&format!("lablup/python@{many}"), &format!("digest/many@{many}"), None),
            self.row("library/nginx", "hub/library/nginx", None),
        ])
        .unwrap()
    }

    #[allow(clippy::disallowed_methods, reason = "a test writes its scratch files")]
    fn save(&self, written: &Written) -> PathBuf {
        for file in &written.files {
            let path = self.folder.path().join(&file.name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, &file.text).unwrap();
        }
        self.folder.path().join(&written.files[0].name)
    }

    /// Runs a command in the folder with `programs` before everything else.
    fn run(&self, command: &mut Command, programs: &[&Path]) -> String {
        let own = ["/usr/local/bin", "/usr/bin", "/bin"].map(Path::new);
        let path = std::env::join_paths(programs.iter().chain(&own)).unwrap();
        command.env("PATH", path).env("DOCKER_CONFIG", self.folder.path()).current_dir(self.folder.path());
        let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; scripts/test installs what is needed"));
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{command:?}: {}\n{text}", output.status);
        text
    }

    /// Every row's target is there, with its source's digest.
    fn check(&self, plan: &CopyPlan, written: &Written) {
        for row in plan.rows().iter().filter(|row| written.left_out.iter().all(|left| left.row != **row)) {
            let want = if row.source_path().starts_with("invenio") { &self.one } else { &self.many };
            for target in [row.copy_to(), row.target().pull()] {
                assert_eq!(self.new.digest(&target).as_ref(), Some(want), "{target}");
            }
        }
    }
}

#[test]
fn skopeo_copies_a_plan() {
    need("skopeo");
    let bench = Bench::new();
    let plan = bench.plan();
    let written = write(Engine::SkopeoCopy, &plan, &bench.options());
    assert!(plan.rows().iter().all(|row| bench.new.digest(&row.copy_to()).is_none()), "the new registry is not empty");
    let script = bench.save(&written);
    bench.run(Command::new("bash").arg(&script), &[]);
    bench.check(&plan, &written);
    // Running it again changes nothing and is no error.
    bench.run(Command::new("bash").arg(&script), &[]);
    bench.check(&plan, &written);
}

#[test]
fn a_missing_source_fails_the_script_and_nothing_else() {
    need("skopeo");
    let bench = Bench::new();
    let rows = [bench.row("lablup/gone:1", "a/gone:1", None), bench.row("lablup/python:3.6", "b/python:3.6", None)];
    let script = bench.save(&write(Engine::SkopeoCopy, &plan(rows).unwrap(), &bench.options()));
    let output = Command::new("bash").arg(script).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).ends_with("1 failed\n"));
    assert_eq!(bench.new.digest(&format!("{}/b/python:3.6", bench.new.domain())), Some(bench.many.clone()));
}

#[test]
fn skopeo_syncs_what_it_can_express() {
    need("skopeo");
    let bench = Bench::new();
    let plan = bench.plan();
    let written = write(Engine::SkopeoSync, &plan, &bench.options());
    let left: Vec<&str> = written.left_out.iter().map(|left| left.row.target().path()).collect();
    assert_eq!(left, ["digest/many", "digest/python", "invenio/almalinux"]);
    bench.run(Command::new("bash").arg(bench.save(&written)), &[]);
    bench.check(&plan, &written);
}

#[test]
fn skopeo_reads_old_names_from_the_new_registry() {
    need("skopeo");
    let bench = Bench::new();
    let copies = plan([bench.row("lablup/python:3.6", "stable/python:3.6", Some(&bench.many))]).unwrap();
    bench.run(Command::new("bash").arg(bench.save(&write(Engine::SkopeoCopy, &copies, &bench.options()))), &[]);
    // Nothing listens at the old name, so an answer can only come from the mirror.
    let old = "127.0.0.1:1/lablup/python:3.6";
    let plan = plan([row(old, &format!("{}/stable/python:3.6", bench.new.domain()), &[])]).unwrap();
    let conf = bench.save(&write(Engine::RegistriesConf, &plan, &bench.options()));
    let inspect = ["inspect", "--no-tags", "--format", "{{.Digest}}", &format!("docker://{old}")];
    let digest = bench.run(Command::new("skopeo").arg("--registries-conf").arg(conf).args(inspect), &[]);
    assert_eq!(digest.trim(), bench.many);
}

#[test]
fn crane_copies_a_plan() {
    let Some(crane) = go_tools::program("crane") else { return };
    let bench = Bench::new();
    let plan = bench.plan();
    let written = write(Engine::Crane, &plan, &bench.options());
    bench.run(Command::new("bash").arg(bench.save(&written)), &[crane.parent().unwrap()]);
    bench.check(&plan, &written);
}

#[test]
fn regsync_copies_a_plan() {
    let Some(regsync) = go_tools::program("regsync") else { return };
    let bench = Bench::new();
    let plan = bench.plan();
    let written = write(Engine::Regsync, &plan, &bench.options());
    let file = bench.save(&written);
    bench.run(Command::new(regsync).arg("once").arg("-c").arg(file), &[]);
    bench.check(&plan, &written);
}
