//! What the program says of auth files and credential helpers, as a user sees it: `auth explain`, and a registry that wants a password.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test may panic, and writes its scratch files")]

#[path = "support/program.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod program;
#[path = "support/script.rs"]
mod script;
#[path = "support/registry/mod.rs"]
mod support;

use std::process::Command;

use program::{Said, command, finish, json, repository};
use serde_json::Value;
use support::{Reply, Server};
use tempfile::TempDir;

/// A registry that takes no password, and a user's home.
struct Bench {
    server: Server,
    folder: TempDir,
}

impl Bench {
    /// `HOST` in the files' texts is the registry.
    fn new(files: &[(&str, &str)]) -> Self {
        let server = Server::start(|_| Reply::error(401, "UNAUTHORIZED").header("WWW-Authenticate", "Basic realm=\"x\""));
        let domain = server.domain();
        let texts: Vec<(&str, String)> = files.iter().map(|(path, text)| (*path, text.replace("HOST", &domain))).collect();
        let files: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (*path, text.as_str())).collect();
        Self { server, folder: repository(&[&files[..], &[("bin/none", "")]].concat()) }
    }

    fn helper(&self, name: &str, script: &str) {
        script::script(&self.folder.path().join("bin").join(name), &format!("#!/bin/sh\n{script}\n"));
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(self.folder.path(), arguments);
        let path = std::env::join_paths([self.folder.path().join("bin"), "/usr/bin".into(), "/bin".into()]).unwrap();
        command.env("PATH", path);
        command
    }

    fn verify(&self, more: &[&str]) -> Said {
        let domain = self.server.domain();
        let arguments = [&["verify", "--refs", "-", "--plain-http", &domain, "--format", "json"], more].concat();
        finish(&mut self.command(&arguments), format!("{domain}/a/b:1\n"))
    }

    /// The code and the words of the only result.
    fn reason(&self) -> (String, String) {
        let read = json(&self.verify(&[]));
        let reason = &read["results"][0]["reason"];
        (reason["code"].as_str().unwrap().to_owned(), reason["message"].as_str().unwrap().to_owned())
    }

    fn explain(&self, more: &[&str]) -> Said {
        let name = format!("{}/a/b", self.server.domain());
        finish(&mut self.command(&[&["auth", "explain", &name], more].concat()), "")
    }

    fn places(&self) -> Value {
        json(&self.explain(&["--format", "json"]))["repositories"][0]["places"].clone()
    }

    /// Of the places, the user's file for podman and skopeo.
    fn of_containers(places: &Value) -> &Value {
        let is_it = |place: &&Value| place["path"].as_str().is_some_and(|path| path.ends_with("home/.config/containers/auth.json"));
        places.as_array().unwrap().iter().find(is_it).unwrap()
    }
}

