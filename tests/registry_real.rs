//! The registry client against real registries in every way that people run them, seeded and copied by skopeo: Debian's docker-registry 2.8,
//! and the current distribution.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

#[path = "support/go_tools.rs"]
mod go_tools;
#[path = "registry/kit.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod kit;
#[path = "support/registry/mod.rs"]
mod support;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{LazyLock, Mutex};

use kit::{ask, client_with, entry, file, for_platform, login, reference, said, settings, stored};
use transship::credentials::Credentials;
use transship::registry::verify::{Compare, Options, Wanted, all};
use transship::registry::{Client, Code, Comparison, Outcome, Settings, Verdict, compare};

/// The registries of this run. The script that holds them stops them when this process, and with it the pipe, goes away.
struct Registries {
    about: serde_json::Value,
    pipe: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
}

impl Registries {
    fn get(&self, name: &str) -> &str {
        self.about[name].as_str().unwrap()
    }

    fn digest(&self, image: &str) -> String {
        self.about["digests"][image].as_str().unwrap().to_owned()
    }

    fn authority(&self) -> PathBuf {
        Path::new(self.get("folder")).join("ca.crt")
    }

    /// Stops one registry for good.
    fn stop(&self, name: &str) {
        let mut pipe = self.pipe.lock().unwrap();
        writeln!(pipe.0, "stop {name}").unwrap();
        let mut line = String::new();
        pipe.1.read_line(&mut line).unwrap();
        assert_eq!(line, "stopped\n");
    }
}

#[allow(clippy::zombie_processes, reason = "the script ends with the pipe, after the tests")]
fn serve(name: &str, program: &Path) -> Registries {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/registries/serve.py");
    // The script deletes it when it ends.
    let folder = tempfile::Builder::new().prefix(&format!("transship-{name}-")).tempdir().unwrap().keep();
    let mut python = Command::new("python3");
    let child = python.arg(script).arg(folder).arg(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.expect("python3 is needed; scripts/test installs what is missing");
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let about = serde_json::from_str(&line).expect("the registries did not start (see above); scripts/test installs what is missing");
    Registries { about, pipe: Mutex::new((child.stdin.take().unwrap(), stdout)) }
}

static DEBIAN: LazyLock<Registries> = LazyLock::new(|| serve("debian", Path::new("docker-registry")));
static CURRENT: LazyLock<Option<Registries>> = LazyLock::new(|| Some(serve("current", &go_tools::program("registry")?)));

/// Runs a test on each kind of registry.
fn on_each(test: impl Fn(&Registries)) {
    test(&DEBIAN);
    CURRENT.iter().for_each(test);
}

fn anonymous(domains: &[&str]) -> Client {
    client_with(settings(domains), Credentials::none())
}

fn user(registries: &Registries, domain: &str) -> Credentials {
    login(domain, registries.get("user"), registries.get("password"))
}

fn wanted(target: &str, source: &str) -> Wanted {
    Wanted { source: Some(reference(source)), ..Wanted::of(reference(target)) }
}

#[test]
fn an_anonymous_registry_tells_what_it_has_and_what_not() {
    on_each(|registries| {
        let domain = registries.get("anonymous");
        let client = anonymous(&[domain]);
        let multi = ask(&client, &format!("{domain}/public/multi:1.0"));
        assert_eq!(multi.outcome(), Outcome::Exists);
        assert_eq!(multi.image().unwrap().digest, Some(registries.digest("multi")));
        assert_eq!(said(&ask(&client, &format!("{domain}/public/multi:9"))), (Outcome::Missing, Code::ManifestUnknown));
        assert_eq!(ask(&client, &format!("{domain}/no/such:1")).outcome(), Outcome::Missing);
        assert_eq!(ask(&client, &format!("{domain}/public/multi@sha256:{}", "0".repeat(64))).outcome(), Outcome::Missing);
        let list = ask(&client, &format!("{domain}/public/list:1.0"));
        assert_eq!(list.image().unwrap().media_type, support::LIST);
        assert_ne!(list.image().unwrap().digest, Some(registries.digest("multi")));
        assert_eq!(kit::strictly(&client, &format!("{domain}/public/list:1.0")).image().unwrap().digest, list.image().unwrap().digest);
        assert_eq!(for_platform(&client, &format!("{domain}/public/multi:1.0"), "linux/arm64").outcome(), Outcome::Exists);
        assert_eq!(for_platform(&client, &format!("{domain}/public/single:1.0"), "linux/arm64").outcome(), Outcome::ExistsPlatformMissing);
        let of = |name: &str| reference(&format!("{domain}/public/{name}:1.0"));
        assert_eq!(compare(&client, &of("multi"), &of("list")), Comparison::SameContent);
    });
}

#[test]
fn a_registry_with_passwords_tells_three_cases_apart() {
    on_each(|registries| {
        let domain = registries.get("basic");
        let image = format!("{domain}/private/single:1.0");
        assert_eq!(said(&ask(&anonymous(&[domain]), &image)), (Outcome::LoginRequired, Code::NoCredentials));
        assert_eq!(ask(&client_with(settings(&[domain]), user(registries, domain)), &image).outcome(), Outcome::Exists);
        let wrong = client_with(settings(&[domain]), login(domain, registries.get("user"), "wrong"));
        assert_eq!(said(&ask(&wrong, &image)), (Outcome::Unauthorized, Code::BadCredentials));
    });
}

#[test]
fn a_registry_with_its_own_authority_needs_that_authority() {
    on_each(|registries| {
        let port = registries.get("tls").rsplit(':').next().unwrap();
        let domain = format!("localhost:{port}");
        let image = format!("{domain}/private/single:1.0");
        let strict = || Settings { plain_http: [].into(), ..settings(&[&domain]) };
        let untrusted = ask(&client_with(strict(), user(registries, &domain)), &image);
        assert_eq!(said(&untrusted), (Outcome::Unreachable, Code::TlsUntrusted));
        assert_eq!(untrusted.outcome().verdict().exit_code(), 3);
        let by_file = Settings { ca_files: vec![registries.authority()], ..strict() };
        assert_eq!(ask(&client_with(by_file, user(registries, &domain)), &image).outcome(), Outcome::Exists);
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(&domain)).unwrap();
        std::fs::copy(registries.authority(), folder.path().join(&domain).join("ca.crt")).unwrap();
        let by_folder = Settings { certs_d: vec![folder.path().to_owned()], ..strict() };
        assert_eq!(ask(&client_with(by_folder, user(registries, &domain)), &image).outcome(), Outcome::Exists);
        let plain = ask(&client_with(settings(&[&domain]), user(registries, &domain)), &image);
        assert_eq!(said(&plain), (Outcome::ProtocolError, Code::TlsExpected));
    });
}

