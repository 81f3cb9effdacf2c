//! What a gate is quiet about: findings that a baseline lists, and those that another commit has too.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and writes its scratch files")]

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::process::Command;

use program::{Said, command, finish, json, repository, say};
use tempfile::TempDir;

const RULES: &str = "mappings:\n  - {from: quay.io/acme/, to: registry.example.com/acme/}\n";

fn write(folder: &TempDir, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn git(folder: &TempDir, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=n", "-c", "user.email=n@example.com", "-c", "commit.gpgsign=false"])
        .args(arguments)
        .current_dir(folder.path());
    let said = git.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", folder.path().join("home")).output().unwrap();
    assert!(said.status.success(), "{arguments:?} {said:?}");
}

/// A repository of git with these files in its first commit.
fn committed(files: &[(&str, &str)]) -> TempDir {
    let folder = repository(files);
    fs::remove_dir(folder.path().join(".git")).unwrap();
    git(&folder, &["init", "--quiet", "."]);
    write(&folder, &[(".transship.yaml", RULES)]);
    git(&folder, &["add", "--all"]);
    git(&folder, &["commit", "--quiet", "--message", "first"]);
    folder
}

fn read(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).unwrap()
}

/// Where something is found, a line each.
fn places(said: &Said) -> Vec<&str> {
    said.out.lines().filter_map(|line| line.split(": ").next()).collect()
}

/// The usual name of a baseline, which no run looks into.
const OLD: &str = ".transship-baseline.json";

const NEW: &[&str] = &["check", "--baseline", OLD, "--format", "concise"];

#[test]
fn what_is_in_the_baseline_fails_nothing_whatever_moves() {
    let two = "FROM quay.io/acme/web:1\nFROM quay.io/acme/web:2\n";
    let folder = committed(&[("a/Dockerfile", two), ("b/compose.yaml", "services: {x: {image: 'quay.io/acme/db:1'}}\n")]);
    let written = say(&folder, &["check", "--write-baseline", ".transship-baseline.json"]);
    assert_eq!((written.code, written.out.contains("3 old")), (0, true), "{written:?}");
    let text = read(&folder, ".transship-baseline.json");
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("path")).map(|line| line.trim().trim_end_matches(',')).collect();
    let line = |path: &str, name: &str, count| {
        format!(r#"{{"path": "{path}", "lint": "old-registry", "repository": "quay.io/acme/{name}", "count": {count}}}"#)
    };
    assert_eq!(lines, [line("a/Dockerfile", "web", 2), line("b/compose.yaml", "db", 1)]);
    assert_eq!(say(&folder, NEW).code, 0);
    // A tag, a line and a name that change are nothing new, from any folder.
    write(
        &folder,
        &[(
            "a/Dockerfile",
            "# first\n\nFROM quay.io/acme/web:7\nFROM quay.io/acme/web:2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n",
        )],
    );
    git(&folder, &["mv", "b/compose.yaml", "b/docker-compose.yaml"]);
    let said = say(&folder, NEW);
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{said:?}");
    let below =
        finish(command(folder.path(), &["check", "--baseline", "../.transship-baseline.json"]).current_dir(folder.path().join("a")), "");
    assert_eq!((below.code, below.out.contains("2 old")), (0, true), "{below:?}");
    // One more is, though the old ones stay.
    write(&folder, &[("a/Dockerfile", &format!("{two}FROM quay.io/acme/web:3\n")), ("c/Dockerfile", "FROM quay.io/acme/db:1\n")]);
    let more = say(&folder, NEW);
    assert_eq!((more.code, places(&more)), (1, vec!["a/Dockerfile:3:6", "c/Dockerfile:1:6"]), "{more:?}");
}

#[test]
fn a_baseline_that_no_run_is_told_of_is_no_finding_and_is_not_changed() {
    let folder = committed(&[("Dockerfile", "FROM quay.io/acme/web:1\n")]);
    say(&folder, &["check", "--write-baseline", "known.json"]);
    let written = read(&folder, "known.json");
    let said = say(&folder, &["check", "--format", "concise"]);
    assert_eq!(places(&said), ["Dockerfile:1:6"], "{said:?}");
    say(&folder, &["fix", "--class", "all"]);
    assert_eq!(read(&folder, "known.json"), written);
}

