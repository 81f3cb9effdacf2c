//! What a release is made of can be installed, and does what it is for: the wheel and the hooks, the npm packages, the archive, the Action.
//!
//! Nothing is compiled here: all of them hold the program that the tests are run with.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stderr, reason = "a test may panic, and says what it measured")]

#[path = "support/go_tools.rs"]
mod go_tools;
#[path = "support/program.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod program;
#[path = "support/py_tools.rs"]
mod py_tools;
#[path = "support/script.rs"]
mod script;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use program::{Said, finish, repository};
use regex::Regex;
use serde_json::{Value, json};
use tempfile::TempDir;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The program that the tests are run with, without what debuggers need: packing that takes minutes.
fn program_in(folder: &Path) -> String {
    let stripped = folder.join("stripped/transship");
    fs::create_dir_all(stripped.parent().unwrap()).unwrap();
    well(run(folder, "strip", &["--strip-all", env!("CARGO_BIN_EXE_transship"), "-o"]).arg(&stripped));
    stripped.to_str().unwrap().to_owned()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A program with nothing of the user's configuration, in a folder that is its home too.
fn run(folder: &Path, program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    command.env("HOME", folder).env("NO_COLOR", "1").env("LC_ALL", "C.UTF-8");
    command
}

/// Runs it, and wants it to end well.
fn well(command: &mut Command) -> Said {
    let said = finish(command, b"");
    assert_eq!(said.code, 0, "{command:?}\n{}{}", said.out, said.errors);
    said
}

/// The target of this machine's programs, as releases name it.
fn target() -> String {
    format!("{}-unknown-linux-musl", std::env::consts::ARCH)
}

/// What cargo says after it has built the program: it is built already.
fn built(package: &str, program: &str) -> Value {
    let main = root().join("src/main.rs");
    json!({
        "reason": "compiler-artifact", "package_id": package, "manifest_path": root().join("Cargo.toml"),
        "target": {"kind": ["bin"], "crate_types": ["bin"], "name": "transship", "src_path": main, "edition": "2024", "doc": true, "doctest": false, "test": true},
        "profile": {"opt_level": "0", "debuginfo": 0, "debug_assertions": true, "overflow_checks": true, "test": false},
        "features": [], "filenames": [program], "executable": program, "fresh": true
    })
}

/// Makes the wheel by maturin in a folder. Only what cargo would compile is taken as it is.
fn wheel(python: &Path, folder: &Path) -> PathBuf {
    let cargo = std::env::var("CARGO").unwrap();
    let package = well(Command::new(&cargo).args(["pkgid", "--offline"]).current_dir(root())).out;
    fs::write(folder.join("built.json"), format!("{}\n", built(package.trim(), &program_in(folder)))).unwrap();
    let stand_in = folder.join("cargo");
    let text = format!("#!/bin/sh\ncase $1 in\nrustc) cat '{}/built.json' ;;\n*) exec '{cargo}' \"$@\" ;;\nesac\n", folder.display());
    script::script(&stand_in, &text);
    let out = folder.join("index");
    let mut maturin = Command::new(python.join("bin/maturin"));
    maturin.args(["build", "--compatibility", "linux", "--out"]).arg(&out);
    // What the run of the tests says to cargo is not meant for maturin.
    maturin.current_dir(root().join("packaging/pypi")).env("CARGO", &stand_in).env_remove("CARGO_TARGET_DIR");
    well(maturin.env("CARGO_NET_OFFLINE", "true").env("CARGO_TARGET_DIR", folder.join("target")));
    let name = fs::read_dir(&out).unwrap().next().unwrap().unwrap().file_name().into_string().unwrap();
    assert!(name.starts_with(&format!("transship-{VERSION}-py3-none-")), "{name}");
    out
}

/// A copy of what the hooks are, as pre-commit finds it: a repository with a tag.
fn hooks(folder: &Path) -> PathBuf {
    let to = folder.join("hooks");
    for path in ["src", "packaging/pypi"] {
        fs::create_dir_all(to.join(path)).unwrap();
    }
    for path in [".pre-commit-hooks.yaml", "pyproject.toml", "Cargo.toml", "README.md", "src/main.rs", "packaging/pypi/pyproject.toml"] {
        fs::copy(root().join(path), to.join(path)).unwrap();
    }
    git(&to, &["init", "--quiet"]);
    commit(&to);
    git(&to, &["tag", &format!("v{VERSION}")]);
    to
}

const AUTHOR: [&str; 4] = ["-c", "user.name=A", "-c", "user.email=a@example.com"];

fn git(folder: &Path, arguments: &[&str]) -> Said {
    well(run(folder, "git", &AUTHOR).args(arguments))
}

fn commit(folder: &Path) {
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--no-verify", "--message", "first"]);
}

#[test]
fn a_wheel_brings_the_program_and_hooks_that_block_and_mend_a_commit() {
    let Some(python) = py_tools::environment() else { return };
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let index = wheel(&python, folder);

    let fresh = folder.join("fresh");
    well(run(folder, python.join("bin/python3"), &["-m", "venv"]).arg(&fresh));
    well(run(folder, fresh.join("bin/pip"), &["install", "--quiet", "--no-index", "transship", "--find-links"]).arg(&index));
    assert_eq!(well(&mut run(folder, fresh.join("bin/transship"), &["--version"])).out, format!("transship {VERSION}\n"));
    let told = "import importlib.metadata; print(importlib.metadata.metadata('transship'))";
    let metadata = well(&mut run(folder, fresh.join("bin/python3"), &["-c", told])).out;
    for line in ["License-Expression: MIT OR Apache-2.0", "Summary: Moves container image references", "License-File: LICENSE-MIT"] {
        assert!(metadata.contains(line), "{line}\n{metadata}");
    }

    let rev = format!("v{VERSION}");
    let config = format!(
        "repos:\n- repo: {}\n  rev: {rev}\n  hooks:\n  - id: transship-fix\n    stages: [manual]\n  - id: transship-check\n    stages: [pre-commit]\n",
        hooks(folder).display()
    );
    let mapped = "mappings:\n- {from: k8s.gcr.io/, to: registry.k8s.io/}\n";
    let work = folder.join("work");
    fs::create_dir(&work).unwrap();
    for (path, text) in
        [(".pre-commit-config.yaml", &*config), (".transship.yaml", mapped), ("Dockerfile", "FROM registry.k8s.io/pause:3.8\n")]
    {
        fs::write(work.join(path), text).unwrap();
    }
    git(&work, &["init", "--quiet"]);
    commit(&work);
    // The index is two folders: the wheel, and what the package of the hooks is built with.
    let links = format!("{} {}", index.display(), python.join("wheels").display());
    let hooked = |program: &Path, arguments: &[&str]| {
        let mut command = run(&work, program, arguments);
        command.env("PRE_COMMIT_HOME", folder.join("cache")).env("PIP_NO_INDEX", "1").env("PIP_FIND_LINKS", &links);
        finish(&mut command, b"")
    };
    let pre_commit = python.join("bin/pre-commit");
    assert_eq!(hooked(&pre_commit, &["install"]).code, 0);

    fs::write(work.join("Dockerfile"), "FROM k8s.gcr.io/pause:3.9\n").unwrap();
    let again: Vec<&str> = AUTHOR.into_iter().chain(["commit", "--all", "--message", "old"]).collect();
    let before = Instant::now();
    let blocked = hooked(Path::new("git"), &again);
    eprintln!("the first commit, with the installation of the hooks: {:.1} s", before.elapsed().as_secs_f32());
    assert_eq!(blocked.code, 1, "{blocked:?}");
    assert!(blocked.errors.contains("error[old-registry]: `k8s.gcr.io/pause` is served by `k8s.gcr.io`"), "{blocked:?}");

    let mended = hooked(&pre_commit, &["run", "--hook-stage", "manual", "transship-fix", "--all-files"]);
    assert_eq!(mended.code, 1, "{mended:?}");
    assert!(mended.out.contains("files were modified by this hook"), "{mended:?}");
    assert_eq!(fs::read_to_string(work.join("Dockerfile")).unwrap(), "FROM registry.k8s.io/pause:3.9\n");
    let before = Instant::now();
    let passed = hooked(Path::new("git"), &again);
    eprintln!("a later commit: {:.1} s", before.elapsed().as_secs_f32());
    assert_eq!(passed.code, 0, "{passed:?}");
}

#[test]
fn npm_packages_run_the_program_of_this_machine() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let npm = |at: &Path, arguments: &[&str]| finish(run(at, "npm", arguments).env("npm_config_update_notifier", "false"), b"");
    let pack = root().join("packaging/npm/pack.mjs");
    well(run(folder, "node", &[pack.to_str().unwrap(), "packages"]).arg(format!("{}={}", target(), program_in(folder))));
    let mut packed = Vec::new();
    for package in fs::read_dir(folder.join("packages")).unwrap() {
        let said = npm(&package.unwrap().path(), &["pack", "--json"]);
        assert_eq!(said.code, 0, "{said:?}");
        let told: Value = serde_json::from_str(&said.out).unwrap();
        packed.push((told[0]["name"].as_str().unwrap().to_owned(), told[0]["filename"].as_str().unwrap().to_owned()));
    }
    packed.sort();
    let [(program, program_file), (launcher, launcher_file)] = &packed[..] else { panic!("{packed:?}") };
    assert_eq!(launcher, "transship");
    let at = |name: &str, file: &str| folder.join("packages").join(name.trim_start_matches("@transship/")).join(file).display().to_string();

    let project = folder.join("project");
    fs::create_dir(&project).unwrap();
    let both = ["install", "--offline", "--no-audit", &at(program, program_file), &at(launcher, launcher_file)];
    let said = npm(&project, &both);
    assert_eq!(said.code, 0, "{said:?}");
    fs::write(project.join("Dockerfile"), "FROM quay.io/a/b:1\n").unwrap();
    let launched = project.join("node_modules/.bin/transship");
    assert_eq!(well(&mut run(&project, &launched, &["--version"])).out, format!("transship {VERSION}\n"));
    let found = finish(&mut run(&project, &launched, &["check", "--map", "quay.io/=m.io/", "Dockerfile"]), b"");
    assert_eq!(found.code, 1, "{found:?}");
    assert_eq!(finish(&mut run(&project, &launched, &["chekc"]), b"").code, 2);

    // Without the package of this machine it says what to do.
    fs::remove_dir_all(project.join("node_modules/@transship")).unwrap();
    let alone = finish(&mut run(&project, &launched, &["--version"]), b"");
    assert_eq!(alone.code, 2);
    assert!(alone.errors.contains(&format!("error: the package {program} is missing: install again")), "{alone:?}");
}

