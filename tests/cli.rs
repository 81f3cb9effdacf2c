//! What the program says and how it ends, as a user sees it.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and its data needs no care")]

#[path = "support/program.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod program;

use std::fs;
use std::io::{self, Write};

use program::{Said, command, finish, repository, say};
use serde_json::Value;
use tempfile::TempDir;
use transship::cli::{Exit, World, run};

fn say_with(folder: &TempDir, arguments: &[&str], input: &[u8]) -> Said {
    finish(&mut command(folder.path(), arguments), input)
}

fn read(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).unwrap()
}

const MAP: [&str; 2] = ["--map", "quay.io/=mirror.example.com/quay/"];

fn with_map<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    arguments.iter().copied().chain(MAP).collect()
}

#[test]
fn without_mappings_it_says_how_to_choose_some() {
    let folder = repository(&[("Dockerfile", "FROM quay.io/a/b:1\n")]);
    for name in ["check", "fix"] {
        let said = say(&folder, &[name]);
        assert_eq!((said.code, said.out.as_str()), (2, ""));
        assert!(said.errors.starts_with("error: nothing says what becomes of what"), "{}", said.errors);
        assert!(said.errors.contains(&format!("transship {name} --pack NAME")) && said.errors.contains(" inveniordm "), "{}", said.errors);
        assert!(said.errors.lines().count() <= 24, "it fits one screen");
    }
}

#[test]
fn a_finding_shows_its_line_its_mapping_and_what_to_paste() {
    let folder = repository(&[("Dockerfile", "FROM inveniosoftware/centos8-python:3.8\n")]);
    let said = say(&folder, &["check", "--pack", "inveniordm"]);
    let want = "\
error[old-registry]: `inveniosoftware/centos8-python` is served by `docker.io`
 --> Dockerfile:1:6
  |
1 | FROM inveniosoftware/centos8-python:3.8
  |      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ mapping `inveniordm`
  |
help: replace with `registry.cern.ch/inveniosoftware/centos8-python:3.8`

1 file, 1 occurrence: 1 finding, 1 fixable, 0 refused, 0 unreadable
";
    assert_eq!((said.code, said.out.as_str(), said.errors.as_str()), (1, want, ""));
}

#[test]
fn check_ends_clean_with_findings_or_failed() {
    let folder = repository(&[("a/Dockerfile", "FROM ghcr.io/a/b:1\n"), ("b/Dockerfile", "FROM quay.io/a/b:1\n")]);
    assert_eq!(say(&folder, &with_map(&["check", "a"])).code, 0);
    assert_eq!(say(&folder, &with_map(&["check", "b"])).code, 1);
    let said = say(&folder, &with_map(&["check", "b", "gone"]));
    assert_eq!(said.code, 2);
    assert!(said.out.contains("`gone` was not read: no such file or directory"), "{}", said.out);
    assert!(said.out.contains("quay.io/a/b"), "the rest is still told");
    assert_eq!(say(&folder, &["check", "--nonsense"]).code, 2);
}

#[test]
fn a_broken_document_is_told_and_the_rest_is_read() {
    let text = "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: quay.io/a/b:1}]}\n---\napiVersion: v1\nkind: Pod\nspec: [\nimage: quay.io/b\n";
    let folder = repository(&[("pod.yaml", text), ("Dockerfile", "FROM quay.io/a/b:1\n")]);
    let said = say(&folder, &with_map(&["check"]));
    assert_eq!(said.code, 2);
    assert!(said.out.contains("warning[broken-document]"), "{}", said.out);
    assert!(said.out.contains(" --> Dockerfile:1:6") && said.out.contains(" --> pod.yaml:3:"), "{}", said.out);
    assert!(said.out.contains("2 fixable") && said.out.contains("1 unreadable"), "{}", said.out);
}

#[test]
fn fix_writes_says_so_and_is_clean_the_second_time() {
    let folder = repository(&[("Dockerfile", "FROM quay.io/a/b:1\n"), ("x/compose.yaml", "services: {a: {image: 'quay.io/c/d'}}\n")]);
    let said = say(&folder, &with_map(&["fix"]));
    assert_eq!(said.code, 0, "{}", said.out);
    assert!(said.out.starts_with("changed 2 places in 2 files\n"), "{}", said.out);
    assert_eq!(read(&folder, "Dockerfile"), "FROM mirror.example.com/quay/a/b:1\n");
    assert_eq!(read(&folder, "x/compose.yaml"), "services: {a: {image: 'mirror.example.com/quay/c/d'}}\n");
    let said = say(&folder, &with_map(&["fix"]));
    assert!(said.out.starts_with("changed 0 places in 0 files\n"), "{}", said.out);
}

#[test]
fn fix_shows_a_patch_and_writes_nothing() {
    let folder = repository(&[("Dockerfile", "FROM quay.io/a/b:1\n")]);
    let said = say(&folder, &with_map(&["fix", "--diff"]));
    assert_eq!(said.code, 1, "what the patch shows is still to be done");
    let want = "diff --git a/Dockerfile b/Dockerfile\n--- a/Dockerfile\n+++ b/Dockerfile\n@@ -1 +1 @@\n-FROM quay.io/a/b:1\n+FROM mirror.example.com/quay/a/b:1\n";
    assert_eq!(said.out, want);
    assert!(said.errors.starts_with("would change 1 place in 1 file\n"));
    assert_eq!(read(&folder, "Dockerfile"), "FROM quay.io/a/b:1\n");
}

