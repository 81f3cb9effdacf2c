//! What the commands that ask registries say and how they end, as a user sees it, before a registry that does as the test tells it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test may panic, and writes its scratch files")]

#[path = "support/program.rs"]
mod program;
#[cfg(unix)]
#[path = "support/script.rs"]
mod script;
#[path = "support/registry/mod.rs"]
mod support;

use std::fs;
use std::process::Command;

use program::{command, finish, json, repository, say, within};
use serde_json::Value;
use support::{MANIFEST, Model, Reply, Server};
use tempfile::TempDir;

/// A server that gives every request the same answer.
fn always(reply: Reply) -> Server {
    Server::start(move |_| reply.clone())
}

fn map(domain: &str) -> String {
    format!("quay.io/={domain}/")
}

#[test]
fn every_result_has_source_target_outcome_reason_and_places() {
    let server = Server::usual();
    let domain = server.domain();
    let folder = repository(&[
        ("Dockerfile", "FROM quay.io/public/multi:1.0\nFROM quay.io/inveniosoftware/centos8-python:3.9\nFROM quay.io/public/x:${T}\n"),
        (
            "b/Dockerfile",
            "# transship: ignore[old-registry] kept\nFROM quay.io/kept/x:1\n\nFROM quay.io/public/multi:1.0\nFROM ghcr.io/a/b\n",
        ),
    ]);
    let said = say(&folder, &["verify", "--map", &map(&domain), "--plain-http", &domain, "--format", "json"]);
    let read = json(&said);
    assert_eq!(said.code, 1, "{read:#}");
    let row = |target: &str| {
        let all = read["results"].as_array().unwrap();
        all.iter().find(|row| row["target"] == format!("{domain}/{target}")).unwrap_or_else(|| panic!("{target}: {read:#}")).clone()
    };
    let multi = row("public/multi:1.0");
    assert_eq!((&multi["source"], &multi["outcome"]), (&"quay.io/public/multi:1.0".into(), &"exists".into()));
    let places: Vec<_> =
        multi["places"].as_array().unwrap().iter().map(|at| (at["path"].as_str().unwrap(), at["line"].as_u64().unwrap())).collect();
    assert_eq!(places, [("Dockerfile", 1), ("b/Dockerfile", 4)]);
    let missing = row("inveniosoftware/centos8-python:3.9");
    assert_eq!((&missing["outcome"], &missing["reason"]["registry_code"]), (&"missing".into(), &"MANIFEST_UNKNOWN".into()));
    assert_eq!(missing["next"], "copy it there: `transship mirror`; or did you mean `3.8`?");
    let hole = row("public/x:{T}");
    assert_eq!((&hole["outcome"], &hole["reason"]["message"]), (&"not-checked".into(), &"not asked: its tag is not known".into()));
    assert_eq!(read["results"].as_array().unwrap().len(), 3, "{read:#}");
    let table = say(&folder, &["verify", "--map", &map(&domain), "--plain-http", &domain]);
    for part in [
        "missing                  ",
        "at: Dockerfile:1, b/Dockerfile:4",
        "at: Dockerfile:2\n",
        "or did you mean `3.8`?",
        "3 references in 4 places: 1 good, 1 not (1 missing), 1 undecided (1 not-checked)",
    ] {
        assert!(table.out.contains(part), "{part}: {}", table.out);
    }
    assert!(table.errors.contains(&format!("note: `{domain}` is spoken to without TLS")), "{}", table.errors);
}