const STORE: (&str, &str) = ("home/.docker/config.json", r#"{"credsStore":"stub"}"#);
const HELPERS: (&str, &str) = ("home/.docker/config.json", r#"{"credHelpers":{"http://HOST/v2/":"stub"}}"#);
/// other:hunter2
const ENTRY: (&str, &str) = ("home/.config/containers/auth.json", r#"{"auths":{"HOST":{"auth":"b3RoZXI6aHVudGVyMg=="}}}"#);

const KNOWS: &str = r#"echo '{"Username":"alice","Secret":"s3cret"}'"#;
const KNOWS_NOTHING: &str = "echo 'credentials not found in native keychain'; exit 1";

#[test]
fn what_is_explained_is_what_is_used() {
    for config in [STORE, HELPERS] {
        for (script, user) in [(KNOWS, "helper stub"), (KNOWS_NOTHING, "auth.json")] {
            let bench = Bench::new(&[config, ENTRY]);
            bench.helper("docker-credential-stub", script);
            let places = bench.places();
            assert_eq!((&places[0]["looked"]["found"], &places[0]["reach"]), (&"helper".into(), &"surely".into()), "{places:#}");
            let entry = Bench::of_containers(&places);
            assert_eq!((&entry["looked"]["found"], &entry["reach"]), (&"entry".into(), &"if-no-helper-knows".into()), "{places:#}");
            let shown = bench.explain(&[]).out;
            assert!(shown.contains("places below only where it knows nothing"), "{shown}");
            assert!(shown.contains("used where no helper above knows it: entry") && !shown.contains("hunter2"), "{shown}");
            let used = json(&bench.verify(&[]))["results"][0]["reason"]["credential"].clone();
            assert!(used.as_str().unwrap().contains(user), "{used}");
        }
    }
}

#[test]
fn no_place_behind_a_helper_that_cannot_be_run_is_explained_as_used() {
    for config in [STORE, HELPERS, ("home/.docker/config.json", r#"{"credsStore":"../stub"}"#)] {
        let bench = Bench::new(&[config, ENTRY]);
        let places = bench.places();
        assert_eq!(Bench::of_containers(&places)["looked"]["found"], "not-reached", "{places:#}");
        let (code, message) = bench.reason();
        assert_eq!(code, "credential-helper");
        assert_eq!(places[0]["looked"]["fault"], message.as_str(), "{places:#}");
        let shown = bench.explain(&[]).out;
        assert!(shown.contains("the search ends here") && shown.contains("not reached"), "{shown}");
    }
}

#[test]
fn a_helper_that_is_not_installed_is_told_with_the_key_that_names_it() {
    for (config, key) in [(STORE, "credsStore"), (HELPERS, "credHelpers.http://HOST/v2/")] {
        let bench = Bench::new(&[config]);
        let file = bench.folder.path().join("home/.docker/config.json");
        let key = key.replace("HOST", &bench.server.domain());
        let named = format!("`{key}` in {} names it: remove the key, or install the helper", file.display());
        let (_, message) = bench.reason();
        assert!(
            message.starts_with("credential helper `docker-credential-stub` is not on the PATH") && message.ends_with(&named),
            "{message}"
        );
        let shown = bench.explain(&[]).out;
        assert!(shown.contains("remove the key, or install the helper"), "{shown}");
    }
}

#[test]
fn a_failed_helper_says_why_and_no_secret() {
    for (script, wanted) in [
        // What docker-credential-helpers do.
        ("echo 'error: SSO session has expired, run aws sso login'; exit 1", "SSO session has expired, run aws sso login"),
        ("printf '\\n\\033[31mno keyring\\033[0m\\n' >&2; exit 2", "?[31mno keyring?[0m"),
        ("echo said; echo complained >&2; exit 1", "said; complained"),
        ("exit 1", "failed"),
    ] {
        let bench = Bench::new(&[STORE]);
        bench.helper("docker-credential-stub", script);
        let (code, message) = bench.reason();
        assert_eq!(code, "credential-helper");
        assert!(message.contains(wanted) && !message.contains('\u{1b}'), "{script}: {message}");
    }
}

#[test]
fn no_secret_is_in_the_words_of_a_failed_helper() {
    for script in [
        // One of the user's files holds it; nothing in the words gives it away.
        "echo cannot take correcthorse now >&2",
        "echo bad password hunter2 >&2",
        "echo 'password=hunter' >&2",
        "echo '{\"Username\":\"u\",\"Secret\":\"hunter\"}'",
        "echo 'note'; echo '{\"Username\":\"u\",\"Secret\":\"hunter\"}'",
        "echo '{\"Secret\": \"two words hunter\"}' >&2",
        "echo 'Authorization: Bearer hunter' >&2",
        "echo 'get https://bob:hunter@r.example/token' >&2",
        "echo run aws --secret-key hunter >&2",
        "echo token wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLE2hunter >&2",
        // The end of the limit is no place to cut a secret before it is found.
        "printf '%0230d correcthorse' 0 >&2",
    ] {
        let auth = "{\"auths\":{\"z.example\":{\"username\":\"u\",\"password\":\"correcthorse\"}}}";
        let bench = Bench::new(&[STORE, ("home/.config/containers/auth.json", auth)]);
        bench.helper("docker-credential-stub", &format!("{script}; exit 1"));
        let said = bench.verify(&[]);
        assert_eq!(json(&said)["results"][0]["reason"]["code"], "credential-helper");
        for secret in ["hunter", "correct"] {
            assert!(!said.out.contains(secret), "{script}: {}", said.out);
        }
    }
}

#[test]
fn a_helper_that_succeeds_is_never_quoted() {
    let bench = Bench::new(&[STORE]);
    bench.helper("docker-credential-stub", "echo plainwords; echo otherwords >&2");
    let (code, message) = bench.reason();
    assert_eq!(code, "credential-helper");
    assert!(!message.contains("plainwords") && !message.contains("otherwords"), "{message}");
}

#[test]
fn a_file_of_the_other_form_is_named_with_its_flag() {
    let bench = Bench::new(&[("syncer.json", r#"{"HOST":{"username":"alice","password":"hunter2"}}"#)]);
    let said = bench.verify(&["--authfile", "syncer.json"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(
        said.errors.contains("syncer.json") && said.errors.contains(&bench.server.domain()) && said.errors.contains("`--auth`"),
        "{said:?}"
    );
    assert!(!said.errors.contains("hunter2"));
}

#[test]
fn half_an_entry_is_named() {
    for (flag, text) in [
        ("--authfile", r#"{"auths":{"HOST":{"username":"alice"}}}"#),
        ("--authfile", r#"{"auths":{"HOST":{"username":"alice","password":""}}}"#),
        ("--authfile", r#"{"auths":{"HOST":{"password":"hunter2"}}}"#),
        ("--auth", r#"{"HOST":{"username":"alice"}}"#),
        ("--auth", r#"{"HOST":{"password":"hunter2","insecure":true}}"#),
    ] {
        let bench = Bench::new(&[("half.json", text)]);
        let said = bench.verify(&[flag, "half.json"]);
        assert_eq!(said.code, 2, "{text}: {said:?}");
        assert!(said.errors.contains("half.json") && said.errors.contains(&bench.server.domain()), "{said:?}");
        assert!(said.errors.contains("`password`") && said.errors.contains("`username`") && !said.errors.contains("hunter2"), "{said:?}");
    }
    // Nothing is missing here: a store or a helper has the password, or the registry is only called insecure.
    for (flag, text) in [
        ("--authfile", r#"{"auths":{"HOST":{"username":"alice"}},"credsStore":"stub"}"#),
        ("--authfile", r#"{"auths":{"HOST":{"username":"alice"}},"credHelpers":{"HOST":"stub"}}"#),
        ("--authfile", r#"{"auths":{"HOST":{}}}"#),
        ("--auth", r#"{"HOST":{"insecure":true}}"#),
    ] {
        let bench = Bench::new(&[("whole.json", text)]);
        let said = bench.verify(&[flag, "whole.json"]);
        assert_eq!(said.code, 3, "{text}: {said:?}");
    }
}

#[test]
fn an_empty_file_is_one_without_credentials_where_docker_takes_it_so() {
    for empty in ["", " \n"] {
        let bench = Bench::new(&[("home/.docker/config.json", empty), ENTRY]);
        let said = bench.explain(&[]);
        assert_eq!(said.code, 0, "{said:?}");
        assert!(said.out.contains("used: entry"), "{}", said.out);
        let bench = Bench::new(&[("home/.config/containers/auth.json", empty)]);
        let said = bench.explain(&[]);
        assert_eq!(said.code, 2, "{said:?}");
        assert!(said.errors.contains("auth.json"), "{}", said.errors);
    }
}

#[test]
fn a_repository_is_explained_under_the_names_that_auth_files_have_for_it() {
    let bench = Bench::new(&[]);
    for (named, meant) in [
        ("https://r.example/team/app", "r.example/team/app"),
        ("http://r.example:5000/team/app/", "r.example:5000/team/app"),
        ("https://r.example/v2/team/app", "r.example/team/app"),
        ("https://index.docker.io/v1/", "docker.io"),
        ("https://r.example", "r.example"),
        ("r.example/v1/", "r.example"),
        ("r.example/v2", "r.example"),
        // Without a scheme it is a reference, and such a repository may be.
        ("r.example/v2/app", "r.example/v2/app"),
    ] {
        let said = finish(&mut bench.command(&["auth", "explain", named]), "");
        assert_eq!((said.code, said.out.lines().next().unwrap_or_default()), (0, meant), "{named}: {said:?}");
    }
    for odd in ["https://nginx", "https://", "ftp://r.example/a", "https://u:hunter2@r.example/a"] {
        let said = finish(&mut bench.command(&["auth", "explain", odd]), "");
        assert_eq!(said.code, 2, "{odd}: {said:?}");
    }
}