#[test]
fn what_stays_after_a_fix_is_shown_and_ends_with_one() {
    let folder = repository(&[("Dockerfile", "ARG T\nFROM quay.io/a/b:${T}\nFROM quay.io/${X}b/c\n")]);
    let said = say(&folder, &with_map(&["fix"]));
    assert_eq!(read(&folder, "Dockerfile").lines().nth(1).unwrap(), "FROM mirror.example.com/quay/a/b:${T}");
    assert!(said.code <= 1, "{}", said.out);
}

#[test]
fn standard_input_comes_back_fixed() {
    let folder = repository(&[]);
    let said = say_with(&folder, &with_map(&["fix", "-", "--stdin-filename", "x/Dockerfile"]), b"FROM quay.io/a/b:1\r\n");
    assert_eq!((said.code, said.out.as_str()), (0, "FROM mirror.example.com/quay/a/b:1\r\n"));
    let said = say_with(&folder, &with_map(&["fix", "-", "--stdin-filename", "x/Dockerfile"]), b"FROM a\n");
    assert_eq!((said.code, said.out.as_str()), (0, "FROM a\n"), "also when there is nothing to fix");
    let said = say_with(&folder, &with_map(&["check", "-", "--stdin-filename", "compose.yaml"]), b"services: {a: {image: quay.io/a}}\n");
    assert_eq!(said.code, 1);
    assert!(said.out.contains(" --> compose.yaml:1:"), "{}", said.out);
}

#[test]
fn a_suppressed_finding_is_counted_and_not_fixed() {
    let text = "# transship: ignore[old-registry] pinned\nFROM quay.io/a/b:1\nFROM quay.io/c/d:1\n";
    let folder = repository(&[("Dockerfile", text)]);
    let said = say(&folder, &with_map(&["check"]));
    assert!(said.out.contains("1 finding, 1 fixable, 0 refused, 1 suppressed"), "{}", said.out);
    say(&folder, &with_map(&["fix"]));
    assert_eq!(read(&folder, "Dockerfile"), text.replace("quay.io/c", "mirror.example.com/quay/c"));
}

#[test]
fn a_suppressed_use_keeps_the_text_that_it_shares() {
    let text = "ARG R=quay.io\nFROM ${R}/a/b:1\n# transship: ignore\nFROM ${R}/c/d:1\n";
    let folder = repository(&[("Dockerfile", text)]);
    let said = say(&folder, &with_map(&["fix"]));
    assert_eq!((said.code, read(&folder, "Dockerfile").as_str()), (1, text));
    assert!(said.out.contains("must go on reading as it does"), "{}", said.out);
}

#[test]
fn a_comment_that_holds_nothing_back_is_told() {
    let folder = repository(&[("Dockerfile", "# transship: ignore[old-registry]\nFROM ghcr.io/a/b:1\n# transship: ignore[old]\nFROM a\n")]);
    let said = say(&folder, &with_map(&["check"]));
    assert_eq!(said.code, 0, "warnings fail nothing");
    assert!(said.out.contains("warning[unused-suppression]: nothing is suppressed here"), "{}", said.out);
    assert!(said.out.contains("there is no lint `old`"), "{}", said.out);
}

#[test]
fn registries_are_denied_and_listed() {
    let rules =
        "mappings:\n  - {from: quay.io/, to: ok.example.com/quay/}\nregistries: {deny: [bad.example.com], allow: [ok.example.com]}\n";
    let docker = "FROM quay.io/a\nFROM bad.example.com/a\nFROM other.example.com/a\nFROM ok.example.com/a\n";
    let folder = repository(&[(".transship.yaml", rules), ("Dockerfile", docker)]);
    let said = say(&folder, &["check", "--format", "json"]);
    let read: Value = serde_json::from_str(&said.out).unwrap();
    let lints: Vec<_> =
        read["diagnostics"].as_array().unwrap().iter().map(|d| (d["line"].as_u64().unwrap(), d["lint"].as_str().unwrap())).collect();
    assert_eq!(lints, [(1, "old-registry"), (2, "denied-registry"), (3, "unlisted-registry")]);
}

#[test]
fn a_mapping_warns_before_its_day_and_denies_after() {
    let rules = "mappings:\n  - {id: m, from: quay.io/, to: mirror.example.com/, until: 2026-06-01}\n";
    let folder = repository(&[(".transship.yaml", rules), ("Dockerfile", "FROM quay.io/a/b:1\n")]);
    let before = say(&folder, &["check", "--today", "2026-05-31"]);
    assert_eq!(before.code, 0);
    assert!(before.out.contains("warning[old-registry]") && before.out.contains("mapping `m`, an error from 2026-06-01"), "{}", before.out);
    assert_eq!(say(&folder, &["check", "--today", "2026-06-01"]).code, 1);
}