#[test]
fn the_exit_code_tells_good_from_found_from_undecided() {
    let (server, denied) = (Server::usual(), always(Reply::error(403, "DENIED")));
    let folder = repository(&[]);
    let code = |input: &str, more: &[&str]| {
        let hosts = [server.domain(), denied.domain()];
        let plain: Vec<&str> = hosts.iter().flat_map(|host| ["--plain-http", host]).collect();
        finish(&mut command(folder.path(), &[&["verify", "--refs", "-"], &plain[..], more].concat()), input)
    };
    let (good, bad, private) = (
        format!("# a list\n\n{}/public/multi:1.0\n", server.domain()),
        format!("{}/public/multi:2\n", server.domain()),
        format!("{}/a/b:1\n", denied.domain()),
    );
    assert_eq!(code(&good, &[]).code, 0);
    assert_eq!(code(&good, &["--platform", "linux/arm64", "--strict"]).code, 0);
    assert_eq!(code(&good, &["--platform", "linux/s390x"]).code, 1);
    assert_eq!(code(&bad, &[]).code, 1);
    assert_eq!(code(&private, &[]).code, 3);
    let all = code(&format!("{good}{private}{bad}"), &[]);
    assert_eq!(all.code, 1, "a finding outweighs what is undecided");
    assert!(all.out.contains("at: standard input:4"), "{}", all.out);
    let wrong = code("A//b\nok\n", &[]);
    assert_eq!((wrong.code, wrong.errors.contains("standard input:1: ")), (2, true), "{wrong:?}");
    assert_eq!(say(&folder, &["verify", "gone"]).code, 2);
}

#[test]
fn an_image_must_have_the_platform_that_its_place_names() {
    let server = Server::usual();
    let domain = server.domain();
    let folder = repository(&[
        ("Dockerfile", "FROM --platform=linux/arm64 quay.io/public/single:1.0\nFROM --platform=$BUILDPLATFORM quay.io/public/multi:1.0\n"),
        ("compose.yaml", "services:\n  a: {image: 'quay.io/public/multi:1.0', platform: linux/arm64/v8}\n"),
        ("other/compose.yaml", "services:\n  a: {image: 'quay.io/public/single:1.0', platform: linux/amd64}\n"),
    ]);
    let map = map(&domain);
    let verify = |more: &[&str]| {
        let said = say(&folder, &[&["verify", "--map", &map, "--plain-http", &domain, "--format", "json"], more].concat());
        let rows = json(&said)["results"].as_array().unwrap().clone();
        let row = |name: &str, platform: Option<&str>| {
            let of = |row: &&Value| row["target"].as_str().unwrap().contains(name) && row["places"][0]["platform"].as_str() == platform;
            let row = rows.iter().find(of).unwrap_or_else(|| panic!("{rows:#?}"));
            assert_eq!(row["places"].as_array().unwrap().len(), 1, "each platform has its own answer");
            let missing = row["image"]["missing_platforms"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned());
            (row["outcome"].as_str().unwrap().to_owned(), missing.collect::<Vec<_>>().join(" "))
        };
        let single = [row("single", Some("linux/arm64")), row("single", Some("linux/amd64"))];
        (said.code, single, [row("multi", None), row("multi", Some("linux/arm64/v8"))])
    };
    let lacks = |platform: &str| ("exists-platform-missing".to_owned(), platform.to_owned());
    let exists = || ("exists".to_owned(), String::new());
    // What one place lacks is held against no other.
    assert_eq!(verify(&[]), (1, [lacks("linux/arm64"), exists()], [exists(), exists()]));
    // An option is for the places that say nothing.
    assert_eq!(verify(&["--platform", "linux/s390x"]), (1, [lacks("linux/arm64"), exists()], [lacks("linux/s390x"), exists()]));
    // A build that could not pull its platform is worse than an old name.
    let fixed = say(&folder, &["fix", "--verify", "--map", &map, "--plain-http", &domain]);
    assert_eq!((fixed.code, fixed.out.contains("it is not there for `linux/arm64`")), (1, true), "{fixed:?}");
    let text = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
    assert!(text("Dockerfile").contains("linux/arm64 quay.io/public/single") && text("compose.yaml").contains(&domain), "{fixed:?}");
    let strict = say(&folder, &["fix", "--verify", "--platform", "linux/s390x", "--strict", "--map", &map, "--plain-http", &domain]);
    assert_eq!(strict.code, 1, "{strict:?}");
}