/// What binstall makes of a template of `[package.metadata.binstall]`.
fn expanded(template: &str, repository: &str) -> String {
    [
        ("repo", repository),
        ("version", VERSION),
        ("name", "transship"),
        ("bin", "transship"),
        ("binary-ext", ""),
        ("archive-suffix", ".tar.gz"),
    ]
    .iter()
    .fold(template.to_owned(), |text, (word, value)| text.replace(&format!("{{ {word} }}"), value))
}

#[test]
fn an_archive_is_installed_after_its_sum_was_compared() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let tag = folder.join(format!("releases/v{VERSION}"));
    let archive = well(run(folder, root().join("packaging/archive"), &[&program_in(folder), &target()]).arg(&tag)).out;
    let name = format!("transship-v{VERSION}-{}", target());
    assert_eq!(archive.trim_end(), tag.join(format!("{name}.tar.gz")).display().to_string());
    let listed = well(&mut run(folder, "tar", &["-tzf", archive.trim_end()])).out;
    for file in ["transship", "README.md", "LICENSE-MIT", "completions/transship.bash", "transship.1"] {
        assert!(listed.lines().any(|line| line == format!("{name}/{file}")), "{file}\n{listed}");
    }
    let sums = well(&mut run(&tag, "sha256sum", &[&format!("{name}.tar.gz")])).out;
    fs::write(tag.join("SHA256SUMS"), sums).unwrap();

    // Where binstall looks for it.
    let cargo: Value = cargo_toml();
    let package = &cargo["package"];
    let repository = package["repository"].as_str().unwrap();
    for of_machine in [target(), target().replace("musl", "gnu")] {
        let binstall = &package["metadata"]["binstall"];
        let own = &binstall["overrides"][&of_machine];
        let word =
            |key: &str| expanded(own[key].as_str().or(binstall[key].as_str()).unwrap(), repository).replace("{ target }", &of_machine);
        assert_eq!(word("pkg-url"), format!("{repository}/releases/download/v{VERSION}/{name}.tar.gz"));
        assert_eq!(word("bin-dir"), format!("{name}/transship"));
    }

    let install = |into: &str| {
        let mut command = run(folder, root().join("packaging/github/install.sh"), &[into]);
        finish(command.env("TRANSSHIP_RELEASES", format!("file://{}", folder.join("releases").display())), b"")
    };
    let installed = install("bin");
    assert_eq!(installed.out, "bin/transship\n", "{installed:?}");
    assert_eq!(well(&mut run(folder, folder.join("bin/transship"), &["--version"])).out, format!("transship {VERSION}\n"));
    fs::write(tag.join(format!("{name}.tar.gz")), "something else").unwrap();
    let refused = install("other");
    assert_eq!(refused.code, 1);
    assert!(refused.errors.contains("is not what SHA256SUMS says: nothing was installed"), "{refused:?}");
    assert!(!folder.join("other").exists());
}