#[test]
fn wrong_rules_end_the_run_before_it_starts() {
    let folder = repository(&[(".transship.yaml", "mapings: []\n"), ("Dockerfile", "FROM quay.io/a\n")]);
    let said = say(&folder, &["check"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.errors.contains(".transship.yaml:1:1"), "{}", said.errors);
}

#[test]
fn the_output_is_the_same_at_any_number_of_threads() {
    let files: Vec<(String, String)> = (0..300)
        .map(|n| (format!("d{}/s{n}/Dockerfile", n % 7), format!("{}FROM quay.io/a/b{n}\nFROM ${{X}}/y\n", "# long\n".repeat(n % 50))))
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let folder = repository(&files);
    for arguments in [vec!["check"], vec!["check", "--format", "json"], vec!["fix", "--diff"], vec!["list", "--format", "csv"]] {
        let one = say(&folder, &with_map(&[&arguments[..], &["--jobs", "1"]].concat()));
        for jobs in ["2", "5"] {
            let many = say(&folder, &with_map(&[&arguments[..], &["--jobs", jobs]].concat()));
            assert_eq!((one.code, &one.out, &one.errors), (many.code, &many.out, &many.errors), "{arguments:?} --jobs {jobs}");
        }
        assert!(one.out.len() > 10_000);
    }
}

#[test]
fn list_says_everything_of_a_reference() {
    let folder = repository(&[("Dockerfile", "FROM redis:${TAG}@sha256:1\nFROM quay.io/a/b:1\n")]);
    let said = say(&folder, &["list", "--format", "json"]);
    let read: Value = serde_json::from_str(&said.out).unwrap();
    let last = read["occurrences"].as_array().unwrap().last().unwrap();
    let want = serde_json::json!({
        "path": "Dockerfile", "line": 2, "column": 6, "start": 32, "end": 45, "format": "dockerfile", "class": last["class"],
        "site": last["site"], "role": "pull", "confidence": "high", "written": "quay.io/a/b:1", "reference": "quay.io/a/b:1",
        "canonical": "quay.io/a/b:1", "domain": "quay.io", "repository": "a/b", "tag": "1", "digest": null, "unresolved": null, "platform": null,
        "mapping": null,
    });
    assert_eq!(*last, want);
    assert_eq!(say(&folder, &with_map(&["list", "--residual"])).out.lines().count(), 1);
    assert_eq!(say(&folder, &["list", "--residual"]).code, 2, "nothing says what is left over");
}

#[test]
fn map_and_explain_say_why() {
    let folder = repository(&[("Dockerfile", "ARG R=quay.io\nFROM ${R}/a/b:1\nFROM ghcr.io/x\n")]);
    let said = say(&folder, &with_map(&["map", "quay.io/a:1", "ghcr.io/x"]));
    assert!(said.out.starts_with("quay.io/a:1 -> mirror.example.com/quay/a:1\n  mapping `"), "{}", said.out);
    assert!(said.out.contains("ghcr.io/x unchanged"), "{}", said.out);
    assert_eq!(say(&folder, &with_map(&["map", "A//b"])).code, 2);
    let said = say(&folder, &with_map(&["explain", "Dockerfile:2"]));
    assert!(said.out.starts_with("Dockerfile:2:6 quay.io/a/b:1\n"), "{}", said.out);
    assert!(said.out.contains("`quay.io`") && said.out.contains("value of `R` at 1:7"), "{}", said.out);
    assert!(said.out.contains("becomes mirror.example.com/quay/a/b:1 by mapping") && !said.out.contains("ghcr.io"), "{}", said.out);
}

#[test]
fn init_writes_what_loads_and_does_not_replace_it_unasked() {
    let folder = repository(&[("Dockerfile", "FROM inveniosoftware/centos8-python:3.8\nFROM quay.io/a/b\n")]);
    let said = say(&folder, &["init"]);
    assert_eq!((said.code, said.errors.as_str()), (0, ""));
    let text = read(&folder, ".transship.yaml");
    assert!(text.contains("\n  - inveniordm  # 1 reference here"), "{text}");
    assert!(text.contains("1  docker.io\n") && text.contains("1  quay.io\n"), "{text}");
    assert_eq!(say(&folder, &["check"]).code, 1, "the pack that it chose finds the reference");
    assert_eq!(say(&folder, &["init"]).code, 2);
    fs::write(folder.path().join(".transship.yaml"), "old").unwrap();
    assert_eq!(say(&folder, &["init", "--force"]).code, 0);
    assert_eq!(read(&folder, ".transship.yaml"), text);
}

#[test]
fn what_init_gives_as_an_example_is_used_by_taking_its_number_signs_away() {
    let folder = repository(&[("Dockerfile", "FROM inveniosoftware/centos8-python:3.8\nFROM quay.io/a/b\n")]);
    assert_eq!(say(&folder, &["init"]).code, 0);
    let text = read(&folder, ".transship.yaml");
    let examples = ["mappings:", "  - from:", "    to:", "    tests:", "      - {given", "registries:", "  deny:"];
    let line = |line: &str| match line.strip_prefix("# ") {
        Some(example) if examples.iter().any(|start| example.starts_with(start)) => example.to_owned(),
        _ => line.to_owned(),
    };
    let used: Vec<String> = text.lines().map(line).collect();
    assert_eq!(used.iter().filter(|line| examples.iter().any(|start| line.starts_with(start))).count(), examples.len(), "{text}");
    fs::write(folder.path().join(".transship.yaml"), used.join("\n")).unwrap();
    let said = say(&folder, &["rules", "test"]);
    assert_eq!((said.code, said.errors.as_str()), (0, ""), "{}", said.out);
}

#[test]
fn init_chooses_no_pack_that_nobody_needs_and_none_that_others_bar() {
    let folder = repository(&[("Dockerfile", "FROM nginx:1\nFROM bitnami/redis:7.2\n")]);
    assert_eq!(say(&folder, &["init"]).code, 0);
    let text = read(&folder, ".transship.yaml");
    assert!(
        text.contains("\n# - qualify  # 2 references here (optional: ") && text.contains("\n  - bitnami-legacy  # 1 reference here; "),
        "{text}"
    );
    assert!(text.contains("deny: [old.example.com]"), "what the pack moves to may stay: {text}");
    assert_eq!(say(&folder, &["check"]).code, 1);
}

#[test]
fn init_writes_what_loads_also_where_nothing_is_found() {
    let folder = repository(&[]);
    assert_eq!(say(&folder, &["init"]).code, 0);
    let said = say(&folder, &["check"]);
    assert_eq!(said.code, 0, "{}", read(&folder, ".transship.yaml"));
    assert!(said.errors.starts_with("warning: the rule file has no mappings"), "{}", said.errors);
}

fn answer(folder: &TempDir, arguments: &[&str]) -> (i32, Value) {
    let said = say(folder, arguments);
    (said.code, serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}\n{}{}", said.out, said.errors)))
}

#[test]
fn what_mappings_say_is_told_to_programs() {
    let rules = "mappings:\n  - id: quay\n    from: quay.io/\n    to: [mirror.example.com/quay/, old.example.com/]\n    digest: refuse\n    when: {tag: present}\n    tests: [{given: quay.io/a/b:1, want: mirror.example.com/quay/a/b:1}]\n  - {from: ghcr.io/a/, to: mirror.example.com/a/}\n";
    let folder = repository(&[(".transship.yaml", rules)]);
    let digest = format!("quay.io/a/b:1@sha256:{}", "0".repeat(64));
    let (code, map) = answer(&folder, &["map", "--format", "json", "quay.io/a/b:1", "quay.io/a/b", &digest, "nginx"]);
    assert_eq!((code, &map["version"]), (0, &1.into()));
    let all = map["references"].as_array().unwrap();
    let outcomes: Vec<&str> = all.iter().map(|one| one["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["mapped", "unchanged", "refused", "unchanged"]);
    assert_eq!(all[0]["candidates"], serde_json::json!(["mirror.example.com/quay/a/b:1", "old.example.com/a/b:1"]));
    assert_eq!((&all[0]["mapping"], &all[0]["considered"][0]["outcome"]), (&"quay".into(), &"decides".into()));
    assert_eq!(all[0]["considered"][0]["place"], serde_json::json!({"source": ".transship.yaml", "line": 3, "column": 11}));
    assert_eq!(all[1]["considered"][0]["reason"], "`when: tag` does not hold");
    assert_eq!((&all[3]["canonical"], all[3]["considered"].as_array().unwrap().len()), (&"docker.io/library/nginx".into(), 0));

    let (_, list) = answer(&folder, &["rules", "list", "--format", "json"]);
    assert_eq!((&list["mappings"][1]["id"], &list["mappings"][1]["when"]["tag"]), (&"quay".into(), &"present".into()));
    assert!(list["packs"].as_array().unwrap().iter().any(|pack| pack["name"] == "docker-hub-proxy" && pack["required"][0] == "mirror"));
    let (_, show) = answer(&folder, &["rules", "--format", "json", "show", "quay"]);
    assert_eq!((&show["mappings"][0]["digest"], &show["mappings"][0]["pack"]), (&"refuse".into(), &Value::Null));
    let (_, pack) = answer(&folder, &["rules", "show", "inveniordm", "--format", "json"]);
    assert!(pack["packs"][0]["text"].as_str().unwrap().contains("mappings:"));
    let (code, test) = answer(&folder, &["rules", "test", "--format", "json"]);
    assert_eq!(
        (code, &test["subjects"][0]["name"], &test["subjects"][0]["tests"][0]["verdict"]),
        (0, &".transship.yaml".into(), &"passed".into())
    );
    let (code, lint) = answer(&folder, &["rules", "lint", "--format", "json"]);
    assert_eq!((code, &lint["subjects"][0]["warnings"][0]["message"]), (1, &"mapping `ghcr.io/a/` has no test".into()));
    let (_, needs) = answer(&repository(&[]), &["rules", "test", "--format", "json"]);
    assert!(needs["subjects"].as_array().unwrap().iter().any(|one| one["name"] == "docker-hub-proxy" && one["needs"][0] == "mirror"));
}

#[test]
fn the_packs_pass_their_tests_and_have_no_warnings() {
    let folder = repository(&[]);
    for name in ["test", "lint"] {
        let said = say(&folder, &["rules", name, "--var", "mirror=m.example.com/hub", "--var", "project=p"]);
        assert_eq!(said.code, 0, "{}{}", said.out, said.errors);
    }
    let said = say(&folder, &["rules", "list"]);
    assert!(said.out.contains("\n  inveniordm "), "{}", said.out);
    assert!(say(&folder, &["rules", "show", "inveniordm"]).out.contains("mappings:"));
    assert_eq!(say(&folder, &["rules", "show", "nothing"]).code, 2);
}

#[test]
fn what_packagers_need_is_printed() {
    let folder = repository(&[]);
    for shell in ["bash", "zsh", "fish"] {
        assert!(say(&folder, &["completions", shell]).out.contains("transship"));
    }
    assert!(say(&folder, &["man"]).out.contains(".TH transship"));
    let schema: Value = serde_json::from_str(&say(&folder, &["schema"]).out).unwrap();
    assert!(schema["properties"]["mappings"].is_object(), "{schema}");
}

/// An output that fails with this kind of error.
struct Fails(io::ErrorKind);

impl Write for Fails {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn run_into(out: impl Write, folder: &TempDir, arguments: &[&str]) -> (Exit, String) {
    let mut errors = Vec::new();
    let place = folder.path().to_str().unwrap();
    let arguments: Vec<_> = ["transship"].iter().chain(arguments).chain(&[place]).map(Into::into).collect();
    let exit = run(arguments, &mut World::new(io::empty(), out, &mut errors, folder.path().to_owned()));
    (exit, String::from_utf8(errors).unwrap())
}

#[test]
fn a_closed_pipe_ends_the_run_quietly_and_a_full_disk_does_not() {
    let folder = repository(&[("Dockerfile", &"FROM quay.io/a/b\n".repeat(2_000))]);
    let (exit, errors) = run_into(Fails(io::ErrorKind::BrokenPipe), &folder, &["list"]);
    assert_eq!((exit, errors.as_str()), (Exit::Clean, ""));
    let (exit, errors) = run_into(Fails(io::ErrorKind::StorageFull), &folder, &["list"]);
    assert_eq!(exit, Exit::Failed);
    assert!(errors.starts_with("error: the output cannot be written: "), "{errors}");
}

#[test]
fn a_fix_goes_on_when_nobody_reads() {
    let folder = repository(&[("Dockerfile", "FROM quay.io/a/b\nFROM ${X}/y\n")]);
    run_into(Fails(io::ErrorKind::BrokenPipe), &folder, &with_map(&["fix"]));
    assert!(read(&folder, "Dockerfile").contains("mirror.example.com"));
}

const CHART: [(&str, &str); 3] = [
    ("ch/Chart.yaml", "apiVersion: v2\nname: ch\nversion: 1.0.0\n"),
    ("ch/values.yaml", "web:\n  image: team/app:1\n"),
    (
        "ch/templates/d.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:\n  containers:\n    - name: a\n      image: quay.io/{{ .Values.web.image }}\n",
    ),
];

#[test]
fn a_file_of_a_chart_is_judged_with_the_rest_of_it() {
    for asked in [vec!["ch/values.yaml"], vec!["ch/templates/d.yaml"], vec!["ch/templates"], vec!["ch/templates/d.yaml", "ch/values.yaml"]]
    {
        let folder = repository(&CHART);
        let mut arguments = vec!["fix", "--map", "docker.io/=mirror.example.com/hub/", "--map", "quay.io/=mirror.example.com/quay/"];
        arguments.extend(asked.iter().copied());
        assert_eq!(say(&folder, &arguments).code, 0, "{asked:?}");
        assert_eq!(read(&folder, "ch/values.yaml"), CHART[1].1, "{asked:?}");
        assert!(read(&folder, "ch/templates/d.yaml").contains("image: mirror.example.com/quay/{{ .Values.web.image }}\n"), "{asked:?}");
    }
}

#[test]
fn a_folder_inside_a_chart_is_judged_with_the_rest_of_it() {
    let folder = repository(&CHART);
    let mut command = command(&folder.path().join("ch/templates"), &["fix", "--map", "quay.io/=mirror.example.com/quay/"]);
    assert!(command.output().unwrap().status.success());
    assert_eq!(read(&folder, "ch/values.yaml"), CHART[1].1);
    assert!(read(&folder, "ch/templates/d.yaml").contains("image: mirror.example.com/quay/{{ .Values.web.image }}\n"));
}

#[test]
fn a_base_that_is_given_alone_keeps_what_its_overlay_matches() {
    let files = [
        ("base/kustomization.yaml", "resources: [d.yaml]\n"),
        (
            "base/d.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:\n  containers:\n    - name: a\n      image: quay.io/team/app:1\n",
        ),
        ("prod/kustomization.yaml", "resources: [../base]\nimages:\n  - name: quay.io/team/app\n    newTag: \"2\"\n"),
    ];
    let folder = repository(&files);
    assert_eq!(say(&folder, &with_map(&["fix", "base/d.yaml"])).code, 0);
    assert!(read(&folder, "base/d.yaml").contains("image: mirror.example.com/quay/team/app:1\n"));
    assert!(read(&folder, "prod/kustomization.yaml").contains("name: mirror.example.com/quay/team/app\n"));
}

#[test]
fn a_registry_that_the_template_chooses_keeps_its_other_choice() {
    let template = |image: &str| {
        format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: x}}\nspec:\n  containers:\n    - name: a\n      image: {image}\n")
    };
    let fixed = |image: &str| {
        let text = template(image);
        let folder = repository(&[CHART[0], ("ch/values.yaml", "enterprise: false\n"), ("ch/templates/d.yaml", &text)]);
        let said = say(&folder, &["fix", "--map", "docker.io/=mirror.example.com/hub/"]);
        (said.code, read(&folder, "ch/templates/d.yaml") == text, read(&folder, "ch/templates/d.yaml"), said.out)
    };
    let parts =
        r#"{{ printf "%s/%s:1" (ternary "ghcr.io" "docker.io" .Values.enterprise) (ternary "team/pro" "team/app" .Values.enterprise) }}"#;
    let wanted = r#"{{ printf "%s/%s:1" (ternary "ghcr.io" "mirror.example.com/hub" .Values.enterprise) (ternary "team/pro" "team/app" .Values.enterprise) }}"#;
    assert_eq!(fixed(parts).2, template(wanted));
    let (code, same, text, out) = fixed("{{ if .Values.enterprise }}ghcr.io{{ else }}docker.io{{ end }}/team/app:1");
    assert!(code == 0 && !same, "{out}");
    assert_eq!(text, template("{{ if .Values.enterprise }}ghcr.io{{ else }}mirror.example.com/hub{{ end }}/team/app:1"));
}

#[test]
fn explain_reads_what_a_file_hangs_on() {
    let folder = repository(&[(".env", "REG=quay.io\n"), ("compose.yaml", "services: {a: {image: \"${REG}/a/b:1\"}}\n")]);
    let said = say(&folder, &with_map(&["explain", "compose.yaml:1"]));
    assert!(said.out.contains("`quay.io`                    value of `REG` at .env:1:5\n"), "{}", said.out);
    assert!(said.out.contains("becomes mirror.example.com/quay/a/b:1 by mapping"), "{}", said.out);
    let folder = repository(&CHART);
    let said = say(&folder, &with_map(&["explain", "ch/templates/d.yaml:7"]));
    assert!(said.out.contains("at ch/values.yaml:2:10\n"), "{}", said.out);
    assert_eq!(say(&folder, &["explain", "ch"]).code, 2);
}

#[test]
fn standard_input_without_a_name_is_refused() {
    let folder = repository(&[]);
    for arguments in [with_map(&["check", "-"]), with_map(&["fix", "-"]), vec!["list", "-"]] {
        let said = say_with(&folder, &arguments, b"FROM quay.io/a/b:1\n");
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{}", said.errors);
        assert!(said.errors.contains("--stdin-filename"), "{}", said.errors);
    }
}

#[test]
fn standard_input_can_be_listed_and_shown_as_a_patch() {
    let folder = repository(&[]);
    let said = say_with(&folder, &["list", "-", "--stdin-filename", "Dockerfile"], b"FROM quay.io/a/b:1\n");
    assert!(said.out.contains("quay.io/a/b:1"), "{}", said.out);
    let said = say_with(&folder, &with_map(&["fix", "--diff", "-", "--stdin-filename", "Dockerfile"]), b"FROM quay.io/a/b:1\n");
    assert!(said.code == 1 && said.out.contains("\n-FROM quay.io/a/b:1\n+FROM mirror.example.com/quay/a/b:1\n"), "{}", said.out);
}

#[test]
fn a_rule_file_that_says_nothing_is_told() {
    let folder = repository(&[(".transship.yaml", "mappings: []\n"), ("Dockerfile", "FROM quay.io/a\n")]);
    let said = say(&folder, &["check"]);
    assert_eq!(said.code, 0);
    assert!(said.errors.contains("nothing to look for"), "{}", said.errors);
    fs::write(folder.path().join(".transship.yaml"), "registries: {deny: [quay.io]}\n").unwrap();
    let said = say(&folder, &["check"]);
    assert_eq!((said.code, said.errors.as_str()), (1, ""));
}

#[test]
fn an_empty_inventory_says_so() {
    let folder = repository(&[("Dockerfile", "FROM scratch\n")]);
    let said = say(&folder, &["list"]);
    assert_eq!((said.code, said.out.as_str(), said.errors.as_str()), (0, "", "no references\n"));
}

#[test]
fn what_becomes_of_a_chart_is_not_spelled_out() {
    let chart = "apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies:\n  - {name: nginx, version: 1.0.0, repository: \"oci://registry-1.docker.io/bitnamicharts\"}\n";
    let folder = repository(&[("c/Chart.yaml", chart)]);
    let said = say(&folder, &["check", "--map", "docker.io/=mirror.example.com/hub/"]);
    assert!(said.out.contains("references in the role chart are reported only") && !said.out.contains("library/"), "{}", said.out);
}

#[test]
fn a_misspelled_image_is_told_by_check_list_and_verify() {
    let text = "services:\n  a: {image: \"bats/bats@sha256:123\"}\n  b: {image: \"Bats/Bats:1\"}\n  c: {image: quay.io/a/b:1}\n";
    let folder = repository(&[("compose.yaml", text), ("Dockerfile", "FROM quay.io/a/B:1\n")]);
    let said = say(&folder, &with_map(&["check"]));
    let told: Vec<&str> = said.out.lines().filter(|line| line.starts_with("warning[invalid-reference]")).collect();
    let want = [
        "warning[invalid-reference]: `quay.io/a/B:1` is no valid reference: the path of a reference must be lower case",
        "warning[invalid-reference]: `bats/bats@sha256:123` is no valid reference: its digest breaks the grammar",
        "warning[invalid-reference]: `Bats/Bats:1` is no valid reference: the path of a reference must be lower case",
    ];
    assert_eq!((said.code, told), (1, want.to_vec()), "{}", said.out);
    assert!(said.out.contains("help: write the whole digest, `sha256:` and 64 hex digits in lower case, or allow it"), "{}", said.out);
    let listed = say(&folder, &["list", "--unresolved"]).out;
    assert_eq!(listed.lines().count(), 3, "{listed}");
    let verified: Value =
        serde_json::from_str(&say(&folder, &["verify", "--map", "quay.io/=127.0.0.1:1/", "--format", "json"]).out).unwrap();
    assert_eq!(verified["summary"]["unresolved"], 3, "{verified}");
}

#[test]
fn misspelled_images_alone_are_warnings_and_a_comment_holds_them_back() {
    let held = "# transship: ignore[invalid-reference] made by a script\nFROM quay.io/A:1\n";
    let folder = repository(&[("a/Dockerfile", "FROM quay.io/A:1\n"), ("b/Dockerfile", held)]);
    let said = say(&folder, &with_map(&["check", "a"]));
    assert_eq!((said.code, said.out.matches("[invalid-reference]:").count()), (0, 1), "{}", said.out);
    let said = say(&folder, &with_map(&["check", "b"]));
    assert_eq!((said.code, said.out.contains("warning")), (0, false), "{}", said.out);
}

#[test]
fn what_waits_to_be_given_or_filled_in_is_not_misspelled() {
    let dockerfile = "ARG TAG=\nARG HOST\nFROM quay.io/a/b:${TAG}\nFROM ${HOST}/A/b:1\nFROM quay.io/PROJECT/b:1\nFROM <image>\n";
    let compose = "services:\n  a: {image: \"quay.io/a/b:${TAG:-}\"}\n  b: {image: 'C:\\quay.io\\B'}\n  c: {image: REPLACE_ME}\n";
    let folder = repository(&[("Dockerfile", dockerfile), ("compose.yaml", compose)]);
    let said = say(&folder, &with_map(&["check"]));
    assert!(!said.out.contains("invalid-reference"), "{}", said.out);
}

#[test]
fn a_named_file_that_no_format_reads_is_told() {
    let folder =
        program::repository(&[("deploy.pl", "system('docker run quay.io/acme/x:1');\n"), ("Dockerfile", "FROM quay.io/acme/x:1\n")]);
    let map = ["--map", "quay.io/=m.example.com/q/"];
    let note = "note: no format reads `deploy.pl`";
    let listed = program::say(&folder, &["list", "deploy.pl"]);
    assert!(listed.code == 0 && listed.errors.contains(note), "{listed:?}");
    // With a mapping every text is looked through for what it takes.
    let said = program::say(&folder, &[&["check", "deploy.pl"][..], &map].concat());
    assert!(said.code == 0 && said.out.contains("1 place in 1 file still names quay.io: 1 code"), "{said:?}");
    let piped = program::finish(
        &mut program::command(folder.path(), &[&["fix", "-", "--stdin-filename", "deploy.pl"][..], &map].concat()),
        "docker run quay.io/acme/x:1;\n",
    );
    assert!(piped.out == "docker run quay.io/acme/x:1;\n" && !piped.errors.contains(note), "{piped:?}");
    let explained = program::say(&folder, &[&["explain", "deploy.pl:1"][..], &map].concat());
    assert!(explained.out.contains("no format reads deploy.pl"), "{explained:?}");
    // A folder is asked for what it holds, and the Dockerfile is read.
    let whole = program::say(&folder, &[&["check", "."][..], &map].concat());
    assert!(whole.code == 1 && !whole.errors.contains(note), "{whole:?}");
}

#[test]
fn what_cannot_be_read_is_given_back_as_it_came() {
    let folder = repository(&[("compose.yaml", "services: {}\n"), (".env", "REG=quay.io\n")]);
    for input in ["services: {a: {image: quay.io/acme/a:1}}\n\0\n", "\u{0}"] {
        let mut fix =
            program::command(folder.path(), &["fix", "--map", "quay.io/=m.example.com/", "--stdin-filename", "compose.yaml", "-"]);
        let said = program::finish(&mut fix, input);
        assert_eq!((said.code, said.out.as_str()), (2, input), "{}", said.errors);
    }
    let mut fix = program::command(folder.path(), &["fix", "--map", "quay.io/=m.example.com/", "--stdin-filename", ".", "-"]);
    let said = program::finish(&mut fix, "x\n");
    assert!(said.code == 2 && said.out.is_empty() && said.errors.contains("is a folder"), "{said:?}");
}

#[test]
fn standard_input_is_judged_with_what_it_holds_together_with_and_alone_changed() {
    let template =
        "kind: Pod\napiVersion: v1\nspec:\n  containers:\n    - image: quay.io/{{ .Values.image.repository }}:{{ .Values.image.tag }}\n";
    let files = [("Chart.yaml", "name: a\n"), ("values.yaml", "image: {repository: acme/a, tag: '1'}\n"), ("templates/pod.yaml", template)];
    let folder = repository(&files);
    let asked = |command: &str, name: &str, text: &str| {
        let mut command = program::command(folder.path(), &[command, "--map", "quay.io/=m.example.com/", "--stdin-filename", name, "-"]);
        program::finish(&mut command, text)
    };
    let checked = asked("check", "templates/pod.yaml", template);
    assert!(checked.code == 1 && checked.out.contains("1 finding, 1 fixable"), "{checked:?}");
    let fixed = asked("fix", "templates/pod.yaml", template);
    assert!(fixed.code == 0 && fixed.out.contains("image: m.example.com/{{"), "{fixed:?}");
    // The registry stands in the template, which was not given.
    let values = asked("check", "values.yaml", files[1].1);
    assert!(values.code == 1 && values.out.contains("has to change too") && !values.out.contains("by hand"), "{values:?}");
    assert_eq!(asked("fix", "values.yaml", files[1].1).out, files[1].1);
}

#[test]
fn what_still_names_the_old_registry_is_told_and_fails_when_asked() {
    let folder = repository(&[
        ("Dockerfile", "FROM quay.io/a/b:1\n"),
        ("run.sh", "# as quay.io/a/c:1\nif test $REGISTRY = quay.io; then exit; fi\n"),
        ("README.md", "See quay.io/a/b. \u{e9}\n"),
        ("logo.png", "\0quay.io"),
    ]);
    let said = say(&folder, &with_map(&["fix"]));
    assert_eq!(said.code, 0, "{}", said.errors);
    let want = "3 places in 2 files still name quay.io: 1 docs, 1 comment, 1 compared; transship list --residual\n";
    assert!(said.out.contains(want), "{}", said.out);
    for (asked, code, findings) in [("residue", 0, 0), ("residue:docs", 1, 1), ("residue:all", 1, 3), ("residue:code", 0, 0)] {
        let said = say(&folder, &with_map(&["check", "--format", "json", "--fail-on", asked]));
        let read: Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!((said.code, &read["summary"]["findings"], &read["summary"]["residue"]), (code, &findings.into(), &3.into()), "{asked}");
    }
    let wrong = say(&folder, &with_map(&["check", "--fail-on", "residue:prose"]));
    assert!(wrong.code == 2 && wrong.errors.contains("there is no class `prose`"), "{}", wrong.errors);
    let listed = say(&folder, &with_map(&["list", "--residual"])).out;
    assert!(listed.contains("run.sh:2:21") && listed.contains("residue/compared") && listed.contains("residue/docs"), "{listed}");
    assert!(!say(&folder, &["list"]).out.contains("run.sh"), "only what is left is looked for in files of any kind");
}

#[test]
fn what_is_no_text_is_named_where_a_format_would_read_it() {
    let wide: String = "FROM quay.io/a/b:1\n".chars().flat_map(|c| [c, '\0']).collect();
    let folder = repository(&[("app.Dockerfile", "FROM quay.io/a/b:1\n# \0\n"), ("b.Dockerfile", wide.as_str()), ("x.bin", "\0")]);
    let said = say(&folder, &with_map(&["check"]));
    assert_eq!(said.code, 2);
    assert!(said.out.contains("`app.Dockerfile` was not read: it has a NUL, and so is no text"), "{}", said.out);
    assert!(said.out.contains("`b.Dockerfile` was not read: it is UTF-16") && !said.out.contains("x.bin"), "{}", said.out);
}

#[test]
fn what_names_an_old_registry_when_it_is_decoded_is_named_though_no_format_reads_it() {
    let wide = |text: &str| -> String { text.chars().flat_map(|c| [c, '\0']).collect() };
    let old = wide("docker run quay.io/a/b:1\n");
    let other = wide("docker run registry.local/a/b:1\n");
    let files =
        [("a.ps1", old.as_str()), ("x.conf", &old), ("b.ps1", &other), ("n.txt", "quay.io/a/b:1\n\0\n"), ("x.bin", "\u{1}\0quay.io/a/b:1")];
    let said = say(&repository(&files), &with_map(&["check"]));
    assert_eq!(said.code, 2);
    for name in ["a.ps1", "x.conf", "n.txt"] {
        assert!(said.out.contains(&format!("`{name}` was not read")), "{}", said.out);
    }
    assert!(!said.out.contains("b.ps1") && !said.out.contains("x.bin"), "{}", said.out);
}

#[cfg(unix)]
#[test]
fn the_file_that_cannot_be_written_is_named_and_not_another_that_changes_with_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = repository(&[
        ("a/Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n"),
        ("a/values.yaml", "registry: quay.io\n"),
        ("a/templates/a.yaml", "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: x, image: '{{ .Values.registry }}/a/b:1'}]}\n"),
        ("a/templates/b.yaml", "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: x, image: 'quay.io/a/c:1'}]}\n"),
    ]);
    fs::set_permissions(folder.path().join("a/values.yaml"), fs::Permissions::from_mode(0o444)).unwrap();
    let said = say(&folder, &with_map(&["fix"]));
    assert_eq!(said.code, 2);
    assert!(said.out.contains("`a/values.yaml` was left as it is: it is write-protected"), "{}", said.out);
    assert!(said.out.contains("`a/templates/b.yaml` was left as it is: it changes only together with `a/values.yaml`"), "{}", said.out);
    assert!(!said.out.contains("Chart.yaml` was left") && said.out.contains("2 not written"), "{}", said.out);
    assert!(read(&folder, "a/templates/b.yaml").contains("quay.io/a/c:1"));
}

#[test]
fn a_file_that_ignore_files_hide_is_read_and_left() {
    let compose = "services:\n  web:\n    image: ${WEB_IMAGE}\n";
    let files = [(".gitignore", "local/\n.env\n"), (".env", "WEB_IMAGE=quay.io/acme/web:1\n"), ("compose.yaml", compose)];
    let folder = repository(&files);
    let said = say(&folder, &with_map(&["fix", "."]));
    assert!(said.code == 1 && said.out.contains("ignore files keep"), "{said:?}");
    assert_eq!(std::fs::read_to_string(folder.path().join(".env")).unwrap(), "WEB_IMAGE=quay.io/acme/web:1\n");
    // Whoever names it wants it changed.
    let said = say(&folder, &with_map(&["fix", ".", ".env"]));
    assert_eq!(said.code, 0, "{said:?}");
    assert!(!std::fs::read_to_string(folder.path().join(".env")).unwrap().contains("quay.io"));
}
