//! What other programs read of a check: each output is what its readers expect, and says the same as the others.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test may panic, and writes its scratch files")]

#[path = "support/program.rs"]
mod program;
#[path = "support/schema.rs"]
mod schema;
#[path = "support/xml.rs"]
mod xml;

use std::collections::BTreeSet;
use std::fs;

use program::{Said, command, finish, json, repository, say};
use serde_json::{Value, json};
use tempfile::TempDir;

const FORMATS: [&str; 12] =
    ["human", "concise", "json", "json-lines", "sarif", "github", "github-summary", "gitlab", "junit", "checkstyle", "rdjson", "azure"];

/// A repository with two errors, a warning, an error that a baseline has, and names that no format likes.
fn odd() -> TempDir {
    let rules = "baseline: old.json\nmappings:\n  - {id: 'a <b> & \"c\"', from: quay.io/acme/, to: registry.example.com/acme/}\n  - {from: ghcr.io/acme/, to: registry.example.com/acme/, until: 2999-01-01}\n";
    let old = r#"{"version": 1, "entries": [{"path": "old/Dockerfile", "lint": "old-registry", "repository": "quay.io/acme/e", "count": 1, "reason": "by hand"}]}"#;
    repository(&[
        (".transship.yaml", rules),
        ("old.json", old),
        ("old/Dockerfile", "FROM quay.io/acme/e:1\n"),
        ("a<b>&\"c\"|`d`;]%/Dockerfile", "# é𐀀\nFROM quay.io/acme/a:1\nFROM ghcr.io/acme/b:1\n"),
        ("compose.yaml", "# é\nservices:\n  y: {image: 'quay.io/acme/c:1'} # 𐀀\n"),
    ])
}

fn check(folder: &TempDir, more: &[&str]) -> Said {
    say(folder, &[&["check"], more].concat())
}

#[test]
fn every_output_at_once_is_each_by_itself() {
    let folder = odd();
    // What a run writes names what is old, and the next run would find it.
    let out = TempDir::new().unwrap();
    let file = |format: &str| out.path().join("a/b").join(format);
    let outputs: Vec<String> = FORMATS.iter().map(|format| format!("{format}={}", file(format).display())).collect();
    let all: Vec<&str> = outputs.iter().flat_map(|output| ["--output", output]).collect();
    let said = check(&folder, &all);
    assert_eq!(said.code, 1);
    for format in FORMATS {
        let alone = check(&folder, &["--format", format]);
        assert_eq!(fs::read_to_string(file(format)).unwrap(), alone.out, "{format}");
        assert_eq!(alone.code, 1);
    }
    assert_eq!(said.out, check(&folder, &[]).out);
    let unwritten = check(&folder, &["--output", "sarif=old.json/x.sarif"]);
    assert!(unwritten.code == 2 && unwritten.errors.contains("`old.json/x.sarif` was not written"), "{unwritten:?}");
    let to_output = check(&folder, &["--output", "sarif=-"]);
    assert!(to_output.code == 2 && to_output.errors.contains("`--format sarif` writes to standard output"), "{to_output:?}");
}

#[test]
fn sarif_is_what_its_schema_says() {
    let schema: Value = serde_json::from_str(include_str!("schemas/sarif-2.1.0.json")).unwrap();
    let folder = odd();
    for more in [&[][..], &["--no-baseline"], &["old"], &["--pack", "all"]] {
        let sarif = json(&check(&folder, &[&["--format", "sarif"], more].concat()));
        assert_eq!(schema::faults(&sarif, &schema, &schema), [""; 0]);
        let run = &sarif["runs"][0];
        let rules: BTreeSet<&str> =
            run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect();
        for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
            assert!(rule["helpUri"].as_str().unwrap().ends_with(&format!("docs/lints/{}.md", rule["id"].as_str().unwrap())));
        }
        for result in run["results"].as_array().unwrap() {
            assert!(rules.contains(result["ruleId"].as_str().unwrap()));
            assert!(result["partialFingerprints"]["primaryLocationLineHash"].is_string());
        }
    }
    let mut broken = json(&check(&folder, &["--format", "sarif"]));
    broken["runs"][0]["results"][0]["level"] = json!("fatal");
    broken["runs"][0]["results"][1]["colour"] = json!("red");
    assert_eq!(schema::faults(&broken, &schema, &schema).len(), 2, "the schema is asked");
}