/// 1,000 references in files, of which 200 differ.
fn thousand() -> (Server, TempDir) {
    let mut model = Model::default();
    let digest = model.image("many/images", MANIFEST, "amd64", "x");
    (0..190).for_each(|n| model.tag("many/images", &format!("t{n}"), &digest));
    let server = Server::start(move |seen| model.answer(seen));
    let lines: Vec<String> = (0..1_000).map(|n| format!("FROM quay.io/many/images:t{}\n", n % 200)).collect();
    let text = lines.concat();
    let folder = repository(&[("Dockerfile", &text)]);
    (server, folder)
}

#[test]
fn a_thousand_references_cost_a_head_for_each_that_differs_and_say_the_same_at_any_number_of_jobs() {
    let (server, folder) = thousand();
    let domain = server.domain();
    let run = |jobs: &str| say(&folder, &["verify", "--map", &map(&domain), "--plain-http", &domain, "--format", "json", "--jobs", jobs]);
    let one = run("1");
    assert_eq!((one.code, server.count("HEAD")), (1, 200), "{}", one.errors);
    let summary = &json(&one)["summary"];
    assert_eq!((summary["places"].as_u64(), summary["good"].as_u64(), summary["findings"].as_u64()), (Some(1_000), Some(190), Some(10)));
    assert_eq!(run("16").out, one.out);
}

#[test]
#[cfg(target_os = "linux")]
fn a_thousand_references_take_less_than_64_mib() {
    let (server, folder) = thousand();
    let domain = server.domain();
    // A process knows the peak of the children that it has waited for.
    let measure = "import resource, subprocess, sys\n\
                   subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)\n\
                   print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
    let mut python = Command::new("python3");
    python.args([
        "-c",
        measure,
        env!("CARGO_BIN_EXE_transship"),
        "verify",
        "--map",
        &map(&domain),
        "--plain-http",
        &domain,
        "--jobs",
        "16",
    ]);
    let output = python.current_dir(folder.path()).env("CI", "true").output().unwrap();
    let kib: u64 = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
    assert!(server.count("HEAD") == 200 && kib < 64 * 1024, "{kib} KiB");
}

#[test]
fn a_registry_that_only_a_file_names_is_not_asked_whatever_the_command() {
    let (good, evil) = (Server::usual(), always(Reply::new(200)));
    let text = format!("FROM {}/a/b:1\nFROM quay.io/public/multi:1.0\n", evil.domain());
    let folder = repository(&[("Dockerfile", &text)]);
    let without = say(&folder, &["verify", "Dockerfile", "--host", &good.domain()]);
    assert_eq!(without.code, 3);
    assert!(without.out.contains("refused-by-policy") && without.out.contains("--allow-host"), "{}", without.out);
    let (map, domain) = (map(&good.domain()), good.domain());
    for name in ["verify", "mirror", "lock"] {
        say(&folder, &[name, "--map", &map, "--plain-http", &domain]);
    }
    say(&folder, &["fix", "--verify", "--map", &map, "--plain-http", &domain]);
    // One that a wildcard covers is a source, and not spelled out.
    let (ip, port) = (evil.address.ip().to_string(), evil.address.port());
    let covering = format!("{{host}}.{}:{port}/a/{{name}}={domain}/public/multi", ip.split_once('.').unwrap().1);
    let moved = repository(&[("Dockerfile", &format!("FROM {}/a/b:1.0\n", evil.domain()))]);
    for (code, arguments) in
        [(0, vec!["verify"]), (3, vec!["verify", "--compare"]), (3, vec!["mirror"]), (0, vec!["lock"]), (0, vec!["fix", "--verify"])]
    {
        let said = say(&moved, &[arguments, vec!["--map", &covering, "--plain-http", &domain]].concat());
        assert_eq!(said.code, code, "{said:?}");
        assert!(evil.lines().is_empty() && evil.raw().is_empty(), "{said:?}: {:?}", evil.lines());
    }
    assert!(!good.lines().is_empty());
    // A wildcard in a mapping must not let a file choose the host either.
    let captured = format!("{{host}}.example.com/{{name}}={{host}}:{port}/x");
    let chosen = repository(&[("Dockerfile", &format!("FROM {ip}.example.com/b:1\n"))]);
    for name in [vec!["verify"], vec!["mirror"], vec!["lock"], vec!["fix", "--verify"]] {
        let said = say(&chosen, &[name, vec!["--map", &captured]].concat());
        let told = format!("`{}` is not among the registries", evil.domain());
        assert!(said.code == 3 && (said.out.contains(&told) || said.errors.contains(&told)), "{said:?}");
    }
    assert!(evil.lines().is_empty() && evil.raw().is_empty(), "{:?}", evil.lines());
}