#[test]
fn a_baseline_only_gets_smaller_by_itself() {
    let folder =
        committed(&[("a/Dockerfile", "FROM quay.io/acme/web:1\nFROM quay.io/acme/web:2\n"), ("b/Dockerfile", "FROM quay.io/acme/db:1\n")]);
    assert_eq!(say(&folder, &["check", "--write-baseline", "old.json"]).code, 0);
    write(&folder, &[("a/Dockerfile", "FROM quay.io/acme/web:1\nFROM quay.io/acme/other:1\n")]);
    let check = |more: &[&str]| say(&folder, &[&["check", "--baseline", "old.json", "--format", "concise"], more].concat());
    let told = check(&[]);
    assert_eq!(told.code, 1);
    assert!(
        told.errors.contains("note: `old.json` allows 2 old-registry of `quay.io/acme/web` in `a/Dockerfile`, and 1 is left\n"),
        "{told:?}"
    );
    // What was not looked into is not gone.
    assert_eq!(check(&["b", "--strict-baseline"]).code, 0);
    write(&folder, &[("a/Dockerfile", "FROM quay.io/acme/web:1\n")]);
    assert_eq!([check(&[]).code, check(&["--strict-baseline"]).code], [0, 1]);
    let updated = check(&["--update-baseline"]);
    assert!(updated.code == 0 && updated.errors.contains("wrote `old.json`: 2 findings in 2 entries; 1 fewer than before"), "{updated:?}");
    assert_eq!(check(&["--strict-baseline"]).code, 0);
    let text = read(&folder, "old.json");
    assert!(check(&["--update-baseline"]).errors.contains("says what there is") && read(&folder, "old.json") == text);
    // The file itself names what is old, and is neither found nor fixed.
    write(&folder, &[(".transship.yaml", &format!("baseline: old.json\n{RULES}"))]);
    let fixed = say(&folder, &["fix"]);
    assert!(
        fixed.code == 0 && read(&folder, "old.json") == text && read(&folder, "a/Dockerfile").contains("registry.example.com"),
        "{fixed:?}"
    );
    let gone = say(&folder, &["check", "--update-baseline"]);
    assert_eq!((gone.code, read(&folder, "old.json").as_str()), (0, "{\n  \"version\": 1,\n  \"entries\": []\n}\n"), "{gone:?}");
}

#[test]
fn a_file_that_cannot_be_read_takes_nothing_out_of_the_baseline() {
    let folder = committed(&[("pod.yaml", "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: 'quay.io/acme/web:1'}]}\n")]);
    assert_eq!(say(&folder, &["check", "--write-baseline", "old.json"]).code, 0);
    let before = read(&folder, "old.json");
    write(&folder, &[("pod.yaml", "apiVersion: v1\nkind: Pod\nspec: {image: 'quay.io/acme\n")]);
    for work in ["--update-baseline", "--strict-baseline"] {
        let said = say(&folder, &["check", "--baseline", "old.json", work]);
        assert!(said.code == 2 && read(&folder, "old.json") == before, "{said:?}");
    }
}

#[test]
fn a_day_and_a_reason_are_kept_and_from_the_day_on_all_is_new_again() {
    let folder = committed(&[("Dockerfile", "FROM quay.io/acme/web:1\n")]);
    let line = r#"{"path": "Dockerfile", "lint": "old-registry", "repository": "quay.io/acme/web", "count": 1, "reason": "after the release", "until": "2027-02-01"}"#;
    write(&folder, &[("old.json", &format!("{{\"version\": 1, \"entries\": [{line}]}}"))]);
    let on = |day, more: &[&str]| say(&folder, &[&["check", "--baseline", "old.json", "--at", day], more].concat());
    assert_eq!([on("2027-01-31", &[]).code, on("2027-02-01", &[]).code], [0, 1]);
    assert!(on("2027-02-01", &[]).errors.contains("1 finding of `old.json` is new again"));
    let told = json(&on("2027-01-31", &["--format", "json"]));
    let one = &told["diagnostics"][0];
    assert_eq!((&one["state"], &one["by"], &one["reason"]), (&"old".into(), &"baseline".into(), &"after the release".into()));
    assert_eq!((&told["summary"]["old"], &told["summary"]["findings"], &told["summary"]["fixable"]), (&1.into(), &0.into(), &0.into()));
    let sarif = json(&on("2027-01-31", &["--format", "sarif"]));
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!((&result["baselineState"], &result["suppressions"][0]["kind"]), (&"unchanged".into(), &"external".into()));
    assert_eq!(result["suppressions"][0]["justification"], "after the release");
    assert_eq!(say(&folder, &["check", "--write-baseline", "old.json", "--at", "2026-01-01"]).code, 0);
    assert!(read(&folder, "old.json").contains(line));
}