#[test]
fn a_registry_with_tokens_is_asked_through_its_listed_token_server() {
    on_each(|registries| {
        let (domain, realm) = (registries.get("token"), registries.get("realm"));
        let listed = || Settings { realms: [realm.to_owned()].into(), ..settings(&[domain]) };
        let (public, private) = (format!("{domain}/public/multi:1.0"), format!("{domain}/private/single:1.0"));
        assert_eq!(said(&ask(&anonymous(&[domain]), &public)), (Outcome::RefusedByPolicy, Code::RealmNotAllowed));
        let nobody = client_with(listed(), Credentials::none());
        assert_eq!(ask(&nobody, &public).outcome(), Outcome::Exists);
        assert_eq!(said(&ask(&nobody, &private)), (Outcome::LoginRequired, Code::MissingOrPrivate));
        let alice = client_with(listed(), user(registries, domain));
        assert_eq!(ask(&alice, &private).outcome(), Outcome::Exists);
        assert_eq!(said(&ask(&alice, &format!("{domain}/private/single:9"))), (Outcome::Missing, Code::ManifestUnknown));
        let identity = stored(&format!(r#"{{"auths":{{"{domain}":{{"identitytoken":"rt-alice"}}}}}}"#));
        assert_eq!(ask(&client_with(listed(), identity), &private).outcome(), Outcome::Exists);
        let wrong = client_with(listed(), login(domain, "alice", "wrong"));
        assert_eq!(said(&ask(&wrong, &public)), (Outcome::Unauthorized, Code::BadCredentials));
    });
}

#[test]
fn a_pull_through_cache_without_its_upstream_is_undecided_where_it_has_nothing() {
    on_each(|registries| {
        let domain = registries.get("proxy");
        let client = anonymous(&[domain]);
        let multi = format!("{domain}/public/multi:1.0");
        assert_eq!(ask(&client, &multi).outcome(), Outcome::Exists);
        assert_eq!(ask(&client, &format!("{domain}/public/multi:9")).outcome(), Outcome::Missing);
        let missing = all(&client, &[wanted(&format!("{domain}/public/multi:9"), "x")], &Options::default(), &|_, _| {});
        assert_eq!(missing.of(0).unwrap().presence.outcome(), Outcome::Missing);
        // Reading the manifest brings it into the cache.
        assert_eq!(kit::strictly(&client, &multi).outcome(), Outcome::Exists);
        registries.stop("upstream");
        let digest = registries.digest("multi");
        let cached = ask(&client, &format!("{domain}/public/multi@{digest}"));
        assert_eq!(cached.outcome(), Outcome::Exists, "{cached:?}");
        // For a tag the cache says "missing", in the very bytes of a true one; only the run's own question finds out.
        let list = [wanted(&format!("{domain}/public/single:1.0"), "x"), wanted(&format!("{domain}/public/multi@{digest}"), "x")];
        let checks = all(&client, &list, &Options::default(), &|_, _| {});
        let gone = &checks.of(0).unwrap().presence;
        assert_eq!(said(gone), (Outcome::Unreachable, Code::UpstreamSilent), "{gone:?}");
        assert_eq!(checks.of(1).unwrap().presence.outcome(), Outcome::Exists);
        assert_eq!(checks.verdict(), Verdict::Undecided);
    });
}

/// Runs skopeo, with a policy that takes any image.
fn skopeo(arguments: &[&str]) {
    let output = Command::new("skopeo").arg("--insecure-policy").args(arguments).output();
    let output = output.expect("skopeo is needed; scripts/test installs what is missing");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn what_skopeo_copies_is_then_found_with_equal_digests() {
    on_each(|registries| {
        let (from, to) = (registries.get("anonymous"), registries.get("target"));
        let images = ["lablup/python:3.6", "lablup/tools:1", "inveniosoftware/centos8-python:3.8"];
        let list: Vec<Wanted> = images.iter().map(|image| wanted(&format!("{to}/mirror/{image}"), &format!("{from}/{image}"))).collect();
        let client = client_with(settings(&[from, to]), Credentials::none());
        let options = Options { compare: Compare::Source, ..Options::default() };
        let before = all(&client, &list, &options, &|_, _| {});
        assert!(before.distinct().iter().all(|checked| checked.presence.outcome() == Outcome::Missing));
        assert_eq!(before.verdict().exit_code(), 1);
        for image in images {
            let (source, target) = (format!("docker://{from}/{image}"), format!("docker://{to}/mirror/{image}"));
            skopeo(&[
                "copy",
                "--quiet",
                "--all",
                "--preserve-digests",
                "--src-tls-verify=false",
                "--dest-tls-verify=false",
                &source,
                &target,
            ]);
        }
        let after = all(&client, &list, &options, &|_, _| {});
        assert!(after.distinct().iter().all(|checked| checked.comparison == Some(Comparison::Identical)), "{after:?}");
        assert_eq!(after.verdict().exit_code(), 0);
        // Without --all skopeo copies the platform of its own machine only.
        let (source, target) = (format!("docker://{from}/public/multi:1.0"), format!("docker://{to}/mirror/half:1.0"));
        skopeo(&[
            "copy",
            "--quiet",
            "--override-arch=amd64",
            "--override-os=linux",
            "--src-tls-verify=false",
            "--dest-tls-verify=false",
            &source,
            &target,
        ]);
        let half = compare(&client, &reference(&format!("{from}/public/multi:1.0")), &reference(&format!("{to}/mirror/half:1.0")));
        assert_eq!(half, Comparison::Subset { missing: vec!["linux/arm64/v8".parse().unwrap()] });
    });
}

#[test]
fn a_users_auth_file_for_podman_serves_as_well() {
    on_each(|registries| {
        let domain = registries.get("basic");
        let folder = tempfile::tempdir().unwrap();
        let scoped = entry(&format!("{domain}/private"), registries.get("user"), registries.get("password"));
        let wrong = entry(domain, "nobody", "wrong");
        let path = file(folder.path(), "auth.json", &format!(r#"{{"auths":{{{scoped},{wrong}}}}}"#));
        let places = transship::credentials::Places { registry_auth_file: Some(path), ..Default::default() };
        let client = client_with(settings(&[domain]), Credentials::load(&places).unwrap());
        assert_eq!(ask(&client, &format!("{domain}/private/single:1.0")).outcome(), Outcome::Exists);
        assert_eq!(ask(&client, &format!("{domain}/other/x:1.0")).outcome(), Outcome::Unauthorized);
    });
}