#[test]
#[cfg(target_os = "linux")]
fn only_commands_that_verify_open_a_socket() {
    let server = Server::usual();
    let domain = server.domain();
    let folder = repository(&[("Dockerfile", "FROM quay.io/public/multi:1.0\n")]);
    let map = map(&domain);
    // strace sees what a process asks of the kernel, whatever library asks; a fake registry would see only connections to itself.
    let traced = |arguments: &[&str]| {
        let trace = folder.path().join("trace");
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-e", "trace=%network", "-o"]).arg(&trace).arg(env!("CARGO_BIN_EXE_transship"));
        let said = finish(&mut within(strace, folder.path(), arguments), b"");
        let text = fs::read_to_string(&trace).unwrap();
        fs::remove_file(&trace).unwrap();
        (said, text.lines().filter(|line| line.contains("socket(")).count())
    };
    let (said, sockets) = traced(&["verify", "--map", &map, "--plain-http", &domain]);
    assert!(said.code == 0 && sockets > 0, "the trace shows sockets where there are some: {said:?}");
    // Each does its work: a command that ends at its arguments would open none either.
    for (code, arguments) in [
        (1, vec!["check", "--map", &map]),
        (0, vec!["list"]),
        (0, vec!["map", "--map", &map, "quay.io/a"]),
        (0, vec!["explain", "Dockerfile", "--map", &map]),
        (0, vec!["mirror", "--all", "--map", &map]),
        (0, vec!["auth", "explain", "quay.io/a/b"]),
        (0, vec!["prove", "--map", &map]),
        (0, vec!["schema"]),
        (0, vec!["completions", "bash"]),
        (0, vec!["man"]),
        (0, vec!["rules", "list"]),
        (1, vec!["fix", "--diff", "--map", &map]),
        (0, vec!["fix", "--map", &map]),
        (0, vec!["init"]),
        (0, vec!["rules", "lint"]),
        (0, vec!["rules", "test"]),
    ] {
        let (said, sockets) = traced(&arguments);
        assert_eq!((said.code, sockets), (code, 0), "{arguments:?}: {said:?}");
    }
}

#[test]
fn a_file_that_cannot_be_used_is_named_and_ends_with_two() {
    let folder = repository(&[
        ("Dockerfile", "FROM quay.io/a/b:1\n"),
        ("ca.pem", "garbage"),
        ("auth.json", "{\"auths\": {\"r.io\": {\"auth\": \"hunter2 is no base64\"}}}"),
        ("transship.lock", "<<<<<<< ours"),
    ]);
    for (arguments, file) in [
        (vec!["--ca-file", "ca.pem"], "ca.pem"),
        (vec!["--ca-file", "gone.pem"], "gone.pem"),
        (vec!["--authfile", "auth.json"], "auth.json"),
        (vec!["--auth", "auth.json"], "auth.json"),
        (vec!["--authfile", "gone.json"], "gone.json"),
        (vec!["--locked"], "transship.lock"),
    ] {
        for name in [vec!["verify"], vec!["mirror", "--map", "quay.io/=127.0.0.1:1/"]] {
            if name[0] == "mirror" && arguments[0] == "--locked" {
                continue;
            }
            let said = say(&folder, &[name, arguments.clone()].concat());
            assert_eq!((said.code, said.out.as_str()), (2, ""), "{said:?}");
            assert!(said.errors.contains("error: ") && said.errors.contains(file) && !said.errors.contains("hunter2"), "{}", said.errors);
        }
    }
    assert_eq!(say(&folder, &["verify", "--plain-http", "http://r.io"]).code, 2);
    assert_eq!(say(&folder, &["verify", "--platform", "linux"]).code, 2);
    for option in ["--timeout", "--max-time", "--per-host", "--jobs"] {
        let none = say(&folder, &["verify", option, "0"]);
        assert_eq!((none.code, none.errors.contains("expected a whole number from 1")), (2, true), "{none:?}");
    }
    let vain = say(&folder, &["fix", "--map", "quay.io/=r.io/", "--host", "r.io"]);
    assert_eq!((vain.code, vain.errors.contains("--verify")), (2, true), "{vain:?}");
}