#[test]
fn a_warning_that_becomes_an_error_is_old_until_it_does() {
    let folder = committed(&[("Dockerfile", "FROM quay.io/acme/web:1\n")]);
    write(&folder, &[(".transship.yaml", "mappings:\n  - {from: quay.io/acme/, to: registry.example.com/acme/, until: 2027-03-01}\n")]);
    assert_eq!(say(&folder, &["check", "--write-baseline", "old.json", "--at", "2027-01-01"]).code, 0);
    assert!(read(&folder, "old.json").contains("\"until\": \"2027-03-01\""));
    let on = |day| say(&folder, &["check", "--baseline", "old.json", "--at", day]).code;
    assert_eq!([on("2027-02-28"), on("2027-03-01")], [0, 1]);
}

#[test]
fn the_rule_file_names_the_baseline_and_options_come_first() {
    let folder = committed(&[("app/Dockerfile", "FROM quay.io/acme/web:1\n")]);
    write(&folder, &[("app/.transship.yaml", &format!("baseline: gate/old.json\n{RULES}"))]);
    let below = |arguments: &[&str]| finish(command(folder.path(), arguments).current_dir(folder.path().join("app")), "");
    let missing = below(&["check"]);
    assert!(
        missing.code == 2 && missing.errors.contains("help: `transship check --write-baseline gate/old.json` writes it"),
        "{missing:?}"
    );
    assert_eq!(below(&["check", "--write-baseline", "gate/old.json"]).code, 0);
    assert_eq!([below(&["check"]).code, below(&["check", "--no-baseline"]).code, say(&folder, &["check"]).code], [0, 1, 1]);
    assert_eq!(say(&folder, &["check", "--config", "app/.transship.yaml"]).code, 0);
    write(&folder, &[("app/.transship.yaml", &format!("baseline: ../../old.json\n{RULES}"))]);
    let outside = below(&["check"]);
    assert!(outside.code == 2 && outside.errors.contains("is no place for a baseline"), "{outside:?}");
}

#[test]
fn what_is_no_baseline_is_refused_and_never_replaced() {
    let folder = committed(&[("Dockerfile", "FROM quay.io/acme/web:1\n"), ("package.json", "{\"name\": \"x\"}\n")]);
    let check = |file: &str| say(&folder, &["check", "--baseline", file]);
    let refused = say(&folder, &["check", "--write-baseline", "package.json"]);
    assert!(refused.code == 2 && read(&folder, "package.json").contains("name"), "{refused:?}");
    let steers = r#"{"version": 1, "entries": [{"path": "../\u001b[31m\n::error::x", "lint": "a", "repository": "b", "count": 1}]}"#;
    for (text, want) in [
        ("{\"version\": 7, \"lines\": []}", "its version is 7"),
        ("{\n<<<<<<< ours\n", "line 2 is the mark of a merge conflict"),
        ("{\"version\": 1, \"entries\": [{\"path\": \"a\", \"lint\": \"b\", \"repository\": \"c\", \"count\": 0}]}", "nonzero"),
        (steers, "is none in the repository"),
    ] {
        write(&folder, &[("old.json", text)]);
        let said = check("old.json");
        assert!(said.code == 2 && said.errors.contains(want) && !said.errors.contains('\u{1b}'), "{said:?}");
    }
    let anew = say(&folder, &["check", "--write-baseline", "old.json"]);
    assert!(anew.code == 2, "a path that leads out of the tree is no merge: {anew:?}");
    write(&folder, &[("old.json", "{\n<<<<<<< ours\n")]);
    assert_eq!([say(&folder, &["check", "--write-baseline", "old.json"]).code, check("old.json").code], [0, 0]);
    write(&folder, &[("long.json", &" ".repeat((32 << 20) + 1))]);
    assert!(check("long.json").errors.contains("it is longer than 32 MiB"));
    #[cfg(unix)]
    {
        let outside = TempDir::new().unwrap();
        fs::write(outside.path().join("secret"), "{\"version\": 1, \"entries\": []}").unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret"), folder.path().join("link.json")).unwrap();
        assert!(check("link.json").errors.contains("leads out of the tree"));
        assert_eq!(say(&folder, &["check", "--write-baseline", "link.json"]).code, 2);
    }
}