/// Cargo.toml, read by python3, which has a reader of TOML.
fn cargo_toml() -> Value {
    let text = "import json, tomllib; print(json.dumps(tomllib.load(open('Cargo.toml', 'rb'))))";
    serde_json::from_str(&well(&mut run(root(), "python3", &["-c", text])).out).unwrap()
}

#[test]
fn the_action_shows_findings_as_annotations_and_in_a_summary() {
    let folder = repository(&[("Dockerfile", "FROM quay.io/a/b:1\nLABEL a=```\n"), ("ok/Dockerfile", "FROM m.io/a/b:1\n")]);
    let folder = folder.path();
    let check = |paths: &str, fail: &str| {
        let mut command = run(folder, root().join("packaging/github/check.sh"), &[]);
        for file in ["output", "summary"] {
            fs::write(folder.join(file), "").unwrap();
        }
        command.env("RUNNER_TEMP", folder.join("runner")).env("GITHUB_OUTPUT", folder.join("output"));
        command.env("GITHUB_STEP_SUMMARY", folder.join("summary")).env("TRANSSHIP", env!("CARGO_BIN_EXE_transship")).env("FAIL", fail);
        finish(command.env("ARGS", "--map quay.io/=m.io/").env("PATHS", paths), b"")
    };
    let file = |name: &str| fs::read_to_string(folder.join(name)).unwrap();

    let found = check("Dockerfile", "true");
    assert_eq!(found.code, 1, "{found:?}");
    let sarif = folder.join("runner/transship/findings.sarif");
    assert_eq!(file("output"), format!("sarif-file={}\nfindings=true\n", sarif.display()));
    let told: Value = serde_json::from_str(&fs::read_to_string(&sarif).unwrap()).unwrap();
    assert_eq!(told["runs"][0]["results"].as_array().unwrap().len(), 1);
    let summary = file("summary");
    assert!(summary.starts_with("### transship check\n\n1 file, 1 occurrence: 1 finding"), "{summary}");
    assert!(summary.contains("error[old-registry]"), "{summary}");

    // What the matcher takes of the lines is the finding.
    let matcher: Value = serde_json::from_str(&read("packaging/github/matcher.json")).unwrap();
    let patterns = matcher["problemMatcher"][0]["pattern"].as_array().unwrap();
    let pattern = |at: usize| Regex::new(patterns[at]["regexp"].as_str().unwrap()).unwrap();
    let lines: Vec<&str> = found.out.lines().collect();
    let at = lines.iter().position(|line| pattern(0).is_match(line)).unwrap();
    let (head, place) = (pattern(0).captures(lines[at]).unwrap(), pattern(1).captures(lines[at + 1]).unwrap());
    let got: Vec<&str> = [(&head, 0, "severity"), (&head, 0, "code"), (&place, 1, "file"), (&place, 1, "line"), (&place, 1, "column")]
        .iter()
        .map(|(captures, pattern, key)| {
            captures.get(usize::try_from(patterns[*pattern][*key].as_u64().unwrap()).unwrap()).unwrap().as_str()
        })
        .collect();
    assert_eq!(got, ["error", "old-registry", "Dockerfile", "1", "6"]);

    assert_eq!(check("Dockerfile", "false").code, 0);
    let clean = check("ok", "true");
    assert_eq!((clean.code, file("output").contains("findings=false")), (0, true), "{clean:?}");
    // What cannot be read is no finding that may be let pass.
    assert_eq!(check("missing", "false").code, 2);
}

