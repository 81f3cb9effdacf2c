//! What a pipeline sees of the commands that ask registries: annotations, exit codes, and locks that cover a part of a repository.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test may panic, and writes its scratch files")]

#[path = "support/program.rs"]
mod program;
#[path = "support/registry/mod.rs"]
mod support;

use std::fs;

use program::{Said, command, finish, json, repository, say};
use support::{MANIFEST, Model, Reply, Server};
use tempfile::TempDir;

fn map(domain: &str) -> String {
    format!("quay.io/={domain}/")
}

#[test]
fn annotations_name_files_from_the_top_of_the_repository() {
    let server = Server::usual();
    let domain = server.domain();
    let folder = repository(&[("app/web/Dockerfile", "FROM quay.io/public/multi:9\nFROM quay.io/public/multi:1.0\n")]);
    let below = |arguments: &[&str]| finish(command(folder.path(), arguments).current_dir(folder.path().join("app")), "");
    let said = below(&["verify", "--map", &map(&domain), "--plain-http", &domain, "--format", "github"]);
    assert_eq!(said.code, 1);
    let first = said.out.lines().next().unwrap();
    assert!(first.starts_with("::error file=app/web/Dockerfile,line=1,col=6,title=missing::"), "{}", said.out);
    assert!(first.contains(&format!("`{domain}/public/multi:9`, which `quay.io/public/multi:9` becomes")), "{first}");
    assert!(first.contains("%0Acopy it there: `transship mirror`"), "{first}");
    assert_eq!(said.out.lines().count(), 2, "what exists is no annotation: {}", said.out);
    let check = below(&["check", "--map", &map(&domain), "--format", "github"]);
    assert!(check.out.starts_with("::error file=app/web/Dockerfile,line=1,"), "{}", check.out);
    let sarif = json(&below(&["check", "--map", &map(&domain), "--format", "sarif"]));
    assert_eq!(sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "app/web/Dockerfile");
}

#[test]
fn what_nobody_is_asked_for_is_annotated_and_decides_nothing() {
    let folder = repository(&[("Dockerfile", "FROM ${REG}/x/y:1\n")]);
    let said = say(&folder, &["verify", "--map", "quay.io/=r.example.com/", "--format", "github"]);
    assert!(said.code == 0 && said.out.starts_with("::warning file=Dockerfile,line=1,col=6,title=unresolved::"), "{said:?}");
}

#[test]
fn a_candidate_that_exists_is_taken_whatever_it_holds() {
    let mut model = Model::default();
    for (name, architecture) in [("old/x", "amd64"), ("first/x", "arm64"), ("second/x", "amd64")] {
        let digest = model.image(name, MANIFEST, architecture, "x");
        model.tag(name, "1", &digest);
    }
    let server = Server::start(move |seen| model.answer(seen));
    let domain = server.domain();
    let rules = format!("mappings:\n  - {{from: '{domain}/old/', to: ['{domain}/first/', '{domain}/second/']}}\n");
    let folder = repository(&[(".transship.yaml", &rules), ("Dockerfile", &format!("FROM {domain}/old/x:1\n"))]);
    let said = say(&folder, &["verify", "--compare", "--plain-http", &domain, "--format", "json"]);
    let read = json(&said);
    assert_eq!((said.code, &read["results"][0]["target"]), (1, &format!("{domain}/first/x:1").into()), "{read:#}");
    let fixed = say(&folder, &["fix", "--verify", "--diff", "--plain-http", &domain]);
    assert!(fixed.out.contains(&format!("+FROM {domain}/first/x:1")), "the fix takes the same: {fixed:?}");
}