#[test]
fn five_hundred_old_findings_are_left_in_peace_and_the_next_one_is_not() {
    let lines: Vec<String> = (0..500).map(|number| format!("FROM quay.io/acme/image{}:{number}\n", number % 40)).collect();
    let lines = lines.concat();
    let folder = committed(&[("Dockerfile", &lines), ("late/Dockerfile", "FROM scratch\n")]);
    write(&folder, &[(".transship.yaml", &format!("baseline: .transship-baseline.json\n{RULES}"))]);
    let written = say(&folder, &["check", "--write-baseline", ".transship-baseline.json"]);
    assert!(written.code == 0 && written.errors.contains("500 findings in 40 entries"), "{written:?}");
    assert_eq!(say(&folder, &["check"]).code, 0);
    write(&folder, &[("late/Dockerfile", "FROM quay.io/acme/image7:1\n")]);
    let said = say(&folder, &["check", "--format", "concise"]);
    assert_eq!((said.code, places(&said)), (1, vec!["late/Dockerfile:1:6"]), "{said:?}");
}

#[test]
fn the_same_is_new_from_the_root_a_folder_the_index_and_against_a_commit() {
    let compose = "services:\n  a: {image: '${REG}/acme/a:1'}\n  b: {image: 'quay.io/acme/b:1'}\n";
    let folder = committed(&[
        ("app/compose.yaml", compose),
        ("app/.env", "REG=registry.example.com\n"),
        ("app/Dockerfile", "ARG REG=registry.example.com\nFROM scratch\nFROM ${REG}/acme/c:1\nFROM quay.io/acme/d:1\n"),
        ("old/Dockerfile", "FROM quay.io/acme/e:1\nFROM quay.io/acme/f:1\n"),
    ]);
    assert_eq!(say(&folder, &["check", "--write-baseline", OLD]).code, 0);
    assert_eq!(say(&folder, &["check", "--diff-base", "HEAD"]).code, 0);
    // Lines far away make images come from elsewhere; what is old moves, and gets another tag.
    write(
        &folder,
        &[
            ("app/.env", "REG=quay.io\n"),
            ("app/Dockerfile", "ARG REG=quay.io\n# moved\n\nFROM scratch\nFROM ${REG}/acme/c:1\nFROM quay.io/acme/d:2\n"),
        ],
    );
    git(&folder, &["mv", "old/Dockerfile", "app/f.Dockerfile"]);
    git(&folder, &["add", "--all"]);
    let root = say(&folder, &["check", "--baseline", OLD, "--format", "concise"]);
    assert_eq!((root.code, places(&root)), (1, vec!["app/Dockerfile:5:6", "app/compose.yaml:2:15"]), "{root:?}");
    for more in [
        &["--diff-base", "HEAD"][..],
        &["--diff-base", "HEAD", "--staged"],
        &["--baseline", OLD, "--staged"],
        &["--baseline", OLD, "--diff-base", "HEAD"],
    ] {
        let whole = say(&folder, &[&["check", "--format", "concise"], more].concat());
        assert_eq!((whole.code, &whole.out), (1, &root.out), "{more:?} {whole:?}");
        let more: Vec<&str> = more.iter().map(|word| if *word == OLD { "../.transship-baseline.json" } else { word }).collect();
        let below = finish(
            command(folder.path(), &[&["check", "--format", "concise"], &more[..]].concat()).current_dir(folder.path().join("app")),
            "",
        );
        assert_eq!(
            (below.code, below.out.replace('\n', "\napp/")),
            (1, format!("{}\napp/", root.out.trim_end()).replacen("app/", "", 1)),
            "{more:?}"
        );
    }
    // A hook gives the names of the files that change.
    let named = ["check", "--diff-base", "HEAD", "--format", "concise", "--files-from", "-"];
    let listed = finish(&mut command(folder.path(), &named), "app/.env\0app/Dockerfile\0app/compose.yaml\0app/f.Dockerfile\0");
    let sorted = |text: &str| text.lines().map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
    assert_eq!((listed.code, sorted(&listed.out)), (1, sorted(&root.out)), "{listed:?}");
    // What a baseline covers already is not taken off twice.
    write(&folder, &[("app/f.Dockerfile", "FROM quay.io/acme/e:1\nFROM quay.io/acme/e:2\nFROM quay.io/acme/f:1\n")]);
    let both = say(&folder, &["check", "--baseline", OLD, "--diff-base", "HEAD", "--format", "concise"]);
    assert_eq!(places(&both), ["app/Dockerfile:5:6", "app/compose.yaml:2:15", "app/f.Dockerfile:2:6"], "{both:?}");
    let sarif = json(&say(&folder, &["check", "--diff-base", "HEAD", "--format", "sarif"]));
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let old: Vec<_> = results.iter().filter(|result| result["baselineState"] == "unchanged").collect();
    assert!(results.len() == 7 && old.len() == 4 && old.iter().all(|result| result["suppressions"].is_null()), "{sarif:#}");
}

