//! A migration from beginning to end with real parts: two registries on loopback, skopeo, and the program as users run it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test may panic, and writes its scratch files"
)]

#[path = "support/program.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod program;
#[path = "support/mirror/registry.rs"]
#[allow(dead_code, reason = "another test uses the rest")]
mod registry;

use std::fs;
use std::path::Path;
use std::process::Command;

use program::{Said, finish};
use registry::{Served, need, seed};

/// The program in the repository of a bench.
fn transship(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = program::command(&folder.join("repository"), arguments);
    command.env("HOME", folder.join("home")).env_remove("CI");
    command
}

fn run(command: &mut Command) -> Said {
    finish(command, b"")
}

struct Bench {
    folder: tempfile::TempDir,
    old: Served,
    new: Served,
}

impl Bench {
    /// Three references of lablup, three of inveniosoftware, in three formats; the old registry has them all, the new one nothing.
    fn new() -> Self {
        need("skopeo");
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (Served::start(folder.path(), "old"), Served::start(folder.path(), "new"));
        let (from, to) = (old.domain(), new.domain());
        seed(&old);
        let old_one = format!("docker://{from}/invenio/centos8-python:3.8");
        for image in
            ["inveniosoftware/centos8-python:3.8", "inveniosoftware/centos7-python:3.6", "inveniosoftware/almalinux:1", "lablup/tools:1"]
        {
            let mut skopeo = Command::new("skopeo");
            skopeo.args(["--insecure-policy", "copy", "--quiet", "--all", "--src-tls-verify=false", "--dest-tls-verify=false", &old_one]);
            let copied = run(skopeo.arg(format!("docker://{from}/{image}")));
            assert_eq!(copied.code, 0, "{copied:?}");
        }
        let rules = format!(
            "mappings:\n  - {{id: lablup, from: '{from}/lablup/', to: ['{to}/stable/', '{to}/community/']}}\n  \
             - {{id: invenio, from: '{from}/inveniosoftware/', to: '{to}/inveniosoftware/'}}\n"
        );
        let files = [
            (".transship.yaml", rules),
            ("Dockerfile", format!("FROM {from}/inveniosoftware/centos8-python:3.8\nFROM {from}/lablup/python:3.6\n")),
            (
                "compose.yaml",
                format!(
                    "services:\n  a: {{image: '{from}/inveniosoftware/centos7-python:3.6'}}\n  b: {{image: '{from}/lablup/tools:1'}}\n"
                ),
            ),
            (
                "pod.yaml",
                format!(
                    "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers:\n    - name: a\n      image: {from}/inveniosoftware/almalinux:1\n    - name: b\n      image: {from}/lablup/python:3.6\n"
                ),
            ),
        ];
        fs::create_dir_all(folder.path().join("home")).unwrap();
        fs::create_dir_all(folder.path().join("repository/.git")).unwrap();
        for (path, text) in files {
            fs::write(folder.path().join("repository").join(path), text).unwrap();
        }
        Self { folder, old, new }
    }

    fn say(&self, arguments: &[&str]) -> Said {
        let plain = [self.old.domain(), self.new.domain()];
        let mut command = transship(self.folder.path(), arguments);
        let asks = !matches!(arguments[0], "check") && (arguments[0] != "fix" || arguments.contains(&"--verify"));
        if asks {
            command.args(plain.iter().flat_map(|domain| ["--plain-http", domain]));
        }
        run(&mut command)
    }

    fn verify(&self, arguments: &[&str]) -> (i32, serde_json::Value) {
        let said = self.say(&[&["verify", "--format", "json", "--no-cache"], arguments].concat());
        (said.code, serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said:?}")))
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.folder.path().join("repository").join(path)).unwrap()
    }
}

#[test]
fn a_repository_moves_once_its_images_are_copied() {
    let bench = Bench::new();
    let (code, before) = bench.verify(&[]);
    assert_eq!((code, before["summary"]["findings"].as_u64(), before["summary"]["places"].as_u64()), (1, Some(5), Some(6)), "{before:#}");
    assert!(before["results"].as_array().unwrap().iter().all(|row| row["outcome"] == "missing"), "{before:#}");
    // Nothing is written as long as nothing is there.
    let untouched = bench.read("Dockerfile");
    let held = bench.say(&["fix", "--verify"]);
    assert_eq!((held.code, bench.read("Dockerfile")), (1, untouched), "{held:?}");
    assert!(held.out.contains("stable/python:3.6` is missing") && held.out.contains("community/python:3.6` is missing"), "{}", held.out);

    let planned = bench.say(&["mirror", "--output", "../plan"]);
    assert_eq!(planned.code, 0, "{planned:?}");
    assert!(planned.errors.contains("5 rows planned for skopeo-copy, 0 left out, 0 undecided"), "{}", planned.errors);
    let copied = run(Command::new("bash").arg("-c").arg("[ -x ./mirror.sh ] && ./mirror.sh").current_dir(bench.folder.path().join("plan")));
    assert_eq!(copied.code, 0, "{copied:?}");

    let (code, after) = bench.verify(&["--compare"]);
    assert_eq!(code, 0, "{after:#}");
    assert!(after["results"].as_array().unwrap().iter().all(|row| row["comparison"]["result"] == "identical"), "{after:#}");
    let fixed = bench.say(&["fix", "--verify"]);
    assert_eq!(fixed.code, 0, "{fixed:?}");
    assert!(fixed.out.starts_with("changed 6 places in 3 files"), "{}", fixed.out);
    assert_eq!(bench.say(&["check"]).code, 0);
    assert!(!bench.read("pod.yaml").contains(&bench.old.domain()));
    // What has moved is looked after too: the targets are still verified, and nothing is left to copy.
    assert_eq!(bench.verify(&[]).0, 0);
    let again = bench.say(&["mirror", "--output", "../again"]);
    assert_eq!((again.code, again.errors.contains("nothing to copy")), (0, true), "{again:?}");
    assert!(!bench.folder.path().join("again").exists());
}