#[test]
fn a_fix_held_back_by_a_silent_registry_is_undecided_and_no_finding() {
    let (server, silent) = (Server::usual(), Server::start(|_| Reply::error(403, "DENIED")));
    let folder = repository(&[("Dockerfile", "FROM quay.io/public/multi:1.0\n"), ("b/Dockerfile", "FROM ghcr.io/a/b:1\n")]);
    let fix = |more: &[&str]| {
        let (good, bad) = (map(&server.domain()), format!("ghcr.io/={}/", silent.domain()));
        let (one, two) = (server.domain(), silent.domain());
        say(&folder, &[&["fix", "--verify", "--map", &good, "--map", &bad, "--plain-http", &one, "--plain-http", &two], more].concat())
    };
    let said = fix(&[]);
    assert_eq!((said.code, said.out.contains("1 refused, 1 undecided")), (3, true), "{said:?}");
    assert!(fs::read_to_string(folder.path().join("Dockerfile")).unwrap().contains(&server.domain()), "the other one is written");
    fs::write(folder.path().join("Dockerfile"), "FROM quay.io/public/multi:9\n").unwrap();
    assert_eq!(fix(&[]).code, 1, "a finding outweighs what is undecided");
    let verify = |more: &[&str]| {
        let (good, bad) = (map(&server.domain()), format!("ghcr.io/={}/", silent.domain()));
        let (one, two) = (server.domain(), silent.domain());
        say(&folder, &[&["verify", "--map", &good, "--map", &bad, "--plain-http", &one, "--plain-http", &two], more].concat()).code
    };
    assert_eq!([verify(&[]), verify(&["--fail-on", "undecided"]), verify(&["--fail-on", "missing,undecided"])], [1, 3, 1]);
    fs::remove_file(folder.path().join("Dockerfile")).unwrap();
    assert_eq!([verify(&[]), verify(&["--fail-on", "missing"])], [3, 0]);
}

#[test]
fn what_is_written_is_asked_for_again() {
    let model = Model::usual();
    let answers = std::sync::atomic::AtomicBool::new(true);
    let gone = std::sync::Arc::new(answers);
    let seen_gone = gone.clone();
    let server = Server::start(move |seen| {
        if seen_gone.load(std::sync::atomic::Ordering::SeqCst) { model.answer(seen) } else { Reply::error(404, "MANIFEST_UNKNOWN") }
    });
    let domain = server.domain();
    let folder = repository(&[("Dockerfile", "FROM quay.io/public/multi:1.0\n")]);
    let run = |arguments: &[&str]| {
        let mut command = command(folder.path(), arguments);
        // Not in a pipeline, so that answers are remembered.
        finish(command.args(["--map", &map(&domain), "--plain-http", &domain]).env_remove("CI"), "")
    };
    assert_eq!(run(&["verify"]).code, 0);
    gone.store(false, std::sync::atomic::Ordering::SeqCst);
    let remembered = run(&["verify"]);
    assert!(remembered.code == 0 && remembered.out.contains(" s ago)"), "{remembered:?}");
    assert_eq!(run(&["fix", "--verify", "--diff"]).code, 1, "it was there, and is not any more");
}

#[test]
fn standard_input_is_verified_under_its_name() {
    let server = Server::usual();
    let domain = server.domain();
    let folder = repository(&[]);
    let arguments = ["verify", "-", "--map", &map(&domain), "--plain-http", &domain];
    let unnamed = finish(&mut command(folder.path(), &arguments), "FROM quay.io/public/multi:9\n");
    assert_eq!((unnamed.code, unnamed.errors.contains("--stdin-filename")), (2, true), "{unnamed:?}");
    let named = finish(command(folder.path(), &arguments).args(["--stdin-filename", "Dockerfile"]), "FROM quay.io/public/multi:9\n");
    assert!(named.code == 1 && named.out.contains("at: Dockerfile:1"), "{named:?}");
}

/// A repository with a rule file at its top and an application in each of two folders.
fn locked() -> (Server, TempDir) {
    let mut model = Model::default();
    for name in ["a", "b", "c"] {
        let digest = model.image(&format!("new/{name}"), MANIFEST, "amd64", name);
        model.tag(&format!("new/{name}"), "1", &digest);
    }
    let server = Server::start(move |seen| model.answer(seen));
    let rules = format!("mappings:\n  - {{id: old, from: '{0}/old/', to: '{0}/new/'}}\n", server.domain());
    let one = format!("FROM {}/new/a:1\n", server.domain());
    let two = format!("FROM {}/new/b:1\n", server.domain());
    let folder = repository(&[(".transship.yaml", &rules), ("one/Dockerfile", &one), ("two/Dockerfile", &two)]);
    (server, folder)
}