#[test]
fn a_fingerprint_outlives_lines_and_tags() {
    let folder = odd();
    let prints = || {
        let sarif = json(&check(&folder, &["--format", "sarif", "--no-baseline"]));
        let results = sarif["runs"][0]["results"].as_array().unwrap().clone();
        results.iter().map(|result| result["partialFingerprints"]["transship/v1"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let before = prints();
    assert_eq!(before.iter().collect::<BTreeSet<_>>().len(), before.len());
    fs::write(folder.path().join("old/Dockerfile"), "# one\n\n\nFROM quay.io/acme/e:2 AS x\n").unwrap();
    assert_eq!(prints(), before);
    let issues = json(&check(&folder, &["--format", "gitlab", "--no-baseline"]));
    let issued: Vec<&str> = issues.as_array().unwrap().iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
    assert!(!issued.is_empty() && issued.iter().all(|print| before.iter().any(|known| known == print)), "{issued:?} {before:?}");
}

/// docs.gitlab.com, "Code Quality report format": an array of issues with these properties.
#[test]
fn gitlab_gets_what_it_documents() {
    let schema = json!({"type": "array", "items": {
        "type": "object", "additionalProperties": false, "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "pattern": "."}, "check_name": {"type": "string", "pattern": "^[a-z-]+$"}, "fingerprint": {"type": "string", "pattern": "."},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {"type": "object", "required": ["path", "lines"], "properties": {
                "path": {"type": "string", "pattern": "^[^./]"},
                "lines": {"type": "object", "required": ["begin"], "properties": {"begin": {"type": "integer", "minimum": 1}, "end": {"type": "integer", "minimum": 1}}}
            }}
        }
    }});
    let folder = odd();
    let issues = json(&check(&folder, &["--format", "gitlab"]));
    assert_eq!(schema::faults(&issues, &schema, &schema), [""; 0]);
    assert_eq!(issues.as_array().unwrap().len(), 3);
    assert_eq!(json(&check(&folder, &["--format", "gitlab", "old"])), json!([]));
}

/// reviewdog, `proto/rdf/reviewdog.proto`: columns count bytes of UTF-8, from 1; the end is exclusive.
#[test]
fn rdjson_has_places_in_bytes_and_suggestions() {
    let position = json!({"type": "object", "additionalProperties": false, "properties": {"line": {"type": "integer", "minimum": 1}, "column": {"type": "integer", "minimum": 1}}});
    let range =
        json!({"type": "object", "additionalProperties": false, "required": ["start"], "properties": {"start": position, "end": position}});
    let schema = json!({"type": "object", "additionalProperties": false, "required": ["source", "diagnostics"], "properties": {
        "source": {"type": "object", "properties": {"name": {"type": "string"}, "url": {"type": "string", "pattern": "^https://"}}, "additionalProperties": false},
        "diagnostics": {"type": "array", "items": {"type": "object", "additionalProperties": false, "required": ["message", "location"], "properties": {
            "message": {"type": "string"},
            "location": {"type": "object", "additionalProperties": false, "required": ["path", "range"], "properties": {"path": {"type": "string"}, "range": range}},
            "severity": {"enum": ["ERROR", "WARNING", "INFO"]},
            "code": {"type": "object", "additionalProperties": false, "properties": {"value": {"type": "string"}, "url": {"type": "string"}}},
            "suggestions": {"type": "array", "items": {"type": "object", "required": ["range", "text"], "additionalProperties": false, "properties": {"range": range, "text": {"type": "string"}}}}
        }}}
    }});
    let folder = repository(&[
        (".transship.yaml", "mappings: [{from: quay.io/acme/, to: r.example.com/acme/}]\n"),
        ("compose.yaml", "services:\n  é: {image: 'quay.io/acme/c:1'}\n"),
    ]);
    let read = json(&check(&folder, &["--format", "rdjson"]));
    assert_eq!(schema::faults(&read, &schema, &schema), [""; 0]);
    let one = &read["diagnostics"][0];
    // `é` is two bytes.
    assert_eq!(one["location"]["range"], json!({"start": {"line": 2, "column": 16}, "end": {"line": 2, "column": 32}}));
    assert_eq!(
        one["suggestions"],
        json!([{"range": {"start": {"line": 2, "column": 16}, "end": {"line": 2, "column": 23}}, "text": "r.example.com"}])
    );
    assert_eq!(json(&check(&folder, &["--format", "rdjson", ".transship.yaml"]))["diagnostics"], json!([]));
}