#[test]
fn a_list_of_targets_takes_the_first_that_exists() {
    let bench = Bench::new();
    let (from, to) = (bench.old.domain(), bench.new.domain());
    retag(&bench.old, "lablup/python:3.6", &bench.new, "community/python:3.6");
    let fixed = bench.say(&["fix", "--verify"]);
    assert_eq!(fixed.code, 1, "{fixed:?}");
    assert!(bench.read("Dockerfile").contains(&format!("FROM {to}/community/python:3.6")), "{}", fixed.out);
    assert!(bench.read("compose.yaml").contains(&format!("{from}/lablup/tools:1")), "what is not there is left");
}

/// Copies an image of `from` over another tag, in `to`.
fn retag(from: &Served, image: &str, to: &Served, tag: &str) {
    let mut skopeo = Command::new("skopeo");
    skopeo.args(["--insecure-policy", "copy", "--quiet", "--all", "--src-tls-verify=false", "--dest-tls-verify=false"]);
    skopeo.args([format!("docker://{}/{image}", from.domain()), format!("docker://{}/{tag}", to.domain())]);
    assert_eq!(run(&mut skopeo).code, 0);
}

#[test]
fn a_lock_remembers_what_was_copied_from_where() {
    let bench = Bench::new();
    let script = bench.folder.path().join("plan/mirror.sh");
    let mirror = |arguments: &[&str]| {
        let planned = bench.say(&[&["mirror", "--output", "../plan"], arguments].concat());
        assert_eq!(planned.code, 0, "{planned:?}");
        planned.errors
    };
    mirror(&[]);
    assert_eq!(run(Command::new("bash").arg(&script)).code, 0);
    assert_eq!(bench.say(&["lock"]).code, 0);
    // The source moves on while the files still name it.
    retag(&bench.old, "lablup/python:3.6", &bench.old, "lablup/tools:1");
    let (code, moved) = bench.verify(&["--locked"]);
    assert_eq!((code, moved["summary"]["drift"].as_u64()), (1, Some(1)), "{moved:#}");
    let drift = &moved["results"].as_array().unwrap().iter().find(|row| !row["drift"].is_null()).unwrap()["drift"];
    assert_eq!((&drift[0]["drift"], &drift[1]), (&"source-moved".into(), &serde_json::Value::Null), "{drift:#}");
    // A source that says nothing is no success.
    let plain = bench.new.domain();
    let silent = run(transship(bench.folder.path(), &["verify", "--locked", "--plain-http", &plain]).stdin(std::process::Stdio::null()));
    assert!(silent.code == 3 && silent.out.contains("source-silent"), "{silent:?}");
    // After the fix nobody names the source: it is looked at only when a comparison is asked for.
    assert_eq!(bench.say(&["fix"]).code, 0);
    assert_eq!(bench.verify(&["--locked"]).0, 0);
    let (code, compared) = bench.verify(&["--locked", "--compare"]);
    assert_eq!(
        (code, compared["summary"]["drift"].as_u64(), compared["summary"]["findings"].as_u64()),
        (1, Some(1), Some(1)),
        "{compared:#}"
    );
    // Nothing says that it is a copy, but the lock does: what has moved is copied again.
    assert!(mirror(&[]).contains("nothing to copy"));
    let again = mirror(&["--locked"]);
    assert!(again.contains("1 row planned"), "only what differs is copied: {again}");
    assert_eq!(run(Command::new("bash").arg(&script)).code, 0);
    assert_eq!(bench.say(&["lock"]).code, 0);
    assert_eq!(bench.verify(&["--locked"]).0, 0);
}

#[test]
fn a_lock_tells_that_a_target_has_moved() {
    let bench = Bench::new();
    let refused = bench.say(&["lock"]);
    assert_eq!((refused.code, bench.folder.path().join("repository/transship.lock").exists()), (1, false), "{refused:?}");
    assert_eq!(bench.say(&["mirror", "--output", "../plan"]).code, 0);
    assert_eq!(run(Command::new("bash").arg(bench.folder.path().join("plan/mirror.sh"))).code, 0);
    let locked = bench.say(&["lock"]);
    assert_eq!((locked.code, locked.out.as_str()), (0, "wrote transship.lock: 5 targets\n"), "{locked:?}");
    let lock = bench.read("transship.lock");
    assert!(lock.contains("\"linux/arm64\"") && lock.contains("source_digest\": \"sha256:"), "{lock}");
    assert_eq!(bench.verify(&["--locked"]).0, 0);
    // The lock holds after the fix as well, which takes the sources away.
    assert_eq!(bench.say(&["fix"]).code, 0);
    assert_eq!(bench.verify(&["--locked"]).0, 0);
    retag(&bench.old, "lablup/tools:1", &bench.new, "stable/python:3.6");
    let (code, moved) = bench.verify(&["--locked"]);
    assert_eq!((code, moved["summary"]["drift"].as_u64()), (1, Some(1)), "{moved:#}");
    let drifted: Vec<_> = moved["results"].as_array().unwrap().iter().filter(|row| !row["drift"].is_null()).collect();
    assert_eq!((drifted[0]["drift"][0]["drift"].as_str(), drifted[0]["outcome"].as_str()), (Some("moved"), Some("exists")));
}
