//! Which credential is shown: none, the right one, a wrong one, the closest one, a helper's.

use std::path::{Path, PathBuf};
use std::time::Duration;

use transship::credentials::{Credentials, Looked, Places};
use transship::registry::{Ask, Cached, Client, Code, Outcome, Presence, Registry as _};

use crate::kit::{ask, basic, client_with, entry, file, login, said, settings, stored};
use crate::support::{Model, Reply, Server};

/// A registry that wants this user and password for everything.
fn guarded(user: &str, password: &str) -> Server {
    let (model, wanted) = (Model::usual(), basic(user, password));
    Server::start(move |seen| {
        if seen.header("authorization") == wanted {
            model.answer(seen)
        } else {
            Reply::error(401, "UNAUTHORIZED").header("WWW-Authenticate", r#"Basic realm="test""#)
        }
    })
}

fn asked_with(server: &Server, credentials: Credentials) -> Presence {
    let domain = server.domain();
    ask(&client_with(settings(&[&domain]), credentials), &format!("{domain}/public/multi:1.0"))
}

#[test]
fn no_credential_a_right_one_and_a_wrong_one_are_three_outcomes() {
    let server = guarded("alice", "s3cret");
    let domain = server.domain();
    let none = asked_with(&server, Credentials::none());
    assert_eq!(said(&none), (Outcome::LoginRequired, Code::NoCredentials));
    assert_eq!(none.outcome().verdict().exit_code(), 3);
    assert_eq!(server.lines().len(), 1);
    assert_eq!(asked_with(&server, login(&domain, "alice", "s3cret")).outcome(), Outcome::Exists);
    assert_eq!(said(&asked_with(&server, login(&domain, "alice", "wrong"))), (Outcome::Unauthorized, Code::BadCredentials));
}

#[test]
fn a_password_with_colons_and_dollars_arrives_as_it_is() {
    let server = guarded("robot$library+puller", "s3cret:with:colons$HOME${x}");
    let credentials = login(&server.domain(), "robot$library+puller", "s3cret:with:colons$HOME${x}");
    assert_eq!(asked_with(&server, credentials).outcome(), Outcome::Exists);
}

#[test]
fn what_was_learned_of_a_registry_saves_its_challenge() {
    let server = guarded("alice", "s3cret");
    let domain = server.domain();
    let client = client_with(settings(&[&domain]), login(&domain, "alice", "s3cret"));
    for _ in 0..3 {
        assert_eq!(ask(&client, &format!("{domain}/public/multi:1.0")).outcome(), Outcome::Exists);
    }
    assert_eq!(server.lines().len(), 4);
}

#[test]
fn the_closest_scope_of_an_auth_file_wins() {
    let server = Server::start(|seen| {
        let wanted = match seen.path.split("/manifests").next().unwrap() {
            "/v2/ns/repo" => basic("of-repo", "1"),
            "/v2/ns/other" => basic("of-ns", "2"),
            _ => basic("of-host", "3"),
        };
        if seen.header("authorization") == wanted {
            let mut model = Model::default();
            let digest = model.image("x", crate::support::MANIFEST, "amd64", "x");
            let mut seen = seen.clone();
            seen.path = format!("/v2/x/manifests/{digest}");
            model.answer(&seen)
        } else {
            Reply::error(401, "UNAUTHORIZED").header("WWW-Authenticate", r#"Basic realm="test""#)
        }
    });
    let domain = server.domain();
    let entries =
        [entry(&format!("{domain}/ns/repo"), "of-repo", "1"), entry(&format!("{domain}/ns"), "of-ns", "2"), entry(&domain, "of-host", "3")];
    let client = client_with(settings(&[&domain]), stored(&format!(r#"{{"auths":{{{}}}}}"#, entries.join(","))));
    for repository in ["ns/repo", "ns/other", "elsewhere/x", "nsx/repo"] {
        let presence = ask(&client, &format!("{domain}/{repository}:1"));
        assert_eq!(presence.outcome(), Outcome::Exists, "{repository}");
    }
}

#[cfg(unix)]
fn program(folder: &Path, name: &str, script: &str) -> PathBuf {
    let path = folder.join(name);
    crate::script::script(&path, &format!("#!/bin/sh\n{script}\n"));
    path
}

#[cfg(unix)]
fn with_helper(domain: &str, suffix: &str, path: &str, timeout: Duration) -> Credentials {
    let folder = tempfile::tempdir().unwrap();
    let docker = file(folder.path(), "config.json", &format!(r#"{{"credHelpers":{{"{domain}":"{suffix}"}}}}"#));
    Credentials::load(&Places { docker: Some(docker), path: Some(path.into()), helper_timeout: Some(timeout), ..Places::default() })
        .unwrap()
}

#[cfg(unix)]
#[test]
fn a_helper_answers_for_its_registry_alone_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("asked");
    let script = format!(r#"cat >> {0}; echo >> {0}; echo '{{"ServerURL":"x","Username":"alice","Secret":"s3cret"}}'"#, log.display());
    program(folder.path(), "docker-credential-stub", &script);
    let (server, other) = (guarded("alice", "s3cret"), guarded("alice", "s3cret"));
    let (domain, second) = (server.domain(), other.domain());
    let client =
        client_with(settings(&[&domain, &second]), with_helper(&domain, "stub", folder.path().to_str().unwrap(), Duration::from_secs(10)));
    for tag in ["1.0", "2.0"] {
        ask(&client, &format!("{domain}/public/multi:{tag}"));
    }
    assert_eq!(ask(&client, &format!("{domain}/public/multi:1.0")).outcome(), Outcome::Exists);
    assert_eq!(ask(&client, &format!("{second}/public/multi:1.0")).outcome(), Outcome::LoginRequired);
    assert_eq!(std::fs::read_to_string(log).unwrap(), format!("{domain}\n"));
}

#[cfg(unix)]
#[test]
fn a_token_got_by_the_credential_of_one_registry_is_not_shown_to_another() {
    let realm = Server::start(|seen| {
        let owner = if seen.header("authorization") == basic("first", "1234") { "first" } else { "second" };
        Reply::new(200).body("application/json", format!(r#"{{"token":"of-{owner}"}}"#))
    });
    let registry = |owner: &'static str| {
        let (model, realm) = (Model::usual(), realm.domain());
        Server::start(move |seen| {
            if seen.header("authorization") == format!("Bearer of-{owner}") {
                return model.answer(seen);
            }
            let challenge = format!(r#"Bearer realm="http://{realm}/token",service="corp",scope="repository:public/multi:pull""#);
            Reply::error(401, "UNAUTHORIZED").header("WWW-Authenticate", challenge)
        })
    };
    let (first, second) = (registry("first"), registry("second"));
    let folder = tempfile::tempdir().unwrap();
    let script = format!(
        r#"read s; case "$s" in {}) u=first; p=1234;; *) u=second; p=5678;; esac; echo "{{\"Username\":\"$u\",\"Secret\":\"$p\"}}""#,
        first.domain()
    );
    program(folder.path(), "docker-credential-both", &script);
    let docker = file(folder.path(), "config.json", r#"{"credsStore":"both"}"#);
    let places = Places { docker: Some(docker), path: Some(folder.path().into()), ..Places::default() };
    let domains = [first.domain(), second.domain()];
    let named = settings(&[&domains[0], &domains[1]]);
    let client =
        client_with(transship::registry::Settings { realms: [realm.domain()].into(), ..named }, Credentials::load(&places).unwrap());
    for domain in &domains {
        assert_eq!(ask(&client, &format!("{domain}/public/multi:1.0")).outcome(), Outcome::Exists);
    }
    assert!(second.seen().iter().all(|seen| !seen.header("authorization").contains("first")));
}

#[test]
fn a_stored_credential_that_cannot_be_shown_is_not_called_absent() {
    let identity = |domain: &str| stored(&format!(r#"{{"auths":{{"{domain}":{{"identitytoken":"rt-alice"}}}}}}"#));
    for (challenge, password, token) in
        [("", Code::MissingOrPrivate, Code::MissingOrPrivate), (r#"Basic realm="x""#, Code::BadCredentials, Code::BadCredentials)]
    {
        let server = Server::start(move |_| Reply::error(401, "UNAUTHORIZED").header("WWW-Authenticate", challenge));
        let domain = server.domain();
        for (credentials, code) in [(login(&domain, "alice", "s3cret"), password), (identity(&domain), token)] {
            let presence = asked_with(&server, credentials);
            assert_eq!(said(&presence), (Outcome::Unauthorized, code), "{challenge}");
            assert!(!presence.reason().message.contains("none is stored"), "{presence:?}");
        }
    }
}

#[test]
fn a_challenge_in_any_encoding_and_company_is_read() {
    for challenge in [
        &b"Basic realm=\"Zugang f\xfcr M\xfcller\""[..],
        "Basic realm=\"Zugang für Müller\"".as_bytes(),
        b"Negotiate YII/abc+/==, Basic realm=\"x\"",
    ] {
        let model = Model::usual();
        // The server of the tests writes text only.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let domain = listener.local_addr().unwrap().to_string();
        let client = client_with(settings(&[&domain]), login(&domain, "alice", "s3cret"));
        std::thread::scope(|scope| {
            let answer = scope.spawn(|| ask(&client, &format!("{domain}/public/multi:1.0")));
            crate::kit::refuse(&listener, challenge);
            let server = Server::on(listener, move |seen| model.answer(seen));
            assert_eq!(answer.join().unwrap().outcome(), Outcome::Exists);
            assert_eq!(server.seen()[0].header("authorization"), basic("alice", "s3cret"));
        });
    }
}

#[cfg(unix)]
#[test]
fn a_helper_that_hangs_prints_rubbish_or_is_named_oddly_leaves_it_undecided() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("ran");
    program(folder.path(), "docker-credential-hangs", "sleep 30");
    program(folder.path(), "docker-credential-rubbish", "echo hunter2; echo hunter2 >&2");
    program(folder.path(), "docker-credential-floods", "yes '{'");
    program(folder.path(), "docker-credential-evil", &format!("touch {}", mark.display()));
    let server = guarded("alice", "s3cret");
    let domain = server.domain();
    let path = folder.path().to_str().unwrap();
    for suffix in ["hangs", "rubbish", "floods", "absent", "../x", "a/../evil"] {
        let presence = asked_with(&server, with_helper(&domain, suffix, path, Duration::from_millis(400)));
        assert_eq!(said(&presence), (Outcome::LoginRequired, Code::CredentialHelper), "{suffix}");
        assert!(!format!("{presence:?}").contains("hunter2"));
    }
    // A folder of PATH that is not absolute would be the scanned repository.
    for path in ["", ".", "relative/bin"] {
        let presence = asked_with(&server, with_helper(&domain, "evil", path, Duration::from_secs(1)));
        assert_eq!(presence.reason().code, Code::CredentialHelper, "{path}");
    }
    assert!(!mark.exists());
}

#[cfg(unix)]
#[test]
fn a_helper_that_knows_nothing_lets_the_next_file_speak() {
    let folder = tempfile::tempdir().unwrap();
    program(folder.path(), "docker-credential-empty", "echo 'credentials not found in native keychain'; exit 1");
    let server = guarded("alice", "s3cret");
    let docker = file(folder.path(), "config.json", r#"{"credsStore":"empty"}"#);
    let containers = file(folder.path(), "auth.json", &format!(r#"{{"auths":{{{}}}}}"#, entry(&server.domain(), "alice", "s3cret")));
    let places = Places { docker: Some(docker), containers: vec![containers], path: Some(folder.path().into()), ..Places::default() };
    assert_eq!(asked_with(&server, Credentials::load(&places).unwrap()).outcome(), Outcome::Exists);
}

#[test]
fn files_are_asked_in_the_documented_order() {
    let folder = tempfile::tempdir().unwrap();
    let named = |name: &str| file(folder.path(), name, &format!(r#"{{"auths":{{{}}}}}"#, entry("r.example", name, "p")));
    let mut places = Places {
        authfile: Some(named("authfile")),
        registry_auth_file: Some(named("registry-auth-file")),
        docker_auth_config: Some(transship::credentials::Secret::new(format!(r#"{{"auths":{{{}}}}}"#, entry("r.example", "inline", "p")))),
        docker: Some(named("docker")),
        containers: vec![named("runtime"), named("config")],
        ..Places::default()
    };
    let user = |places: &Places| {
        let store = Credentials::load(places).unwrap();
        let explanation = store.explain("r.example", "a/b");
        match &explanation.used().unwrap().looked {
            Looked::Entry { user, .. } => user.clone().unwrap(),
            other => panic!("{other:?}"),
        }
    };
    places.syncer = Some(file(folder.path(), "syncer.json", r#"{"r.example": {"username": "syncer", "password": "p"}}"#));
    assert_eq!(user(&places), "authfile");
    places.authfile = None;
    assert_eq!(user(&places), "syncer");
    places.syncer = None;
    assert_eq!(user(&places), "registry-auth-file");
    places.registry_auth_file = None;
    assert_eq!(user(&places), "inline");
    places.docker_auth_config = None;
    assert_eq!(user(&places), "docker");
    places.docker = None;
    assert_eq!(user(&places), "runtime");
    places.containers.remove(0);
    assert_eq!(user(&places), "config");
}

#[test]
fn explaining_tells_file_and_entry_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let docker = file(
        folder.path(),
        "config.json",
        &format!(r#"{{"auths":{{{}}},"credHelpers":{{"h.example":"stub"}}}}"#, entry("https://r.example/v1/", "alice", "hunter2")),
    );
    let absent = folder.path().join("absent.json");
    let places = Places { docker: Some(docker.clone()), containers: vec![absent], ..Places::default() };
    let store = Credentials::load(&places).unwrap();
    let explanation = store.explain("r.example", "a/b");
    assert_eq!(explanation.used().unwrap().path.as_ref(), Some(&docker));
    assert_eq!(explanation.places[1].looked, Looked::Absent);
    let shown = serde_json::to_string(&explanation).unwrap() + &format!("{explanation:?} {store:?}");
    assert!(shown.contains("https://r.example/v1/") && !shown.contains("hunter2"));
    assert!(
        matches!(&store.explain("h.example", "a").used().unwrap().looked, Looked::Helper { program, .. } if program == "docker-credential-stub")
    );
    assert!(store.explain("other.example", "a").used().is_none());
}

#[test]
fn a_repository_called_as_a_version_of_the_api_has_its_own_credential() {
    let both = stored(&format!(r#"{{"auths":{{{},{}}}}}"#, entry("r.example/team", "a", "p"), entry("r.example/team/v2", "b", "p")));
    let user = |store: &Credentials, path: &str| match store.explain("r.example", path).used().map(|place| place.looked.clone()) {
        Some(Looked::Entry { user, .. }) => user,
        _ => None,
    };
    assert_eq!(both.explain("r.example", "team/v2").repository, "r.example/team/v2");
    assert_eq!([user(&both, "team/v2"), user(&both, "team/v2/x"), user(&both, "team/other")].map(Option::unwrap), ["b", "b", "a"]);
    let one = stored(&format!(r#"{{"auths":{{{}}}}}"#, entry("r.example/team/v2", "b", "p")));
    assert_eq!(user(&one, "team/other"), None);
}

#[test]
fn what_exists_for_one_user_is_not_told_to_another_with_the_same_password() {
    let server = guarded("alice", "s3cret");
    let domain = server.domain();
    let folder = tempfile::tempdir().unwrap();
    let said_to = |user: &str| {
        // The same file and key.
        let docker = file(folder.path(), "config.json", &format!(r#"{{"auths":{{{}}}}}"#, entry(&domain, user, "s3cret")));
        let credentials = Credentials::load(&Places { docker: Some(docker), ..Places::default() }).unwrap();
        let cached = Cached::new(client_with(settings(&[&domain]), credentials), folder.path().join("cache"));
        said(&cached.presence(&crate::kit::reference(&format!("{domain}/public/multi:1.0")), &Ask::default()))
    };
    assert_eq!([said_to("alice"), said_to("alice")], [(Outcome::Exists, Code::Manifest), (Outcome::Exists, Code::Cached)]);
    assert_eq!(said_to("bob"), (Outcome::Unauthorized, Code::BadCredentials));
}

#[test]
fn explaining_tells_what_is_passed_over_and_what_is_not_installed() {
    let folder = tempfile::tempdir().unwrap();
    let docker = file(folder.path(), "config.json", r#"{"credsStore":"absent"}"#);
    let variables = [("DOCKER_AUTH_CONFIG", "{}"), ("GITLAB_CI", "true"), ("PATH", folder.path().to_str().unwrap())];
    let places = Places::from_environment(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).into()));
    let store = Credentials::load(&Places { docker: Some(docker), ..places }).unwrap();
    let explanation = store.explain("r.example", "a");
    assert!(matches!(&explanation.places[0].looked, Looked::PassedOver { because } if because.contains("GitLab")), "{explanation:?}");
    assert!(matches!(&explanation.places[1].looked, Looked::Helper { at: None, .. }), "{explanation:?}");
}

#[test]
fn an_empty_helper_is_none_and_takes_the_registry_out_of_the_common_store() {
    let text = format!(
        r#"{{"auths":{{{}}},"credHelpers":{{"r.example":"","s.example":""}},"credsStore":"absent"}}"#,
        entry("r.example", "u", "p")
    );
    let store = stored(&text);
    assert!(store.find("r.example", "a").unwrap().is_some());
    assert!(store.find("s.example", "a").unwrap().is_none());
    assert!(store.find("t.example", "a").is_err());
}

#[cfg(unix)]
#[test]
fn a_helper_that_hangs_is_ended_with_its_children() {
    crate::witness::Witness::of_an_end(|folder, script, limit| {
        program(folder, "docker-credential-family", script);
        let credentials = with_helper("r.example", "family", folder.to_str().unwrap(), limit);
        assert!(credentials.find("r.example", "a").is_err());
    });
}

#[test]
fn a_file_that_cannot_be_used_is_named_and_nothing_of_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let broken = file(folder.path(), "config.json", r#"{"auths": {"r.example": {"auth": "hunter2 hunter2"}}"#);
    let fault = Credentials::load(&Places { docker: Some(broken.clone()), ..Places::default() }).unwrap_err().to_string();
    assert!(fault.contains(&broken.display().to_string()) && fault.contains("line 1") && !fault.contains("hunter2"), "{fault}");
    let absent = folder.path().join("absent.json");
    let unnamed = Credentials::load(&Places { registry_auth_file: Some(absent.clone()), ..Places::default() }).unwrap_err().to_string();
    assert!(unnamed.ends_with("no such file (named by `REGISTRY_AUTH_FILE`)"), "{unnamed}");
    assert!(Credentials::load(&Places { authfile: Some(absent.clone()), ..Places::default() }).is_err());
    assert!(Credentials::load(&Places { docker: Some(absent), ..Places::default() }).is_ok());
}

#[test]
fn image_syncers_file_is_read_when_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let server = guarded("robot$x", "p$HOME");
    let syncer = file(
        folder.path(),
        "auth.json",
        &format!(r#"{{"{}/public": {{"username": "robot$x", "password": "p$HOME", "insecure": true}}}}"#, server.domain()),
    );
    let credentials = Credentials::load(&Places { syncer: Some(syncer), ..Places::default() }).unwrap();
    assert_eq!(credentials.insecure(), [format!("{}/public", server.domain())]);
    assert_eq!(asked_with(&server, credentials).outcome(), Outcome::Exists);
}

#[test]
fn a_public_image_is_found_even_when_the_helper_is_broken() {
    let server = crate::kit::usual();
    let domain = server.domain();
    let credentials = stored(&format!(r#"{{"credHelpers":{{"{domain}":"absent"}}}}"#));
    let client: Client = client_with(settings(&[&domain]), credentials);
    assert_eq!(ask(&client, &format!("{domain}/public/multi:1.0")).outcome(), Outcome::Exists);
}