#[test]
fn lists_of_names_are_read_as_git_writes_them() {
    let folder = committed(&[("a b/Dockerfile", "FROM quay.io/acme/a:1\n"), ("c/Dockerfile", "FROM quay.io/acme/c:1\n")]);
    let check = |input: &str| finish(&mut command(folder.path(), &["check", "--format", "concise", "--files-from", "-"]), input);
    for input in ["a b/Dockerfile\n", "a b/Dockerfile\r\n", "a b/Dockerfile\0", "a b\n"] {
        assert_eq!(places(&check(input)), ["a b/Dockerfile:1:6"], "{input:?}");
    }
    assert_eq!((check("").code, check("").out), (0, String::new()), "an empty list is not the whole tree");
    write(&folder, &[("list", "c/Dockerfile\n")]);
    assert_eq!(say(&folder, &["check", "--files-from", "list"]).code, 1);
    let none = say(&folder, &["check", "--files-from", "nosuch"]);
    assert!(none.code == 2 && none.errors.contains("the list `nosuch` was not read"), "{none:?}");
    let fixed = finish(&mut command(folder.path(), &["fix", "--files-from", "-"]), "c/Dockerfile\n");
    assert!(fixed.code == 0 && read(&folder, "c/Dockerfile").contains("registry") && read(&folder, "a b/Dockerfile").contains("quay.io"));
}

#[test]
fn the_rule_file_allows_what_takes_no_comment() {
    let pod = "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"spec\": {\"containers\": [\n{\"image\": \"quay.io/acme/web:1\"},\n{\"image\": \"quay.io/acme/db:1\"}]}}\n";
    let folder = committed(&[
        ("gen/pod.json", pod),
        ("other/pod.json", pod),
        ("Dockerfile", "# transship: ignore[old-registry] kept\nFROM quay.io/acme/web:1\n"),
    ]);
    let ignore = "suppressions:\n  ignore:\n    - {files: 'gen/**', repository: quay.io/acme/web, reason: generated, until: 2027-01-01}\n    - {files: other/pod.json, lints: old-registry}\n";
    write(&folder, &[(".transship.yaml", &format!("{RULES}{ignore}"))]);
    let check = |more: &[&str]| say(&folder, &[&["check", "--format", "concise", "--at", "2026-12-31"], more].concat());
    assert_eq!(places(&check(&[])), ["gen/pod.json:3:12"]);
    assert_eq!(places(&check(&["--no-inline-ignore"])), ["Dockerfile:2:6", "gen/pod.json:3:12"]);
    assert_eq!(places(&say(&folder, &["check", "--format", "concise", "--at", "2027-01-01"])), ["gen/pod.json:2:12", "gen/pod.json:3:12"]);
    let fixed = say(&folder, &["fix", "--at", "2026-12-31"]);
    assert_eq!(read(&folder, "gen/pod.json"), pod.replace("quay.io/acme/db", "registry.example.com/acme/db"), "{fixed:?}");
    assert!(read(&folder, "other/pod.json") == pod && fixed.out.contains("4 suppressed"), "{fixed:?}");
}