#[test]
fn one_version_stands_everywhere() {
    let hooks = read("pyproject.toml");
    assert!(hooks.contains(&format!("version = \"{VERSION}\"")) && hooks.contains(&format!("transship=={VERSION}\"")), "{hooks}");
    assert!(read("packaging/gitlab/templates/check.yml").contains(&format!("default: \"{VERSION}\"")));
}

/// The component with its inputs filled in, which only GitLab does.
fn component(folder: &Path) -> PathBuf {
    let text = read("packaging/gitlab/templates/check.yml");
    let (spec, job) = text.split_once("\n---\n").unwrap();
    let defaults = Regex::new(r"(?m)^    ([a-z-]+):\n(?:      .*\n)*?      default: (.*)$").unwrap();
    let job = defaults
        .captures_iter(spec)
        .fold(job.to_owned(), |job, input| job.replace(&format!("$[[ inputs.{} ]]", &input[1]), input[2].trim_matches('"')));
    assert!(!job.contains("$[["), "an input without a default: {job}");
    let file = folder.join("gitlab-ci.yml");
    fs::write(&file, job).unwrap();
    file
}

#[test]
fn what_needs_a_forge_is_as_its_schema_says() {
    let own = fs::read_dir(root().join(".github/workflows")).unwrap().map(|entry| entry.unwrap().path());
    let workflows: Vec<PathBuf> = own.chain([root().join("deploy/github-matrix.yml")]).collect();
    if let Some(actionlint) = go_tools::program("actionlint") {
        well(run(root(), actionlint, &[]).args(&workflows));
    }
    let Some(python) = py_tools::environment() else { return };
    let folder = TempDir::new().unwrap();
    let by_schema = |schema: &str, file: &Path| {
        well(run(folder.path(), python.join("bin/check-jsonschema"), &["--builtin-schema", schema]).arg(file));
    };
    by_schema("vendor.github-actions", &root().join("action.yml"));
    for workflow in &workflows {
        by_schema("vendor.github-workflows", workflow);
    }
    by_schema("vendor.gitlab-ci", &component(folder.path()));
    well(run(folder.path(), python.join("bin/pre-commit"), &["validate-manifest"]).arg(root().join(".pre-commit-hooks.yaml")));
}
