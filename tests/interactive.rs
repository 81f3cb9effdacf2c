//! `fix --interactive`: each change is asked for, and what is not wanted stays.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and writes its scratch files")]

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "support/program.rs"]
mod program;

use std::fs;

use program::{Said, command, finish, repository};
use tempfile::TempDir;

const RULES: &str = "mappings:\n  - {from: quay.io/acme/, to: registry.example.com/acme/}\n";
const TWO: &str = "FROM quay.io/acme/a:1\nFROM quay.io/acme/b:1\n";
const ARG: &str = "ARG REGISTRY=quay.io/acme\nFROM ${REGISTRY}/a:1\nFROM ${REGISTRY}/b:1\n";

/// What it says, with its exit code, when these answers come in.
fn asked(folder: &TempDir, arguments: &[&str], answers: &str) -> (i32, String) {
    let arguments = [&["fix", "--interactive"], arguments].concat();
    let said = finish(&mut command(folder.path(), &arguments), answers);
    let Said { code, out, errors } = said;
    (code, out + &errors)
}

fn of(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).unwrap()
}

#[test]
fn what_is_answered_with_yes_is_made_and_nothing_else() {
    let folder = repository(&[(".transship.yaml", RULES), ("Dockerfile", TWO)]);
    let (code, said) = asked(&folder, &[], "n\ny\n");
    assert_eq!(of(&folder, "Dockerfile"), "FROM quay.io/acme/a:1\nFROM registry.example.com/acme/b:1\n");
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("(1/2) Make this change [y,n,a,d,q,?]? ") && said.contains("changed 1 place in 1 file"), "{said}");
    assert!(said.contains("not fixed: it was declined"), "{said}");
    let (code, said) = asked(&folder, &[], "y\n");
    assert_eq!((code, of(&folder, "Dockerfile").contains("quay.io")), (0, false), "{said}");
}

#[test]
fn each_question_shows_its_change_as_a_patch() {
    let folder = repository(&[(".transship.yaml", RULES), ("Dockerfile", TWO)]);
    let (_, said) = asked(&folder, &[], "n\nn\n");
    let first = said.split("(1/2)").next().unwrap();
    assert!(first.contains("-FROM quay.io/acme/a:1\n+FROM registry.example.com/acme/a:1\n FROM quay.io/acme/b:1\n"), "{said}");
    assert_eq!(of(&folder, "Dockerfile"), TWO);
}

#[test]
fn what_changes_together_is_one_question() {
    let compose = "services:\n  a: {image: '${WEB}:1'}\n  b: {image: '${WEB}:2'}\n";
    let files = [(".transship.yaml", RULES), ("Dockerfile", ARG), ("c/compose.yaml", compose), ("c/.env", "WEB=quay.io/acme/web\n")];
    let folder = repository(&files);
    let (code, said) = asked(&folder, &[], "y\ny\n");
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("(2/2)") && !said.contains("(3/"), "{said}");
    assert_eq!(of(&folder, "c/.env"), "WEB=registry.example.com/acme/web\n");
    assert!(of(&folder, "Dockerfile").starts_with("ARG REGISTRY=registry.example.com/acme\n"));
}

#[test]
fn what_is_declined_is_told_once() {
    let folder = repository(&[(".transship.yaml", RULES), ("Dockerfile", ARG)]);
    let (_, said) = asked(&folder, &[], "n\n");
    assert!(said.contains("2 findings") && !said.contains("residue"), "{said}");
}

#[test]
fn a_and_d_speak_of_the_rest_of_a_file() {
    let files = [(".transship.yaml", RULES), ("a/Dockerfile", TWO), ("b/Dockerfile", TWO), ("c/Dockerfile", TWO)];
    let folder = repository(&files);
    let (code, said) = asked(&folder, &[], "a\nd\ny\nn\n");
    assert_eq!(code, 1, "{said}");
    assert!(!of(&folder, "a/Dockerfile").contains("quay.io"), "{said}");
    assert_eq!(of(&folder, "b/Dockerfile"), TWO);
    assert_eq!(of(&folder, "c/Dockerfile"), "FROM registry.example.com/acme/a:1\nFROM quay.io/acme/b:1\n");
}

#[test]
fn q_and_the_end_of_answers_leave_the_rest() {
    for answers in ["y\nq\n", "y\n", "y\nq"] {
        let folder = repository(&[(".transship.yaml", RULES), ("Dockerfile", TWO)]);
        let (code, said) = asked(&folder, &[], answers);
        assert_eq!(
            (code, of(&folder, "Dockerfile").as_str()),
            (1, "FROM registry.example.com/acme/a:1\nFROM quay.io/acme/b:1\n"),
            "{said}"
        );
    }
    let folder = repository(&[(".transship.yaml", RULES), ("Dockerfile", TWO)]);
    let (code, said) = asked(&folder, &[], "");
    assert_eq!((code, of(&folder, "Dockerfile").as_str()), (1, TWO), "{said}");
}

#[test]
fn what_is_no_answer_is_asked_again_with_help() {
    let folder = repository(&[(".transship.yaml", RULES), ("Dockerfile", "FROM quay.io/acme/a:1\n")]);
    let (code, said) = asked(&folder, &[], "?\nyes please\n\ny\n");
    assert_eq!((code, said.matches("q - leave this change and all later ones\n").count()), (0, 3), "{said}");
}

#[test]
fn nothing_is_asked_where_nothing_is_to_be_done() {
    let folder = repository(&[(".transship.yaml", RULES), ("Dockerfile", "FROM registry.example.com/acme/a:1\n")]);
    let (code, said) = asked(&folder, &[], "");
    assert_eq!((code, said.contains('?')), (0, false), "{said}");
}

#[test]
fn comments_that_hold_nothing_back_are_asked_for_too() {
    let file = "# transship: ignore[old-registry] long ago\nFROM registry.example.com/acme/a:1\n# transship: ignore[old-registry] as long\nFROM b\n";
    let folder = repository(&[(".transship.yaml", RULES), ("Dockerfile", file)]);
    let (_, said) = asked(&folder, &["--unsafe"], "n\ny\n");
    assert!(of(&folder, "Dockerfile").contains("long ago") && !of(&folder, "Dockerfile").contains("as long"), "{said}");
}

#[test]
fn standard_input_is_for_answers_alone() {
    let folder = repository(&[(".transship.yaml", RULES), ("Dockerfile", TWO)]);
    for arguments in [&["-"][..], &["--files-from", "-"]] {
        let (code, said) = asked(&folder, arguments, "FROM quay.io/acme/a:1\n");
        assert_eq!(code, 2, "{said}");
        assert!(said.contains("answers come from standard input"), "{said}");
    }
    assert_eq!(asked(&folder, &["--diff"], "y\n").0, 2);
    assert_eq!(of(&folder, "Dockerfile"), TWO);
}

#[test]
fn the_same_file_of_two_repositories_is_asked_about_twice() {
    let folder = repository(&[("one/Dockerfile", TWO), ("two/Dockerfile", TWO)]);
    for repository in ["one/.git", "two/.git"] {
        fs::create_dir(folder.path().join(repository)).unwrap();
    }
    let (_, said) = asked(&folder, &["one", "two", "--map", "quay.io/acme/=registry.example.com/acme/"], "a\nd\n");
    assert!(!of(&folder, "one/Dockerfile").contains("quay.io"), "{said}");
    assert_eq!(of(&folder, "two/Dockerfile"), TWO, "{said}");
}