#[test]
fn comments_are_written_where_they_are_comments_and_nowhere_else() {
    let pod = "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"spec\": {\"containers\": [{\"image\": \"quay.io/acme/web:1\"}]}}\n";
    let script =
        "data:\n  run.yaml: |\n    apiVersion: v1\n    kind: Pod\n    spec:\n      containers:\n        - image: quay.io/acme/tool:1\n";
    let folder = committed(&[
        ("Dockerfile", "FROM quay.io/acme/web:1\r\nFROM scratch\r\n"),
        ("compose.yaml", "services:\n  a:\n    image: quay.io/acme/a:1\n    build: .\n  b: {image: quay.io/acme/b:1}\n"),
        ("script.yaml", &format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\n{script}")),
        ("pod.json", pod),
    ]);
    let said = say(&folder, &["check", "--add-ignore", "kept for the demo"]);
    assert_eq!(said.code, 1, "{said:?}");
    let comment = "transship: ignore[old-registry] kept for the demo";
    assert_eq!(read(&folder, "Dockerfile"), format!("# {comment}\r\nFROM quay.io/acme/web:1\r\nFROM scratch\r\n"));
    assert!(read(&folder, "compose.yaml").contains(&format!("  # {comment}\n  b: {{image: quay.io")), "{}", read(&folder, "compose.yaml"));
    assert!(read(&folder, "pod.json") == pod && read(&folder, "script.yaml").ends_with(script), "what is text there stays as it is");
    assert!(said.errors.contains("`script.yaml:10` (old-registry) stays a finding"), "{said:?}");
    assert!(said.errors.contains("`pod.json:1` (old-registry) stays a finding: no comment can be written there"), "{said:?}");
    let left = say(&folder, &["check", "--format", "concise"]);
    assert!(!left.out.contains("Dockerfile") && !left.out.contains("compose.yaml") && !left.out.contains("unused"), "{left:?}");
    assert_eq!(say(&folder, &["check", "--add-ignore", " "]).code, 2);
}

#[test]
fn a_comment_that_holds_nothing_back_goes_with_unsafe_fixes() {
    let text =
        "# transship: ignore[old-registry] gone\nFROM r.example.com/a:1\n# transship: ignore[old-registry] kept\nFROM quay.io/acme/web:1\n";
    let block =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a} # transship: ignore\ndata:\n  run.sh: |\n    # transship: ignore\n    true\n";
    let folder = committed(&[("Dockerfile", text), ("a.yaml", block)]);
    assert!(say(&folder, &["check"]).out.contains("2 fixable with `--unsafe`"));
    assert_eq!(say(&folder, &["fix"]).code, 0);
    assert_eq!((read(&folder, "Dockerfile"), read(&folder, "a.yaml")), (text.to_owned(), block.to_owned()));
    let said = say(&folder, &["fix", "--unsafe"]);
    assert_eq!(read(&folder, "Dockerfile"), text.split_once('\n').unwrap().1, "{said:?}");
    assert_eq!(read(&folder, "a.yaml"), block.replacen(" # transship: ignore", "", 1), "what is text there stays as it is: {said:?}");
}

#[test]
fn a_baseline_is_whole_though_nobody_reads_what_is_printed() {
    let folder = committed(&[("z/Dockerfile", "FROM quay.io/acme/z:1\n")]);
    assert_eq!(say(&folder, &["check", "--write-baseline", OLD]).code, 0);
    let lines: Vec<String> = (0..2_000).map(|number| format!("FROM quay.io/acme/image{number}:1\n")).collect();
    let lines = lines.concat();
    write(&folder, &[("a/Dockerfile", &lines), ("z/Dockerfile", "FROM quay.io/acme/z:2\n")]);
    let before = read(&folder, OLD);
    let mut check = command(folder.path(), &["check", "--baseline", OLD, "--update-baseline", "--format", "json"]);
    let mut child = check.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    child.wait().unwrap();
    assert_eq!(read(&folder, OLD), before);
}

#[test]
fn comments_that_hold_nothing_back_go_however_many_they_are() {
    let mark = "# transship: ignore[old-registry] x\n";
    let text = format!("services:\n  a:\n    image: m.io/a/b:1\n    command: |\n      sh\n      {mark}");
    let folder = repository(&[("compose.yaml", &format!("{}{text}", mark.repeat(200)))]);
    let said = say(&folder, &["fix", "--unsafe", "--map", "quay.io/=m.io/"]);
    assert_eq!(fs::read_to_string(folder.path().join("compose.yaml")).unwrap(), text, "the last is part of a value: {}", said.out);
}