#[test]
fn a_time_that_no_clock_can_count_to_is_taken() {
    let server = Server::usual();
    let domain = server.domain();
    for option in ["--timeout", "--max-time"] {
        let arguments = ["verify", "--refs", "-", "--plain-http", &domain, option, "18446744073709551615"];
        let said = finish(&mut command(repository(&[]).path(), &arguments), format!("{domain}/public/multi:1.0\n"));
        assert_eq!(said.code, 0, "{said:?}");
    }
}

#[test]
fn what_is_no_registry_is_undecided_and_named() {
    let html = always(Reply::new(200).body("text/html", "<html>hello</html>"));
    let gone = always(Reply::new(404).body("text/html", "<html>not here</html>"));
    let folder = repository(&[]);
    for (server, outcome) in [(&html, "protocol-error"), (&gone, "missing-unconfirmed")] {
        let domain = server.domain();
        let said = finish(&mut command(folder.path(), &["verify", "--refs", "-", "--plain-http", &domain]), format!("{domain}/a/b:1\n"));
        assert_eq!(said.code, 3, "{said:?}");
        assert!(said.out.starts_with(outcome) && said.out.contains(&format!("reason: `{domain}`")), "{}", said.out);
    }
}

#[test]
fn a_platform_of_no_known_processor_is_doubted() {
    let server = Server::usual();
    let domain = server.domain();
    let said = |platform: &str| {
        let arguments = ["verify", "--refs", "-", "--plain-http", &domain, "--platform", platform];
        finish(&mut command(repository(&[]).path(), &arguments), format!("{domain}/public/multi:1.0\n"))
    };
    let slip = said("linux/amd46");
    assert!(slip.errors.contains("warning: `--platform linux/amd46`: `amd46` is no processor that Go knows"), "{slip:?}");
    assert_eq!(slip.code, 1);
    assert!(!said("linux/amd64").errors.contains("warning"));
}

#[test]
fn a_run_that_may_take_no_longer_leaves_the_rest_unchecked() {
    let server = always(Reply::manner(support::Manner::Silence));
    let domain = server.domain();
    let list = (0..40).map(|n| format!("{domain}/a/b:{n}")).collect::<Vec<_>>().join("\n");
    let options = ["--plain-http", &domain, "--timeout", "5", "--max-time", "1", "--per-host", "2", "--format", "json"];
    let said = finish(&mut command(repository(&[]).path(), &[&["verify", "--refs", "-"], &options[..]].concat()), list);
    let read = json(&said);
    let late = |row: &Value| row["outcome"] == "not-checked" && row["reason"]["code"] == "budget-exhausted";
    assert!(said.code == 3 && read["results"].as_array().unwrap().iter().all(late), "{read:#}");
    // The two that are in flight take all the time that there is.
    assert!(server.lines().len() <= 2, "{:?}", server.lines());
}