/// The elements and attributes that Jenkins reads (its schema of JUnit's XML, version 4), in their order.
#[test]
fn junit_is_what_jenkins_reads() {
    let folder = odd();
    for (more, want) in [(&[][..], (2, 1)), (&["old"], (0, 0))] {
        let said = check(&folder, &[&["--format", "junit"], more].concat());
        let root = xml::read(&said.out);
        assert_eq!(root.name, "testsuites");
        let mut seen = (0, 0);
        for suite in &root.children {
            assert_eq!(suite.name, "testsuite");
            suite.has_only(&["name", "tests", "failures", "errors", "skipped"]);
            assert_eq!(suite.attributes["tests"], suite.children.len().to_string());
            for case in &suite.children {
                assert_eq!(case.name, "testcase");
                case.has_only(&["name", "classname"]);
                match case.children.as_slice() {
                    [] => {}
                    [failure] if failure.name == "failure" => {
                        failure.has_only(&["message", "type"]);
                        seen.0 += 1;
                    }
                    [skipped] if skipped.name == "skipped" => seen.1 += 1,
                    other => panic!("{other:?}"),
                }
            }
        }
        assert_eq!(seen, want, "{said:?}");
    }
    let odd = xml::read(&check(&folder, &["--format", "junit"]).out);
    assert!(odd.children.iter().any(|suite| suite.attributes["name"] == "a<b>&\"c\"|`d`;]%/Dockerfile"), "{odd:?}");
}

/// checkstyle's `XMLLogger`: `checkstyle`, `file` by name, and `error` with these attributes.
#[test]
fn checkstyle_has_a_file_once_with_its_errors() {
    let folder = odd();
    let root = xml::read(&check(&folder, &["--format", "checkstyle"]).out);
    assert_eq!((root.name.as_str(), root.children.len()), ("checkstyle", 2));
    let files: BTreeSet<&str> = root.children.iter().map(|file| file.attributes["name"].as_str()).collect();
    assert_eq!(files, BTreeSet::from(["a<b>&\"c\"|`d`;]%/Dockerfile", "compose.yaml"]));
    for error in root.children.iter().flat_map(|file| &file.children) {
        error.has_only(&["line", "column", "severity", "message", "source"]);
        assert!(
            ["error", "warning", "info"].contains(&error.attributes["severity"].as_str())
                && error.attributes["line"].parse::<u32>().is_ok()
        );
    }
    assert_eq!(xml::read(&check(&folder, &["--format", "checkstyle", "old"]).out).children.len(), 0);
}

#[test]
fn azure_and_json_lines_have_a_line_for_each_finding() {
    let folder = odd();
    let azure = check(&folder, &["--format", "azure"]).out;
    let first = azure.lines().next().unwrap();
    let want = "##vso[task.logissue type=error;sourcepath=a<b>&\"c\"|`d`%3B%5D%AZP25/Dockerfile;linenumber=2;columnnumber=6;code=old-registry]`quay.io/acme/a` is served by `quay.io`";
    assert!(first.starts_with(want), "{first}");
    let lines = check(&folder, &["--format", "json-lines"]).out;
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(Value::Array(lines), json(&check(&folder, &["--format", "json"]))["diagnostics"]);
    let concise = check(&folder, &["--format", "concise"]).out;
    assert!(concise.lines().count() == 3 && concise.contains("compose.yaml:3:15: error[old-registry] "), "{concise}");
}