#[test]
fn a_lock_stands_beside_the_rule_file_and_a_part_touches_its_own_targets_only() {
    let (server, folder) = locked();
    let domain = server.domain();
    let lock = || fs::read_to_string(folder.path().join("transship.lock")).unwrap();
    let below = |arguments: &[&str]| -> Said {
        finish(command(folder.path(), arguments).args(["--plain-http", &domain]).current_dir(folder.path().join("one")), "")
    };
    assert_eq!(below(&["lock"]).code, 0);
    assert!(lock().contains("/new/a:1") && !lock().contains("/new/b:1") && !folder.path().join("one/transship.lock").exists());
    assert_eq!(say(&folder, &["lock", "two", "--plain-http", &domain]).code, 0);
    assert!(lock().contains("/new/a:1") && lock().contains("/new/b:1"), "{}", lock());
    assert_eq!(below(&["verify", "--locked"]).code, 0, "the rest of the lock is not what was looked into");
    assert_eq!(say(&folder, &["verify", "--locked", "--plain-http", &domain]).code, 0);
    // What no file names any more is told where everything was looked into, and leaves the lock there.
    fs::write(folder.path().join("one/Dockerfile"), format!("FROM {domain}/new/c:1\n")).unwrap();
    let whole = say(&folder, &["verify", "--locked", "--plain-http", &domain]);
    assert_eq!((whole.code, whole.out.contains("not-used"), whole.out.contains("not-locked")), (1, true, true), "{}", whole.out);
    assert!(!whole.out.contains("reason:"), "that the registry has it is no reason for drift: {}", whole.out);
    let shrunk = say(&folder, &["lock", "--plain-http", &domain]);
    assert!(shrunk.code == 0 && shrunk.out.contains("; 1 target that nothing names any more left it"), "{shrunk:?}");
    assert!(!lock().contains("/new/a:1"), "{}", lock());
    // A list cannot tell that it is the whole.
    let listed = finish(&mut command(folder.path(), &["lock", "--refs", "-", "--plain-http", &domain]), format!("{domain}/new/a:1\n"));
    assert!(listed.code == 0 && lock().contains("/new/a:1") && lock().contains("/new/b:1"), "{listed:?}");
    // What cannot be locked keeps the lock from being written, unless somebody wants a part of it.
    fs::write(folder.path().join("one/Dockerfile"), format!("FROM {domain}/new/gone:1\n")).unwrap();
    let refused = say(&folder, &["lock", "--plain-http", &domain]);
    assert!(refused.code == 1 && refused.errors.contains("--partial") && lock().contains("/new/c:1"), "{refused:?}");
    let partial = say(&folder, &["lock", "--partial", "--plain-http", &domain]);
    assert!(partial.code == 0 && partial.out.contains("missing") && !lock().contains("/new/c:1"), "{partial:?}");
    // What is known of an image outlives a registry that says nothing, and a file that cannot be read.
    let silent = say(&folder, &["lock", "--partial", "--max-time", "20"]);
    assert!(silent.code == 0 && lock().contains("/new/b:1"), "{silent:?}");
    fs::write(folder.path().join("two/pod.yaml"), "apiVersion: v1\nkind: Pod\nspec: {image: 'a\n").unwrap();
    fs::remove_file(folder.path().join("two/Dockerfile")).unwrap();
    let broken = say(&folder, &["lock", "--partial", "--plain-http", &domain]);
    assert!(broken.code == 2 && lock().contains("/new/b:1"), "{broken:?}");
}

#[test]
fn a_lock_of_a_later_version_is_left_and_a_conflict_in_one_is_named() {
    let (server, folder) = locked();
    let domain = server.domain();
    let write = |text: &str| fs::write(folder.path().join("transship.lock"), text).unwrap();
    let (lock, verify) = (["lock", "--plain-http", &domain], ["verify", "--locked", "--plain-http", &domain]);
    write("{\"version\": 7, \"entries\": {}}\n");
    for arguments in [&lock[..], &verify[..]] {
        let said = say(&folder, arguments);
        assert_eq!((said.code, said.errors.contains("help: update transship")), (2, true), "{said:?}");
    }
    assert!(fs::read_to_string(folder.path().join("transship.lock")).unwrap().contains("\"version\": 7"));
    write("{\n<<<<<<< ours\n");
    let conflict = say(&folder, &verify);
    assert!(conflict.code == 2 && conflict.errors.contains("line 2 is the mark of a merge conflict"), "{conflict:?}");
    let anew = say(&folder, &lock);
    assert!(anew.code == 0 && anew.errors.contains("is written anew"), "{anew:?}");
    assert_eq!(say(&folder, &verify).code, 0);
}

#[test]
fn a_list_that_names_nothing_says_so() {
    let folder = repository(&[("images.txt", "# none yet\n")]);
    let said = say(&folder, &["verify", "--refs", "images.txt"]);
    assert_eq!((said.code, said.errors.as_str()), (0, "note: images.txt names no reference\n"));
    let odd = finish(&mut command(folder.path(), &["verify", "--refs", "-"]), "\u{feff}A//b # old\n");
    assert!(odd.code == 2 && odd.errors.contains("standard input:1: `A//b # old`: "), "{odd:?}");
}