#[test]
fn a_silent_token_server_takes_no_more_than_the_time_of_the_run() {
    let server = Server::start(|seen| {
        if seen.path.starts_with("/token") {
            return Reply::manner(support::Manner::Silence);
        }
        Reply::error(401, "UNAUTHORIZED").header("WWW-Authenticate", format!(r#"Bearer realm="http://{}/token""#, seen.header("host")))
    });
    let domain = server.domain();
    let list = (0..40).map(|n| format!("{domain}/a/b:{n}")).collect::<Vec<_>>().join("\n");
    let options = ["--plain-http", &domain, "--timeout", "3", "--max-time", "1", "--per-host", "8", "--jobs", "16", "--format", "json"];
    let said = finish(&mut command(repository(&[]).path(), &[&["verify", "--refs", "-"], &options[..]].concat()), list);
    let read = json(&said);
    let late = |row: &Value| row["outcome"] == "not-checked" && row["reason"]["code"] == "budget-exhausted";
    assert!(said.code == 3 && read["results"].as_array().unwrap().iter().all(late), "{read:#}");
    let tokens = server.lines().iter().filter(|line| line.contains("/token")).count();
    assert!(tokens <= 1, "those who wait for one token do not ask one after the other: {:?}", server.lines());
}

#[test]
fn the_pulls_that_are_left_are_told_and_few_are_noted() {
    let model = Model::usual();
    let server = Server::start(move |seen| model.answer(seen).header("RateLimit-Remaining", "12;w=21600"));
    let domain = server.domain();
    let arguments = ["verify", "--refs", "-", "--plain-http", &domain, "--format", "json"];
    let said = finish(&mut command(repository(&[]).path(), &arguments), format!("{domain}/public/multi:1.0\n"));
    assert_eq!(json(&said)["remaining"][&domain], 12);
    assert!(said.errors.contains(&format!("note: `{domain}` has 12 pulls left")), "{said:?}");
}

#[test]
fn what_was_heard_over_one_way_is_not_believed_over_another() {
    let server = Server::usual();
    let domain = server.domain();
    let (folder, home) = (repository(&[]), tempfile::tempdir().unwrap());
    let code = |more: &[&str]| {
        let mut command = command(folder.path(), &[&["verify", "--refs", "-", "--format", "json"], more].concat());
        command.env("HOME", home.path()).env("XDG_CACHE_HOME", home.path().join("cache")).env_remove("CI");
        let said = finish(&mut command, format!("{domain}/public/multi:1.0\n"));
        json(&said)["results"][0]["reason"]["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(code(&["--plain-http", &domain]), "manifest");
    assert_eq!(code(&["--plain-http", &domain]), "cached");
    assert_eq!(code(&[]), "tls-not-spoken");
}

#[test]
#[cfg(unix)]
fn a_helper_that_hangs_or_prints_rubbish_leaves_it_undecided() {
    let server = always(Reply::error(401, "UNAUTHORIZED").header("WWW-Authenticate", "Basic realm=\"x\""));
    let domain = server.domain();
    for (script, said) in [("echo rubbish", "did not answer with a user"), ("exec sleep 60", "gave no answer in 10 s")] {
        let config = format!(r#"{{"credHelpers": {{"{domain}": "stub"}}}}"#);
        let folder = repository(&[("home/.docker/config.json", &config), ("bin/none", "")]);
        script::script(&folder.path().join("bin/docker-credential-stub"), &format!("#!/bin/sh\n{script}\n"));
        let mut command = command(folder.path(), &["verify", "--refs", "-", "--plain-http", &domain]);
        let path = std::env::join_paths([folder.path().join("bin"), "/usr/bin".into(), "/bin".into()]).unwrap();
        let done = finish(command.env("PATH", path), format!("{domain}/a/b:1\n"));
        assert_eq!(done.code, 3, "{done:?}");
        assert!(done.out.contains("docker-credential-stub") && done.out.contains(said), "{}", done.out);
    }
}

#[test]
fn explaining_a_credential_shows_its_place_and_never_the_secret() {
    // alice:hunter2
    let folder = repository(&[("home/.docker/config.json", r#"{"auths": {"r.io/team": {"auth": "YWxpY2U6aHVudGVyMg=="}}}"#)]);
    let said = say(&folder, &["auth", "explain", "r.io/team/app", "quay.io/a/b"]);
    assert_eq!(said.code, 0);
    assert!(said.out.contains("used: entry `r.io/team`, basic, user `alice`") && said.out.contains("config.json"), "{}", said.out);
    assert!(said.out.contains("asked anonymously"), "{}", said.out);
    let read = json(&say(&folder, &["auth", "explain", "r.io/team/app", "--format", "json"]));
    assert_eq!(read["repositories"][0]["repository"], "r.io/team/app");
    assert!(!said.out.contains("hunter2") && !read.to_string().contains("hunter2") && !read.to_string().contains("YWxp"));
    assert_eq!(say(&folder, &["auth", "explain", "A//b"]).code, 2);
}

#[test]
fn a_fix_writes_what_exists_and_names_what_it_holds_back() {
    let (server, denied) = (Server::usual(), always(Reply::error(403, "DENIED")));
    let (domain, private) = (server.domain(), denied.domain());
    let rules = format!("mappings:\n  - {{from: quay.io/, to: {domain}/}}\n  - {{from: ghcr.io/, to: ['{private}/', '{domain}/']}}\n");
    let before =
        "FROM quay.io/public/multi:1.0\nFROM quay.io/public/multi:2.0\nFROM ghcr.io/public/multi:1.0\nFROM quay.io/public/multi:${T}\n";
    let folder = repository(&[(".transship.yaml", &rules), ("Dockerfile", before)]);
    let said = say(&folder, &["fix", "--verify", "--plain-http", &domain, "--plain-http", &private]);
    assert_eq!(said.code, 1, "{said:?}");
    let after = fs::read_to_string(folder.path().join("Dockerfile")).unwrap();
    assert_eq!(after, before.replacen("quay.io/public/multi:1.0", &format!("{domain}/public/multi:1.0"), 1));
    for reason in ["multi:2.0` is missing", "multi:1.0` is denied", "its tag is not known"] {
        assert!(said.out.contains(reason), "{reason}: {}", said.out);
    }
    // A text from standard input is read for the questions, and again for the fix.
    let mut stream = command(folder.path(), &["fix", "-", "--stdin-filename", "Dockerfile", "--verify", "--plain-http", &domain]);
    let piped = finish(&mut stream, "FROM quay.io/public/multi:1.0\n");
    assert_eq!((piped.code, piped.out), (0, format!("FROM {domain}/public/multi:1.0\n")), "{}", piped.errors);
}

#[test]
fn a_matcher_goes_where_its_images_go() {
    let server = Server::usual();
    let domain = server.domain();
    let rules = format!("mappings:\n  - {{from: quay.io/, to: ['{domain}/gone/', '{domain}/']}}\n");
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: 'quay.io/public/multi:1.0'}]}\n";
    let overlay = "resources: [pod.yaml]\nimages:\n  - name: quay.io/public/multi\n    newTag: '1.0'\n";
    let folder = repository(&[(".transship.yaml", &rules), ("pod.yaml", pod), ("kustomization.yaml", overlay)]);
    let said = say(&folder, &["fix", "--verify", "--plain-http", &domain]);
    let read = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap();
    assert_eq!(said.code, 0, "{said:?}");
    assert_eq!(read("pod.yaml"), pod.replace("quay.io", &domain));
    assert_eq!(read("kustomization.yaml"), overlay.replace("quay.io", &domain));
}

#[test]
fn a_plan_lists_what_it_leaves_out_and_refuses_two_images_for_one_name() {
    let server = Server::usual();
    let domain = server.domain();
    let rules = format!(
        "mappings:\n  - {{from: '{domain}/public/', to: '{domain}/new/'}}\n  - {{from: '{domain}/inveniosoftware/centos8-python', to: '{domain}/new/renamed', digest: keep}}\n"
    );
    let docker =
        format!("FROM {domain}/public/single:1.0\nFROM {domain}/inveniosoftware/centos8-python:3.8\nFROM {domain}/public/single:gone\n");
    let folder = repository(&[(".transship.yaml", &rules), ("Dockerfile", &docker)]);
    let run = |more: &[&str]| say(&folder, &[&["mirror", "--plain-http", &domain], more].concat());
    let plan = run(&[]);
    assert_eq!(plan.code, 1, "{plan:?}");
    assert!(plan.out.starts_with("#!") && plan.out.contains("single@sha256:") && plan.out.contains("new/renamed:3.8"), "{}", plan.out);
    assert!(plan.errors.contains("is missing too") && plan.errors.contains("at: Dockerfile:3"), "{}", plan.errors);
    assert_eq!(run(&["--partial"]).code, 0);
    let sync = run(&["--engine", "skopeo-sync", "--output", "out"]);
    assert_eq!((sync.code, sync.errors.contains("left out: ")), (1, true), "{sync:?}");
    assert!(sync.errors.contains("wrote out/mirror.sh") && folder.path().join("out/mirror.sh").is_file(), "{sync:?}");
    let many = run(&["--engine", "image-syncer", "--partial"]);
    assert_eq!((many.code, many.errors.contains("--output DIR")), (2, true), "{many:?}");
    assert_eq!(run(&["--engine", "nonsense"]).code, 2);
    let rules = format!(
        "mappings:\n  - {{from: '{domain}/public/multi', to: '{domain}/new/one', digest: keep}}\n  - {{from: '{domain}/public/single', to: '{domain}/new/one', digest: keep}}\n"
    );
    let both = format!("FROM {domain}/public/multi:1.0\nFROM {domain}/public/single:1.0\n");
    let folder = repository(&[(".transship.yaml", &rules), ("Dockerfile", &both)]);
    let conflict = say(&folder, &["mirror", "--plain-http", &domain]);
    assert_eq!((conflict.code, conflict.out.as_str()), (2, ""), "{conflict:?}");
    assert!(conflict.errors.contains("public/multi:1.0") && conflict.errors.contains("public/single:1.0"), "{}", conflict.errors);
}

#[test]
fn no_secret_is_in_anything_that_is_written() {
    let server = Server::usual();
    let domain = server.domain();
    let config = format!(r#"{{"auths": {{"{domain}": {{"auth": "YWxpY2U6aHVudGVyMg=="}}}}}}"#);
    let rules = format!("mappings:\n  - {{from: '{domain}/public/', to: '{domain}/new/'}}\n");
    let docker = format!("FROM {domain}/public/single:1.0\n");
    let folder = repository(&[(".transship.yaml", &rules), ("Dockerfile", &docker), ("home/.docker/config.json", &config)]);
    let names: Vec<&str> = transship::mirror::Engine::ALL.iter().map(|engine| engine.name()).collect();
    let mut all = String::new();
    for name in names {
        let out = format!("out/{name}");
        let said = say(&folder, &["mirror", "--engine", name, "--partial", "--output", &out, "--plain-http", &domain]);
        assert_eq!(said.code, 0, "{name}: {said:?}");
        all.push_str(&said.out);
        all.push_str(&said.errors);
    }
    for name in ["verify", "lock"] {
        let said = say(&folder, &[name, "--plain-http", &domain]);
        all.push_str(&said.out);
        all.push_str(&said.errors);
    }
    let mut folders = vec![folder.path().join("out")];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() { folders.push(entry.path()) } else { all += &fs::read_to_string(entry.path()).unwrap() }
        }
    }
    assert!(all.contains("mirror.sh") && !all.contains("hunter2") && !all.contains("YWxpY2U6"), "a secret is written");
    assert!(all.contains("warning: others than you can read the secrets"), "{all}");
}

#[test]
fn an_empty_tag_is_filled_in_by_the_chart_or_listed_as_unresolved() {
    let chart = [
        ("Chart.yaml", "apiVersion: v2\nname: x\nversion: 1.0.0\nappVersion: '2.9'\n"),
        ("values.yaml", "image: {repository: quay.io/a/b, tag: ''}\nother:\n  image: {repository: quay.io/a/c, tag: ''}\n"),
        (
            "templates/pod.yaml",
            "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: '{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}'\n",
        ),
    ];
    let folder = repository(&chart);
    assert!(say(&folder, &["list"]).out.contains("quay.io/a/b:2.9 "));
    let unresolved = say(&folder, &["list", "--unresolved"]).out;
    assert_eq!(unresolved.lines().count(), 1, "{unresolved}");
    assert!(
        unresolved.contains("quay.io/a/c  helm-values/image-keys  (its tag is empty: a template or a base fills it in)"),
        "{unresolved}"
    );
}