#[test]
fn a_job_on_github_gets_a_summary_behind_what_is_there() {
    let folder = odd();
    fs::write(folder.path().join("step"), "before\n").unwrap();
    let mut github = command(folder.path(), &["check", "--quiet", "--output", "github-summary"]);
    let said = finish(github.env("GITHUB_STEP_SUMMARY", folder.path().join("step")), "");
    assert_eq!(said.code, 1);
    let summary = fs::read_to_string(folder.path().join("step")).unwrap();
    assert!(summary.starts_with("before\n## ❌ transship: 2 findings, 1 warning\n"), "{summary}");
    assert!(summary.contains("| ❌ | a&lt;b&gt;&amp;\"c\"\\|`d`;\\]%/Dockerfile:2 |"), "{summary}");
    let none = check(&folder, &["--output", "summary"]);
    assert!(none.code == 2 && none.errors.contains("`GITHUB_STEP_SUMMARY` is not set"), "{none:?}");
}

#[test]
fn what_fails_is_chosen() {
    let folder = odd();
    fs::write(folder.path().join("warned.Dockerfile"), "FROM ghcr.io/acme/b:1\n").unwrap();
    let code = |more: &[&str]| check(&folder, more).code;
    let warned = |more: &[&str]| code(&[&["warned.Dockerfile"], more].concat());
    assert_eq!([code(&[]), code(&["--exit-zero"]), code(&["--fail-on", "never"]), code(&["--fail-on", "error"])], [1, 0, 0, 1]);
    assert_eq!([warned(&[]), warned(&["--deny-warnings"]), warned(&["--fail-on", "warning"])], [0, 1, 1]);
    assert_eq!([warned(&["--deny-warnings", "--exit-zero"]), warned(&["--fail-on", "warning", "--fail-on", "error"])], [0, 0]);
    assert_eq!(warned(&["--fail-on", "residue:docs", "--fail-on", "warning"]), 1);
    fs::write(folder.path().join("pod.yaml"), "apiVersion: v1\nkind: Pod\nspec: {image: 'quay.io/acme\n").unwrap();
    assert_eq!(code(&["--exit-zero"]), 2, "what could not be read is never passed over");
    let odd = check(&folder, &["--fail-on", "info"]);
    assert!(odd.code == 2 && odd.errors.contains("expected `error`, `warning`, `never`"), "{odd:?}");
}

#[test]
fn little_or_much_is_said_beside() {
    let folder = odd();
    let quiet = check(&folder, &["--quiet", "old"]);
    assert_eq!((quiet.code, quiet.out.as_str(), quiet.errors.as_str()), (0, "", ""));
    assert!(!check(&folder, &["-q"]).out.contains(" occurrences"));
    let verbose = check(&folder, &["-v", "old"]);
    assert!(
        verbose.errors.contains("note: `old/Dockerfile` is read, by its name as dockerfile\n") && verbose.errors.contains(" ms\n"),
        "{verbose:?}"
    );
    let statistics = check(&folder, &["--statistics"]).out;
    assert!(statistics.contains("findings by repository:\n") && statistics.contains("      1  quay.io/acme/a\n"), "{statistics}");
    let counted = json(&check(&folder, &["--statistics", "--format", "json"]));
    assert_eq!(
        (&counted["statistics"]["lints"]["old-registry"], &counted["statistics"]["repositories"]["ghcr.io/acme/b"]),
        (&3.into(), &1.into())
    );
    let beside = check(&folder, &["--statistics", "--format", "sarif"]);
    assert!(serde_json::from_str::<Value>(&beside.out).is_ok() && beside.errors.contains("findings by lint:"), "{beside:?}");
}

#[test]
fn the_environment_says_what_options_do_not() {
    let folder = odd();
    let with = |name: &str, value: &str, more: &[&str]| finish(command(folder.path(), &[&["check"], more].concat()).env(name, value), "");
    assert_eq!(json(&with("TRANSSHIP_FORMAT", "json", &[]))["version"], 1);
    assert!(with("TRANSSHIP_FORMAT", "json", &["--format", "concise"]).out.starts_with("a<b>"));
    let unknown = with("TRANSSHIP_FORMAT", "yaml", &[]);
    assert!(unknown.code == 2 && unknown.errors.contains("`TRANSSHIP_FORMAT`: `yaml` is no form of findings"), "{unknown:?}");
    fs::write(folder.path().join("other.yaml"), "mappings: [{from: ghcr.io/acme/, to: r.example.com/acme/}]\n").unwrap();
    let other = with("TRANSSHIP_CONFIG", "other.yaml", &["--format", "concise"]);
    assert!(other.out.contains("ghcr.io") && !other.out.contains("quay.io"), "{other:?}");
    assert!(with("TRANSSHIP_CONFIG", "other.yaml", &["--config", ".transship.yaml", "--format", "concise"]).out.contains("quay.io"));
    let forced =
        |no: &str| finish(command(folder.path(), &["check"]).env("FORCE_COLOR", "1").env("NO_COLOR", no), "").out.contains('\u{1b}');
    assert_eq!([forced(""), forced("1")], [true, false]);
    assert!(!finish(command(folder.path(), &["check"]).env("FORCE_COLOR", "0").env("NO_COLOR", ""), "").out.contains('\u{1b}'));
}

#[test]
fn sarif_has_what_somebody_holds_back_and_nothing_else_has() {
    let rules = "mappings:\n  - {from: quay.io/acme/, to: registry.example.com/acme/}\nregistries: {deny: [ghcr.io]}\nsuppressions:\n  ignore: [{files: gen.json, repository: quay.io/acme/gen, reason: made by a program}]\n";
    let dockerfile = "# transship: ignore[old-registry] the vendor\nFROM quay.io/acme/a:1\n# transship: ignore\nFROM ghcr.io/acme/b:1\n";
    let pod = "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"spec\": {\"containers\": [{\"image\": \"quay.io/acme/gen:1\"}]}}\n";
    let folder = repository(&[(".transship.yaml", rules), ("Dockerfile", dockerfile), ("gen.json", pod)]);
    let said = check(&folder, &["--format", "sarif"]);
    let schema: Value = serde_json::from_str(include_str!("schemas/sarif-2.1.0.json")).unwrap();
    let sarif = json(&said);
    assert_eq!((said.code, schema::faults(&sarif, &schema, &schema)), (0, Vec::new()));
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let told: Vec<String> = results.iter().map(|one| format!("{} {}", one["ruleId"].as_str().unwrap(), one["suppressions"][0])).collect();
    assert_eq!(
        told,
        [
            r#"old-registry {"justification":"the vendor","kind":"inSource","status":"accepted"}"#,
            r#"denied-registry {"kind":"inSource","status":"accepted"}"#,
            r#"old-registry {"justification":"made by a program","kind":"external","status":"accepted"}"#,
        ]
    );
    assert!(results.iter().all(|one| one["fixes"].is_null() && one["baselineState"].is_null()), "{results:?}");
    // Where nothing holds it back it is the same alert.
    let shown = json(&check(&folder, &["--format", "sarif", "--no-inline-ignore"]));
    assert_eq!(shown["runs"][0]["results"][0]["partialFingerprints"], results[0]["partialFingerprints"]);
    for format in FORMATS.into_iter().filter(|format| *format != "sarif") {
        let said = check(&folder, &["--format", format]);
        assert!(said.code == 0 && !said.out.contains("quay.io"), "{format}: {said:?}");
    }
    assert!(check(&folder, &[]).out.contains("3 suppressed"));
}

#[test]
fn findings_are_counted_by_registry_and_format() {
    let rules = "mappings:\n  - {from: quay.io/acme/, to: registry.example.com/acme/}\n  - {from: docker.io/acme/, to: registry.example.com/acme/}\n";
    let compose = "services: {a: {image: 'quay.io/acme/a:1'}, b: {image: 'acme/b:1'}}\n";
    let folder = repository(&[(".transship.yaml", rules), ("Dockerfile", "FROM quay.io/acme/a:1\n"), ("compose.yaml", compose)]);
    let counted = json(&check(&folder, &["--statistics", "--format", "json"]));
    assert_eq!(counted["statistics"]["registries"], serde_json::json!({"docker.io": 1, "quay.io": 2}));
    assert_eq!(counted["statistics"]["formats"], serde_json::json!({"compose": 2, "dockerfile": 1}));
    let shown = check(&folder, &["--statistics"]).out;
    assert!(shown.contains("findings by registry:\n      2  quay.io\n      1  docker.io\n"), "{shown}");
}
